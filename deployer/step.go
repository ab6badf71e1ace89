package deployer

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// rounds is how often a call whose answer was lost is looked after.
const rounds = 5

// late are the pauses before it is looked again for what AWS would make twice,
// and may have made without listing it yet.
var late = []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}

// twice says whether AWS makes another one of a kind when it is asked again. Of
// the other kinds it knows that there is one, even where it does not list it.
func twice(kind resource.Kind) bool {
	switch kind {
	case resource.KindRestAPI, resource.KindUsagePlan, resource.KindAPIKey:
		return true
	}
	return false
}

// do does one step.
func (a *applier) do(ctx context.Context, step *Step) error {
	run := &Run{
		Owner: a.s.owner, Resolve: a.s.lookup(a.live.attribute), Clock: stepClock{a.s.clock, a.stopped},
		Wait: func(what string) { a.s.emit(Event{Kind: EventWaiting, Step: step, Text: what}) },
	}
	actuator := a.s.job.World.Actuators[step.ID.Kind]
	if step.Op == OpDelete {
		err := a.remove(ctx, actuator, step.Live, run)
		if err == nil {
			a.live.remove(step.ID)
		}
		return err
	}
	return a.bring(ctx, actuator, step, run)
}

// stepClock lets nobody wait for AWS any more once the run is interrupted.
type stepClock struct {
	Clock
	stopped context.Context
}

// Sleep returns early when the step or the run ends.
func (c stepClock) Sleep(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(c.stopped, cancel)
	defer stop()
	return c.Clock.Sleep(ctx, d)
}

// pause waits before the next round: longer each time, and not all at once.
func pause(ctx context.Context, clock Clock, round int) error {
	d := 200 * time.Millisecond << round
	return clock.Sleep(ctx, d/2+rand.N(d))
}

// remove deletes: it is repeated until an answer says that it is done.
func (a *applier) remove(ctx context.Context, actuator Actuator, live *Live, run *Run) error {
	for round := 0; ; round++ {
		err := actuator.Delete(ctx, live, run)
		switch {
		case err == nil || is(err, ClassNotFound):
			return nil
		case !is(err, ClassLost) || round == rounds || pause(ctx, run.Clock, round) != nil:
			return err
		}
	}
}

// bring makes what exists equal to what is wanted, whatever exists. Where an
// answer was lost, or AWS is not as it was when it was read, it looks and goes
// on from there.
func (a *applier) bring(ctx context.Context, actuator Actuator, step *Step, run *Run) error {
	live, have := step.Live, step.have
	for round := 0; ; round++ {
		attributes, gone, err := a.once(ctx, actuator, step, live, have, run)
		if gone {
			live = nil
		}
		if err == nil {
			a.brought(step, live, attributes)
			return nil
		}
		unsure := is(err, ClassLost) || is(err, ClassExists) || is(err, ClassNotFound) && live != nil
		if !unsure || round == rounds || pause(ctx, run.Clock, round) != nil {
			return err
		}
		patient := is(err, ClassLost) && live == nil && twice(step.ID.Kind)
		if live, err = a.look(ctx, actuator, step, run); err != nil {
			return err
		}
		if live == nil && patient {
			if live, err = a.lookAgain(ctx, actuator, step, run); err != nil {
				return err
			}
		}
		have = properties(live, run.Resolve)
	}
}

// once creates, updates or replaces; where nothing differs any more, now that
// all references are known, it does nothing. gone says that what existed was
// deleted.
func (a *applier) once(ctx context.Context, actuator Actuator, step *Step, live *Live, have []resource.Property, run *Run) (made Attributes, gone bool, err error) {
	if live == nil {
		made, err = actuator.Create(ctx, step.Want, run)
		return made, false, err
	}
	changes, why := a.s.differences(step.Want, live, have, run.Resolve)
	switch {
	case len(changes) == 0:
		return nil, false, nil
	case why == "":
		made, err = actuator.Update(ctx, step.Want, live, changes, run)
		return made, false, err
	}
	if err := a.remove(ctx, actuator, live, run); err != nil {
		return nil, false, err
	}
	a.live.remove(step.ID)
	a.keep.change(step, "started", func(made map[resource.ID]Attributes) { delete(made, step.ID) })
	if err := a.stopped.Err(); err != nil {
		return nil, true, err
	}
	made, err = actuator.Create(ctx, step.Want, run)
	return made, true, err
}

// lookAgain looks a few times more for what may not be listed yet.
func (a *applier) lookAgain(ctx context.Context, actuator Actuator, step *Step, run *Run) (live *Live, err error) {
	run.Wait("AWS to list the " + Noun(step.ID.Kind) + " that may have been made")
	defer run.Wait("")
	for _, pause := range late {
		if err := run.Clock.Sleep(ctx, pause); err != nil {
			return nil, err
		}
		if live, err = a.look(ctx, actuator, step, run); err != nil || live != nil {
			return live, err
		}
	}
	return nil, nil
}

// look finds what exists of a wanted resource now; nil where it does not.
func (a *applier) look(ctx context.Context, actuator Actuator, step *Step, run *Run) (*Live, error) {
	q := &Query{
		Owner: a.s.owner, Want: []resource.Resource{step.Want}, Narrow: true, Found: a.live.of, Resolve: run.Resolve,
		Recorded: slices.DeleteFunc(a.s.record.Of(step.ID.Kind), func(r state.Resource) bool { return r.ID != step.ID }),
	}
	for round := 0; ; round++ {
		lives, err := find(ctx, actuator, q)
		if err != nil {
			if !is(err, ClassLost) || round == rounds || pause(ctx, run.Clock, round) != nil {
				return nil, err
			}
			continue
		}
		i := slices.IndexFunc(lives, func(l *Live) bool { return l.ID == step.ID })
		if i < 0 {
			return nil, nil
		}
		switch l := lives[i]; {
		case l.Unfit != "":
			return nil, &Failure{Message: l.Unfit, Hint: l.UnfitHint}
		case l.Owned || a.s.job.Adopt:
			return l, nil
		}
		p := a.s.foreign(lives[i])
		return nil, &Failure{Message: p.Message, Hint: p.Hint}
	}
}

// brought notes that what is wanted exists.
func (a *applier) brought(step *Step, live *Live, attributes Attributes) {
	now := &Live{ID: step.ID, Resource: step.Want, Attributes: Attributes{}, Owned: true, DependsOn: step.Want.DependsOn()}
	if live != nil {
		maps.Copy(now.Attributes, live.Attributes)
		now.Title, now.Handle = live.Title, live.Handle
	}
	maps.Copy(now.Attributes, attributes)
	a.live.set(now)
}

// is says whether an error is a failure of a class.
func is(err error, class Class) bool {
	var f *Failure
	return errors.As(err, &f) && f.Class == class
}

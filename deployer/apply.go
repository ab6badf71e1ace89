package deployer

import (
	"container/heap"
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/chalicefile/chalicefile/internal/resource"
)

const (
	defaultParallel = 32
	// grace is how long started steps may go on after an interruption.
	grace = 2 * time.Minute
)

// applier carries a plan out. What is not behind mu is of its run loop alone.
type applier struct {
	s    *session
	live *picture
	keep *keeper
	// stopped ends when no step is to be started any more.
	stopped context.Context
	out     *Outcome

	ready   queue
	waits   []int   // for how many steps a step still waits
	next    [][]int // who comes after a step
	height  []int   // how many calls the longest chain takes that begins with a step
	skipped []bool
	ended   chan result
}

type result struct {
	step int
	took time.Duration
	err  error
}

// apply does the steps of a plan, each as soon as those before it succeeded.
func (s *session) apply(ctx context.Context, p *Plan, live *picture, k *keeper) *Outcome {
	a := &applier{
		s: s, live: live, keep: k, stopped: ctx, out: &Outcome{Plan: p},
		waits: make([]int, len(p.Steps)), next: make([][]int, len(p.Steps)), height: make([]int, len(p.Steps)),
		skipped: make([]bool, len(p.Steps)), ended: make(chan result),
	}
	a.arrange()
	// A call that was started ends, however the run does.
	steps, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var limit sync.WaitGroup
	limit.Go(func() {
		select {
		case <-ctx.Done():
			if s.clock.Sleep(steps, grace) == nil {
				cancel()
			}
		case <-steps.Done():
		}
	})
	a.run(steps)
	cancel()
	limit.Wait()
	a.out.Attributes = map[resource.ID]Attributes{}
	maps.Copy(a.out.Attributes, k.made)
	return a.out
}

// arrange counts what each step waits for. The steps are in an order in which
// they could be done, so that one walk from the end measures the chains.
func (a *applier) arrange() {
	steps := a.out.Plan.Steps
	at := make(map[resource.ID]int, len(steps))
	for i, s := range steps {
		at[s.ID] = i
	}
	a.ready.height = a.height
	for i, s := range steps {
		for _, j := range positions(at, s.After) {
			a.waits[i]++
			a.next[j] = append(a.next[j], i)
		}
	}
	for i := len(steps) - 1; i >= 0; i-- {
		for _, j := range a.next[i] {
			a.height[i] = max(a.height[i], a.height[j])
		}
		a.height[i] += callsOf(steps[i])
	}
	for i, s := range steps {
		if s.Op != OpNothing && a.waits[i] == 0 {
			heap.Push(&a.ready, i)
		}
	}
}

// callsOf says about how many calls a step makes one after another, or could in
// the time that it waits.
func callsOf(s *Step) int {
	switch s.ID.Kind {
	case resource.KindNotification:
		return 8 // it looks again after a while
	case resource.KindRestAPI:
		return 6
	case resource.KindRole, resource.KindRule:
		return 2
	}
	return 1
}

// run starts what is ready and takes in what ended, until nothing runs.
func (a *applier) run(ctx context.Context) {
	parallel := a.s.job.Parallel
	if parallel <= 0 {
		parallel = defaultParallel
	}
	stop := a.stopped.Done()
	running := 0
	for {
		for a.stopped.Err() == nil && running < parallel && a.ready.Len() > 0 {
			a.start(ctx, heap.Pop(&a.ready).(int))
			running++
		}
		if running == 0 {
			return
		}
		select {
		case r := <-a.ended:
			running--
			a.finish(r)
		case <-stop:
			stop = nil
			text := "started calls end, and no new ones begin"
			if cause := context.Cause(a.stopped); errors.Is(cause, ErrLockLost) {
				text = cause.Error() + "; " + text
			}
			a.s.emit(Event{Kind: EventInterrupt, Text: text})
		}
	}
}

func (a *applier) start(ctx context.Context, i int) {
	step := a.out.Plan.Steps[i]
	a.keep.change(step, "started", nil)
	a.s.emit(Event{Kind: EventStarted, Step: step})
	ctx = WithStopped(WithUrgency(ctx, a.height[i]), a.stopped.Done())
	go func() {
		begun := a.s.clock.Now()
		err := guard(func() error { return a.do(ctx, step) })
		a.ended <- result{i, a.s.clock.Now().Sub(begun), err}
	}()
}

func (a *applier) finish(r result) {
	step := a.out.Plan.Steps[r.step]
	if r.err != nil {
		a.keep.change(step, "failed", nil)
		a.out.Failed = append(a.out.Failed, StepFailure{step, r.err})
		a.s.emit(Event{Kind: EventFailed, Step: step, Err: r.err, Took: r.took})
		a.skip(r.step, step.ID)
		return
	}
	a.keep.change(step, "done", func(made map[resource.ID]Attributes) {
		if l := a.live.get(step.ID); l != nil {
			made[step.ID] = l.Attributes
		} else {
			delete(made, step.ID)
		}
	})
	a.out.Done = append(a.out.Done, step)
	a.s.emit(Event{Kind: EventDone, Step: step, Took: r.took})
	for _, j := range a.next[r.step] {
		if a.waits[j]--; a.waits[j] == 0 && !a.skipped[j] {
			heap.Push(&a.ready, j)
		}
	}
}

// skip leaves out all that comes after a step that failed.
func (a *applier) skip(i int, blame resource.ID) {
	for _, j := range a.next[i] {
		if a.skipped[j] {
			continue
		}
		a.skipped[j] = true
		step := a.out.Plan.Steps[j]
		a.out.Skipped = append(a.out.Skipped, step)
		a.s.emit(Event{Kind: EventSkipped, Step: step, Blame: blame})
		a.skip(j, blame)
	}
}

// queue has the steps that are ready, those with the longest chain first: that
// chain is what a deploy takes.
type queue struct {
	height []int
	steps  []int
}

func (q *queue) Len() int { return len(q.steps) }
func (q *queue) Less(i, j int) bool {
	a, b := q.steps[i], q.steps[j]
	return q.height[a] > q.height[b] || q.height[a] == q.height[b] && a < b
}
func (q *queue) Swap(i, j int) { q.steps[i], q.steps[j] = q.steps[j], q.steps[i] }
func (q *queue) Push(x any)    { q.steps = append(q.steps, x.(int)) }
func (q *queue) Pop() any {
	last := q.steps[len(q.steps)-1]
	q.steps = q.steps[:len(q.steps)-1]
	return last
}

package deployer

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// newRecord records what exists and is the owner's.
func (s *session) newRecord(live *picture) *state.Record {
	rec := state.New(s.owner)
	for _, l := range live.sorted() {
		if l.Owned {
			rec.Resources = append(rec.Resources, state.Resource{ID: l.ID, Attributes: l.Attributes})
		}
	}
	return rec
}

// recordDiffers says whether the record says something else than AWS.
func (s *session) recordDiffers(live *picture) bool {
	rec := s.newRecord(live)
	return s.record.Journal != nil || !slices.EqualFunc(rec.Resources, s.record.Resources, func(a, b state.Resource) bool {
		return a.ID == b.ID && (len(a.Attributes) == 0 && len(b.Attributes) == 0 || reflect.DeepEqual(a.Attributes, b.Attributes))
	})
}

// save writes a record. That it cannot be written keeps nothing from being
// deployed: it is only a convenience.
func (s *session) save(rec *state.Record) {
	if s.job.Store == nil {
		return
	}
	if err := s.job.Store.Save(rec); err != nil {
		s.warn("what is deployed could not be recorded (" + err.Error() + "): the next run looks it all up in AWS")
	}
}

// journal is that of this run, with the number of its entry of the lock.
func (s *session) journal(number int) *state.Journal {
	return &state.Journal{Run: s.id, Lock: number, Former: s.former(), Target: string(s.job.Target), Started: s.clock.Now().UTC()}
}

// former are the runs that did not end, which the record tells; who holds the
// file lock knows that they are over.
func (s *session) former() []string {
	j := s.record.Journal
	if j == nil {
		return nil
	}
	runs := append(slices.Clone(j.Former), j.Run)
	slices.Sort(runs)
	runs = slices.DeleteFunc(slices.Compact(runs), func(run string) bool { return run == s.id || run == "" })
	return runs[max(0, len(runs)-16):] // an entry of the lock lives for a minute
}

// keeper writes the journal and the record of a run under way. Changes that
// come while it writes are written together.
type keeper struct {
	s      *session
	mu     sync.Mutex
	made   map[resource.ID]Attributes
	steps  []state.Step
	at     map[resource.ID]int
	wake   chan struct{}
	ended  chan struct{}
	header state.Journal
}

// keeper begins the journal of a plan; it is written before anything is done.
func (s *session) keeper(p *Plan, live *picture) *keeper {
	k := &keeper{s: s, made: map[resource.ID]Attributes{}, at: map[resource.ID]int{}, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	for _, l := range live.sorted() {
		if l.Owned {
			k.made[l.ID] = l.Attributes
		}
	}
	for _, step := range p.Steps {
		if step.Op != OpNothing {
			k.at[step.ID] = len(k.steps)
			k.steps = append(k.steps, state.Step{ID: step.ID, Op: string(step.Op)})
		}
	}
	number := 0
	if j := s.record.Journal; j != nil && j.Run == s.id {
		number = j.Lock
	}
	k.header = *s.journal(number)
	if len(k.steps) > 0 {
		s.save(k.snapshot())
	}
	go k.write()
	return k
}

func (k *keeper) write() {
	defer close(k.ended)
	for range k.wake {
		k.s.save(k.snapshot())
	}
}

func (k *keeper) snapshot() *state.Record {
	k.mu.Lock()
	defer k.mu.Unlock()
	rec := state.New(k.s.owner)
	for _, id := range slices.SortedFunc(maps.Keys(k.made), compareIDs) {
		rec.Resources = append(rec.Resources, state.Resource{ID: id, Attributes: k.made[id]})
	}
	journal := k.header
	journal.Steps = slices.Clone(k.steps)
	rec.Journal = &journal
	return rec
}

// change notes how far a step is; f tells what it made.
func (k *keeper) change(step *Step, status string, f func(made map[resource.ID]Attributes)) {
	k.mu.Lock()
	k.steps[k.at[step.ID]].Status = status
	if f != nil {
		f(k.made)
	}
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default: // what is to be written is not written yet
	}
}

// end waits until all is written. The journal stays until the lock is let go.
func (k *keeper) end() *state.Record {
	close(k.wake)
	<-k.ended
	return k.snapshot()
}

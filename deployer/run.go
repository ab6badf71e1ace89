package deployer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// session is one run of a job.
type session struct {
	job      *Job
	owner    resource.Owner
	clock    Clock
	id       string
	graph    *resource.Graph
	external *externals
	record   *state.Record

	events sync.Mutex
	warned sync.Map
}

func newSession(j *Job) *session {
	s := &session{
		job: j, clock: j.World.Clock, graph: j.Outline,
		external: &externals{done: make(chan struct{}), values: map[resource.Ref]string{}, asked: map[resource.ID]bool{}},
	}
	if s.graph == nil {
		s.graph = &resource.Graph{}
	}
	s.owner = s.graph.Owner
	id := make([]byte, 8)
	rand.Read(id) // never fails
	s.id = hex.EncodeToString(id)
	s.loadRecord()
	return s
}

// loadRecord reads the record, which is empty where there is none.
func (s *session) loadRecord() {
	s.record = state.New(s.owner)
	if s.job.Store == nil {
		return
	}
	rec, warning := s.job.Store.Load(s.owner)
	s.record = rec
	s.warn(warning)
}

func (s *session) emit(e Event) {
	if s.job.Observe == nil {
		return
	}
	s.events.Lock()
	defer s.events.Unlock()
	e.At = s.clock.Now()
	s.job.Observe(e)
}

// warn says something once.
func (s *session) warn(text string) {
	if _, told := s.warned.LoadOrStore(text, true); text != "" && !told {
		s.emit(Event{Kind: EventWarning, Text: text})
	}
}

func (s *session) confirm(ctx context.Context, p *Plan) error {
	if s.job.Confirm == nil {
		return nil
	}
	return s.job.Confirm(ctx, p)
}

// checked is the plan for what exists, or what is against it.
func (s *session) checked(live *picture) (*Plan, error) {
	for _, r := range s.graph.Resources {
		if s.job.Target != Delete && s.job.World.Actuators[r.ID().Kind] == nil {
			return nil, fmt.Errorf("%s cannot be deployed: nothing here knows its kind", r.ID())
		}
	}
	plan, problems, err := s.plan(live)
	if err == nil && len(problems) > 0 {
		err = &ProblemsError{problems}
	}
	return plan, err
}

// Plan reads what exists and plans, without a lock and without changing
// anything. Complete is called while AWS is being read. Problems are a
// *ProblemsError beside the plan, as far as it goes.
func (j *Job) Plan(ctx context.Context) (*Plan, error) {
	s := newSession(j)
	live, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	return s.checked(live)
}

// Run plans, and where there is something to do, takes the lock, plans again,
// and carries the plan out. Steps that fail give ErrFailed, and an interruption
// ctx.Err(), both with an Outcome.
func (j *Job) Run(ctx context.Context) (*Outcome, error) {
	out, err := newSession(j).run(ctx)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return out, err
}

func (s *session) run(ctx context.Context) (*Outcome, error) {
	live, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	plan, err := s.checked(live)
	if err != nil {
		return nil, err
	}
	if plan.Empty() && s.settle(ctx, live) {
		return s.outcome(plan, live), nil
	}
	if !plan.Empty() {
		if err := s.confirm(ctx, plan); err != nil {
			return nil, err
		}
	}
	// Work under the lock ends once it is interrupted, or somebody else has it.
	held, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	l := newLock(s)
	defer l.close()
	if err := l.local(ctx); err != nil {
		return nil, err
	}
	s.loadRecord() // another run may have ended meanwhile
	if live, err = l.acquire(held, lost); err != nil {
		return nil, err
	}
	out, rec, err := s.carryOut(held, plan, live)
	if rec == nil {
		rec = s.record
	}
	// As long as an entry of the lock may be there the journal names it.
	if l.letGo() == nil && rec.Journal != nil && !unfinished(rec.Journal) {
		rec.Journal = nil
	}
	s.save(rec)
	return out, err
}

// unfinished says whether a journal has steps that did not succeed.
func unfinished(j *state.Journal) bool {
	return slices.ContainsFunc(j.Steps, func(s state.Step) bool { return s.Status != "done" })
}

// carryOut plans again, under the lock, and does what is planned. The record is
// what was written last; nil where nothing was begun.
func (s *session) carryOut(ctx context.Context, confirmed *Plan, live *picture) (*Outcome, *state.Record, error) {
	plan, err := s.checked(live)
	if err != nil {
		return nil, nil, err
	}
	if !plan.Empty() && !plan.Equivalent(confirmed) {
		if err := s.confirm(ctx, plan); err != nil {
			return nil, nil, err
		}
	}
	k := s.keeper(plan, live)
	if plan.Empty() {
		return s.outcome(plan, live), k.end(), nil
	}
	s.emit(Event{Kind: EventPlanned, Plan: plan})
	out := s.apply(ctx, plan, live, k)
	rec := k.end()
	switch {
	case len(out.Done) == acting(plan):
		return out, rec, nil
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), ErrLockLost):
		return out, rec, ErrLockLost
	case ctx.Err() != nil:
		return out, rec, ctx.Err()
	}
	return out, rec, ErrFailed
}

func acting(p *Plan) int {
	n := 0
	for _, s := range p.Steps {
		if s.Op != OpNothing {
			n++
		}
	}
	return n
}

// settle ends a run that has nothing to do: AWS is left alone, but for the
// entries of the lock that a run before it could not remove. It is false where
// another run is under way that a deletion must wait for.
func (s *session) settle(ctx context.Context, live *picture) bool {
	l := newLock(s)
	defer l.close()
	if l.tryFile() != nil {
		return s.job.Target != Delete // the run that is under way keeps the record
	}
	s.loadRecord()
	if s.record.Journal != nil || s.job.Target == Delete {
		free, err := l.sweep(ctx)
		if err == nil && free {
			err = l.letGo()
		}
		if err != nil {
			s.warn("what a run before left of the lock could not be removed: " + err.Error())
			return true
		}
		if !free {
			return s.job.Target != Delete
		}
	}
	if s.recordDiffers(live) {
		s.save(s.newRecord(live))
	}
	return true
}

// outcome tells the attributes of what exists and is the owner's.
func (s *session) outcome(p *Plan, live *picture) *Outcome {
	out := &Outcome{Plan: p, Attributes: map[resource.ID]Attributes{}}
	for _, l := range live.sorted() {
		if l.Owned {
			out.Attributes[l.ID] = l.Attributes
		}
	}
	return out
}

package deployer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
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

func (s *session) warn(text string) {
	if text != "" {
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
		if s.job.World.Actuators[r.ID().Kind] == nil {
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
	s := newSession(j)
	live, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	plan, err := s.checked(live)
	if err != nil {
		return nil, err
	}
	if plan.Empty() {
		s.settle(ctx, live)
		return s.outcome(plan, live), nil
	}
	if err := s.confirm(ctx, plan); err != nil {
		return nil, err
	}
	lock := newLock(s)
	defer lock.close()
	if err := lock.local(ctx); err != nil {
		return nil, err
	}
	s.loadRecord() // another run may have ended meanwhile
	live, err = lock.acquire(ctx)
	if err != nil {
		return nil, err
	}
	// What follows ends once it is interrupted, or somebody else has the lock.
	held, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	lock.keep(held, lost)
	return s.carryOut(held, plan, live)
}

// carryOut plans again, under the lock, and does what is planned.
func (s *session) carryOut(ctx context.Context, confirmed *Plan, live *picture) (*Outcome, error) {
	plan, err := s.checked(live)
	if err != nil {
		return nil, err
	}
	if !plan.Equivalent(confirmed) && !plan.Empty() {
		if err := s.confirm(ctx, plan); err != nil {
			return nil, err
		}
	}
	k := s.keeper(plan, live)
	if plan.Empty() {
		k.end(true)
		return s.outcome(plan, live), nil
	}
	s.emit(Event{Kind: EventPlanned, Plan: plan})
	out := s.apply(ctx, plan, live, k)
	complete := len(out.Done) == acting(plan)
	k.end(complete)
	switch {
	case complete:
		return out, nil
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), ErrLockLost):
		return out, context.Cause(ctx)
	case ctx.Err() != nil:
		return out, ctx.Err()
	}
	return out, ErrFailed
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
// entries of the lock that a run before it could not remove.
func (s *session) settle(ctx context.Context, live *picture) {
	lock := newLock(s)
	defer lock.close()
	if !lock.tryLocal() {
		return // the run that is under way keeps the record
	}
	s.loadRecord()
	if s.record.Journal != nil || s.job.Target == Delete {
		if err := lock.sweep(ctx); err != nil {
			s.warn("the lock of a run before could not be removed: " + err.Error())
			return
		}
	}
	if s.recordDiffers(live) {
		s.save(s.newRecord(live))
	}
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

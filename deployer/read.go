package deployer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// picture is what exists, by kind and by ID, as far as it is known.
type picture struct {
	mu    sync.Mutex
	kinds map[resource.Kind][]*Live
	byID  map[resource.ID]*Live
	// lacking are wanted resources that cannot be, because what they hang on is
	// not there.
	lacking map[resource.ID]*Failure
}

func newPicture() *picture {
	return &picture{kinds: map[resource.Kind][]*Live{}, byID: map[resource.ID]*Live{}, lacking: map[resource.ID]*Failure{}}
}

// lacks notes that a wanted resource cannot be.
func (p *picture) lacks(id resource.ID, why *Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lacking[id] = why
}

// absent are the problems with what is not of the app and not there: at each
// place of the Chalicefile that names it.
func (s *session) absent(p *picture) []Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Problem
	for id, why := range p.lacking {
		n := len(list)
		for _, x := range s.graph.External {
			if x.For == id && x.ID.Kind != resource.KindQueue && x.ID.Kind != resource.KindTable {
				list = append(list, Problem{ID: id, Path: x.Path, Message: why.Message, Hint: why.Hint})
			}
		}
		if len(list) == n {
			list = append(list, Problem{ID: id, Message: why.Message, Hint: why.Hint})
		}
	}
	slices.SortFunc(list, func(a, b Problem) int {
		return cmp.Or(compareIDs(a.ID, b.ID), strings.Compare(a.Path, b.Path))
	})
	return list
}

// put adds what was found; two of one ID are a fault of the actuator's.
func (p *picture) put(kind resource.Kind, lives []*Live) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range lives {
		if p.byID[l.ID] != nil {
			return fmt.Errorf("%s was found twice", l.ID)
		}
		p.byID[l.ID] = l
	}
	p.kinds[kind] = lives
	return nil
}

// set replaces what is known of one resource, remove forgets it.
func (p *picture) set(l *Live) {
	p.remove(l.ID)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID[l.ID] = l
	p.kinds[l.ID.Kind] = append(p.kinds[l.ID.Kind], l)
}

func (p *picture) remove(id resource.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byID, id)
	// A copy: what Found returned may be read meanwhile.
	p.kinds[id.Kind] = slices.DeleteFunc(slices.Clone(p.kinds[id.Kind]), func(l *Live) bool { return l.ID == id })
}

func (p *picture) get(id resource.ID) *Live {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

func (p *picture) of(kind resource.Kind) []*Live {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.kinds[kind])
}

// sorted is all that exists, by kind in the order of resource.Kinds and name.
func (p *picture) sorted() []*Live {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.byID), func(a, b *Live) int { return compareIDs(a.ID, b.ID) })
}

// attribute is one of what exists.
func (p *picture) attribute(ref resource.Ref) (string, bool) {
	if l := p.get(ref.ID); l != nil {
		value, ok := l.Attributes[ref.Attribute]
		return value, ok
	}
	return "", false
}

// externals are the attributes of what is not of the app, once looked up.
type externals struct {
	done     chan struct{}
	values   map[resource.Ref]string
	problems []Problem
	asked    map[resource.ID]bool
}

// lookUp asks about external resources; nobody else writes to e meanwhile.
func (s *session) lookUp(ctx context.Context, e *externals, list []resource.External) error {
	list = slices.DeleteFunc(slices.Clone(list), func(x resource.External) bool { return e.asked[x.ID] })
	if len(list) == 0 || s.job.World.External == nil || s.job.Target == Delete {
		return nil
	}
	values, problems, err := s.job.World.External(ctx, list)
	if err != nil {
		return err
	}
	for _, x := range list {
		e.asked[x.ID] = true
	}
	maps.Copy(e.values, values)
	e.problems = append(e.problems, problems...)
	return nil
}

// lookup joins what exists with what is not of the app.
func (s *session) lookup(attribute resource.Lookup) resource.Lookup {
	return func(ref resource.Ref) (string, bool) {
		if value, ok := s.external.values[ref]; ok {
			return value, true
		}
		return attribute(ref)
	}
}

// begin reads what exists with the outline of the graph, while the graph is
// being completed by the caller's goroutine. The first error ends both.
func (s *session) begin(caller context.Context) (*picture, error) {
	ctx, cancel := context.WithCancelCause(caller)
	defer cancel(nil)
	var all sync.WaitGroup
	var p *picture
	fail := func(err error) {
		if err != nil {
			cancel(err)
		}
	}
	all.Go(func() {
		defer close(s.external.done)
		fail(guard(func() error { return s.lookUp(ctx, s.external, s.graph.External) }))
	})
	outline := s.graph
	all.Go(func() {
		var err error
		p, err = s.read(ctx, outline)
		fail(err)
	})
	complete, err := s.complete(ctx)
	fail(err)
	all.Wait()
	if err := caller.Err(); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	s.graph = complete
	if err := s.lookUp(ctx, s.external, complete.External); err != nil || covers(outline, complete) {
		return p, err
	}
	return s.read(ctx, complete)
}

// covers says whether the outline has all that the graph has, so that all of it
// was asked for.
func covers(outline, g *resource.Graph) bool {
	asked := make(map[resource.ID]bool, len(outline.Resources))
	for _, r := range outline.Resources {
		asked[r.ID()] = true
	}
	return !slices.ContainsFunc(g.Resources, func(r resource.Resource) bool { return !asked[r.ID()] })
}

func (s *session) complete(ctx context.Context) (*resource.Graph, error) {
	if s.job.Complete == nil {
		return s.graph, nil
	}
	g, err := s.job.Complete(ctx)
	if err == nil && g == nil {
		err = errors.New("there is no graph")
	}
	return g, err
}

// read finds what exists of all kinds side by side; those that hang on others
// wait for them when they ask for them. The first error ends it.
func (s *session) read(caller context.Context, g *resource.Graph) (*picture, error) {
	ctx, cancel := context.WithCancelCause(caller)
	defer cancel(nil)
	p := newPicture()
	found := map[resource.Kind]chan struct{}{}
	for kind := range s.job.World.Actuators {
		found[kind] = make(chan struct{})
	}
	want := map[resource.Kind][]resource.Resource{}
	for _, r := range g.Resources {
		want[r.ID().Kind] = append(want[r.ID().Kind], r)
	}
	var all sync.WaitGroup
	for kind, actuator := range s.job.World.Actuators {
		all.Go(func() {
			lives, err := find(ctx, actuator, s.query(ctx, p, kind, want[kind], found))
			if err == nil {
				err = p.put(kind, lives)
			}
			if err != nil {
				cancel(err)
				return
			}
			close(found[kind])
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// query asks for all of a kind. It sees of what was found only what stands
// before the kind, so that it does not depend on who is faster; asking for that
// waits until it is found.
func (s *session) query(ctx context.Context, p *picture, kind resource.Kind, want []resource.Resource, found map[resource.Kind]chan struct{}) *Query {
	before := map[resource.Kind]bool{}
	var add func(resource.Kind)
	add = func(k resource.Kind) {
		for _, b := range FindAfter(k) {
			before[b] = true
			add(b)
		}
	}
	add(kind)
	known := func(k resource.Kind) bool {
		return before[k] && found[k] != nil && closed(ctx, found[k])
	}
	return &Query{
		Owner: s.owner, Want: want, Recorded: s.record.Of(kind), Functions: s.recordedFunctions(), Warn: s.warn, Leaving: s.job.Target == Delete, Absent: p.lacks,
		Found: func(k resource.Kind) []*Live {
			if !known(k) {
				return nil
			}
			return p.of(k)
		},
		Resolve: func(ref resource.Ref) (string, bool) {
			if before[ref.ID.Kind] {
				if !known(ref.ID.Kind) {
					return "", false
				}
				return p.attribute(ref)
			}
			if !closed(ctx, s.external.done) {
				return "", false
			}
			value, ok := s.external.values[ref]
			return value, ok
		},
	}
}

func (s *session) recordedFunctions() []string {
	var names []string
	for _, r := range s.record.Of(resource.KindFunction) {
		names = append(names, r.ID.Name)
	}
	return names
}

// closed waits until a channel is closed; false where ctx ends before.
func closed(ctx context.Context, c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-ctx.Done():
		return false
	}
}

// find asks an actuator. A panic of it is an error.
func find(ctx context.Context, a Actuator, q *Query) (lives []*Live, err error) {
	err = guard(func() error {
		var err error
		lives, err = a.Find(ctx, q)
		return err
	})
	return slices.DeleteFunc(lives, func(l *Live) bool { return l == nil }), err
}

// guard makes a panic an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Failure{Message: fmt.Sprintf("internal error: %v", p), Hint: "please report it", Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	return f()
}

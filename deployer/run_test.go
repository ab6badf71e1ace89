package deployer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// scripted is an actuator of functions of its own.
type scripted struct {
	find   func(ctx context.Context, q *Query) ([]*Live, error)
	create func(ctx context.Context, want resource.Resource, run *Run) (Attributes, error)
	update func(ctx context.Context, want resource.Resource, live *Live, changes []Change, run *Run) (Attributes, error)
	delete func(ctx context.Context, live *Live, run *Run) error
}

func (s *scripted) Find(ctx context.Context, q *Query) ([]*Live, error) {
	if s.find == nil {
		return nil, nil
	}
	return s.find(ctx, q)
}
func (s *scripted) Create(ctx context.Context, want resource.Resource, run *Run) (Attributes, error) {
	return s.create(ctx, want, run)
}
func (s *scripted) Update(ctx context.Context, want resource.Resource, live *Live, changes []Change, run *Run) (Attributes, error) {
	return s.update(ctx, want, live, changes, run)
}
func (s *scripted) Delete(ctx context.Context, live *Live, run *Run) error {
	return s.delete(ctx, live, run)
}

func scriptedJob(kinds map[resource.Kind]*scripted, g *resource.Graph) *Job {
	w := World{Actuators: map[resource.Kind]Actuator{}, Clock: bubbleClock{}}
	for kind, a := range kinds {
		w.Actuators[kind] = a
	}
	return &Job{World: w, Outline: g, Target: Deploy}
}

func roles(n int) *resource.Graph {
	g := graphOf()
	for i := range n {
		g.Resources = append(g.Resources, &resource.Role{Name: fmt.Sprint("r", i)})
	}
	return g
}

// chain is how many kinds are found one after the other up to a kind, and
// whether roles are among those before it.
func chain(kind resource.Kind) (length time.Duration, afterRoles bool) {
	for _, k := range FindAfter(kind) {
		n, roles := chain(k)
		length = max(length, n)
		afterRoles = afterRoles || roles || k == resource.KindRole
	}
	return length + 1, afterRoles
}

func TestReadInOrderAndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		full := hello(128)
		if _, err := w.job(full, Deploy, "").Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		j := w.job(full, Deploy, "")
		began := time.Now()
		for kind := range j.World.Actuators {
			inner := j.World.Actuators[kind]
			j.World.Actuators[kind] = &scripted{find: func(ctx context.Context, q *Query) ([]*Live, error) {
				time.Sleep(time.Second) // what can be asked at once
				depth, before := chain(kind)
				for _, k := range FindAfter(kind) {
					q.Found(k)
				}
				if at := time.Since(began); at != depth*time.Second {
					t.Errorf("%s is found after %v", kind, at)
				}
				_, known := q.Resolve(resource.Ref{ID: full.Resources[0].ID(), Attribute: resource.AttrARN})
				if known != before || len(q.Found(resource.KindRole)) == 1 != before {
					t.Errorf("%s knows of the role: %v", kind, known)
				}
				if _, known := q.Resolve(resource.Ref{ID: resource.FunctionID("none"), Attribute: resource.AttrARN}); known {
					t.Error("what does not exist has an attribute")
				}
				time.Sleep(time.Second)
				return inner.Find(ctx, q)
			}}
		}
		j.Complete = func(context.Context) (*resource.Graph, error) { time.Sleep(5 * time.Second); return full, nil }
		p, err := j.Plan(context.Background())
		if err != nil || !p.Empty() || time.Since(began) != 5*time.Second {
			t.Error(err, time.Since(began))
		}
	})
}

func TestReadWaitsForWhatIsNotOfTheApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := resource.ID{Kind: resource.KindQueue, Name: "q"}
		g := graphOf()
		g.External = []resource.External{{ID: q}}
		j := scriptedJob(map[resource.Kind]*scripted{resource.KindMapping: {find: func(_ context.Context, query *Query) ([]*Live, error) {
			if v, known := query.Resolve(resource.Ref{ID: q, Attribute: resource.AttrARN}); v != "arn" || !known {
				t.Error(v, known)
			}
			return nil, nil
		}}}, g)
		asked := 0
		j.World.External = func(_ context.Context, list []resource.External) (map[resource.Ref]string, []Problem, error) {
			asked += len(list)
			time.Sleep(time.Second)
			return map[resource.Ref]string{{ID: list[0].ID, Attribute: resource.AttrARN}: "arn"}, []Problem{{Message: list[0].ID.Name}}, nil
		}
		more := graphOf()
		more.External = append(slices.Clone(g.External), resource.External{ID: resource.ID{Kind: resource.KindQueue, Name: "late"}})
		j.Complete = func(context.Context) (*resource.Graph, error) { return more, nil }
		if _, err := j.Plan(context.Background()); err == nil || err.Error() != "q\nlate" || asked != 2 {
			t.Error(err, asked)
		}
	})
}

func TestReadEndsWithTheFirstError(t *testing.T) {
	no, bad := errors.New("no credentials"), errors.New("Chalicefile.yaml:1:1")
	stuck := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, c := range []struct {
		name     string
		find     error
		complete error
		cancel   bool
		want     error
	}{
		{"find fails", no, nil, false, no},
		{"complete fails", nil, bad, false, bad},
		{"interrupted", nil, nil, true, context.Canceled},
	} {
		synctest.Test(t, func(t *testing.T) {
			j := scriptedJob(map[resource.Kind]*scripted{
				resource.KindRole: {find: func(ctx context.Context, _ *Query) ([]*Live, error) {
					if c.find != nil {
						return nil, c.find
					}
					return nil, stuck(ctx)
				}},
				resource.KindFunction: {find: func(_ context.Context, q *Query) ([]*Live, error) {
					if q.Found(resource.KindRole) != nil {
						t.Error("found")
					}
					return nil, nil
				}},
				resource.KindRestAPI: {find: func(ctx context.Context, _ *Query) ([]*Live, error) { return nil, stuck(ctx) }},
			}, graphOf())
			j.Complete = func(ctx context.Context) (*resource.Graph, error) {
				if c.complete != nil {
					return nil, c.complete
				}
				return nil, stuck(ctx)
			}
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			if c.cancel {
				time.AfterFunc(time.Second, func() { cancel(errors.New("interrupt signal received")) })
			}
			if _, err := j.Run(ctx); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		})
	}
}

// TestReadAgainWhatTheOutlineLacked: a name that only the complete graph has is
// asked for too.
func TestReadAgainWhatTheOutlineLacked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		w.things["role/shop-dev"].owner = "app cart, stage dev"
		j := w.job(graphOf(), Deploy, "")
		j.Complete = func(context.Context) (*resource.Graph, error) { return hello(128), nil }
		if _, err := j.Plan(context.Background()); err == nil || !strings.HasPrefix(err.Error(), "the IAM role shop-dev exists and belongs to app cart") {
			t.Error(err)
		}
	})
}

func TestApplySideBySide(t *testing.T) {
	for parallel, want := range map[int]int{0: 32, 1: 1, 3: 3, 100: 40} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.latency = time.Second
			j := w.job(roles(40), Deploy, "")
			j.Parallel, j.World.Locks = parallel, nil
			if _, err := j.Run(context.Background()); err != nil || w.peak != want {
				t.Errorf("parallel %d: %d at once, %v", parallel, w.peak, err)
			}
		})
	}
}

func TestApplyUpdatesOnlyWhatDiffersInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		delete(w.things, "role/shop-dev") // made anew, it has the same ARN
		out, err := w.job(hello(128), Deploy, "").Run(context.Background())
		if err != nil || told(out.Plan) != "create role/shop-dev; update function/shop-dev after [role/shop-dev]" || len(out.Done) != 2 {
			t.Error(told(out.Plan), err)
		}
		if slices.Contains(w.calls, "update function/shop-dev") {
			t.Error(w.calls)
		}
	})
}

func TestApplyInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path := filepath.Join(t.TempDir(), "dev.json")
		ctx, cancel := context.WithCancel(context.Background())
		j := w.job(hello(128), Deploy, path)
		w.beforeMutation = func(call string) {
			if call == "create role/shop-dev" {
				w.latency = 10 * time.Second
				cancel()
			}
		}
		events := watched(j, EventInterrupt)
		out, err := j.Run(ctx)
		if !errors.Is(err, context.Canceled) || len(out.Done) != 1 || len(out.Skipped)+len(out.Failed) != 0 || len(*events) != 1 {
			t.Errorf("%v %+v", err, out)
		}
		if w.has("role/shop-dev") == nil || w.has("function/shop-dev") != nil || len(w.locks) > 0 {
			t.Error(w.calls, w.locks)
		}
		rec, _ := j.Store.Load(owner)
		if rec.Journal == nil || rec.Journal.Steps[0].Status != "done" || rec.Journal.Steps[1].Status != "" || len(rec.Resources) != 1 {
			t.Errorf("%+v", rec)
		}
	})
}

func TestApplyInterruptedWaitsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hung bool
		var queued time.Duration
		began := time.Now()
		j := scriptedJob(map[resource.Kind]*scripted{resource.KindRole: {create: func(ctx context.Context, want resource.Resource, run *Run) (Attributes, error) {
			switch want.ID().Name {
			case "r0":
				return nil, run.Clock.Sleep(ctx, time.Hour) // until AWS knows it
			case "r1":
				<-Stopped(ctx) // a call that queues
				queued = time.Since(began)
				return nil, context.Canceled
			}
			<-ctx.Done() // a call that hangs
			hung = true
			return nil, ctx.Err()
		}}}, roles(3))
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		out, err := j.Run(ctx)
		if !errors.Is(err, context.Canceled) || len(out.Failed) != 3 || !hung || queued != time.Second || time.Since(began) != time.Second+grace {
			t.Error(err, out.Failed, queued, time.Since(began))
		}
	})
}

func TestApplySurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := scriptedJob(map[resource.Kind]*scripted{resource.KindRole: {create: func(_ context.Context, want resource.Resource, _ *Run) (Attributes, error) {
			if want.ID().Name == "r1" {
				panic("boom")
			}
			return nil, nil
		}}}, roles(3))
		out, err := j.Run(context.Background())
		if !errors.Is(err, ErrFailed) || len(out.Done) != 2 || len(out.Failed) != 1 || out.Failed[0].Err.Error() != "internal error: boom (please report it)" {
			t.Errorf("%v %+v", err, out)
		}
		j.World.Actuators[resource.KindRole] = &scripted{find: func(context.Context, *Query) ([]*Live, error) { panic("boom") }}
		if _, err := j.Run(context.Background()); err == nil || !strings.HasPrefix(err.Error(), "internal error: boom") {
			t.Error(err)
		}
	})
}

// TestApplyGivesUp: what stays unsure is looked after a few times, and told.
func TestApplyGivesUp(t *testing.T) {
	live := &Live{ID: resource.ID{Kind: resource.KindRole, Name: "r0"}, Resource: &resource.Role{Name: "r0", Service: "other"}, Owned: true}
	for _, c := range []struct {
		name  string
		class Class
		found *Live // by looking
		calls int
		want  string
	}{
		{"lost, and never there", ClassLost, nil, 6, "lost"},
		{"exists, and cannot be seen", ClassExists, nil, 6, "exists"},
		{"denied", ClassDenied, nil, 1, "denied"},
		{"exists, and is not ours", ClassExists, &Live{ID: live.ID, Owner: "app cart"}, 1, "the IAM role r0 exists and belongs to app cart (--adopt takes it over, or choose another app or stage name)"},
		{"exists, and cannot become it", ClassExists, &Live{ID: live.ID, Owned: true, Unfit: "it is an image", UnfitHint: "delete it"}, 1, "it is an image (delete it)"},
		{"exists, and is ours", ClassExists, live, 2, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			j := scriptedJob(map[resource.Kind]*scripted{resource.KindRole: {
				find: func(_ context.Context, q *Query) ([]*Live, error) {
					if !q.Narrow || c.found == nil {
						return nil, nil
					}
					return []*Live{c.found}, nil
				},
				create: func(context.Context, resource.Resource, *Run) (Attributes, error) {
					calls++
					return nil, &Failure{Class: c.class, Message: string(c.class)}
				},
				update: func(_ context.Context, _ resource.Resource, _ *Live, changes []Change, _ *Run) (Attributes, error) {
					calls++
					if len(changes) != 1 || changes[0].Property != "service" {
						t.Errorf("%+v", changes)
					}
					return nil, nil
				},
			}}, roles(1))
			out, err := j.Run(context.Background())
			switch {
			case c.want == "":
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			case !errors.Is(err, ErrFailed) || out.Failed[0].Err.Error() != c.want:
				t.Errorf("%s: %v %+v", c.name, err, out.Failed)
			}
			if calls != c.calls {
				t.Errorf("%s: %d calls", c.name, calls)
			}
		})
	}
}

func TestRunAsksAgainForAnotherPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := w.job(hello(128), Deploy, "")
		var plans []string
		no := errors.New("no")
		j.Confirm = func(_ context.Context, p *Plan) error {
			plans = append(plans, told(p))
			if len(plans) == 2 {
				return no
			}
			w.things["role/shop-dev"] = &thing{id: resource.ID{Kind: resource.KindRole, Name: "shop-dev"}, key: "role/shop-dev", res: &resource.Role{Name: "shop-dev"}, owner: "me", attrs: Attributes{"arn": arnOf("shop-dev")}}
			return nil
		}
		if _, err := j.Run(context.Background()); !errors.Is(err, no) || len(plans) != 2 || plans[1] != "nothing role/shop-dev; create function/shop-dev" || len(w.locks) > 0 {
			t.Error(err, plans, w.locks)
		}
		if _, err := j.Run(context.Background()); err != nil || len(plans) != 3 {
			t.Error(err, plans)
		}
	})
}

func TestRunWithoutLocksStoreOrRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := w.job(hello(128), Deploy, "")
		j.World.Locks = nil
		out, err := j.Run(context.Background())
		if err != nil || out.Attributes[resource.ID{Kind: resource.KindRole, Name: "shop-dev"}]["arn"] != arnOf("shop-dev") || len(out.Attributes) != 2 {
			t.Error(out, err)
		}
		// Nothing to do: the record is made, AWS is left alone.
		w.calls = nil
		j = w.job(hello(128), Deploy, filepath.Join(t.TempDir(), "dev.json"))
		if out, err := j.Run(context.Background()); err != nil || len(out.Attributes) != 2 || len(w.calls) > 0 {
			t.Error(out, err, w.calls)
		}
		if rec, warning := j.Store.Load(owner); len(rec.Resources) != 2 || warning != "" {
			t.Error(rec, warning)
		}
		// A record that cannot be written is told, and no more.
		j = w.job(hello(256), Deploy, filepath.Join("/dev/null", "dev.json"))
		events := watched(j, EventWarning)
		if _, err := j.Run(context.Background()); err != nil || len(*events) != 3 {
			t.Error(err, *events)
		}
	})
}

func TestRunTellsFindOfTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &state.Store{Path: filepath.Join(t.TempDir(), "dev.json")}
		rec := state.New(owner)
		rec.Resources = []state.Resource{{ID: resource.ID{Kind: resource.KindRole, Name: "old"}}, {ID: resource.FunctionID("f")}}
		if err := store.Save(rec); err != nil {
			t.Fatal(err)
		}
		asked := 0
		j := scriptedJob(map[resource.Kind]*scripted{resource.KindRole: {find: func(_ context.Context, q *Query) ([]*Live, error) {
			if asked++; len(q.Recorded) != 1 || q.Recorded[0].ID.Name != "old" || q.Owner != owner || q.Narrow {
				t.Errorf("%+v", q)
			}
			return nil, nil
		}}}, graphOf())
		j.Store = store
		if _, err := j.Run(context.Background()); err != nil || asked != 1 {
			t.Error(err, asked)
		}
		if _, err := scriptedJob(nil, roles(1)).Run(context.Background()); err == nil || err.Error() != "role/r0 cannot be deployed: nothing here knows its kind" {
			t.Error(err)
		}
	})
}

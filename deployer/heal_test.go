package deployer

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// made is a resource whose colour cannot be changed, and which refers to
// another one by its ID, as usage plans do to REST APIs.
type made struct {
	kind   resource.Kind
	name   string
	colour string
	of     resource.ID
}

func (m *made) ID() resource.ID { return resource.ID{Kind: m.kind, Name: m.name} }

func (m *made) DependsOn() []resource.ID {
	if m.of.Name == "" {
		return nil
	}
	return []resource.ID{m.of}
}

func (m *made) Properties(get resource.Lookup) []resource.Property {
	props := []resource.Property{{Name: "colour", Value: m.colour, Fixed: "paint dries"}}
	if m.of.Name != "" {
		value, known := resource.Attr(m.of, resource.AttrID).Resolve(get)
		props = append(props, resource.Property{Name: "of", Value: value, Unknown: !known})
	}
	return props
}

// TestReplaceIsFollowed: what refers to something that is replaced is updated
// after it, since it refers to what was there before.
func TestReplaceIsFollowed(t *testing.T) {
	for id, updates := range map[string]int{"old": 0, "new": 1} {
		synctest.Test(t, func(t *testing.T) {
			car := &made{kind: resource.KindRestAPI, name: "car", colour: "red"}
			driver := &made{kind: resource.KindUsagePlan, name: "driver", of: car.ID()}
			var calls []string
			j := scriptedJob(map[resource.Kind]*scripted{
				resource.KindRestAPI: {
					find: func(context.Context, *Query) ([]*Live, error) {
						return []*Live{owned(&made{kind: car.kind, name: "car", colour: "blue"}, Attributes{"id": "old", "plate": "1"})}, nil
					},
					delete: func(context.Context, *Live, *Run) error { calls = append(calls, "delete"); return nil },
					create: func(context.Context, resource.Resource, *Run) (Attributes, error) {
						calls = append(calls, "create")
						return Attributes{"id": id}, nil
					},
				},
				resource.KindUsagePlan: {
					find: func(context.Context, *Query) ([]*Live, error) { return []*Live{owned(driver, nil)}, nil },
					update: func(_ context.Context, _ resource.Resource, _ *Live, changes []Change, _ *Run) (Attributes, error) {
						calls = append(calls, "update")
						if want := []Change{{Property: "of", From: "old", To: "new"}}; !reflect.DeepEqual(changes, want) {
							t.Errorf("%+v", changes)
						}
						return nil, nil
					},
				},
			}, graphOf(driver, car))
			out, err := j.Run(context.Background())
			if err != nil || told(out.Plan) != "replace rest-api/car; update usage-plan/driver after [rest-api/car]" || out.Plan.Steps[0].Why != "paint dries" {
				t.Fatal(err, told(out.Plan))
			}
			if c := out.Plan.Steps[1].Changes; len(c) != 1 || c[0] != (Change{Property: "of", From: "old", To: "(id of rest-api/car)", Unknown: true}) {
				t.Errorf("%+v", c)
			}
			if want := []string{"delete", "create", "update"}[:2+updates]; !slices.Equal(calls, want) {
				t.Error(calls)
			}
			if a := out.Attributes[car.ID()]; !reflect.DeepEqual(a, Attributes{"id": id}) {
				t.Error("attributes of what was deleted:", a)
			}
		})
	}
}

// TestReplaceWaitsForWhatGoes: who refers to what is replaced, and is deleted,
// goes first.
func TestReplaceWaitsForWhatGoes(t *testing.T) {
	car := &made{kind: resource.KindRestAPI, name: "car", colour: "red"}
	p, err := planOf(t, &Job{Outline: graphOf(car), Target: Deploy},
		owned(&made{kind: car.kind, name: "car", colour: "blue"}, nil), owned(&made{kind: resource.KindUsagePlan, name: "old", of: car.ID()}, nil))
	if err != nil || told(p) != "delete usage-plan/old; replace rest-api/car after [usage-plan/old]" {
		t.Error(told(p), err)
	}
}

// TestGoneMeanwhile: what is gone when it is to be updated is made again; that
// something else is missing is final.
func TestGoneMeanwhile(t *testing.T) {
	gone := &Failure{Class: ClassNotFound, Message: "gone"}
	for _, c := range []struct {
		name, colour, want string
		create             error
	}{
		{"updated", "red", "update create", nil},
		{"missing what it needs", "red", "update create", gone},
		{"replaced, missing what it needs", "blue", "delete create", gone},
	} {
		synctest.Test(t, func(t *testing.T) {
			car := &made{kind: resource.KindRestAPI, name: "car", colour: "red", of: resource.ID{Kind: resource.KindRole, Name: "x"}}
			there := &made{kind: car.kind, name: "car", colour: c.colour, of: resource.ID{Kind: resource.KindRole, Name: "y"}}
			var calls []string
			j := scriptedJob(map[resource.Kind]*scripted{resource.KindRestAPI: {
				find: func(_ context.Context, q *Query) ([]*Live, error) {
					if q.Narrow {
						return nil, nil
					}
					return []*Live{owned(there, nil)}, nil
				},
				create: func(context.Context, resource.Resource, *Run) (Attributes, error) {
					calls = append(calls, "create")
					return nil, c.create
				},
				update: func(context.Context, resource.Resource, *Live, []Change, *Run) (Attributes, error) {
					calls = append(calls, "update")
					return nil, gone
				},
				delete: func(context.Context, *Live, *Run) error { calls = append(calls, "delete"); return gone },
			}}, graphOf(car))
			out, err := j.Run(context.Background())
			if (err != nil) != (c.create != nil) || c.create != nil && !errors.Is(out.Failed[0].Err, gone) || strings.Join(calls, " ") != c.want {
				t.Errorf("%s: %v %v", c.name, err, calls)
			}
		})
	}
}

// TestLostAndListedLate: what AWS would make twice is not made again before it
// had the time to list it; what it lists at once is waited for by nobody.
func TestLostAndListedLate(t *testing.T) {
	for _, c := range []struct {
		kind      resource.Kind
		listed    time.Duration // after its creation; 0: it was not made
		creations int
		longest   time.Duration
	}{
		{resource.KindRestAPI, time.Nanosecond, 1, time.Second},
		{resource.KindAPIKey, 5 * time.Second, 1, 8 * time.Second},
		{resource.KindUsagePlan, 0, 2, 8 * time.Second},
		{resource.KindDomain, 0, 2, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			want := &made{kind: c.kind, name: "car", colour: "red"}
			creations, began := 0, time.Now()
			j := scriptedJob(map[resource.Kind]*scripted{c.kind: {
				find: func(_ context.Context, q *Query) ([]*Live, error) {
					if creations == 0 || c.listed == 0 || time.Since(began) < c.listed {
						return nil, nil
					}
					return []*Live{owned(want, nil)}, nil
				},
				create: func(context.Context, resource.Resource, *Run) (Attributes, error) {
					if creations++; creations == 1 {
						return nil, &Failure{Class: ClassLost}
					}
					return nil, nil
				},
			}}, graphOf(want))
			if _, err := j.Run(context.Background()); err != nil || creations != c.creations || time.Since(began) > c.longest {
				t.Errorf("%s: %v, %d creations in %v", c.kind, err, creations, time.Since(began))
			}
		})
	}
}

// TestLockStaleNumber: who comes so late that its number is free again finds,
// once it has made it, that another run holds.
func TestLockStaleNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		began := time.Now()
		w.beforeMutation = func(call string) {
			if call == "lock" && len(w.calls) == 0 {
				w.locks[2] = Holder{ID: "other", Who: "you@there", Since: began, Until: began.Add(30 * time.Second)}
			}
			if strings.HasPrefix(call, "update") && time.Since(began) < 30*time.Second {
				t.Error("two hold the lock")
			}
		}
		j := w.job(hello(256), Deploy, "")
		events := watched(j, EventLocked)
		if _, err := j.Run(context.Background()); err != nil || len(*events) != 1 {
			t.Error(err, *events)
		}
		if got := strings.Join(w.calls, ", "); got != "lock, unlock, lock, update function/shop-dev, unlock, unlock" {
			t.Error(got)
		}
	})
}

// TestLockIsJournalledBefore: the record names the entry before it is made, and
// until it is removed.
func TestLockIsJournalledBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		j := w.job(hello(256), Deploy, filepath.Join(t.TempDir(), "dev.json"))
		run := ""
		w.beforeMutation = func(call string) {
			rec, _ := j.Store.Load(owner)
			if rec.Journal == nil || rec.Journal.Lock != 1 || run != "" && run != rec.Journal.Run {
				t.Fatalf("%s: %+v", call, rec.Journal)
			}
			run = rec.Journal.Run
		}
		if _, err := j.Run(context.Background()); err != nil || run == "" {
			t.Error(err)
		}
		if rec, _ := j.Store.Load(owner); rec.Journal != nil {
			t.Errorf("%+v", rec.Journal)
		}
	})
}

// TestLockIsRemovedOnce: where the answer to the removal is lost, the number may
// be another run's by now.
func TestLockIsRemovedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		w.fault = func(_ int, call string) fault {
			if call != "unlock" {
				return fault{}
			}
			time.AfterFunc(time.Millisecond, func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.locks[1] = Holder{ID: "other", Until: time.Now().Add(lease)}
			})
			return fault{after: &Failure{Class: ClassLost}}
		}
		if _, err := w.job(hello(256), Deploy, "").Run(context.Background()); err != nil || w.locks[1].ID != "other" {
			t.Error(err, w.locks)
		}
	})
}

// TestLockReadsTheRecordAgain: what another run of this checkout left while
// this one waited counts.
func TestLockReadsTheRecordAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		now := time.Now()
		j := w.job(hello(256), Deploy, filepath.Join(t.TempDir(), "dev.json"))
		j.Confirm = func(context.Context, *Plan) error {
			w.locks[1] = Holder{ID: "dead", Until: now.Add(lease)}
			rec := state.New(owner)
			rec.Journal = &state.Journal{Run: "dead", Lock: 1}
			return j.Store.Save(rec)
		}
		if _, err := j.Run(context.Background()); err != nil || time.Now() != now || len(w.locks) != 0 {
			t.Error(err, w.locks)
		}
	})
}

// slowRenewal lets another run take the lock while an entry is renewed.
type slowRenewal struct{ *world }

func (s slowRenewal) Renew(ctx context.Context, e LockEntry) error {
	s.locks[e.Number+1] = Holder{ID: "other", Until: time.Now().Add(lease)}
	return s.world.Renew(ctx, e)
}

func TestLockExpiredIsNotRevived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := w.job(hello(256), Deploy, "")
		j.World.Locks = slowRenewal{w}
		l := newLock(newSession(j))
		if err := l.take(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lease + time.Second)
		if err := l.renew(context.Background()); !errors.Is(err, ErrLockLost) {
			t.Error(err)
		}
	})
}

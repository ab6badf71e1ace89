package deployer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// hello is a small graph; another memory is another deploy.
func hello(memory int) *resource.Graph {
	role := &resource.Role{Name: "shop-dev"}
	return graphOf(role, &resource.Function{Name: "shop-dev", MemorySize: memory, Role: resource.Attr(role.ID(), resource.AttrARN)})
}

func deployed(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	if _, err := w.job(hello(128), Deploy, "").Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.calls = nil
	return w
}

// watched notes events of a kind.
func watched(j *Job, kind EventKind) *[]Event {
	var list []Event
	j.Observe = func(e Event) {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return &list
}

func TestLockCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		if _, err := w.job(hello(256), Deploy, "").Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(w.calls, ", "); got != "lock, update function/shop-dev, unlock" {
			t.Error(got)
		}
		w.calls = nil
		if _, err := w.job(hello(256), Deploy, "").Run(context.Background()); err != nil || len(w.calls) > 0 {
			t.Error(err, w.calls)
		}
	})
}

// TestLockAfterAGhost: SSM refuses a name for half a minute after its deletion,
// and lists nothing of it. One call more is all that costs.
func TestLockAfterAGhost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ghostly = 30 * time.Second
		began := time.Now()
		for i := range 4 {
			w.calls = nil
			if _, err := w.job(hello(128+i), Deploy, "").Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			if locks := strings.Count(strings.Join(w.calls, " ")+" ", " lock "); i > 0 && locks > i {
				t.Error(i, w.calls)
			}
		}
		if len(w.locks) > 0 || time.Since(began) > 10*time.Second {
			t.Error(w.locks, time.Since(began))
		}
		time.Sleep(time.Minute)
		w.calls = nil
		if _, err := w.job(hello(256), Deploy, "").Run(context.Background()); err != nil || strings.Join(w.calls, ", ") != "lock, update function/shop-dev, unlock" {
			t.Error(err, w.calls)
		}
		for n := range 100 {
			w.ghosts[n] = time.Now().Add(time.Hour)
		}
		if _, err := w.job(hello(512), Deploy, "").Run(context.Background()); !is(err, ClassExists) {
			t.Error("numbers that are never free:", err)
		}
	})
}

func TestLockOfAnother(t *testing.T) {
	other := func() Holder {
		return Holder{ID: "other", Who: "you@there", Since: time.Now(), Until: time.Now().Add(lease)}
	}
	t.Run("gives up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := deployed(t)
			w.locks[4] = other()
			for _, patience := range []time.Duration{0, 20 * time.Second} {
				j := w.job(hello(256), Deploy, "")
				j.LockTimeout = patience
				events := watched(j, EventLocked)
				began := time.Now()
				_, err := j.Run(context.Background())
				var locked *LockedError
				if !errors.As(err, &locked) || locked.Holder.ID != "other" || !strings.HasPrefix(err.Error(), "the stage is locked by you@there since 2000-01-01T00:00:00Z: ") {
					t.Error(err)
				}
				if waited := time.Since(began); waited != patience {
					t.Error(waited)
				}
				if want := min(1, int(patience)); len(*events) != want {
					t.Errorf("%v: %+v", patience, *events)
				}
			}
			// The first number is free, but another one holds.
			if got := strings.Join(w.calls, ", "); got != "lock, unlock, lock, unlock" || len(w.locks) != 1 {
				t.Error(got, w.locks)
			}
		})
	})
	t.Run("expires", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := deployed(t)
			w.locks[1] = other()
			if _, err := w.job(hello(256), Deploy, "").Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.calls, ", "); got != "lock, lock, update function/shop-dev, unlock, unlock" || len(w.locks) != 0 {
				t.Error(got, w.locks)
			}
		})
	})
	t.Run("ends while it is waited for", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := deployed(t)
			w.locks[1] = other()
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(10*time.Second, cancel)
			if _, err := w.job(hello(256), Deploy, "").Run(ctx); !errors.Is(err, context.Canceled) || strings.Join(w.calls, ", ") != "lock" || len(w.locks) != 1 {
				t.Error(err, w.calls, w.locks)
			}
		})
	})
	t.Run("makes a delete with nothing to do wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.locks[1] = other()
			time.AfterFunc(10*time.Second, func() { // what the other makes is deleted too
				w.mu.Lock()
				defer w.mu.Unlock()
				w.things["role/late"] = &thing{id: resource.ID{Kind: resource.KindRole, Name: "late"}, key: "role/late", res: &resource.Role{Name: "late"}, owner: "me"}
			})
			if _, err := w.job(hello(128), Delete, "").Run(context.Background()); err != nil || len(w.things)+len(w.locks) != 0 {
				t.Error(err, w.things, w.locks)
			}
		})
	})
}

func TestLockIsTakenOverByJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		path := filepath.Join(t.TempDir(), "dev.json")
		now := time.Now()
		w.locks[1] = Holder{ID: "dead", Who: "me@here", Since: now, Until: now.Add(lease)}
		w.locks[2] = Holder{ID: "deader", Who: "me@here", Since: now, Until: now.Add(lease)}
		rec := state.New(owner)
		rec.Journal = &state.Journal{Run: "dead", Former: []string{"deader"}}
		if err := (&state.Store{Path: path}).Save(rec); err != nil {
			t.Fatal(err)
		}
		if _, err := w.job(hello(256), Deploy, path).Run(context.Background()); err != nil || time.Now() != now || len(w.locks) != 0 {
			t.Error(err, time.Since(now), w.locks)
		}
		// With nothing to do, what is left is taken away too.
		w.locks[1] = Holder{ID: "dead", Who: "me@here", Since: now, Until: now.Add(lease)}
		if err := (&state.Store{Path: path}).Save(rec); err != nil {
			t.Fatal(err)
		}
		if _, err := w.job(hello(256), Deploy, path).Run(context.Background()); err != nil || time.Now() != now || len(w.locks) != 0 {
			t.Error(err, time.Since(now), w.locks)
		}
		if rec, _ := (&state.Store{Path: path}).Load(owner); rec.Journal != nil || len(rec.Resources) != 2 {
			t.Errorf("%+v", rec)
		}
	})
}

func TestLockIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployed(t)
		w.latency = 50 * time.Second // a call
		if _, err := w.job(hello(256), Deploy, "").Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := slices.Index(w.calls, "unlock"); n != len(w.calls)-1 || !slices.Contains(w.calls, "renew") || len(w.locks) != 0 {
			t.Error(w.calls, w.locks)
		}
	})
}

func TestLockIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.latency = 5 * time.Second
		taken := false
		w.beforeMutation = func(call string) {
			if call != "create role/shop-dev" {
				return
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			taken, w.latency = true, 30*time.Second
			delete(w.locks, 1)
			w.locks[2] = Holder{ID: "other", Who: "you@there", Since: time.Now(), Until: time.Now().Add(time.Hour)}
		}
		j := w.job(hello(128), Deploy, "")
		events := watched(j, EventInterrupt)
		out, err := j.Run(context.Background())
		if !errors.Is(err, ErrLockLost) || !taken || len(out.Done) != 1 || w.has("function/shop-dev") != nil {
			t.Errorf("%v %+v", err, out)
		}
		if len(*events) != 1 || !strings.Contains((*events)[0].Text, "the lock was lost") {
			t.Errorf("%+v", *events)
		}
		if w.locks[2].ID != "other" || slices.Contains(w.calls, "unlock") {
			t.Error(w.locks, w.calls)
		}
	})
}

// TestLockOfOneThatWakesUp: who lets its entry expire and goes on later finds a
// higher one, though a lower number was free.
func TestLockOfOneThatWakesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, lost := context.WithCancelCause(context.Background())
		held := func() *lock {
			s := newSession(w.job(hello(128), Deploy, ""))
			close(s.external.done)
			l := newLock(s)
			if _, err := l.acquire(ctx, lost); err != nil {
				t.Fatal(err)
			}
			return l
		}
		w.ghosts[1] = time.Now().Add(30 * time.Second)
		asleep := held()
		asleep.rest()
		time.Sleep(lease + time.Second)
		began := time.Now()
		awake := held()
		if a, b := asleep.entry.Number, awake.entry.Number; a != 2 || b != 3 || time.Now() != began {
			t.Error(a, b, time.Since(began))
		}
		if err := asleep.renew(ctx); !errors.Is(err, ErrLockLost) {
			t.Error(err)
		}
		if err := awake.renew(ctx); err != nil {
			t.Error(err)
		}
		if awake.close(); len(w.locks) != 0 {
			t.Error(w.locks)
		}
		// Or it expires while it is being renewed.
		late := held()
		late.rest()
		time.Sleep(lease - time.Second)
		w.beforeMutation = func(string) {
			w.beforeMutation = nil
			time.Sleep(2 * time.Second)
			awake = held()
		}
		if err := late.renew(ctx); !errors.Is(err, ErrLockLost) {
			t.Error(err)
		}
		awake.close()
	})
}

// TestLockHoldsOneAtATime lets takers of all kinds race, with answers that come
// late and get lost, clocks that agree, and runs that die.
func TestLockHoldsOneAtATime(t *testing.T) {
	for seed := range 8 * seeds(20) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 9))
			w := newWorld(t)
			w.ghostly = time.Duration(seed%4) * 10 * time.Second
			var mu sync.Mutex
			random := func(n int) int {
				mu.Lock()
				defer mu.Unlock()
				return rng.IntN(n)
			}
			w.beforeMutation = func(string) { time.Sleep(time.Duration(random(3000)) * time.Millisecond) }
			w.fault = func(int, string) fault {
				lost := &Failure{Class: ClassLost, Message: "lost"}
				switch random(12) {
				case 0:
					return fault{before: lost}
				case 1:
					return fault{after: lost}
				}
				return fault{}
			}
			holding, held := 0, 0
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					j := w.job(hello(128), Deploy, "")
					j.LockTimeout = time.Hour
					s := newSession(j)
					close(s.external.done)
					time.Sleep(time.Duration(random(3000)) * time.Millisecond)
					ctx, lost := context.WithCancelCause(context.Background())
					l := newLock(s)
					if _, err := l.acquire(ctx, lost); err != nil {
						t.Log(err)
						l.close()
						return
					}
					mu.Lock()
					if holding++; holding > 1 {
						t.Error("two hold the lock")
					}
					held++
					mu.Unlock()
					dies := random(4) == 0
					_ = bubbleClock{}.Sleep(ctx, time.Duration(random(90))*time.Second)
					mu.Lock()
					holding--
					mu.Unlock()
					if dies {
						l.rest()
					} else {
						l.close()
					}
				})
			}
			all.Wait()
			if held < 3 {
				t.Errorf("%d held it", held)
			}
		})
		if t.Failed() {
			t.Fatal("seed ", seed)
		}
	}
}

func TestFileLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deployed", "dev.lock")
	me := Holder{ID: "1", Who: "me@here", Since: time.Unix(7, 0).UTC()}
	first, busy, err := lockFile(path, me)
	if err != nil || busy != nil {
		t.Fatal(busy, err)
	}
	if _, busy, err := lockFile(path, Holder{ID: "2"}); err != nil || busy == nil || busy.Who != me.Who || !busy.Since.Equal(me.Since) {
		t.Error(busy, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, busy, err := lockFile(path, Holder{ID: "2"}); err != nil || busy == nil || busy.Who != "another run on this machine" {
		t.Error(busy, err)
	}
	first.release()
	first.release()
	again, busy, err := lockFile(path, Holder{ID: "2"})
	if err != nil || busy != nil {
		t.Error(busy, err)
	}
	again.release()
	if _, _, err := lockFile(t.TempDir(), me); err == nil {
		t.Error("a directory was locked")
	}
}

// TestTwoJobsOfACheckout run one after the other: the second finds what the
// first did.
func TestTwoJobsOfACheckout(t *testing.T) {
	for _, shared := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.latency = time.Second
			dir := t.TempDir()
			var all sync.WaitGroup
			confirmed := make([]int, 3)
			for i := range 3 {
				path := filepath.Join(dir, "dev.json")
				if !shared {
					path = filepath.Join(dir, fmt.Sprint(i), "dev.json")
				}
				all.Go(func() {
					j := w.job(hello(128), Deploy, path)
					j.Confirm = func(context.Context, *Plan) error { confirmed[i]++; return nil }
					if out, err := j.Run(context.Background()); err != nil || len(out.Attributes) != 2 {
						t.Error(out, err)
					}
				})
			}
			all.Wait()
			w.check(t, hello(128))
			if made := len(slices.DeleteFunc(slices.Clone(w.calls), func(c string) bool { return strings.HasSuffix(c, "lock") || c == "renew" })); made != 3 {
				t.Error(w.calls)
			}
			if slices.Contains(confirmed, 0) || len(w.locks) > 0 {
				t.Error(confirmed, w.locks)
			}
		})
	}
}

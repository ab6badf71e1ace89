package deployer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// history is what is done to a world before the run that is disturbed.
type history struct {
	name   string
	before *resource.Graph // nil: nothing
	graph  *resource.Graph
	target Target
	world  *world
	record string // "" keeps none
}

func histories(seed uint64) []history {
	rng := rand.New(rand.NewPCG(seed, 1))
	a, b := randomGraph(rng, 6), randomGraph(rng, 6)
	moving(a, "q0")
	moving(b, "q1")
	return []history{
		{name: "first", graph: a, target: Deploy},
		{name: "update", before: a, graph: b, target: Deploy},
		{name: "delete", before: b, graph: b, target: Delete},
	}
}

// moving adds a function whose mapping is replaced when the queue is another.
func moving(g *resource.Graph, queue string) {
	q := resource.ID{Kind: resource.KindQueue, Name: queue}
	f := &resource.Function{Name: "shop-dev-moving", Role: resource.Lit(arnOf("theirs")), Tags: owner.Tags()}
	m := &resource.Mapping{Function: f.Name, Source: resource.Attr(q, resource.AttrARN), BatchSize: 1, Tags: owner.Tags()}
	g.External = append(g.External, resource.External{ID: q, For: m.ID()})
	g.Resources = append(g.Resources, m, f)
}

// start makes a world with what was before.
func (h history) start(t *testing.T, recorded bool) history {
	t.Helper()
	h.world = newWorld(t)
	if recorded {
		h.record = filepath.Join(t.TempDir(), "deployed", "dev.json")
	}
	if h.before != nil {
		h.run(t, h.before, Deploy)
	}
	h.world.calls = nil
	return h
}

// run must succeed.
func (h history) run(t *testing.T, g *resource.Graph, target Target) *Outcome {
	t.Helper()
	out, err := h.world.job(g, target, h.record).Run(context.Background())
	if err != nil {
		t.Errorf("%s of %s: %v %+v", target, h.name, err, out)
		if out != nil {
			for _, f := range out.Failed {
				t.Error(f.Step.ID, f.Err)
			}
		}
	}
	return out
}

// settled checks that a run has nothing to do any more, and that delete then
// leaves nothing.
func (h history) settled(t *testing.T) {
	t.Helper()
	wanted := h.graph
	if h.target == Delete {
		wanted = &resource.Graph{Owner: owner}
	}
	h.world.check(t, wanted)
	h.world.calls = nil
	h.run(t, h.graph, h.target)
	if len(h.world.calls) > 0 {
		t.Errorf("calls with nothing to do: %v", h.world.calls)
	}
	h.run(t, h.graph, Delete)
	h.world.check(t, &resource.Graph{Owner: owner})
	// Whoever has nothing to do leaves an entry of a run that died to expire.
	if len(h.world.locks) > 0 {
		t.Errorf("left of the lock: %v", h.world.locks)
	}
}

// bubble runs f with a time of its own, and says which run it was.
func bubble(t *testing.T, f func(t *testing.T), which string, args ...any) {
	t.Helper()
	if !t.Run(fmt.Sprintf(which, args...), func(t *testing.T) { synctest.Test(t, f) }) {
		t.FailNow()
	}
}

// seeds are n of them, and one in short tests.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return 1
	}
	return n
}

// rich are seeds whose histories have all kinds.
func rich() []uint64 { return []uint64{13} }

func TestConvergeUndisturbed(t *testing.T) {
	for seed := range seeds(60) {
		for _, h := range histories(seed) {
			bubble(t, func(t *testing.T) {
				h := h.start(t, seed%2 == 0)
				h.run(t, h.graph, h.target)
				h.settled(t)
			}, "seed %d, %s", seed, h.name)
		}
	}
}

// TestConvergeKilled kills a run before and after the effect of each of its
// mutating calls; the next one converges, with the record and without.
func TestConvergeKilled(t *testing.T) {
	for _, seed := range rich() {
		for _, h := range histories(seed) {
			for n := 1; ; n++ {
				reached := false
				for variant := range 4 {
					bubble(t, func(t *testing.T) { reached = h.kill(t, n, variant&1 == 0, variant&2 == 0) || reached },
						"seed %d, %s, killed at %d, variant %d", seed, h.name, n, variant)
				}
				if !reached {
					break
				}
			}
		}
	}
}

func (h history) kill(t *testing.T, at int, before, recorded bool) bool {
	h = h.start(t, recorded)
	var left []byte
	if recorded {
		h.world.onDeath = func() { left = readFile(t, h.record) }
	}
	h.world.fault = func(n int, _ string) fault {
		switch {
		case n != at:
			return fault{}
		case before:
			return fault{before: errDead, die: true}
		}
		return fault{after: errDead, die: true}
	}
	_, err := h.world.job(h.graph, h.target, h.record).Run(context.Background())
	if !h.world.dead {
		if err != nil {
			t.Error(err)
		}
		return false
	}
	h.world.dead, h.world.fault = false, nil
	if recorded {
		err := os.Remove(h.record)
		if left != nil {
			err = os.WriteFile(h.record, left, 0o600)
		}
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	h.run(t, h.graph, h.target)
	h.settled(t)
	return true
}

// TestConvergeLost loses the answer of each mutating call: the run itself heals.
func TestConvergeLost(t *testing.T) {
	for _, seed := range rich() {
		for _, h := range histories(seed) {
			for n, reached := 1, true; reached; n++ {
				reached = false
				for variant := range 2 {
					bubble(t, func(t *testing.T) {
						h := h.start(t, false)
						h.world.fault = func(i int, call string) fault {
							if i != n {
								return fault{}
							}
							reached = true
							lost := &Failure{Class: ClassLost, Operation: call, Message: "the connection dropped"}
							if variant == 0 {
								return fault{before: lost}
							}
							return fault{after: lost}
						}
						h.run(t, h.graph, h.target)
						h.world.fault = nil
						h.settled(t)
					}, "seed %d, %s, lost at %d, variant %d", seed, h.name, n, variant)
				}
			}
		}
	}
}

// TestConvergeFailing fails each step in turn: what comes after it is skipped,
// all else is done, and running again heals.
func TestConvergeFailing(t *testing.T) {
	for _, seed := range rich() {
		for _, h := range histories(seed) {
			for i, reached := 0, true; reached; i++ {
				reached = false
				bubble(t, func(t *testing.T) {
					h := h.start(t, true)
					reached = h.fail(t, i)
				}, "seed %d, %s, failing step %d", seed, h.name, i)
			}
		}
	}
}

func (h history) fail(t *testing.T, i int) bool {
	job := h.world.job(h.graph, h.target, h.record)
	plan, err := job.Plan(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var steps []*Step
	for _, s := range plan.Steps {
		if s.Op != OpNothing {
			steps = append(steps, s)
		}
	}
	if i >= len(steps) {
		return false
	}
	bad := steps[i]
	spared := map[resource.ID]bool{bad.ID: true}
	for _, s := range steps { // in order
		for _, id := range s.After {
			if spared[id] {
				spared[s.ID] = true
			}
		}
	}
	denied := &Failure{Class: ClassDenied, Message: "no"}
	h.world.fault = func(_ int, call string) fault {
		if call == "create "+bad.ID.String() || call == "update "+bad.ID.String() || call == "delete "+bad.ID.String() {
			return fault{before: denied}
		}
		return fault{}
	}
	out, err := job.Run(context.Background())
	h.world.fault = nil
	if !errors.Is(err, ErrFailed) || len(out.Failed) != 1 || out.Failed[0].Step.ID != bad.ID || !errors.Is(out.Failed[0].Err, denied) {
		t.Fatalf("%v %+v", err, out)
	}
	if len(out.Skipped) != len(spared)-1 || len(out.Done) != len(steps)-len(spared) {
		t.Errorf("failing %s: %d skipped, %d done of %d, want %d spared", bad.ID, len(out.Skipped), len(out.Done), len(steps), len(spared))
	}
	for _, s := range out.Skipped {
		if !spared[s.ID] {
			t.Errorf("%s skipped for %s", s.ID, bad.ID)
		}
	}
	if rec, _ := job.Store.Load(owner); rec.Journal == nil || len(rec.Journal.Steps) != len(steps) {
		t.Errorf("journal %+v", rec.Journal)
	}
	h.run(t, h.graph, h.target)
	if rec, _ := job.Store.Load(owner); rec.Journal != nil {
		t.Errorf("journal left: %+v", rec.Journal)
	}
	h.settled(t)
	return true
}

// TestConvergeDrift takes away or changes any one thing: it is repaired.
func TestConvergeDrift(t *testing.T) {
	for _, seed := range rich() {
		h := histories(seed)[0]
		for i := range h.graph.Resources {
			bubble(t, func(t *testing.T) {
				h := h.start(t, false)
				h.run(t, h.graph, Deploy)
				id := h.graph.Resources[i].ID()
				for key, x := range h.world.things {
					if x.id == id {
						delete(h.world.things, key)
					}
				}
				h.run(t, h.graph, Deploy)
				h.settled(t)
			}, "seed %d, %s", seed, h.graph.Resources[i].ID())
		}
	}
}

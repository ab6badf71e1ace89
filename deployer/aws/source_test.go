package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

var testOwner = resource.Owner{App: "shop", Stage: "dev", Partition: "aws", Region: "eu-west-1", Account: "123456789012"}

// quick is a clock that does not wait.
type quick struct{ now time.Time }

func (c *quick) Now() time.Time { return c.now }
func (c *quick) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return ctx.Err()
}

// trouble breaks off at a mutating call: before it is done or after.
type trouble struct {
	calls, at int
	after     bool
	log       []string
}

// mutate does one mutating call, or not.
func (f *trouble) mutate(name string, do func() error) error {
	f.calls++
	f.log = append(f.log, name)
	lost := &deployer.Failure{Class: deployer.ClassLost, Message: "connection reset"}
	if f.calls == f.at && !f.after {
		return lost
	}
	if err := do(); err != nil {
		return err
	}
	if f.calls == f.at {
		return lost
	}
	return nil
}

// refusal is an error of AWS.
func refusal(code, format string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// bench is a deployer for one kind: it makes what exists equal to what is
// wanted, as the engine does.
type bench struct {
	actuator deployer.Actuator
	found    map[resource.Kind][]*deployer.Live
	recorded []state.Resource
	resolve  resource.Lookup
	clock    *quick
	owner    resource.Owner
	leaving  bool
	// warned is what Find said.
	warned []string
}

func newBench(a deployer.Actuator, functions ...string) *bench {
	b := &bench{actuator: a, found: map[resource.Kind][]*deployer.Live{}, clock: &quick{}, owner: testOwner}
	for _, name := range functions {
		b.found[resource.KindFunction] = append(b.found[resource.KindFunction], &deployer.Live{ID: resource.FunctionID(name), Owned: true})
	}
	return b
}

// permit adds a permission that exists.
func (b *bench) permit(function, statement, arn string) {
	p := &resource.Permission{Function: function, Statement: statement, SourceARN: resource.Lit(arn)}
	b.found[resource.KindPermission] = append(b.found[resource.KindPermission], &deployer.Live{ID: p.ID(), Resource: p, Owned: true})
}

func (b *bench) run() *deployer.Run {
	return &deployer.Run{Owner: b.owner, Resolve: b.resolve, Clock: b.clock, Wait: func(string) {}}
}

func (b *bench) find(want ...resource.Resource) ([]*deployer.Live, error) {
	return b.actuator.Find(context.Background(), &deployer.Query{
		Owner: b.owner, Want: want, Recorded: b.recorded, Resolve: b.resolve, Leaving: b.leaving,
		Warn:  func(text string) { b.warned = append(b.warned, text) },
		Found: func(k resource.Kind) []*deployer.Live { return b.found[k] },
	})
}

// deploy is one run: nothing is tried again.
func (b *bench) deploy(want ...resource.Resource) error {
	ctx := context.Background()
	live, err := b.find(want...)
	if err != nil {
		return err
	}
	seen := map[resource.ID]bool{}
	for _, l := range live {
		if seen[l.ID] {
			return fmt.Errorf("%s is found twice", l.ID)
		}
		seen[l.ID] = true
	}
	for _, w := range want {
		i := slices.IndexFunc(live, func(l *deployer.Live) bool { return l.ID == w.ID() })
		if i < 0 {
			_, err = b.actuator.Create(ctx, w, b.run())
		} else if changes := b.diff(w, live[i].Resource); len(changes) > 0 {
			_, err = b.actuator.Update(ctx, w, live[i], changes, b.run())
		}
		if err != nil {
			return err
		}
	}
	for _, l := range live {
		if l.Owned && !slices.ContainsFunc(want, func(w resource.Resource) bool { return w.ID() == l.ID }) {
			if err := b.actuator.Delete(ctx, l, b.run()); err != nil {
				return err
			}
		}
	}
	return nil
}

// diff compares as the plan does.
func (b *bench) diff(want, have resource.Resource) []deployer.Change {
	values := func(r resource.Resource) map[string]string {
		m := map[string]string{}
		for _, p := range r.Properties(b.resolve) {
			m[p.Name] = p.Value
			if p.Value == "" {
				m[p.Name] = p.Default
			}
		}
		return m
	}
	to, from := values(want), values(have)
	var changes []deployer.Change
	for name := range maps.Keys(from) {
		if _, ok := to[name]; !ok {
			to[name] = ""
		}
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if to[name] != from[name] {
			changes = append(changes, deployer.Change{Property: name, From: from[name], To: to[name]})
		}
	}
	return changes
}

// equal wants nothing to be left to do.
func (b *bench) equal(t *testing.T, want ...resource.Resource) {
	t.Helper()
	live, err := b.find(want...)
	if err != nil {
		t.Fatal(err)
	}
	if len(live) != len(want) {
		t.Errorf("%d exist, not %d", len(live), len(want))
	}
	for _, w := range want {
		i := slices.IndexFunc(live, func(l *deployer.Live) bool { return l.ID == w.ID() })
		if i < 0 {
			t.Errorf("%s is not found", w.ID())
		} else if changes := b.diff(w, live[i].Resource); len(changes) > 0 {
			t.Errorf("%s differs: %v", w.ID(), changes)
		}
	}
}

// lab is a fake AWS with neighbours in it.
type lab struct {
	bench   *bench
	trouble *trouble
	// neighbours are what nobody may touch, as text.
	neighbours func() string
}

// stages deploys each state in turn, then nothing. Each run is broken off at
// each of its mutating calls, and the next run must heal it.
func stages(t *testing.T, open func() *lab, states ...[]resource.Resource) {
	t.Helper()
	states = append(states, nil)
	for i := range states {
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				l := open()
				before := l.neighbours()
				for _, s := range states[:i] {
					if err := l.bench.deploy(s...); err != nil {
						t.Fatalf("state %d: %v", i, err)
					}
				}
				*l.trouble = trouble{at: n, after: after}
				err := l.bench.deploy(states[i]...)
				calls := l.trouble.calls
				*l.trouble = trouble{}
				for try := 0; err != nil && try < 4; try++ {
					err = l.bench.deploy(states[i]...)
				}
				if err != nil {
					t.Fatalf("state %d broken off at call %d (after it: %v) is not healed: %v", i, n, after, err)
				}
				l.bench.equal(t, states[i]...)
				*l.trouble = trouble{}
				if err := l.bench.deploy(states[i]...); err != nil || l.trouble.calls > 0 {
					t.Errorf("state %d: nothing to do: %v %v", i, l.trouble.log, err)
				}
				if got := l.neighbours(); got != before {
					t.Errorf("state %d: neighbours are\n%s\nand were\n%s", i, got, before)
				}
				if t.Failed() {
					t.FailNow()
				}
				if calls < n {
					break
				}
			}
		}
	}
}

func TestFunctionName(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:lambda:eu-west-1:1:function:shop":       "shop",
		"arn:aws:lambda:eu-west-1:1:function:shop:alias": "shop",
		"arn:aws:sqs:eu-west-1:1:queue":                  "",
		"nothing":                                        "",
	} {
		if got := functionName(arn); got != want {
			t.Errorf("%s: %q", arn, got)
		}
	}
}

// wantFailure wants an error that says something.
func wantFailure(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
}

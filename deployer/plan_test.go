package deployer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

func TestCompare(t *testing.T) {
	type p = resource.Property
	for _, c := range []struct {
		name       string
		want, live []p
		changes    []Change
		why        string
	}{
		{name: "equal", want: []p{{Name: "a", Value: "1"}, {Name: "b"}}, live: []p{{Name: "a", Value: "1"}}},
		{name: "set, unset, changed", want: []p{{Name: "a", Value: "1"}, {Name: "c", Value: "3"}}, live: []p{{Name: "b", Value: "2"}, {Name: "c", Value: "4"}},
			changes: []Change{{Property: "a", To: "1"}, {Property: "c", From: "4", To: "3"}, {Property: "b", From: "2"}}},
		{name: "default of AWS", want: []p{{Name: "a", Value: "false", Default: "false"}}, live: nil},
		{name: "default of AWS is told", want: nil, live: []p{{Name: "a", Value: "false", Default: "false"}}},
		{name: "other than the default", want: []p{{Name: "a", Value: "true", Default: "false"}}, changes: []Change{{Property: "a", To: "true"}}},
		{name: "secret", want: []p{{Name: "a", Value: "1", Secret: true}}, live: []p{{Name: "a", Value: "2", Secret: true}}, changes: []Change{{Property: "a", Secret: true}}},
		{name: "removed secret", live: []p{{Name: "a", Value: "2", Secret: true}}, changes: []Change{{Property: "a", Secret: true}}},
		{name: "equal secret", want: []p{{Name: "a", Value: "2", Secret: true}}, live: []p{{Name: "a", Value: "2", Secret: true}}},
		{name: "unknown", want: []p{{Name: "a", Value: "(id of x)", Unknown: true}}, live: []p{{Name: "a", Value: "7"}}, changes: []Change{{Property: "a", From: "7", To: "(id of x)", Unknown: true}}},
		{name: "fixed", want: []p{{Name: "a", Value: "1", Fixed: "it is so"}}, live: []p{{Name: "a", Value: "2"}}, changes: []Change{{Property: "a", From: "2", To: "1"}}, why: "it is so"},
		{name: "fixed and equal", want: []p{{Name: "a", Value: "1", Fixed: "it is so"}}, live: []p{{Name: "a", Value: "1"}}},
	} {
		changes, why := compare(c.want, c.live)
		if !reflect.DeepEqual(changes, c.changes) || why != c.why {
			t.Errorf("%s: %+v %q", c.name, changes, why)
		}
	}
}

// still is a world that stands still: Find tells what is in it.
type still struct{ lives []*Live }

func (s still) of(kind resource.Kind) Actuator { return stillKind{s, kind} }

type stillKind struct {
	still
	kind resource.Kind
}

func (k stillKind) Find(_ context.Context, _ *Query) ([]*Live, error) {
	var list []*Live
	for _, l := range k.lives {
		if l.ID.Kind == k.kind {
			list = append(list, l)
		}
	}
	return list, nil
}
func (k stillKind) Create(context.Context, resource.Resource, *Run) (Attributes, error) {
	panic("create")
}
func (k stillKind) Update(context.Context, resource.Resource, *Live, []Change, *Run) (Attributes, error) {
	panic("update")
}
func (k stillKind) Delete(context.Context, *Live, *Run) error { panic("delete") }

func planOf(t testing.TB, j *Job, lives ...*Live) (*Plan, error) {
	t.Helper()
	j.World = World{Actuators: map[resource.Kind]Actuator{}, Clock: bubbleClock{}, External: j.World.External}
	for _, kind := range resource.Kinds() {
		j.World.Actuators[kind] = still{lives}.of(kind)
	}
	return j.Plan(context.Background())
}

func graphOf(list ...resource.Resource) *resource.Graph {
	return &resource.Graph{Owner: owner, Resources: list}
}

// told is a plan in one line.
func told(p *Plan) string {
	var parts []string
	for _, s := range p.Steps {
		text := fmt.Sprint(s.Op, " ", s.ID)
		if len(s.After) > 0 {
			text += fmt.Sprint(" after ", s.After)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func owned(r resource.Resource, a Attributes) *Live {
	return &Live{ID: r.ID(), Resource: r, Attributes: a, Owned: true, Title: r.ID().String()}
}

func TestPlanReferencesOfWhatIsMadeAnew(t *testing.T) {
	role := &resource.Role{Name: "f"}
	f := &resource.Function{Name: "f", Role: resource.Attr(role.ID(), resource.AttrARN)}
	live := &resource.Function{Name: "f", Role: resource.Lit("arn:f")}
	// The role is gone: its ARN is another, perhaps.
	p, err := planOf(t, &Job{Outline: graphOf(f, role), Target: Deploy}, owned(live, nil))
	if err != nil || told(p) != "create role/f; update function/f after [role/f]" {
		t.Fatal(told(p), err)
	}
	if c := p.Steps[1].Changes; len(c) != 1 || !c[0].Unknown || c[0].From != "arn:f" || c[0].To != "(arn of role/f)" {
		t.Errorf("%+v", c)
	}
	// It is there: the reference is known.
	p, err = planOf(t, &Job{Outline: graphOf(f, role), Target: Deploy}, owned(live, nil), owned(role, Attributes{"arn": "arn:f"}))
	if err != nil || told(p) != "nothing role/f; nothing function/f" || !p.Empty() {
		t.Error(told(p), err)
	}
}

// A role that deploy made stays while a function names it by role_arn, and goes
// with the stage.
func TestPlanKeepsRolesThatAreNamed(t *testing.T) {
	f := &resource.Function{Name: "f", Role: resource.Lit("arn:f")}
	named, other := owned(&resource.Role{Name: "f"}, Attributes{"arn": "arn:f"}), owned(&resource.Role{Name: "g"}, Attributes{"arn": "arn:g"})
	p, err := planOf(t, &Job{Outline: graphOf(f), Target: Deploy}, owned(f, nil), named, other)
	if err != nil || told(p) != "nothing function/f; delete role/g" {
		t.Error(told(p), err)
	}
	p, err = planOf(t, &Job{Outline: graphOf(f), Target: Delete}, owned(f, nil), named)
	if err != nil || told(p) != "delete function/f; delete role/f" {
		t.Error(told(p), err)
	}
}

func TestPlanReplacesWhatIsFixed(t *testing.T) {
	q := resource.ID{Kind: resource.KindQueue, Name: "q"}
	m := &resource.Mapping{Function: "f", Source: resource.Attr(q, resource.AttrARN)}
	g := graphOf(m)
	g.External = []resource.External{{ID: q, For: m.ID()}}
	j := &Job{Outline: g, Target: Deploy}
	j.World.External = func(context.Context, []resource.External) (map[resource.Ref]string, []Problem, error) {
		return map[resource.Ref]string{{ID: q, Attribute: resource.AttrARN}: "new"}, nil, nil
	}
	p, err := planOf(t, j, owned(&resource.Mapping{Function: "f", Source: resource.Lit("old")}, nil))
	if err != nil || told(p) != "replace event-source-mapping/f" || p.Steps[0].Why != "a mapping has one source" {
		t.Error(told(p), err)
	}
	p, err = planOf(t, j, owned(&resource.Mapping{Function: "f", Source: resource.Lit("new")}, nil))
	if err != nil || !p.Empty() {
		t.Error(told(p), err)
	}
}

// Of what hangs on somebody else's function only the function is told of: the
// rest has no owner but that.
func TestPlanTellsOthersOnce(t *testing.T) {
	f := &resource.Function{Name: "shop-dev"}
	g := &resource.ScheduleGroup{Name: "shop-dev"}
	hanging := []resource.Resource{
		&resource.Permission{Function: "shop-dev", Statement: "chalicefile-sns"}, &resource.Mapping{Function: "shop-dev"},
		&resource.Subscription{Function: "shop-dev", TopicARN: "arn:t"}, &resource.Schedule{Name: "s", Group: "shop-dev", Function: "shop-dev"},
	}
	rule := &resource.Rule{Name: "shop-dev-tick", Function: "shop-dev"}
	wants := append([]resource.Resource{f, g, rule}, hanging...)
	var lives []*Live
	for _, r := range wants {
		lives = append(lives, &Live{ID: r.ID(), Resource: r})
	}
	var problems *ProblemsError
	if _, err := planOf(t, &Job{Outline: graphOf(wants...), Target: Deploy}, lives...); !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var told []string
	for _, p := range problems.Problems {
		told = append(told, p.ID.String())
	}
	if got := strings.Join(told, " "); got != "function/shop-dev schedule-group/shop-dev rule/shop-dev-tick" {
		t.Error(got)
	}
	lives[0].Owned, lives[1].Owned, lives[2].Owned = true, true, true
	if _, err := planOf(t, &Job{Outline: graphOf(wants...), Target: Deploy}, lives...); !errors.As(err, &problems) || len(problems.Problems) != len(hanging) {
		t.Error(err)
	}
}

func TestPlanLeavesOthersAlone(t *testing.T) {
	f := &resource.Function{Name: "shop-dev", MemorySize: 128}
	theirs := func(who string) *Live { return &Live{ID: f.ID(), Resource: f, Owner: who} }
	for who, message := range map[string]string{
		"":                   "the function shop-dev exists and has none of chalicefile's tags (--adopt takes it over, or choose another app or stage name)",
		"app cart, stage qa": "the function shop-dev exists and belongs to app cart, stage qa (--adopt takes it over, or choose another app or stage name)",
	} {
		var problems *ProblemsError
		_, err := planOf(t, &Job{Outline: graphOf(f), Target: Deploy}, theirs(who))
		if !errors.As(err, &problems) || err.Error() != message {
			t.Error(err)
		}
		p, err := planOf(t, &Job{Outline: graphOf(f), Target: Deploy, Adopt: true}, theirs(who))
		want := []Change{{Property: "owner", From: who, To: "app shop, stage dev"}}
		if err != nil || told(p) != "update function/shop-dev" || !reflect.DeepEqual(p.Steps[0].Changes, want) {
			t.Error(told(p), err)
		}
		if p, err := planOf(t, &Job{Outline: graphOf(f), Target: Delete, Adopt: true}, theirs(who)); err != nil || len(p.Steps) != 0 {
			t.Error(told(p), err)
		}
	}
}

// What cannot become what is wanted is told instead of what --adopt would do; it
// can be deleted all the same.
func TestPlanOfTheUnfit(t *testing.T) {
	f := &resource.Function{Name: "shop-dev", MemorySize: 128}
	for _, isOwned := range []bool{false, true} {
		l := &Live{ID: f.ID(), Resource: f, Owned: isOwned, Unfit: "it is an image", UnfitHint: "delete it"}
		var problems *ProblemsError
		if _, err := planOf(t, &Job{Outline: graphOf(f), Target: Deploy, Adopt: true}, l); !errors.As(err, &problems) || err.Error() != "it is an image (delete it)" {
			t.Error(err)
		}
		if p, err := planOf(t, &Job{Outline: graphOf(f), Target: Delete}, l); err != nil || len(p.Steps) == 1 != isOwned {
			t.Error(told(p), err)
		}
	}
}

func TestPlanDeletesInOrder(t *testing.T) {
	role, logs := &resource.Role{Name: "f"}, &resource.LogGroup{Name: "l"}
	f := &resource.Function{Name: "f"}
	allow := &resource.Permission{Function: "f", Statement: "chalicefile-s3"}
	note := &resource.Notification{Bucket: "b", Entries: []resource.NotificationEntry{{ID: "f"}}}
	lf, ln := owned(f, nil), owned(note, nil)
	lf.DependsOn = []resource.ID{role.ID()}
	ln.DependsOn = []resource.ID{allow.ID()}
	lives := []*Live{owned(role, nil), owned(logs, nil), lf, owned(allow, nil), ln}
	const chain = "delete bucket-notification/b; delete permission/f/chalicefile-s3 after [bucket-notification/b]; delete function/f after [permission/f/chalicefile-s3]; "
	for _, c := range []struct {
		target Target
		logs   bool
		graph  *resource.Graph
		want   string
	}{
		{Delete, false, graphOf(note, f), chain + "delete role/f after [function/f]"},
		{Delete, true, graphOf(), chain + "delete log-group/l; delete role/f after [function/f]"},
		{Deploy, true, graphOf(), chain + "delete role/f after [function/f]"},
		// The notification stays, without the function: it is updated first.
		{Deploy, false, graphOf(&resource.Notification{Bucket: "b"}), strings.Replace(chain, "delete bucket", "update bucket", 1) + "delete role/f after [function/f]"},
	} {
		p, err := planOf(t, &Job{Outline: c.graph, Target: c.target, Logs: c.logs}, lives...)
		if err != nil || told(p) != c.want {
			t.Errorf("%s %v\n got %s\nwant %s", err, c.target, told(p), c.want)
		}
	}
}

func TestPlanRefusesCycles(t *testing.T) {
	a := &resource.Function{Name: "a", After: []resource.ID{resource.FunctionID("b")}}
	b := &resource.Function{Name: "b", After: []resource.ID{resource.FunctionID("a")}}
	if _, err := planOf(t, &Job{Outline: graphOf(a, b), Target: Deploy}); err == nil || err.Error() != "function/b and function/a depend on each other: one of them must not refer to the other" {
		t.Error(err)
	}
	la, lb := owned(&resource.Role{Name: "a"}, nil), owned(&resource.Role{Name: "b"}, nil)
	la.DependsOn, lb.DependsOn = []resource.ID{lb.ID}, []resource.ID{la.ID}
	if _, err := planOf(t, &Job{Outline: graphOf(), Target: Delete}, la, lb); err == nil || !strings.Contains(err.Error(), "role/a") || !strings.Contains(err.Error(), "role/b") {
		t.Error(err)
	}
	if _, err := planOf(t, &Job{Outline: graphOf(a, a), Target: Deploy}); err == nil || err.Error() != "function/a is wanted twice" {
		t.Error(err)
	}
	if _, err := planOf(t, &Job{Outline: graphOf(), Target: Deploy}, la, la); err == nil || err.Error() != "role/a was found twice" {
		t.Error(err)
	}
}

func TestPlanIsTheSameEachTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		w := newWorld(t)
		a, b := randomGraph(rng, 6), randomGraph(rng, 6)
		if _, err := w.job(a, Deploy, "").Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		first, err := w.job(b, Deploy, "").Plan(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		second, err := w.job(b, Deploy, "").Plan(context.Background())
		if err != nil || told(first) != told(second) || !first.Equivalent(second) || !second.Equivalent(first) {
			t.Errorf("%v\n%s\n%s", err, told(first), told(second))
		}
		at := map[resource.ID]int{}
		for i, s := range first.Steps {
			at[s.ID] = i
			for _, id := range s.After {
				if j, ok := at[id]; !ok || j >= i {
					t.Errorf("%s before %s", s.ID, id)
				}
			}
		}
		for i := range second.Steps {
			if second.Steps[i].Op == OpNothing {
				continue
			}
			other := *second
			other.Steps = slices.Clone(second.Steps)
			other.Steps = slices.Delete(other.Steps, i, i+1)
			if first.Equivalent(&other) || other.Equivalent(first) {
				t.Error("a plan without a step is none the worse")
			}
		}
	}
}

func TestNoSecretIsKept(t *testing.T) {
	f := &resource.Function{Name: "f", Environment: map[string]string{"KEY": "hush-new"}}
	live := &resource.Function{Name: "f", Environment: map[string]string{"KEY": "hush-old"}}
	p, err := planOf(t, &Job{Outline: graphOf(f), Target: Deploy}, owned(live, nil))
	if err != nil || len(p.Steps[0].Changes) != 1 || strings.Contains(fmt.Sprintf("%+v", p.Steps[0].Changes), "hush") {
		t.Errorf("%+v, %v", p.Steps[0].Changes, err)
	}
}

func TestFindAfterHasNoCycle(t *testing.T) {
	var visit func(k resource.Kind, above []resource.Kind)
	visit = func(k resource.Kind, above []resource.Kind) {
		if slices.Contains(above, k) {
			t.Fatalf("%s is found after itself: %v", k, above)
		}
		for _, b := range FindAfter(k) {
			visit(b, append(slices.Clone(above), k))
		}
	}
	for _, k := range resource.Kinds() {
		visit(k, nil)
	}
}

// BenchmarkPlan plans 2,000 resources of which a third is to be changed.
func BenchmarkPlan(b *testing.B) {
	g := &resource.Graph{Owner: owner}
	live := newPicture()
	for i := range 500 {
		name := fmt.Sprintf("shop-dev-%03d", i)
		role := &resource.Role{Name: name, Tags: owner.Tags()}
		logs := &resource.LogGroup{Name: name, Tags: owner.Tags()}
		f := &resource.Function{Name: name, Role: resource.Attr(role.ID(), resource.AttrARN), Tags: owner.Tags(), Environment: map[string]string{"A": "1", "B": "2"}, After: []resource.ID{logs.ID()}}
		m := &resource.Mapping{Function: name, Source: resource.Lit("q"), BatchSize: 1 + i%3/2}
		g.Resources = append(g.Resources, role, logs, f, m)
		there := *f
		there.Role = resource.Lit("arn:" + name)
		live.set(owned(role, Attributes{resource.AttrARN: "arn:" + name}))
		live.set(owned(logs, nil))
		live.set(owned(&there, nil))
		live.set(owned(&resource.Mapping{Function: name, Source: resource.Lit("q"), BatchSize: 1}, nil))
	}
	s := &session{job: &Job{Target: Deploy}, owner: owner, graph: g, external: &externals{}, record: state.New(owner)}
	b.ReportAllocs()
	for b.Loop() {
		if p, problems, err := s.plan(live); err != nil || len(problems) > 0 || len(p.Steps) != 2000 {
			b.Fatal(err, problems)
		}
	}
}

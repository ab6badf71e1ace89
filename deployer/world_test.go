package deployer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// bubbleClock is the time of a bubble of synctest.
type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

func (bubbleClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var owner = resource.Owner{App: "shop", Stage: "dev", Partition: "aws", Region: "us-west-2", Account: "123456789012"}

// thing is something that exists in the world.
type thing struct {
	id    resource.ID // natural
	key   string      // physical
	res   resource.Resource
	api   string // the id of the REST API that it refers to
	owner string // "" is nobody's, "me" the owner's
	attrs Attributes
	seq   int
}

// world is AWS in memory, with faults.
type world struct {
	t      testing.TB
	mu     sync.Mutex
	things map[string]*thing
	locks  map[int]Holder
	// ghosts are numbers that cannot be taken yet, though their entries are gone;
	// ghostly is how long a number is one.
	ghosts  map[int]time.Time
	ghostly time.Duration
	seq     int
	calls   []string // mutating ones, of all kinds
	reads   int

	fault   func(n int, call string) fault // nil: none
	dead    bool
	onDeath func()

	latency        time.Duration
	running, peak  int
	violations     []string
	panicAt        string
	beforeMutation func(call string)
}

type fault struct {
	before, after error
	die           bool // with it
}

func newWorld(t testing.TB) *world {
	return &world{t: t, things: map[string]*thing{}, locks: map[int]Holder{}, ghosts: map[int]time.Time{}}
}

var errDead = &Failure{Message: "the process is dead"}

// mutate is one mutating call.
func (w *world) mutate(call string, effect func() error) error {
	if w.beforeMutation != nil {
		w.beforeMutation(call)
	}
	w.mu.Lock()
	if w.dead {
		w.mu.Unlock()
		return errDead
	}
	w.running++
	w.peak = max(w.peak, w.running)
	w.mu.Unlock()
	if w.latency > 0 {
		time.Sleep(w.latency)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	if w.dead {
		return errDead
	}
	if w.panicAt == call {
		panic("boom")
	}
	w.calls = append(w.calls, call)
	f := fault{}
	if w.fault != nil {
		f = w.fault(len(w.calls), call)
	}
	if f.before != nil {
		w.die(f)
		return f.before
	}
	if err := effect(); err != nil {
		return err
	}
	if f.after != nil {
		w.die(f)
	}
	return f.after
}

func (w *world) die(f fault) {
	if f.die {
		w.dead = true
		if w.onDeath != nil {
			w.onDeath()
		}
	}
}

func (w *world) violate(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// arn of a role.
func arnOf(name string) string { return "arn:aws:iam::123456789012:role/" + name }

// deps are the physical keys that a thing refers to.
func (w *world) deps(x *thing) []string {
	var ids []string
	permission := func(arn, statement string) {
		name := arn[strings.LastIndexByte(arn, ':')+1:]
		ids = append(ids, resource.ID{Kind: resource.KindPermission, Name: name + "/" + statement}.String())
	}
	role := func(t resource.Text) {
		arn, _ := t.Resolve(nil)
		ids = append(ids, resource.ID{Kind: resource.KindRole, Name: strings.TrimPrefix(arn, arnOf(""))}.String())
	}
	function := func(name string) { ids = append(ids, resource.FunctionID(name).String()) }
	switch r := x.res.(type) {
	case *resource.Function:
		role(r.Role)
	case *resource.Permission:
		function(r.Function)
	case *resource.Mapping:
		function(r.Function)
	case *resource.RestAPI:
		var names []string
		_ = json.Unmarshal(r.Document, &names)
		for _, n := range names {
			function(n)
		}
	case *resource.Rule:
		permission(r.FunctionARN, "chalicefile-rule")
	case *resource.Schedule:
		role(r.Role)
		function(r.Function)
		ids = append(ids, resource.ID{Kind: resource.KindScheduleGroup, Name: r.Group}.String())
	case *resource.Notification:
		for _, e := range r.Entries {
			permission(e.FunctionARN, "chalicefile-s3")
		}
	case *resource.Subscription:
		permission(r.FunctionARN, "chalicefile-sns")
	case *resource.UsagePlan:
		ids = append(ids, x.api)
	case *resource.APIKey:
		ids = append(ids, r.Plan.String())
	case *resource.BasePathMapping:
		ids = append(ids, x.api, resource.ID{Kind: resource.KindDomain, Name: r.Domain}.String())
	}
	return ids
}

// literal is a resource as AWS has it: without references.
func literal(r resource.Resource, get resource.Lookup) (resource.Resource, string, error) {
	var err error
	settle := func(t resource.Text) resource.Text {
		text, known := t.Resolve(get)
		if !known {
			err = &Failure{Message: text + " is unknown"}
		}
		return resource.Lit(text)
	}
	api := ""
	refer := func(id resource.ID) {
		var ok bool
		if api, ok = get(resource.Ref{ID: id, Attribute: resource.AttrID}); !ok {
			err = &Failure{Message: id.String() + " is unknown"}
		}
	}
	switch r := r.(type) {
	case *resource.Function:
		c := *r
		c.Role = settle(r.Role)
		return &c, "", err
	case *resource.Permission:
		c := *r
		c.SourceARN = settle(r.SourceARN)
		return &c, "", err
	case *resource.Mapping:
		c := *r
		c.Source = settle(r.Source)
		return &c, "", err
	case *resource.Schedule:
		c := *r
		c.Role = settle(r.Role)
		return &c, "", err
	case *resource.UsagePlan:
		refer(r.API)
	case *resource.BasePathMapping:
		refer(r.API)
	}
	return r, api, err
}

// actuator of one kind.
type actuator struct {
	w    *world
	kind resource.Kind
}

// many says whether AWS makes a second one of the same name.
func (a *actuator) many() bool {
	return a.kind == resource.KindRestAPI || a.kind == resource.KindMapping
}

func (a *actuator) Find(_ context.Context, q *Query) ([]*Live, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	a.w.reads++
	if a.w.dead {
		return nil, errDead
	}
	want := map[resource.ID]bool{}
	for _, r := range q.Want {
		want[r.ID()] = true
	}
	things := make([]*thing, 0, len(a.w.things))
	for _, x := range a.w.things {
		if x.id.Kind == a.kind {
			things = append(things, x)
		}
	}
	slices.SortFunc(things, func(x, y *thing) int { return cmp.Compare(x.seq, y.seq) })
	taken := map[resource.ID]bool{}
	var lives []*Live
	for _, x := range things {
		id := x.id
		if taken[id] {
			id.Name += "#" + x.key
		}
		taken[id] = true
		if !want[id] && (q.Narrow || x.owner != "me") {
			continue
		}
		l := &Live{ID: id, Resource: a.w.seen(x), Attributes: x.attrs, Owned: x.owner == "me", Title: Noun(a.kind) + ": " + x.key, Handle: x.key}
		if !l.Owned {
			l.Owner = x.owner
		}
		for _, key := range a.w.deps(x) {
			if y := a.w.things[key]; y != nil {
				l.DependsOn = append(l.DependsOn, y.id)
			}
		}
		lives = append(lives, l)
	}
	return lives, nil
}

// seen is a resource with references to the REST API that AWS shows.
func (w *world) seen(x *thing) resource.Resource {
	refer := func() resource.ID {
		id := resource.ID{Kind: resource.KindRestAPI, Name: x.api}
		if y := w.things[x.api]; y != nil {
			id.Name = y.id.Name
		}
		return id
	}
	switch r := x.res.(type) {
	case *resource.UsagePlan:
		c := *r
		c.API = refer()
		return &c
	case *resource.BasePathMapping:
		c := *r
		c.API = refer()
		return &c
	}
	return x.res
}

func (a *actuator) Create(_ context.Context, want resource.Resource, run *Run) (Attributes, error) {
	res, api, err := literal(want, run.Resolve)
	if err != nil {
		return nil, err
	}
	x := &thing{id: want.ID(), key: want.ID().String(), res: half(res), api: api, owner: "me"}
	err = a.w.mutate("create "+x.key, func() error {
		a.w.seq++
		x.seq = a.w.seq
		if a.many() {
			x.key = fmt.Sprintf("%s-%d", a.kind, a.w.seq)
		}
		if a.w.things[x.key] != nil {
			return &Failure{Class: ClassExists, Message: x.key + " exists"}
		}
		x.attrs = Attributes{"seq": fmt.Sprint(a.w.seq)}
		switch a.kind {
		case resource.KindRole:
			x.attrs = Attributes{resource.AttrARN: arnOf(x.id.Name)}
		case resource.KindRestAPI, resource.KindUsagePlan, resource.KindAPIKey, resource.KindMapping:
			x.attrs = Attributes{resource.AttrID: cmp.Or(map[bool]string{true: x.key}[a.many()], fmt.Sprint(a.kind, a.w.seq))}
		}
		a.w.things[x.key] = x
		for _, id := range want.DependsOn() {
			if !a.w.exists(id) {
				a.w.violate("%s made before %s", x.key, id)
			}
		}
		return nil
	})
	if err == nil && half(res) != res {
		err = a.w.mutate("finish "+x.id.String(), func() error { a.w.things[x.key].res = res; return nil })
	}
	return x.attrs, err
}

func (w *world) exists(id resource.ID) bool {
	for _, x := range w.things {
		if x.id == id {
			return true
		}
	}
	return false
}

// half is what the first of two calls makes.
func half(r resource.Resource) resource.Resource {
	switch r := r.(type) {
	case *resource.RestAPI:
		c := *r
		c.Document = []byte("[]")
		return &c
	case *resource.Role:
		c := *r
		c.ManagedPolicies = nil
		return &c
	}
	return r
}

func (a *actuator) Update(_ context.Context, want resource.Resource, live *Live, changes []Change, run *Run) (Attributes, error) {
	if len(changes) == 0 {
		a.w.t.Errorf("update of %s without changes", want.ID())
	}
	res, api, err := literal(want, run.Resolve)
	if err != nil {
		return nil, err
	}
	return nil, a.w.mutate("update "+want.ID().String(), func() error {
		key, _ := live.Handle.(string)
		x := a.w.things[cmp.Or(key, want.ID().String())]
		if x == nil {
			return &Failure{Class: ClassNotFound, Message: key + " is gone"}
		}
		x.res, x.api, x.owner = res, api, "me"
		return nil
	})
}

func (a *actuator) Delete(_ context.Context, live *Live, _ *Run) error {
	return a.w.mutate("delete "+live.ID.String(), func() error {
		key, _ := live.Handle.(string)
		x := a.w.things[key]
		if x == nil {
			return &Failure{Class: ClassNotFound, Message: key + " is gone"}
		}
		for _, y := range a.w.things {
			if slices.Contains(a.w.deps(y), key) && x.id.Kind != resource.KindLogGroup {
				a.w.violate("%s deleted while %s refers to it", key, y.key)
			}
		}
		delete(a.w.things, key)
		return nil
	})
}

// The lock's entries.

func (w *world) List(context.Context) ([]LockEntry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	if w.dead {
		return nil, errDead
	}
	var list []LockEntry
	for n, h := range w.locks {
		list = append(list, LockEntry{n, h})
	}
	return list, nil
}

func (w *world) Create(_ context.Context, e LockEntry) error {
	return w.mutate("lock", func() error {
		if _, ok := w.locks[e.Number]; ok || w.ghosts[e.Number].After(time.Now()) {
			return &Failure{Class: ClassExists, Message: "locked"}
		}
		w.locks[e.Number] = e.Holder
		return nil
	})
}

func (w *world) Renew(_ context.Context, e LockEntry) error {
	return w.mutate("renew", func() error { w.locks[e.Number] = e.Holder; return nil })
}

func (w *world) Remove(_ context.Context, numbers ...int) error {
	return w.mutate("unlock", func() error {
		for _, n := range numbers {
			if _, ok := w.locks[n]; ok {
				w.ghosts[n] = time.Now().Add(w.ghostly)
			}
			delete(w.locks, n)
		}
		return nil
	})
}

func (w *world) world() World {
	all := map[resource.Kind]Actuator{}
	for _, kind := range resource.Kinds() {
		all[kind] = &actuator{w, kind}
	}
	return World{Actuators: all, Locks: w, Clock: bubbleClock{}, External: func(_ context.Context, list []resource.External) (map[resource.Ref]string, []Problem, error) {
		values := map[resource.Ref]string{}
		for _, x := range list {
			values[resource.Ref{ID: x.ID, Attribute: resource.AttrARN}] = "arn:aws:sqs:us-west-2:123456789012:" + x.ID.Name
		}
		return values, nil, nil
	}}
}

// job deploys a graph to the world; record "" is none.
func (w *world) job(g *resource.Graph, target Target, record string) *Job {
	j := &Job{World: w.world(), Outline: g, Target: target, Who: "me@here", LockTimeout: 5 * time.Minute}
	if record != "" {
		j.Store = &state.Store{Path: record}
	}
	return j
}

func (w *world) has(id string) *thing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.things[id]
}

// check fails where the world is not what a graph says.
func (w *world) check(t testing.TB, g *resource.Graph) {
	t.Helper()
	for _, v := range w.violations {
		t.Error(v)
	}
	seen := map[resource.ID]int{}
	for _, x := range w.things {
		seen[x.id]++
		if seen[x.id] > 1 {
			t.Errorf("%s is there twice", x.id)
		}
		want := g.Find(x.id)
		if want == nil {
			if x.id.Kind != resource.KindLogGroup && x.owner == "me" {
				t.Errorf("%s is left", x.key)
			}
			continue
		}
		get := func(ref resource.Ref) (string, bool) {
			for _, y := range w.things {
				if y.id == ref.ID {
					v, ok := y.attrs[ref.Attribute]
					return v, ok
				}
			}
			return "arn:aws:sqs:us-west-2:123456789012:" + ref.ID.Name, ref.ID.Kind == resource.KindQueue
		}
		if changes, _ := compare(want.Properties(get), w.seen(x).Properties(get)); len(changes) > 0 {
			t.Errorf("%s: %+v", x.key, changes)
		}
	}
	for _, r := range g.Resources {
		if seen[r.ID()] == 0 {
			t.Errorf("%s is missing", r.ID())
		}
	}
}

func readFile(t testing.TB, path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return data
}

package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// gatewayClock does not sleep.
type gatewayClock struct{ slept time.Duration }

func (c *gatewayClock) Now() time.Time { return time.Unix(1_700_000_000, 0) }
func (c *gatewayClock) Sleep(ctx context.Context, d time.Duration) error {
	c.slept += d
	return ctx.Err()
}

// wantedAPI has everything that a REST API can have.
func wantedAPI(paths ...string) *resource.RestAPI {
	size := 1024
	a := &resource.RestAPI{
		Name: "shop-dev", Description: "a shop", EndpointType: "REGIONAL", BinaryTypes: []string{"*/*"}, MinimumCompressionSize: &size,
		Policy: `{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Principal":"*","Resource":"execute-api:/*"}],"Version":"2012-10-17"}`,
		Tags:   gatewayOwner.Tags(), StageName: "api", Variables: map[string]string{"color": "red"}, Tracing: true,
	}
	document(a, paths...)
	return a
}

// document writes the document that the fake understands.
func document(a *resource.RestAPI, paths ...string) {
	all := map[string]map[string]string{}
	for _, path := range paths {
		all[path] = map[string]string{"get": "function of " + path}
	}
	content := map[string]any{
		"info": map[string]string{"title": a.Name, "description": a.Description}, "paths": all,
		"x-amazon-apigateway-binary-media-types": a.BinaryTypes, "x-amazon-apigateway-policy": json.RawMessage(a.Policy),
		"x-amazon-apigateway-minimum-compression-size": a.MinimumCompressionSize,
	}
	if len(a.VPCEndpointIDs) > 0 {
		content["servers"] = []any{map[string]any{
			"url": "/", "x-amazon-apigateway-endpoint-configuration": map[string]any{"vpcEndpointIds": a.VPCEndpointIDs},
		}}
	}
	text, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	a.Document = text
}

// differences are what the plan would find between two resources.
func differences(want, live resource.Resource) []deployer.Change {
	return differencesWith(want, live, func(resource.Ref) (string, bool) { return "", false })
}

func differencesWith(want, live resource.Resource, get resource.Lookup) []deployer.Change {
	values := func(r resource.Resource) map[string]string {
		m := map[string]string{}
		for _, p := range r.Properties(get) {
			if p.Value != "" {
				m[p.Name] = p.Value
			}
		}
		return m
	}
	from, to := values(live), values(want)
	names := maps.Clone(from)
	maps.Copy(names, to)
	var changes []deployer.Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if from[name] != to[name] {
			changes = append(changes, deployer.Change{Property: name, From: from[name], To: to[name]})
		}
	}
	return changes
}

// bring makes the fake equal to want, or to nothing, as the deployer does: what
// is lost is looked for again.
func bring(g *gatewayFake, want *resource.RestAPI, adopt bool) error {
	actuator := &restAPIs{g}
	run := &deployer.Run{Owner: gatewayOwner, Clock: &gatewayClock{}}
	q := &deployer.Query{Owner: gatewayOwner}
	if want != nil {
		q.Want = []resource.Resource{want}
	}
	for attempt := range 4 {
		q.Narrow = attempt > 0
		lives, err := actuator.Find(context.Background(), q)
		if err != nil {
			return err
		}
		err = bringOnce(actuator, want, lives, run, adopt)
		var f *deployer.Failure
		if !errors.As(err, &f) || f.Class != deployer.ClassLost {
			return err
		}
	}
	return errors.New("too many attempts")
}

func bringOnce(actuator deployer.Actuator, want *resource.RestAPI, lives []*deployer.Live, run *deployer.Run, adopt bool) (err error) {
	ctx, there := context.Background(), false
	for _, live := range lives {
		switch {
		case want == nil || live.ID != want.ID():
			err = actuator.Delete(ctx, live, run)
		case !live.Owned && !adopt:
			return errors.New("it is not ours")
		default:
			there = true
			if changes := differences(want, live.Resource); len(changes) > 0 {
				_, err = actuator.Update(ctx, want, live, changes, run)
			}
		}
		if err != nil {
			return err
		}
	}
	if want != nil && !there {
		_, err = actuator.Create(ctx, want, run)
	}
	return err
}

// settled checks that the fake holds exactly what is wanted, and that nothing
// more would be done.
func settled(t *testing.T, g *gatewayFake, want *resource.RestAPI) {
	t.Helper()
	before := len(g.calls)
	if err := bring(g, want, false); err != nil {
		t.Fatal(err)
	}
	if more := g.calls[before:]; len(more) > 0 {
		t.Fatalf("it is not settled: %v", more)
	}
	if want == nil {
		if len(g.apis) > 0 {
			t.Fatalf("%d APIs are left", len(g.apis))
		}
		return
	}
	if len(g.apis) != 1 || len(g.apis[0].stages) != 1 || len(g.apis[0].deployments) != 1 {
		t.Fatalf("%d APIs, the first with %d stages and %d deployments", len(g.apis), len(g.apis[0].stages), len(g.apis[0].deployments))
	}
	a := g.apis[0]
	stage := a.stages[want.StageName]
	if stage == nil || *stage.DeploymentId != *a.deployments[0].Id || !maps.Equal(stage.Variables, want.Variables) || stage.TracingEnabled != want.Tracing {
		t.Fatalf("the stage is %+v", stage)
	}
	if !maps.Equal(a.Tags, want.Tags) || !maps.Equal(stage.Tags, want.Tags) {
		t.Fatalf("tags %v, of the stage %v", a.Tags, stage.Tags)
	}
	if string(a.EndpointConfiguration.Types[0]) != want.EndpointType || len(a.EndpointConfiguration.VpcEndpointIds) != len(want.VPCEndpointIDs) {
		t.Fatalf("endpoint %v", *a.EndpointConfiguration)
	}
	if n := documentMethods(want.Document); len(a.resources) != n+1 {
		t.Fatalf("%d resources, want %d", len(a.resources), n+1)
	}
}

func TestRestAPIFirstDeploy(t *testing.T) {
	g := &gatewayFake{}
	if err := bring(g, wantedAPI("/a", "/b"), false); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(g.calls, " "); got != "CreateRestApi PutRestApi CreateDeployment CreateStage" {
		t.Errorf("calls %s", got)
	}
	settled(t, g, wantedAPI("/a", "/b"))
}

// An outline has no document: what exists must be read so that it can be
// compared with the document that comes later.
func TestRestAPIFoundByOutline(t *testing.T) {
	g := &gatewayFake{}
	want := wantedAPI("/a")
	if err := bring(g, want, false); err != nil {
		t.Fatal(err)
	}
	outline := *want
	outline.Document = nil
	lives, err := (&restAPIs{g}).Find(context.Background(), &deployer.Query{Owner: gatewayOwner, Want: []resource.Resource{&outline}})
	if err != nil {
		t.Fatal(err)
	}
	if changes := differences(want, lives[0].Resource); len(changes) > 0 {
		t.Errorf("changes %v", changes)
	}
}

// transitions are ways from one wanted API (nil: none) to another.
func transitions() map[string]func() (from, to *resource.RestAPI) {
	change := func(f func(*resource.RestAPI)) func() (from, to *resource.RestAPI) {
		return func() (from, to *resource.RestAPI) {
			from, to = wantedAPI("/a", "/b"), wantedAPI("/a", "/b")
			f(to)
			return from, to
		}
	}
	private := func(a *resource.RestAPI) {
		a.EndpointType, a.VPCEndpointIDs = "PRIVATE", []string{"vpce-1", "vpce-2"}
		document(a, "/a", "/b")
	}
	return map[string]func() (from, to *resource.RestAPI){
		"create":        func() (from, to *resource.RestAPI) { return nil, wantedAPI("/a", "/b") },
		"delete":        func() (from, to *resource.RestAPI) { return wantedAPI("/a"), nil },
		"route added":   change(func(a *resource.RestAPI) { document(a, "/a", "/b", "/c") }),
		"route removed": change(func(a *resource.RestAPI) { document(a, "/a") }),
		"stage renamed": change(func(a *resource.RestAPI) { a.StageName = "v2" }),
		"stage renamed and a route added": change(func(a *resource.RestAPI) {
			a.StageName = "v2"
			document(a, "/c")
		}),
		"stage settings": change(func(a *resource.RestAPI) { a.Variables, a.Tracing = map[string]string{"size": "L"}, false }),
		"tags": change(func(a *resource.RestAPI) {
			a.Tags = maps.Clone(a.Tags)
			a.Tags["team"] = "blue"
		}),
		"policy": change(func(a *resource.RestAPI) {
			a.Policy = strings.Replace(a.Policy, "Allow", "Deny", 1)
			document(a, "/a", "/b")
		}),
		"compression off": change(func(a *resource.RestAPI) {
			a.MinimumCompressionSize = nil
			document(a, "/a", "/b")
		}),
		"edge":    change(func(a *resource.RestAPI) { a.EndpointType = "EDGE" }),
		"private": change(private),
		"private, its endpoints in no document": change(func(a *resource.RestAPI) {
			a.EndpointType, a.VPCEndpointIDs = "PRIVATE", []string{"vpce-1"}
		}),
		"other VPC endpoints": func() (from, to *resource.RestAPI) {
			from, to = wantedAPI("/a"), wantedAPI("/a")
			private(from)
			to.EndpointType, to.VPCEndpointIDs = "PRIVATE", []string{"vpce-2", "vpce-3"}
			document(to, "/a", "/b")
			return from, to
		},
		"private to regional": func() (from, to *resource.RestAPI) {
			from, to = wantedAPI("/a"), wantedAPI("/a")
			private(from)
			return from, to
		},
		"private to edge": func() (from, to *resource.RestAPI) {
			from, to = wantedAPI("/a"), wantedAPI("/a")
			private(from)
			to.EndpointType = "EDGE"
			return from, to
		},
	}
}

// A process that dies at any mutating call, before AWS has done it or after,
// and a call whose answer alone is lost, leave what the next run brings to the
// same end: one API, one stage, one deployment.
func TestRestAPIKilledAtEveryCall(t *testing.T) {
	for name, transition := range transitions() {
		for n := 1; ; n++ {
			reached := false
			for _, kind := range []struct{ after, lone bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
				from, to := transition()
				g := &gatewayFake{}
				if from != nil {
					if err := bring(g, from, false); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
				}
				g.calls, g.dieAt, g.after, g.lone = nil, n, kind.after, kind.lone
				first := bring(g, to, false)
				reached = reached || len(g.calls) >= n
				g.dieAt, g.dead = 0, false
				t.Run(fmt.Sprintf("%s/%d after=%t lone=%t", name, n, kind.after, kind.lone), func(t *testing.T) {
					if kind.lone && first != nil {
						t.Errorf("a lost answer ended the run: %v", first)
					}
					if err := bring(g, to, false); err != nil {
						t.Fatal(err)
					}
					if to != nil && len(g.apis) == 1 && len(g.apis[0].deployments) > 1 {
						// A deletion that was lost is made up for with the next change.
						document(to, "/x")
						if err := bring(g, to, false); err != nil {
							t.Fatal(err)
						}
					}
					settled(t, g, to)
				})
			}
			if !reached {
				break
			}
		}
	}
}

// What people change is seen, and healed.
func TestRestAPIDrift(t *testing.T) {
	for name, drift := range map[string]func(*apiFake){
		"method deleted":      func(a *apiFake) { a.resources = a.resources[:1] },
		"integration edited":  func(a *apiFake) { editIntegration(a) },
		"authorizer edited":   func(a *apiFake) { a.authorizers[0].AuthorizerUri = awssdk.String("other") },
		"authorizer deleted":  func(a *apiFake) { a.authorizers = nil },
		"gateway response":    func(a *apiFake) { a.responses[0].DefaultResponse = false },
		"policy removed":      func(a *apiFake) { a.Policy = nil },
		"binary types":        func(a *apiFake) { a.BinaryMediaTypes = []string{"image/png"} },
		"renamed":             func(a *apiFake) { a.Name = awssdk.String("other") },
		"described":           func(a *apiFake) { a.Description = awssdk.String("other") },
		"compression":         func(a *apiFake) { a.MinimumCompressionSize = nil },
		"stage variable":      func(a *apiFake) { a.stages["api"].Variables["color"] = "blue" },
		"stage variable more": func(a *apiFake) { a.stages["api"].Variables["more"] = "blue" },
		"tracing":             func(a *apiFake) { a.stages["api"].TracingEnabled = false },
		"tag removed":         func(a *apiFake) { a.stages["api"].Tags = map[string]string{"mine": "x"} },
		"stage deleted":       func(a *apiFake) { a.stages = map[string]*types.Stage{} },
	} {
		t.Run(name, func(t *testing.T) {
			g := &gatewayFake{}
			want := wantedAPI("/a", "/b")
			if err := bring(g, want, false); err != nil {
				t.Fatal(err)
			}
			drift(g.apis[0])
			calls := len(g.calls)
			if err := bring(g, want, false); err != nil {
				t.Fatal(err)
			}
			if len(g.calls) == calls {
				t.Fatal("it is not seen")
			}
			settled(t, g, want)
		})
	}
}

// The functions that routes and authorizers call, and the permissions for it,
// stay until the API is changed.
func TestRestAPIHoldsWhatItCalls(t *testing.T) {
	uri := func(name string) *string {
		return awssdk.String("arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:us-west-2:123456789012:function:" + name + "/invocations")
	}
	calls := func(name string) types.Method {
		return types.Method{MethodIntegration: &types.Integration{Uri: uri(name)}}
	}
	parts := apiParts{
		resources: []types.Resource{{ResourceMethods: map[string]types.Method{
			"GET": calls("shop-dev"), "PUT": calls("shop-dev:prod"), "POST": calls("${stageVariables.f}"), "HEAD": {},
			"OPTIONS": {MethodIntegration: &types.Integration{Type: types.IntegrationTypeMock}},
		}}},
		authorizers: []types.Authorizer{{AuthorizerUri: uri("shop-dev-gate")}, {}},
	}
	var got []string
	for _, id := range parts.calls() {
		got = append(got, id.String())
	}
	const want = "function/shop-dev permission/shop-dev/chalicefile-api function/shop-dev-gate permission/shop-dev-gate/chalicefile-api"
	if strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// What exists says which routes it has.
func TestRestAPIRoutes(t *testing.T) {
	g := &gatewayFake{}
	if err := bring(g, wantedAPI("/a", "/b"), false); err != nil {
		t.Fatal(err)
	}
	want := wantedAPI("/b", "/c")
	found, err := (&restAPIs{g}).Find(context.Background(), &deployer.Query{Owner: gatewayOwner, Want: []resource.Resource{want}})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if got, was := found[0].Resource.(*resource.RestAPI).RouteList(), wantedAPI("/a", "/b").RouteList(); !slices.Equal(got, was) || len(got) == 0 {
		t.Errorf("%v, want %v", got, was)
	}
}

// What the Chalicefile has no key for is left as it is: an endpoint that was
// switched off stays off through imports, wherever they are broken off.
func TestRestAPIEndpointStaysOff(t *testing.T) {
	for _, stubborn := range []bool{false, true} {
		for n := range 6 {
			g := &gatewayFake{}
			if err := bring(g, wantedAPI("/a"), false); err != nil {
				t.Fatal(err)
			}
			g.apis[0].DisableExecuteApiEndpoint, g.stubborn = true, stubborn
			settled(t, g, wantedAPI("/a"))
			g.calls, g.dieAt = nil, n
			want := wantedAPI("/a", "/b")
			if err := bring(g, want, false); err != nil && n == 0 {
				t.Fatal(err)
			}
			g.dieAt, g.dead = 0, false
			if !stubborn && !g.apis[0].DisableExecuteApiEndpoint {
				t.Errorf("broken off at call %d, the endpoint is on: %v", n, g.calls)
			}
			if err := bring(g, want, false); err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				settled(t, g, want)
			}
			if !g.apis[0].DisableExecuteApiEndpoint && (!stubborn || n == 0) {
				t.Errorf("after call %d the endpoint is on: %v", n, g.calls)
			}
		}
	}
	for _, c := range []struct{ document, want string }{
		{`{"servers":[{"url":"/","x-amazon-apigateway-endpoint-configuration":{"vpcEndpointIds":["vpce-1"]}}]}`,
			`{"servers":[{"url":"/","x-amazon-apigateway-endpoint-configuration":{"disableExecuteApiEndpoint":true,"vpcEndpointIds":["vpce-1"]}}]}`},
		{`{"a":1.50}`, `{"a":1.50,"servers":[{"url":"/","x-amazon-apigateway-endpoint-configuration":{"disableExecuteApiEndpoint":true}}]}`},
		{`no JSON`, `no JSON`},
	} {
		if got := string(withoutEndpoint([]byte(c.document))); got != c.want {
			t.Errorf("%s becomes %s", c.document, got)
		}
	}
}

func editIntegration(a *apiFake) {
	for _, r := range a.resources {
		for name, m := range r.ResourceMethods {
			i := *m.MethodIntegration
			i.Uri = awssdk.String("other")
			m.MethodIntegration = &i
			r.ResourceMethods[name] = m
		}
	}
}

// A stage that somebody pointed at a deployment of their own is pointed back;
// that deployment, and stages of theirs, stay.
func TestRestAPIForeignDeployment(t *testing.T) {
	g := &gatewayFake{}
	want := wantedAPI("/a")
	if err := bring(g, want, false); err != nil {
		t.Fatal(err)
	}
	a := g.apis[0]
	a.deployments = append(a.deployments, types.Deployment{Id: awssdk.String("hand"), Description: awssdk.String("by hand")})
	a.stages["api"].DeploymentId = awssdk.String("hand")
	a.stages["theirs"] = &types.Stage{StageName: awssdk.String("theirs"), DeploymentId: a.deployments[0].Id}
	if err := bring(g, want, false); err != nil {
		t.Fatal(err)
	}
	if id := *a.stages["api"].DeploymentId; id == "hand" || id == *a.deployments[0].Id {
		t.Errorf("the stage shows %s", id)
	}
	if len(a.deployments) != 3 || a.stages["theirs"] == nil {
		t.Errorf("deployments %v, stages %v", a.deployments, a.stages)
	}
}

// Names are not unique: an untagged API of the name is in the way, one of
// another app is not, and of two of ours the older stays.
func TestRestAPIOfOthers(t *testing.T) {
	want := wantedAPI("/a")
	other := func(tags map[string]string) *gatewayFake {
		g := &gatewayFake{}
		foreign := wantedAPI("/theirs")
		foreign.Tags = tags
		if _, err := (&restAPIs{g}).Create(context.Background(), foreign, &deployer.Run{Owner: gatewayOwner, Clock: &gatewayClock{}}); err != nil {
			t.Fatal(err)
		}
		return g
	}
	theirs := gatewayOwner
	theirs.App = "bank"
	if g := other(theirs.Tags()); bring(g, want, false) != nil || len(g.apis) != 2 {
		t.Error("an API of another app is in the way")
	}
	if g := other(map[string]string{"aws:cloudformation:stack-name": "x"}); bring(g, want, false) == nil {
		t.Error("an API that nobody's tags claim was taken")
	}
	g := other(nil)
	if err := bring(g, want, true); err != nil {
		t.Fatal(err)
	}
	settled(t, g, want)

	g = other(gatewayOwner.Tags())
	g.apis = append(g.apis, other(gatewayOwner.Tags()).apis...)
	g.apis[1].Id, g.apis[1].CreatedDate = awssdk.String("older"), awssdk.Time(time.Unix(1, 0))
	if err := bring(g, want, false); err != nil {
		t.Fatal(err)
	}
	settled(t, g, want)
	if *g.apis[0].Id != "older" {
		t.Errorf("%s stayed", *g.apis[0].Id)
	}

	g = other(nil)
	g.apis = append(g.apis, other(nil).apis...)
	g.apis[1].Id = awssdk.String("second")
	if err := bring(g, want, true); err == nil || !strings.Contains(err.Error(), "second") {
		t.Errorf("one of two was taken over: %v", err)
	}
	found, err := (&restAPIs{g}).Find(context.Background(), &deployer.Query{Owner: gatewayOwner, Want: []resource.Resource{want}})
	if err != nil || len(found) != 1 || !strings.Contains(found[0].Unfit, "there are 2 REST APIs") {
		t.Errorf("that nobody can tell which is meant is not told before a deploy: %+v, %v", found, err)
	}
}

// While AWS says that something else is under way, calls are made again.
func TestRestAPIBusy(t *testing.T) {
	g := &gatewayFake{}
	if err := bring(g, wantedAPI("/a"), false); err != nil {
		t.Fatal(err)
	}
	g.busy = 3
	if err := bring(g, wantedAPI("/b"), false); err != nil {
		t.Fatal(err)
	}
	settled(t, g, wantedAPI("/b"))
}

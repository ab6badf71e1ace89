package desired

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

const route = "routes:\n  /:\n    GET: Index\n"

func TestFindings(t *testing.T) {
	tests := []struct {
		name, chalicefile string
		change            func(*Input)
		code, path, text  string
	}{
		{name: "websocket", chalicefile: route + "websocket: { connect: Open }\n",
			code: "websocket-not-deployable", path: "websocket", text: "WebSocket APIs cannot be deployed by this version of chalicefile"},
		{name: "policy of api", chalicefile: route, change: func(in *Input) { in.Policies["api"] = large() },
			code: "policy-over-limit", path: "app", text: `the policy of function "api" has`},
		{name: "policy of a function", chalicefile: "functions: { add: { handler: Add } }\n", change: func(in *Input) { in.Policies["add"] = large() },
			code: "policy-over-limit", path: "functions/add", text: "and IAM takes 10240"},
		{name: "policy beside a role", chalicefile: "functions: { add: { handler: Add } }\niam: { role_arn: \"arn:aws:iam::123456789012:role/all\" }\n",
			change: func(in *Input) { in.Policies["add"] = large() }},
		{name: "schedules", chalicefile: manySchedules(150), code: "policy-over-limit", path: "schedules", text: "it names 150 functions"},
		{name: "zip", chalicefile: route, change: func(in *Input) { in.Code["arm64"].Zip = make([]byte, 51<<20) },
			code: "zip-too-large", path: "app", text: "the zip for arm64 has 51.0 MB, and Lambda takes 50 MB"},
		{name: "document", chalicefile: route, change: func(in *Input) { in.App.API.Description = strings.Repeat("x", 7<<20) },
			code: "api-too-large", path: "routes", text: "has 7.0 MB, and API Gateway imports 6 MB"},
		{name: "bus of another account", code: "foreign-bus", path: "events/e/eventbridge/bus", text: "of another account or region",
			chalicefile: foreignBus("us-west-2:222222222222")},
		{name: "bus of another region", code: "foreign-bus", path: "events/e/eventbridge/bus", text: "cannot call functions",
			chalicefile: foreignBus("us-east-1:123456789012")},
		{name: "bus of this one", chalicefile: foreignBus("us-west-2:123456789012")},
		{name: "domain of a private API", code: "private-domain", path: "api/custom_domain",
			chalicefile: route + "api: { endpoint_type: private, vpc_endpoint_ids: [vpce-1], custom_domain: { domain_name: a.example, certificate_arn: \"arn:aws:acm:us-west-2:123456789012:certificate/x\" } }\n"},
		{name: "policy file is gone", chalicefile: route, code: "policy-file", path: "api/policy_file", text: "cannot read gone.json",
			change: func(in *Input) { in.App.Spec.API.PolicyFile = "gone.json" }},
		{name: "policy file without statements", chalicefile: route, code: "policy-file", path: "api/policy_file", text: "it has no Statement",
			change: policyFile(`{"Version": "2012-10-17"}`)},
		{name: "policy file of something else", chalicefile: route, code: "policy-file", path: "api/policy_file", text: "is no policy",
			change: policyFile(`[]`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := load(t, chalicefile(tt.chalicefile))
			if tt.change != nil {
				tt.change(&in)
			}
			graph, list := Graph(in)
			sound(t, graph)
			if tt.code == "" && len(list.Findings) == 0 {
				return
			}
			if len(list.Findings) != 1 {
				t.Fatalf("findings: %+v", list.Findings)
			}
			f := list.Findings[0]
			if f.Code != tt.code || strings.Join(f.Path, "/") != tt.path || !strings.Contains(f.Message, tt.text) || f.Hint == "" || f.Severity != diag.Error {
				t.Errorf("got %+v", f)
			}
			if !slices.ContainsFunc(diag.Codes(), func(c diag.Code) bool { return c.Code == f.Code && c.Severity == f.Severity }) {
				t.Errorf("%s is not listed as %s", f.Code, f.Severity)
			}
		})
	}
}

func foreignBus(place string) string {
	return "events: { e: { eventbridge: { pattern: { source: [a] }, bus: \"arn:aws:events:" + place + ":event-bus/b\" }, handler: Add } }\n"
}

func large() policy.Document {
	return policy.Document{Statements: []policy.Statement{{Effect: policy.Allow, Action: []string{"s3:GetObject"}, Resource: []string{strings.Repeat("x", policy.InlineLimit)}}}}
}

func policyFile(content string) func(*Input) {
	return func(in *Input) {
		in.App.Spec.API.PolicyFile = "rights.json"
		in.ReadFile = func(path string) ([]byte, error) {
			if path != "/app/rights.json" {
				return nil, fs.ErrNotExist
			}
			return []byte(content), nil
		}
	}
}

func manySchedules(n int) string {
	var b strings.Builder
	b.WriteString("schedules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  with_a_longish_name_%d: { at: \"2026-12-24T18:00:00\", handler: F }\n", i)
	}
	return b.String()
}

// Two things that would be one in AWS are told at the later, but for
// notifications of a bucket.
func TestConflicts(t *testing.T) {
	b := &builder{graph: &resource.Graph{}, index: map[resource.ID]int{}}
	b.add(&resource.LogGroup{Name: "g"}, diag.Key("events", "a"))
	b.add(&resource.LogGroup{Name: "g"}, diag.Key("events", "b"))
	if len(b.findings.Findings) > 0 || len(b.graph.Resources) != 1 {
		t.Fatalf("equal ones are one: %+v", b.findings.Findings)
	}
	b.add(&resource.LogGroup{Name: "g", Retention: 1}, diag.Key("events", "c"))
	if f := b.findings.Findings; len(f) != 1 || f[0].Code != "resource-conflict" || f[0].Path[1] != "c" || f[0].Related[0].Path[1] != "a" {
		t.Errorf("got %+v", f)
	}
	after := resource.ID{Kind: resource.KindPermission, Name: "p"}
	first := &resource.Notification{Bucket: "b", Account: "1", Entries: []resource.NotificationEntry{{ID: "z"}}, After: []resource.ID{after}}
	b.add(first, diag.Key("events", "d"))
	b.add(&resource.Notification{Bucket: "b", Account: "1", Entries: []resource.NotificationEntry{{ID: "a"}}, After: []resource.ID{after}}, diag.Key("events", "e"))
	merged := b.graph.Resources[1].(*resource.Notification)
	if len(b.findings.Findings) != 1 || len(merged.Entries) != 2 || merged.Entries[0].ID != "a" || len(merged.After) != 1 || len(first.Entries) != 1 {
		t.Errorf("got %+v, %+v", merged, b.findings.Findings)
	}
}

// What is not known yet changes no ID and no order, and the same app has the
// same graph.
func TestOutline(t *testing.T) {
	text := route + "schedules: { nightly: { cron: \"0 3 * * ? *\", timezone: Europe/Zurich, handler: F } }\nevents: { up: { s3: { bucket: mybucket }, handler: F } }\n"
	in := load(t, chalicefile(text))
	complete, _ := Graph(in)
	again, _ := Graph(load(t, chalicefile(text)))
	if !reflect.DeepEqual(complete, again) {
		t.Error("the same app has another graph")
	}
	in.Policies, in.Code = nil, nil
	outline, list := Graph(in)
	if len(list.Findings) > 0 || !slices.EqualFunc(outline.Resources, complete.Resources, func(a, b resource.Resource) bool { return a.ID() == b.ID() }) {
		t.Errorf("the outline differs: %v, %+v", outline.Resources, list.Findings)
	}
	for _, r := range outline.Of(resource.KindFunction) {
		if r.(*resource.Function).Code != nil {
			t.Errorf("%s has code", r.ID())
		}
	}
}

// Nothing of the API is made for an app without routes.
func TestNoAPI(t *testing.T) {
	g, _ := Graph(load(t, chalicefile("functions: { add: { handler: Add } }\napi: { custom_domain: { domain_name: a.example, certificate_arn: \"arn:aws:acm:us-west-2:123456789012:certificate/x\" } }\n")))
	for _, kind := range []resource.Kind{resource.KindRestAPI, resource.KindDomain, resource.KindPermission} {
		if len(g.Of(kind)) > 0 {
			t.Errorf("there is a %s", kind)
		}
	}
}

// Names of authorizers do not clash with those of the schemes that are not
// authorizers.
func TestSchemeNames(t *testing.T) {
	g, _ := Graph(load(t, chalicefile(`
routes:
  /:
    api_key_required: true
    GET: { handler: Index, authorizer: api_key }
    PUT: { handler: Index, authorizer: signed }
authorizers:
  api_key: { handler: Check }
  sigv4: { handler: Check }
  signed: { iam: true }
`)))
	document := string(g.Of(resource.KindRestAPI)[0].(*resource.RestAPI).Document)
	for _, want := range []string{`"security":[{"api_key":[]},{"api_key_":[]}]`, `"security":[{"sigv4_":[]},{"api_key_":[]}]`} {
		if !strings.Contains(document, want) {
			t.Errorf("no %s in %s", want, document)
		}
	}
}

// Policy files are read by absolute path, and why one cannot be is told.
func TestReadError(t *testing.T) {
	in := load(t, chalicefile(route))
	in.App.Spec.API.PolicyFile = "/elsewhere/rights.json"
	in.ReadFile = func(path string) ([]byte, error) { return nil, errors.New("no " + path) }
	_, list := Graph(in)
	if len(list.Findings) != 1 || !strings.Contains(list.Findings[0].Message, "no /elsewhere/rights.json") {
		t.Errorf("got %+v", list.Findings)
	}
}

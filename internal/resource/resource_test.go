package resource_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

var (
	roleID = resource.ID{Kind: resource.KindRole, Name: "shop-dev"}
	apiID  = resource.ID{Kind: resource.KindRestAPI, Name: "shop-dev"}
	table  = resource.ID{Kind: resource.KindTable, Name: "things"}
)

func TestIDText(t *testing.T) {
	for text, want := range map[string]resource.ID{
		"function/shop-dev":              {Kind: resource.KindFunction, Name: "shop-dev"},
		"log-group//aws/lambda/shop-dev": {Kind: resource.KindLogGroup, Name: "/aws/lambda/shop-dev"},
		"subscription/shop-dev/arn:aws:sns:us-west-2:123456789012:news": {Kind: resource.KindSubscription, Name: "shop-dev/arn:aws:sns:us-west-2:123456789012:news"},
		"base-path-mapping/a.example/":                                  {Kind: resource.KindBasePathMapping, Name: "a.example/"},
	} {
		if want.String() != text {
			t.Errorf("%+v is %s, want %s", want, want, text)
		}
		encoded, err := json.Marshal(map[resource.ID]resource.ID{want: want})
		if err != nil {
			t.Fatal(err)
		}
		var got map[resource.ID]resource.ID
		if err := json.Unmarshal(encoded, &got); err != nil || got[want] != want {
			t.Errorf("%s came back as %v, %v", encoded, got, err)
		}
	}
	var id resource.ID
	if err := id.UnmarshalText([]byte("function")); err == nil || !strings.Contains(err.Error(), `"function" is not kind/name`) {
		t.Errorf("got %v", err)
	}
}

func TestText(t *testing.T) {
	get := func(r resource.Ref) (string, bool) {
		if r == (resource.Ref{ID: apiID, Attribute: resource.AttrID}) {
			return "abc123", true
		}
		return "", false
	}
	source := resource.Concat(resource.Lit("arn:"), resource.Attr(apiID, resource.AttrID), resource.Lit(""), resource.Lit("/*"))
	tests := []struct {
		name string
		text resource.Text
		get  resource.Lookup
		want string
		ok   bool
	}{
		{"zero", resource.Text{}, nil, "", true},
		{"literal", resource.Lit("x"), nil, "x", true},
		{"empty literal", resource.Lit(""), nil, "", true},
		{"known", source, get, "arn:abc123/*", true},
		{"nothing known", source, nil, "arn:(id of rest-api/shop-dev)/*", false},
		{"another", resource.Attr(roleID, resource.AttrARN), get, "(arn of role/shop-dev)", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := tt.text.Resolve(tt.get); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v, want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
	if !resource.Lit("").IsZero() || source.IsZero() {
		t.Error("only a text with nothing in it is zero")
	}
	if refs := source.Refs(); !reflect.DeepEqual(refs, []resource.Ref{{ID: apiID, Attribute: resource.AttrID}}) {
		t.Errorf("refs = %v", refs)
	}
	var parts []string
	source.Each(func(s string) { parts = append(parts, s) }, func(r resource.Ref) { parts = append(parts, fmt.Sprint(r)) })
	if want := []string{"arn:", "{rest-api/shop-dev id}", "/*"}; !slices.Equal(parts, want) {
		t.Errorf("parts = %q, want %q", parts, want)
	}
}

func ptr[T any](v T) *T { return &v }

// function is one with every property.
func function() *resource.Function {
	return &resource.Function{
		Name: "shop-dev-add", Handler: "add", Role: resource.Attr(roleID, resource.AttrARN), Code: &resource.Code{SHA256: "h"},
		MemorySize: 128, EphemeralStorage: 512, Timeout: 30, Architecture: "arm64",
		Environment: map[string]string{"TOKEN": "hunter2", "EMPTY": ""}, ReservedConcurrency: ptr(0),
		Layers: []string{"b", "a"}, SubnetIDs: []string{"s1"}, SecurityGroupIDs: []string{"g1"}, Tracing: true,
		DeadLetterARN: "arn:dead", Tags: map[string]string{"k": "v", "empty": ""},
		After: []resource.ID{{Kind: resource.KindLogGroup, Name: "/aws/lambda/shop-dev-add"}, roleID},
	}
}

func TestProperties(t *testing.T) {
	var got []string
	for _, p := range function().Properties(nil) {
		line := p.Name + "=" + p.Value
		if p.Secret {
			line += " secret"
		}
		if p.Unknown {
			line += " unknown"
		}
		got = append(got, line)
	}
	want := []string{
		"code=h", "runtime=provided.al2023", "handler=add", "iam.role_arn=(arn of role/shop-dev) unknown", "memory_size=128", "timeout=30",
		"architecture=arm64", "ephemeral_storage=512", `environment.EMPTY="" secret`, "environment.TOKEN=hunter2 secret", "reserved_concurrency=0",
		"layers=b, a", "vpc.subnet_ids=s1", "vpc.security_group_ids=g1", "tracing=true", "dead_letter_arn=arn:dead", `tags.empty=""`, "tags.k=v",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// all is one of each kind, with as much in it as may be secret.
func all() []resource.Resource {
	fn := resource.FunctionID("shop-dev-add")
	permission := resource.ID{Kind: resource.KindPermission, Name: "shop-dev-add/chalicefile-s3"}
	return []resource.Resource{
		&resource.Role{Name: "shop-dev", Policy: policy.Document{}, ManagedPolicies: []string{"arn:a"}},
		&resource.LogGroup{Name: "/aws/lambda/shop-dev-add", Retention: 7},
		function(),
		&resource.RestAPI{Name: "shop-dev", Document: []byte(`{"a":1}`), MinimumCompressionSize: ptr(0), After: []resource.ID{fn}},
		&resource.Permission{Function: "shop-dev-add", Statement: "chalicefile-api", SourceARN: resource.Attr(apiID, resource.AttrID)},
		&resource.Mapping{Function: "shop-dev-add", Source: resource.Attr(table, "stream_arn"), Stream: true, MaximumRetryAttempts: ptr(0)},
		&resource.Rule{Name: "shop-dev-nightly", Function: "shop-dev-add"},
		&resource.ScheduleGroup{Name: "shop-dev"},
		&resource.Schedule{Name: "shop-dev-once", Group: "shop-dev", Function: "shop-dev-add", Role: resource.Attr(roleID, resource.AttrARN)},
		&resource.Notification{Bucket: "b", Entries: []resource.NotificationEntry{{ID: "x", Events: []string{"e"}}}, After: []resource.ID{permission, permission}},
		&resource.Subscription{TopicARN: "arn:t", Function: "shop-dev-add", FilterPolicy: "{}", After: []resource.ID{permission, fn}},
		&resource.UsagePlan{Name: "shop-dev", API: apiID, StageName: "api"},
		&resource.APIKey{Name: "shop-dev", Plan: resource.ID{Kind: resource.KindUsagePlan, Name: "shop-dev"}},
		&resource.Domain{Name: "a.example"},
		&resource.BasePathMapping{Domain: "a.example", API: apiID, After: []resource.ID{{Kind: resource.KindDomain, Name: "a.example"}}},
	}
}

// Each kind has one resource here; none depends on itself, on one of a later
// kind, twice on the same, or on what is not of the app; and all is told by
// properties, none twice.
func TestKinds(t *testing.T) {
	kinds := resource.Kinds()
	var met []resource.Kind
	for _, r := range all() {
		id := r.ID()
		met = append(met, id.Kind)
		seen := map[resource.ID]bool{}
		for _, on := range r.DependsOn() {
			if seen[on] || on == id || slices.Index(kinds, on.Kind) < 0 || slices.Index(kinds, on.Kind) > slices.Index(kinds, id.Kind) {
				t.Errorf("%s depends on %s", id, on)
			}
			seen[on] = true
		}
		names := map[string]bool{}
		for _, p := range r.Properties(nil) {
			if names[p.Name] {
				t.Errorf("%s has %s twice", id, p.Name)
			}
			names[p.Name] = true
		}
		if len(names) == 0 {
			if _, tagsAlone := r.(*resource.ScheduleGroup); !tagsAlone {
				t.Errorf("%s has no properties", id)
			}
		}
	}
	if !slices.Equal(met, kinds) {
		t.Errorf("kinds here are %v, want %v", met, kinds)
	}
}

// A value that is set changes a property; otherwise a change of it would go
// unseen. Names stand in IDs instead, and the code that comes with its hash in
// that.
func TestEveryFieldIsCompared(t *testing.T) {
	inID := map[string]bool{
		"Name": true, "Bus": true, "Function": true, "Statement": true, "Bucket": true, "Group": true, "Domain": true, "BasePath": true,
	}
	notCompared := map[string]bool{"After": true, "Path": true, "Account": true, "Stream": true, "Imported": true, "Routes": true}
	for _, r := range all() {
		value := reflect.ValueOf(r).Elem()
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			if inID[name] || notCompared[name] {
				continue
			}
			before := fmt.Sprint(r.ID(), r.Properties(nil))
			old := reflect.New(value.Field(i).Type()).Elem()
			old.Set(value.Field(i))
			if !alter(value.Field(i)) {
				t.Errorf("%T.%s is of a type that this test does not know", r, name)
			}
			if fmt.Sprint(r.ID(), r.Properties(nil)) == before {
				t.Errorf("a change of %T.%s is not seen", r, name)
			}
			value.Field(i).Set(old)
		}
	}
}

// alter gives a field another value.
func alter(v reflect.Value) bool {
	switch v.Interface().(type) {
	case string:
		v.SetString(v.String() + "x")
	case int:
		v.SetInt(v.Int() + 1)
	case bool:
		v.SetBool(!v.Bool())
	case *int:
		v.Set(reflect.ValueOf(ptr(12345)))
	case []string:
		v.Set(reflect.ValueOf([]string{"other"}))
	case []byte:
		v.SetBytes([]byte("other"))
	case map[string]string:
		v.Set(reflect.ValueOf(map[string]string{"other": "1"}))
	case resource.Text:
		v.Set(reflect.ValueOf(resource.Lit("other")))
	case resource.ID:
		v.Set(reflect.ValueOf(resource.ID{Kind: resource.KindRestAPI, Name: "other"}))
	case *resource.Code:
		v.Set(reflect.ValueOf(&resource.Code{SHA256: "other"}))
	case []resource.NotificationEntry:
		v.Set(reflect.ValueOf([]resource.NotificationEntry{{ID: "other"}}))
	case policy.Document:
		v.Set(reflect.ValueOf(policy.Document{ID: "other"}))
	default:
		return false
	}
	return true
}

// The routes of a REST API stand in its document, where there is one.
func TestRouteList(t *testing.T) {
	a := &resource.RestAPI{Routes: []string{"GET /"}, Document: []byte(`{"paths": {"/b": {"x-amazon-apigateway-any-method": {}, "parameters": []}, "/a/{x}": {"options": {}, "get": {}}}}`)}
	if got := strings.Join(a.RouteList(), ", "); got != "ANY /b, GET /a/{x}, OPTIONS /a/{x}" {
		t.Error(got)
	}
	a.Document = nil
	if got := strings.Join(a.RouteList(), ", "); got != "GET /" {
		t.Error(got)
	}
}

// An entry of notifications says what it has, and nothing of what it has not.
func TestEntryText(t *testing.T) {
	n := &resource.Notification{Entries: []resource.NotificationEntry{
		{ID: "a", FunctionARN: "arn:f", Events: []string{"e1", "e2"}},
		{ID: "b", FunctionARN: "arn:f", Events: []string{"e1"}, Prefix: "in/", Suffix: ".png"},
	}}
	props := n.Properties(nil)
	if props[0].Value != "arn:f, e1 e2" || props[1].Value != `arn:f, e1, prefix "in/", suffix ".png"` {
		t.Errorf("%+v", props)
	}
}

// The hash of a document is that of what was imported, where only that is known.
func TestDocumentHash(t *testing.T) {
	wanted := &resource.RestAPI{Document: []byte("{}")}
	live := &resource.RestAPI{Imported: wanted.DocumentHash()}
	if wanted.DocumentHash() == "" || live.DocumentHash() != wanted.DocumentHash() || (&resource.RestAPI{}).DocumentHash() != "" {
		t.Errorf("wanted %s, live %s", wanted.DocumentHash(), live.DocumentHash())
	}
}

func TestRuleOfABus(t *testing.T) {
	for bus, want := range map[string]string{"": "rule/r", "default": "rule/r", "orders": "rule/orders/r"} {
		if got := (&resource.Rule{Name: "r", Bus: bus}).ID().String(); got != want {
			t.Errorf("on bus %q: %s, want %s", bus, got, want)
		}
	}
}

func TestOwner(t *testing.T) {
	o := resource.Owner{App: "shop", Stage: "dev", Partition: "aws-cn", Region: "cn-north-1", Account: "123456789012"}
	tags := o.Tags()
	if !o.Owns(tags) || o.Owns(nil) {
		t.Error("an owner owns what has its tags")
	}
	tags[resource.TagRegion] = "cn-northwest-1"
	if o.Owns(tags) {
		t.Error("what is in another region is another's")
	}
	if got := o.RolePath(); got != "/chalicefile/cn-north-1/shop/dev/" {
		t.Errorf("role path %s", got)
	}
	if got := o.FunctionARN("shop-dev"); got != "arn:aws-cn:lambda:cn-north-1:123456789012:function:shop-dev" {
		t.Errorf("ARN %s", got)
	}
}

func TestGraph(t *testing.T) {
	g := &resource.Graph{Resources: all()}
	if r := g.Find(roleID); r == nil || r.ID() != roleID {
		t.Errorf("found %v", r)
	}
	if r := g.Find(table); r != nil {
		t.Errorf("found %v", r)
	}
	if list := g.Of(resource.KindRule); len(list) != 1 {
		t.Errorf("rules: %v", list)
	}
}

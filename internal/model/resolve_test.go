package model_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/spec"
)

func ptr[T any](v T) *T { return &v }

func ref(text string) spec.Ref { return spec.Ref{Text: text, Dir: ".", Package: "."} }

// method makes a method of "GET Handler".
func method(short string) spec.Method {
	verb, handler, _ := strings.Cut(short, " ")
	return spec.Method{HTTPMethod: verb, Handler: ref(handler)}
}

// route makes a route of a path and methods in short form.
func route(path string, methods ...string) spec.Route {
	r := spec.Route{Path: path}
	for _, m := range methods {
		r.Methods = append(r.Methods, method(m))
	}
	return r
}

func resolve(app spec.App) *model.App {
	app.Name, app.Stage = "shop", "dev"
	return model.Resolve(&app, model.Module{Path: "example.com/shop"})
}

func TestResolveDefaults(t *testing.T) {
	app := resolve(spec.App{Routes: []spec.Route{route("/", "GET Index")}})
	if want := (model.API{StageName: "api", BinaryTypes: []string{"*/*"}}); !reflect.DeepEqual(app.API, want) {
		t.Errorf("API = %+v, want %+v", app.API, want)
	}
	m := app.Paths[0].Methods[0]
	if !slices.Equal(m.ContentTypes, []string{"application/json"}) || !m.ContentTypesByHandler || m.Status != 200 ||
		m.APIKeyRequired || m.Authorizer != nil || m.Function.Name != "api" || m.Path != app.Paths[0] {
		t.Errorf("method = %+v", m)
	}
	f := app.Functions[0]
	want := model.Settings{MemorySize: 128, Timeout: 30, Architecture: "arm64", EphemeralStorage: 512}
	if f.LambdaName != "shop-dev" || f.Kind != model.KindRoutes || f.Path != nil || !reflect.DeepEqual(f.Settings, want) {
		t.Errorf("function = %+v", f)
	}
	if !slices.Equal(f.Methods, []*model.Method{m}) {
		t.Errorf("methods of api = %v", f.Methods)
	}
}

func TestResolveInheritance(t *testing.T) {
	var inner, outer, own spec.Method
	own = spec.Method{HTTPMethod: "GET", Handler: ref("Own"), Authorizer: "none", APIKeyRequired: ptr(false),
		ContentTypes: []string{"text/csv"}, Function: "small", Status: 201, Scopes: []string{"write"}}
	inner, outer = method("POST Inner"), method("GET Outer")
	set := route("/set")
	set.Methods = []spec.Method{own, inner}
	set.Authorizer, set.APIKeyRequired = "users", ptr(true)
	set.ContentTypes, set.Function = []string{"text/plain"}, "big"
	set.Middleware = []spec.Ref{ref("Log")}
	plain := spec.Route{Path: "/plain", Methods: []spec.Method{outer}}
	app := resolve(spec.App{
		RouteDefaults: spec.RouteDefaults{Authorizer: "admins", ContentTypes: []string{"text/html"}, Middleware: []spec.Ref{ref("Trace")}},
		Routes:        []spec.Route{set, plain},
		Authorizers: []spec.Authorizer{
			{Name: "users", Cognito: &spec.Cognito{UserPools: []string{"arn"}, Scopes: []string{"read"}}},
			{Name: "admins", IAM: true},
		},
		Functions: []spec.Function{{Name: "big", Settings: spec.Settings{MemorySize: ptr(1024)}}, {Name: "small"}},
	})
	type row struct {
		name, authorizer, function, contentType, scopes, middleware string
		key                                                         bool
		status                                                      int
	}
	var got []row
	for _, p := range app.Paths {
		for _, m := range p.Methods {
			r := row{name: m.Name, function: m.Function.Name, contentType: m.ContentTypes[0], key: m.APIKeyRequired, status: m.Status,
				scopes: strings.Join(m.Scopes, " ")}
			if m.Authorizer != nil {
				r.authorizer = m.Authorizer.Name
			}
			for _, w := range m.Middleware {
				r.middleware += w.Ref.Text + " "
			}
			got = append(got, r)
		}
	}
	want := []row{
		{name: "own", function: "small", contentType: "text/csv", scopes: "write", middleware: "Trace Log ", status: 201},
		{name: "inner", authorizer: "users", function: "big", contentType: "text/plain", scopes: "read", middleware: "Trace Log ", key: true, status: 200},
		{name: "outer", authorizer: "admins", function: "api", contentType: "text/html", middleware: "Trace ", status: 200},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if big := app.Function("big"); big.Settings.MemorySize != 1024 || !slices.Equal(big.Path, []string{"functions", "big"}) {
		t.Errorf("big = %+v", big)
	}
}

func TestResolveFunctions(t *testing.T) {
	withFunction := route("/x", "GET X")
	withFunction.Function = "reports"
	app := resolve(spec.App{
		Routes:    []spec.Route{withFunction, route("/", "GET Index")},
		Functions: []spec.Function{{Name: "resize", Handler: ref("Resize")}, {Name: "reports"}, {Name: "api", Settings: spec.Settings{Timeout: ptr(10)}}},
		Schedules: []spec.Schedule{{Name: "nightly", Handler: ref("Nightly"), Rate: "1 day"}},
		Events:    []spec.Event{{Name: "on_upload", Handler: ref("OnUpload"), Kind: "s3"}},
		Authorizers: []spec.Authorizer{{Name: "tokens", Handler: &spec.HandlerAuthorizer{
			Handler: ref("Check"), Settings: spec.Settings{MemorySize: ptr(256)}}}},
		WebSocket: &spec.WebSocket{Connect: ref("Open"), Routes: []spec.SocketRoute{{Key: "send", Handler: ref("Send")}}},
	})
	var got []string
	for _, f := range app.Functions {
		got = append(got, string(f.Kind)+" "+f.Name+" "+f.LambdaName+" "+strings.Join(f.Path, "/"))
	}
	want := []string{
		"routes api shop-dev functions/api",
		"routes reports shop-dev-reports functions/reports",
		"websocket websocket shop-dev-websocket websocket",
		"plain resize shop-dev-resize functions/resize",
		"schedule nightly shop-dev-nightly schedules/nightly",
		"event on_upload shop-dev-on_upload events/on_upload",
		"authorizer tokens shop-dev-tokens authorizers/tokens",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if f := app.Function("api"); f.Settings.Timeout != 10 {
		t.Errorf("timeout of api = %d", f.Settings.Timeout)
	}
	if a := app.Authorizers[0]; a.Function != app.Function("tokens") || a.TTL != 300 || a.Type != "token" || a.Header != "Authorization" || a.Identity != nil {
		t.Errorf("authorizer = %+v", a)
	}
	socket := app.Function("websocket").Socket
	if len(socket) != 2 || socket[0].RouteKey != "$connect" || socket[1].RouteKey != "send" {
		t.Errorf("socket = %+v", socket)
	}
	if app.Function("nope") != nil {
		t.Error("found a function that is not there")
	}
}

func TestResolveRequestAuthorizer(t *testing.T) {
	app := resolve(spec.App{Authorizers: []spec.Authorizer{
		{Name: "a", Custom: &spec.Custom{URI: "u", LambdaAuth: spec.LambdaAuth{Type: "request", Header: "X-Key", TTL: ptr(0)}}},
		{Name: "b", Custom: &spec.Custom{URI: "u", LambdaAuth: spec.LambdaAuth{Type: "request", Identity: []string{"query.k"}}}},
		{Name: "broken"},
	}})
	if len(app.Authorizers) != 2 {
		t.Fatalf("authorizers = %+v", app.Authorizers)
	}
	a, b := app.Authorizers[0], app.Authorizers[1]
	if !slices.Equal(a.Identity, []string{"header.X-Key"}) || a.TTL != 0 {
		t.Errorf("a = %+v", a)
	}
	if !slices.Equal(b.Identity, []string{"query.k"}) || b.Header != "Authorization" {
		t.Errorf("b = %+v", b)
	}
}

func TestMergeSettings(t *testing.T) {
	app := resolve(spec.App{Defaults: spec.Settings{
		MemorySize: ptr(256), Environment: map[string]string{"A": "1", "B": "1"}, Tags: map[string]string{"k": "v"},
		Layers: []string{"l1"}, Tracing: ptr(true), BuildTags: []string{"x"}, VPC: &spec.VPC{SubnetIDs: []string{"s"}},
	}})
	got := app.MergeSettings(spec.Settings{
		Timeout: ptr(5), Environment: map[string]string{"B": "2", "C": "2"}, Layers: []string{}, LogRetention: ptr(7),
		Architecture: "x86_64", IAM: &spec.FunctionIAM{RoleARN: "arn"},
	})
	want := model.Settings{
		MemorySize: 256, Timeout: 5, Architecture: "x86_64", EphemeralStorage: 512, Tracing: true,
		Environment: map[string]string{"A": "1", "B": "2", "C": "2"}, Tags: map[string]string{"k": "v"}, Layers: []string{},
		BuildTags: []string{"x"}, VPC: &spec.VPC{SubnetIDs: []string{"s"}}, LogRetention: ptr(7), IAM: spec.FunctionIAM{RoleARN: "arn"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if env := app.Spec.Defaults.Environment; env["B"] != "1" || len(env) != 2 {
		t.Errorf("the defaults were changed: %v", env)
	}
}

const standardHeaders = "Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key"

func TestResolveCORS(t *testing.T) {
	on, off := &spec.CORS{Enabled: true}, &spec.CORS{}
	tests := []struct {
		name      string
		app, path *spec.CORS
		methods   []string
		want      *model.CORS
		preflight bool
		function  string
	}{
		{name: "none", methods: []string{"GET A"}},
		{name: "true", path: on, methods: []string{"POST A", "GET B"}, preflight: true,
			want: &model.CORS{AllowOrigin: []string{"*"}, AllowHeaders: standardHeaders, AllowMethods: "POST,GET,OPTIONS"}},
		{name: "any", path: on, methods: []string{"ANY A"}, preflight: true,
			want: &model.CORS{AllowOrigin: []string{"*"}, AllowHeaders: standardHeaders, AllowMethods: "DELETE,GET,HEAD,PATCH,POST,PUT,OPTIONS"}},
		{name: "get and any", path: on, methods: []string{"GET A", "ANY A"}, preflight: true,
			want: &model.CORS{AllowOrigin: []string{"*"}, AllowHeaders: standardHeaders, AllowMethods: "GET,DELETE,HEAD,PATCH,POST,PUT,OPTIONS"}},
		{name: "of the app", app: on, methods: []string{"GET A"}, preflight: true,
			want: &model.CORS{AllowOrigin: []string{"*"}, AllowHeaders: standardHeaders, AllowMethods: "GET,OPTIONS"}},
		{name: "switched off", app: on, path: off, methods: []string{"GET A"}},
		{name: "handles OPTIONS itself", app: on, methods: []string{"GET A", "OPTIONS B"}},
		{name: "all of it", methods: []string{"PUT A"}, preflight: true,
			path: &spec.CORS{Enabled: true, AllowOrigin: []string{"https://a.example"}, AllowHeaders: []string{"X-Special-Header", "x-api-key", "Accept"},
				ExposeHeaders: []string{"X-One", "X-Two"}, MaxAge: ptr(600), AllowCredentials: true},
			want: &model.CORS{AllowOrigin: []string{"https://a.example"},
				AllowHeaders: "Accept,Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key,X-Special-Header",
				AllowMethods: "PUT,OPTIONS", ExposeHeaders: "X-One,X-Two", MaxAge: ptr(600), AllowCredentials: true}},
		{name: "several origins", methods: []string{"GET A"}, preflight: true, function: "api",
			path: &spec.CORS{Enabled: true, AllowOrigin: []string{"https://a.example", "https://b.example"}},
			want: &model.CORS{AllowOrigin: []string{"https://a.example", "https://b.example"}, AllowHeaders: standardHeaders, AllowMethods: "GET,OPTIONS"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := route("/x", tt.methods...)
			r.CORS = tt.path
			p := resolve(spec.App{RouteDefaults: spec.RouteDefaults{CORS: tt.app}, Routes: []spec.Route{r}}).Paths[0]
			if !reflect.DeepEqual(p.CORS, tt.want) || p.Preflight != tt.preflight || p.PreflightFunction != tt.function {
				t.Errorf("CORS = %+v, preflight %v by %q", p.CORS, p.Preflight, p.PreflightFunction)
			}
		})
	}
}

func TestGatewayCORS(t *testing.T) {
	with := func(path string, c *spec.CORS) spec.Route {
		r := route(path, "GET A", "POST B")
		r.CORS = c
		return r
	}
	one := &spec.CORS{Enabled: true, AllowOrigin: []string{"https://a.example"}, MaxAge: ptr(5)}
	same := &spec.CORS{Enabled: true, AllowOrigin: []string{"https://a.example"}, MaxAge: ptr(5)}
	star := &model.CORS{AllowOrigin: []string{"*"}}
	several := &spec.CORS{Enabled: true, AllowOrigin: []string{"https://a.example", "https://b.example"}}
	tests := []struct {
		name   string
		routes []spec.Route
		want   *model.CORS
	}{
		{"none", []spec.Route{route("/a", "GET A")}, nil},
		{"agree", []spec.Route{with("/a", one), route("/b", "GET A"), with("/c", same)},
			&model.CORS{AllowOrigin: []string{"https://a.example"}, AllowHeaders: standardHeaders, MaxAge: ptr(5)}},
		{"differ", []spec.Route{with("/a", one), with("/b", &spec.CORS{Enabled: true})}, star},
		{"a list of origins", []spec.Route{with("/a", several)}, star},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := resolve(spec.App{Routes: tt.routes}).API.GatewayCORS; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestOperationIDs(t *testing.T) {
	named := route("/named", "GET Index")
	named.Methods[0].Name = "index"
	tests := []struct {
		name   string
		routes []spec.Route
		want   string
	}{
		{"one", []spec.Route{route("/", "GET Index"), route("/o", "GET worker.API.GetObject")}, "index getObject"},
		{"several methods", []spec.Route{route("/", "GET Verbs", "POST Verbs", "ANY Verbs")}, "verbsGet verbsPost verbsAny"},
		{"several paths", []spec.Route{route("/a", "GET Verbs"), route("/b/{id+}", "GET Verbs")}, "verbsGetA verbsGetBId"},
		{"packages", []spec.Route{route("/a", "GET a.List"), route("/b", "POST b.List")}, "listGet listPost"},
		{"explicit ones stay", []spec.Route{named, route("/", "GET Index")}, "index indexGet"},
		{"equal in camel case", []spec.Route{route("/a-b", "GET X"), route("/a_b", "GET X")}, "xGetAB xGetAB2"},
		{"acronyms", []spec.Route{route("/a", "GET URL"), route("/b", "GET HTTPGet")}, "url httpGet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range resolve(spec.App{Routes: tt.routes}).Paths {
				for _, m := range p.Methods {
					got = append(got, m.Name)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// An app with findings is resolved as far as it goes.
func TestResolveUnsound(t *testing.T) {
	r := route("/", "GET Index")
	r.Authorizer, r.Function = "nobody", "missing"
	app := resolve(spec.App{Routes: []spec.Route{r}, Functions: []spec.Function{{Name: "idle"}, {Name: "missing", Handler: ref("Plain")}}})
	m := app.Paths[0].Methods[0]
	if m.Authorizer != nil || m.Function == nil || m.Function.Kind != model.KindRoutes {
		t.Errorf("method = %+v", m)
	}
	if app.Function("idle") != nil {
		t.Error("a function that nothing runs was made")
	}
}

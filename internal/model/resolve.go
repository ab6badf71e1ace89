package model

import (
	"github.com/chalicefile/chalicefile/spec"
)

// What holds where the Chalicefile does not say.
const (
	DefaultStageName     = "api"
	DefaultFunction      = "api"
	WebSocketFunction    = "websocket"
	DefaultContentType   = "application/json"
	DefaultHeader        = "Authorization"
	DefaultAuthorizerTTL = 300
	// NoAuthorizer as a route's authorizer takes an inherited one away.
	NoAuthorizer = "none"
)

// Resolve fills in what a Chalicefile leaves to defaults and inheritance. It
// knows no Go types: every Call is nil. It never panics on an app with
// findings: what does not resolve is left out, or stands by itself.
func Resolve(app *spec.App, mod Module) *App {
	r := &resolver{spec: app, app: &App{Name: app.Name, Stage: app.Stage, Spec: app, Module: mod}}
	r.app.API = resolveAPI(&app.API)
	r.routeFunctions()
	r.authorizers()
	r.routes()
	r.functions()
	r.app.API.GatewayCORS = gatewayCORS(r.app.Paths)
	nameOperations(r.app.Paths, app.Routes)
	return r.app
}

// Function finds a Lambda function by its name in the Chalicefile; nil if there
// is none.
func (a *App) Function(name string) *Function {
	for _, f := range a.Functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// MergeSettings works out what holds for a function that sets own: its own
// over the app's defaults over those of the format.
func (a *App) MergeSettings(own spec.Settings) Settings {
	return settingsInForce(OverlaySettings(a.Spec.Defaults, own))
}

type resolver struct {
	spec *spec.App
	app  *App
	// serving are the functions of routes by name, order as they stand in
	// functions and then as routes first name them.
	serving      map[string]*Function
	servingOrder []string
	auth         map[string]*Authorizer
	authFuncs    []*Function
	plain        []*Function
}

func resolveAPI(s *spec.API) API {
	api := API{
		StageName:      s.StageName,
		Debug:          s.Debug,
		BinaryTypes:    s.BinaryTypes,
		Description:    s.Description,
		StageVariables: s.StageVariables,
	}
	if api.StageName == "" {
		api.StageName = DefaultStageName
	}
	if len(api.BinaryTypes) == 0 {
		api.BinaryTypes = []string{"*/*"}
	}
	return api
}

// routeFunctions finds which functions routes name, and makes them.
func (r *resolver) routeFunctions() {
	named := map[string]bool{}
	var order []string
	EachMethod(r.spec, func(route *spec.Route, m *spec.Method) {
		name := FunctionOf(r.spec, route, m)
		if !named[name] {
			named[name] = true
			order = append(order, name)
		}
	})
	r.serving = make(map[string]*Function, len(named))
	add := func(name string) {
		if named[name] && r.serving[name] == nil {
			r.serving[name] = r.function(name, KindRoutes, spec.Settings{}, nil)
			r.servingOrder = append(r.servingOrder, name)
		}
	}
	add(DefaultFunction)
	for i := range r.spec.Functions {
		f := &r.spec.Functions[i]
		add(f.Name)
		switch serving := r.serving[f.Name]; {
		case f.Handler.IsZero() && serving != nil:
			serving.Settings = r.app.MergeSettings(f.Settings)
			serving.Path = []string{"functions", f.Name}
		case !f.Handler.IsZero():
			r.plain = append(r.plain, r.function(f.Name, KindPlain, f.Settings, []string{"functions", f.Name}))
		}
	}
	for _, name := range order {
		add(name)
	}
}

// EachMethod calls f for each method of each route, in order.
func EachMethod(app *spec.App, f func(*spec.Route, *spec.Method)) {
	for i := range app.Routes {
		route := &app.Routes[i]
		for j := range route.Methods {
			f(route, &route.Methods[j])
		}
	}
}

// FunctionOf names the Lambda function that serves a method.
func FunctionOf(app *spec.App, route *spec.Route, m *spec.Method) string {
	return firstSet(m.Function, route.Function, app.Function, DefaultFunction)
}

// AuthorizerOf names the authorizer in force for a method; "" where there is
// none.
func AuthorizerOf(app *spec.App, route *spec.Route, m *spec.Method) string {
	if name := firstSet(m.Authorizer, route.Authorizer, app.Authorizer); name != NoAuthorizer {
		return name
	}
	return ""
}

// CORSOf is the cors in force for a path, nil where there is none.
func CORSOf(app *spec.App, route *spec.Route) *spec.CORS {
	c := route.CORS
	if c == nil && !Handles(route, "OPTIONS") {
		c = app.CORS
	}
	if c == nil || !c.Enabled {
		return nil
	}
	return c
}

// Handles says whether the path has exactly this method of its own.
func Handles(route *spec.Route, method string) bool {
	for i := range route.Methods {
		if route.Methods[i].HTTPMethod == method {
			return true
		}
	}
	return false
}

func firstSet(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

func (r *resolver) function(name string, kind FunctionKind, own spec.Settings, path []string) *Function {
	return &Function{
		Name:       name,
		Kind:       kind,
		LambdaName: LambdaName(r.spec.Name, r.spec.Stage, name),
		Settings:   r.app.MergeSettings(own),
		Path:       path,
	}
}

// LambdaName is the name of a Lambda function in AWS.
func LambdaName(app, stage, function string) string {
	if function == DefaultFunction {
		return app + "-" + stage
	}
	return app + "-" + stage + "-" + function
}

func (r *resolver) authorizers() {
	r.auth = make(map[string]*Authorizer, len(r.spec.Authorizers))
	for i := range r.spec.Authorizers {
		a := r.authorizer(&r.spec.Authorizers[i])
		if a == nil {
			continue
		}
		r.auth[a.Name] = a
		r.app.Authorizers = append(r.app.Authorizers, a)
	}
}

func (r *resolver) authorizer(s *spec.Authorizer) *Authorizer {
	a := &Authorizer{Name: s.Name}
	switch {
	case s.IAM:
		a.Kind = AuthIAM
	case s.Cognito != nil:
		a.Kind = AuthCognito
		a.Header = firstSet(s.Cognito.Header, DefaultHeader)
		a.UserPools, a.Scopes = s.Cognito.UserPools, s.Cognito.Scopes
	case s.Custom != nil:
		a.Kind = AuthCustom
		a.URI, a.RoleARN = s.Custom.URI, s.Custom.RoleARN
		a.lambda(&s.Custom.LambdaAuth)
	case s.Handler != nil:
		a.Kind = AuthHandler
		a.lambda(&s.Handler.LambdaAuth)
		a.Function = r.function(s.Name, KindAuthorizer, s.Handler.Settings, []string{"authorizers", s.Name})
		r.authFuncs = append(r.authFuncs, a.Function)
	default:
		return nil
	}
	return a
}

func (a *Authorizer) lambda(l *spec.LambdaAuth) {
	a.Header = firstSet(l.Header, DefaultHeader)
	a.Type = firstSet(l.Type, "token")
	a.TTL = DefaultAuthorizerTTL
	if l.TTL != nil {
		a.TTL = *l.TTL
	}
	if a.Type == "request" {
		a.Identity = l.Identity
		if len(a.Identity) == 0 {
			a.Identity = []string{"header." + a.Header}
		}
	}
}

func (r *resolver) routes() {
	outer := middleware(r.spec.Middleware)
	for i := range r.spec.Routes {
		route := &r.spec.Routes[i]
		p := &Path{Path: route.Path}
		if c := CORSOf(r.spec, route); c != nil {
			p.CORS = resolveCORS(c, route.Methods)
			p.Preflight = !Handles(route, "OPTIONS")
		}
		inner := outer
		if len(route.Middleware) > 0 {
			inner = append(outer[:len(outer):len(outer)], middleware(route.Middleware)...)
		}
		for j := range route.Methods {
			m := r.method(p, route, &route.Methods[j])
			m.Middleware = inner
			p.Methods = append(p.Methods, m)
		}
		if p.Preflight && len(p.CORS.AllowOrigin) > 1 && len(p.Methods) > 0 {
			p.PreflightFunction = p.Methods[0].Function.Name
		}
		r.app.Paths = append(r.app.Paths, p)
	}
}

func middleware(refs []spec.Ref) []*Middleware {
	if len(refs) == 0 {
		return nil
	}
	out := make([]*Middleware, len(refs))
	for i, ref := range refs {
		out[i] = &Middleware{Ref: ref}
	}
	return out
}

func (r *resolver) method(p *Path, route *spec.Route, s *spec.Method) *Method {
	m := &Method{
		HTTPMethod:   s.HTTPMethod,
		Path:         p,
		Authorizer:   r.auth[AuthorizerOf(r.spec, route, s)],
		Scopes:       s.Scopes,
		ContentTypes: firstList(s.ContentTypes, route.ContentTypes, r.spec.ContentTypes),
		Status:       s.Status,
		Function:     r.serving[FunctionOf(r.spec, route, s)],
		Name:         s.Name,
		Summary:      s.Summary,
		Desc:         s.Description,
		Tags:         s.Tags,
		Deprecated:   s.Deprecated,
	}
	for _, set := range []*bool{s.APIKeyRequired, route.APIKeyRequired, r.spec.APIKeyRequired} {
		if set != nil {
			m.APIKeyRequired = *set
			break
		}
	}
	if m.ContentTypes == nil {
		m.ContentTypes = []string{DefaultContentType}
		m.ContentTypesByHandler = true
	}
	if m.Scopes == nil && m.Authorizer != nil {
		m.Scopes = m.Authorizer.Scopes
	}
	if m.Status == 0 {
		m.Status = 200
	}
	m.Function.Methods = append(m.Function.Methods, m)
	return m
}

func firstList(lists ...[]string) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

// functions lists all of them, in the order that App.Functions promises.
func (r *resolver) functions() {
	out := make([]*Function, 0, len(r.servingOrder)+len(r.plain)+len(r.spec.Schedules)+len(r.spec.Events)+len(r.authFuncs)+1)
	for _, name := range r.servingOrder {
		out = append(out, r.serving[name])
	}
	if w := r.spec.WebSocket; w != nil {
		out = append(out, r.webSocket(w))
	}
	out = append(out, r.plain...)
	for i := range r.spec.Schedules {
		s := &r.spec.Schedules[i]
		f := r.function(s.Name, KindSchedule, s.Settings, []string{"schedules", s.Name})
		f.Schedule = s
		out = append(out, f)
	}
	for i := range r.spec.Events {
		e := &r.spec.Events[i]
		f := r.function(e.Name, KindEvent, e.Settings, []string{"events", e.Name})
		f.Event = e
		out = append(out, f)
	}
	r.app.Functions = append(out, r.authFuncs...)
}

func (r *resolver) webSocket(w *spec.WebSocket) *Function {
	f := r.function(WebSocketFunction, KindWebSocket, spec.Settings{}, []string{"websocket"})
	for i := range r.spec.Functions {
		if s := &r.spec.Functions[i]; s.Name == WebSocketFunction {
			f.Settings = r.app.MergeSettings(s.Settings)
		}
	}
	add := func(key string, ref spec.Ref) {
		if !ref.IsZero() {
			f.Socket = append(f.Socket, SocketCall{RouteKey: key})
		}
	}
	add("$connect", w.Connect)
	add("$disconnect", w.Disconnect)
	add("$default", w.Default)
	for _, route := range w.Routes {
		add(route.Key, route.Handler)
	}
	return f
}

package loader

import (
	"slices"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/spec"
)

// httpMethods are the methods that a path may have.
var httpMethods = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"}

// decoder turns a merged tree into a spec.App. It takes what fits and leaves
// out what does not, of which the schema has told; a name stays known even
// where what it names is unsound, so that nobody calls it unknown.
type decoder struct {
	// context tells where a file's handler references are looked up.
	context func(*yamltree.File) (dir, pkg string)
	sources []source.Descriptor
	structs structFields
	// The file of the last reference and its context: most stand in one file.
	file     *yamltree.File
	dir, pkg string
}

func (d *decoder) app(root *yamltree.Node) *spec.App {
	app := &spec.App{Package: "."}
	for _, e := range root.Entries {
		v := e.Value
		switch e.Key.Text {
		case "version":
			app.Version, _ = integer(v)
		case "app":
			app.Name = text(v)
		case "package":
			app.Package = text(v)
		case "routes":
			app.Routes = d.routes(v)
		case "authorizers":
			app.Authorizers = decodeNamed(v, d.authorizer)
		case "schedules":
			app.Schedules = decodeNamed(v, d.schedule)
		case "events":
			app.Events = decodeNamed(v, d.event)
		case "functions":
			app.Functions = decodeNamed(v, d.function)
		case "websocket":
			app.WebSocket = d.webSocket(v)
		case "api":
			d.structs.decode(v, &app.API)
		case "defaults":
			d.structs.decode(v, &app.Defaults)
		case "iam":
			d.structs.decode(v, &app.IAM)
		default:
			d.routeDefault(e, &app.RouteDefaults)
		}
	}
	return app
}

// decodeNamed decodes the entries of a mapping from names.
func decodeNamed[T any](n *yamltree.Node, entry func(name string, n *yamltree.Node) T) []T {
	if n == nil || n.Kind != yamltree.Mapping {
		return nil
	}
	out := make([]T, len(n.Entries))
	for i, e := range n.Entries {
		out[i] = entry(e.Key.Text, e.Value)
	}
	return out
}

func (d *decoder) ref(n *yamltree.Node) spec.Ref {
	if n == nil || n.Kind != yamltree.String || n.Text == "" {
		return spec.Ref{}
	}
	if n.File != d.file {
		d.file = n.File
		d.dir, d.pkg = d.context(n.File)
	}
	return spec.Ref{Text: n.Text, Dir: d.dir, Package: d.pkg}
}

func (d *decoder) refs(n *yamltree.Node) []spec.Ref {
	if n == nil || n.Kind != yamltree.Sequence {
		return nil
	}
	out := make([]spec.Ref, len(n.Items))
	for i, item := range n.Items {
		out[i] = d.ref(item)
	}
	return out
}

// routeDefault decodes a key that the root and paths have in common.
func (d *decoder) routeDefault(e yamltree.Entry, into *spec.RouteDefaults) {
	switch e.Key.Text {
	case "cors":
		into.CORS = decodeCORS(e.Value)
	case "authorizer":
		into.Authorizer = text(e.Value)
	case "api_key_required":
		into.APIKeyRequired = boolPointer(e.Value)
	case "content_types":
		into.ContentTypes = textList(e.Value)
	case "function":
		into.Function = text(e.Value)
	case "middleware":
		into.Middleware = d.refs(e.Value)
	}
}

func decodeCORS(n *yamltree.Node) *spec.CORS {
	switch n.Kind {
	case yamltree.Bool:
		return &spec.CORS{Enabled: boolean(n)}
	case yamltree.Mapping:
		c := &spec.CORS{
			Enabled:          true,
			AllowHeaders:     textList(n.Get("allow_headers")),
			ExposeHeaders:    textList(n.Get("expose_headers")),
			MaxAge:           intPointer(n.Get("max_age")),
			AllowCredentials: boolean(n.Get("allow_credentials")),
		}
		if origin := n.Get("allow_origin"); text(origin) != "" {
			c.AllowOrigin = []string{origin.Text}
		} else {
			c.AllowOrigin = textList(origin)
		}
		return c
	}
	return nil
}

func (d *decoder) routes(n *yamltree.Node) []spec.Route {
	return decodeNamed(n, func(path string, n *yamltree.Node) spec.Route {
		r := spec.Route{Path: path}
		if n.Kind != yamltree.Mapping {
			return r
		}
		for _, e := range n.Entries {
			if slices.Contains(httpMethods[:], e.Key.Text) {
				r.Methods = append(r.Methods, d.method(e.Key.Text, e.Value))
			} else {
				d.routeDefault(e, &r.RouteDefaults)
			}
		}
		return r
	})
}

func (d *decoder) method(name string, n *yamltree.Node) spec.Method {
	m := spec.Method{HTTPMethod: name}
	if n.Kind != yamltree.Mapping {
		m.Handler = d.ref(n)
		return m
	}
	for _, e := range n.Entries {
		v := e.Value
		switch e.Key.Text {
		case "handler":
			m.Handler = d.ref(v)
		case "authorizer":
			m.Authorizer = text(v)
		case "scopes":
			m.Scopes = textList(v)
		case "api_key_required":
			m.APIKeyRequired = boolPointer(v)
		case "content_types":
			m.ContentTypes = textList(v)
		case "status":
			m.Status, _ = integer(v)
		case "function":
			m.Function = text(v)
		case "name":
			m.Name = text(v)
		case "summary":
			m.Summary = text(v)
		case "description":
			m.Description = text(v)
		case "tags":
			m.Tags = textList(v)
		case "deprecated":
			m.Deprecated = boolean(v)
		}
	}
	return m
}

func (d *decoder) authorizer(name string, n *yamltree.Node) spec.Authorizer {
	a := spec.Authorizer{Name: name}
	switch {
	// Beside handler, iam is a mapping: settings of its function.
	case n.Get("iam") != nil && n.Get("iam").Kind == yamltree.Bool:
		a.IAM = boolean(n.Get("iam"))
	case n.Get("cognito") != nil:
		c := n.Get("cognito")
		a.Cognito = &spec.Cognito{
			UserPools: textList(c.Get("user_pools")),
			Header:    text(c.Get("header")),
			Scopes:    textList(c.Get("scopes")),
		}
	case n.Get("custom") != nil:
		c := n.Get("custom")
		a.Custom = &spec.Custom{URI: text(c.Get("uri")), RoleARN: text(c.Get("role_arn")), LambdaAuth: lambdaAuth(c)}
	case n.Get("handler") != nil:
		a.Handler = &spec.HandlerAuthorizer{Handler: d.ref(n.Get("handler")), LambdaAuth: lambdaAuth(n)}
		d.structs.decode(n, &a.Handler.Settings)
	}
	return a
}

func lambdaAuth(n *yamltree.Node) spec.LambdaAuth {
	return spec.LambdaAuth{
		Header:   text(n.Get("header")),
		TTL:      intPointer(n.Get("ttl")),
		Type:     text(n.Get("type")),
		Identity: textList(n.Get("identity")),
	}
}

func (d *decoder) schedule(name string, n *yamltree.Node) spec.Schedule {
	s := spec.Schedule{
		Name:        name,
		Handler:     d.ref(n.Get("handler")),
		Rate:        text(n.Get("rate")),
		Cron:        text(n.Get("cron")),
		At:          text(n.Get("at")),
		Timezone:    text(n.Get("timezone")),
		Description: text(n.Get("description")),
		Enabled:     boolPointer(n.Get("enabled")),
	}
	if input := n.Get("input"); input != nil {
		s.Input = input.JSON()
	}
	d.structs.decode(n, &s.Settings)
	return s
}

func (d *decoder) event(name string, n *yamltree.Node) spec.Event {
	e := spec.Event{Name: name, Handler: d.ref(n.Get("handler"))}
	for _, s := range d.sources {
		if v := n.Get(s.Kind); v != nil {
			e.Kind, e.Source = s.Kind, s.New()
			d.structs.decode(v, e.Source)
			break
		}
	}
	d.structs.decode(n, &e.Settings)
	return e
}

func (d *decoder) function(name string, n *yamltree.Node) spec.Function {
	f := spec.Function{Name: name, Handler: d.ref(n)}
	if n.Kind == yamltree.Mapping {
		f.Handler = d.ref(n.Get("handler"))
		d.structs.decode(n, &f.Settings)
	}
	return f
}

func (d *decoder) webSocket(n *yamltree.Node) *spec.WebSocket {
	if n.Kind != yamltree.Mapping {
		return nil
	}
	return &spec.WebSocket{
		Connect:                  d.ref(n.Get("connect")),
		Disconnect:               d.ref(n.Get("disconnect")),
		Default:                  d.ref(n.Get("default")),
		RouteSelectionExpression: text(n.Get("route_selection_expression")),
		Authorizer:               text(n.Get("authorizer")),
		Routes: decodeNamed(n.Get("routes"), func(key string, n *yamltree.Node) spec.SocketRoute {
			return spec.SocketRoute{Key: key, Handler: d.ref(n)}
		}),
	}
}

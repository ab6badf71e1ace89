package codegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// table is the routes of one function in the making: what its literals share.
type table struct {
	g      *generator
	fn     *model.Function
	needed []*model.Constructor
	locals *names
	shared []shared
	lines  []string
}

// shared is a local variable of a New function that several routes use.
type shared struct{ name, typ, value string }

// routes writes what makes a function that serves routes.
func (g *generator) routes(fn *model.Function) {
	t := &table{g: g, fn: fn, needed: g.needed(fn), locals: g.locals()}
	f := g.routesFile
	if !g.many {
		// The functions of the routes come after the one that lists them: both
		// are written at once, and put together at the end.
		list := g.newFile("")
		serve := g.newFile("")
		g.mainFile, g.routesFile = serve, list
		t.write(list)
		g.mainFile, g.routesFile = f, f
		f.append(list)
		f.append(serve)
		return
	}
	t.write(f)
}

// append takes over the code of another file.
func (f *file) append(other *file) {
	f.body.Write(other.body.Bytes())
	for p := range other.used {
		f.used[p] = true
	}
}

func (t *table) write(f *file) {
	t.routeLines(f)
	f.p("\n// %s makes the function %s, which serves routes of the REST API.\n", t.g.news[t.fn], t.fn.Name)
	f.p("func %s(%s %s.Context) (%s.Handler, error) {\n",
		t.g.news[t.fn], contextName(t.needed), f.pkg(pkgContext), f.pkg(pkgLambda))
	t.g.construct(f, t.needed)
	for _, s := range t.shared {
		f.p("%s := %s\n", s.name, s.value)
	}
	f.p("return %s{\n", f.lam("API"))
	if t.g.app.API.Debug {
		f.p("Debug: true,\n")
	}
	if b := t.g.app.API.BinaryTypes; len(b) > 0 && !slices.Equal(b, []string{"*/*"}) {
		f.p("BinaryTypes: %s,\n", stringSlice(b))
	}
	if len(t.lines) <= manyRoutes {
		f.p("Routes: []%s{\n%s},\n}.Handler()\n}\n", f.lam("Route"), strings.Join(t.lines, ""))
		return
	}
	t.chunks(f)
}

// chunks splits a long table over several functions: the compiler takes one
// huge function ill.
func (t *table) chunks(f *file) {
	params, args := t.chunkParams(f)
	base := lowerFirst(camel(t.fn.Name)) + "Routes"
	f.p("Routes: %s.Concat(\n", f.pkg(pkgSlices))
	type chunk struct {
		name  string
		first int
		lines []string
	}
	var chunks []chunk
	for lines := range slices.Chunk(t.lines, routesPerTable) {
		c := chunk{t.g.top.pick(fmt.Sprintf("%s%d", base, len(chunks)+1)), len(chunks)*routesPerTable + 1, lines}
		f.p("%s(%s),\n", c.name, args)
		chunks = append(chunks, c)
	}
	f.p("),\n}.Handler()\n}\n")
	for _, c := range chunks {
		f.p("\n// %s are the routes %d to %d of %s.\n", c.name, c.first, c.first+len(c.lines)-1, t.fn.Name)
		f.p("func %s(%s) []%s {\nreturn []%s{\n%s}\n}\n",
			c.name, params, f.lam("Route"), f.lam("Route"), strings.Join(c.lines, ""))
	}
}

// chunkParams are the values that a part of the table may use.
func (t *table) chunkParams(f *file) (params, args string) {
	var p, a []string
	for _, c := range t.needed {
		p = append(p, t.g.values[c]+" "+t.g.sharedType(f, c))
		a = append(a, t.g.values[c])
	}
	for _, s := range t.shared {
		p = append(p, s.name+" "+s.typ)
		a = append(a, s.name)
	}
	return strings.Join(p, ", "), strings.Join(a, ", ")
}

// routeLines writes one line of the table for each route of the function, in
// the order of the file, and each route's own function.
func (t *table) routeLines(f *file) {
	served := map[*model.Method]bool{}
	for _, m := range t.fn.Methods {
		served[m] = true
	}
	for _, p := range t.g.app.Paths {
		for _, m := range p.Methods {
			if served[m] {
				t.lines = append(t.lines, t.routeLine(f, m))
			}
		}
		if p.Preflight && p.PreflightFunction == t.fn.Name && p.CORS != nil {
			t.lines = append(t.lines, fmt.Sprintf("{Method: \"OPTIONS\", Path: %q, Preflight: true, CORS: %s},\n",
				p.Path, t.cors(f, p)))
		}
	}
}

func (t *table) routeLine(f *file, m *model.Method) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{Method: %q, Path: %q, Handler: %q", m.HTTPMethod, m.Path.Path, m.Call.Func.String())
	if m.Status != 0 && m.Status != 200 {
		fmt.Fprintf(&b, ", Status: %d", m.Status)
	}
	if len(m.ContentTypes) > 0 && !slices.Equal(m.ContentTypes, []string{"application/json"}) {
		fmt.Fprintf(&b, ", ContentTypes: %s", t.share("contentTypes", "[]string", stringSlice(m.ContentTypes)))
	}
	if m.Path.CORS != nil {
		fmt.Fprintf(&b, ", CORS: %s", t.cors(f, m.Path))
	}
	if len(m.Middleware) > 0 {
		fmt.Fprintf(&b, ", Middleware: %s", t.middleware(f, m.Middleware))
	}
	if bound(m.Call) {
		b.WriteString(", Bound: true")
	}
	fmt.Fprintf(&b, ", Serve: %s},\n", t.g.serve(f, m))
	return b.String()
}

// bound says that the handler is given values of the request and not the
// request itself, which it might keep.
func bound(c *model.Call) bool {
	return !slices.ContainsFunc(c.Params, func(p model.Param) bool {
		return p.From == model.FromRequest || p.From == model.FromHTTP
	})
}

// share names a value that is written once, however many routes have it.
func (t *table) share(name, typ, value string) string {
	for _, s := range t.shared {
		if s.value == value {
			return s.name
		}
	}
	s := shared{t.locals.pick(name), typ, value}
	t.shared = append(t.shared, s)
	return s.name
}

// cors writes the settings of a path. The methods are for preflights alone, and
// those of most paths are answered by API Gateway: without them paths that are
// set alike share one value.
func (t *table) cors(f *file, p *model.Path) string {
	var b strings.Builder
	c := p.CORS
	fmt.Fprintf(&b, "&%s{\n", f.lam("CORS"))
	fmt.Fprintf(&b, "AllowOrigin: %s,\n", stringSlice(c.AllowOrigin))
	fmt.Fprintf(&b, "AllowHeaders: %q,\n", c.AllowHeaders)
	if p.Preflight && p.PreflightFunction == t.fn.Name {
		fmt.Fprintf(&b, "AllowMethods: %q,\n", c.AllowMethods)
	}
	if c.ExposeHeaders != "" {
		fmt.Fprintf(&b, "ExposeHeaders: %q,\n", c.ExposeHeaders)
	}
	if c.MaxAge != nil {
		fmt.Fprintf(&b, "MaxAge: %q,\n", fmt.Sprint(*c.MaxAge))
	}
	if c.AllowCredentials {
		b.WriteString("AllowCredentials: true,\n")
	}
	b.WriteString("}")
	return t.share("cors", "*"+f.lam("CORS"), b.String())
}

// middleware writes the middleware of a route, outermost first.
func (t *table) middleware(f *file, list []*model.Middleware) string {
	items := make([]string, len(list))
	for i, mw := range list {
		items[i] = f.fun(mw.Func)
		if mw.HTTP {
			items[i] = fmt.Sprintf("%s(%s)", f.lam("HTTPMiddleware"), items[i])
		}
	}
	typ := fmt.Sprintf("[]func(%s) %s", f.kit("Handler"), f.kit("Handler"))
	return t.share("middleware", typ, typ+"{"+strings.Join(items, ", ")+"}")
}

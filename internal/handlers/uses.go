package handlers

import (
	"strconv"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// use is one place in an app that names a handler.
type use struct {
	ref  spec.Ref
	path diag.Path
	// bind checks the handler against the place and fills in the model.
	bind func(u *use, t *target)

	parsed  reference
	place   place
	problem *problem
}

func (a *appBinder) use(ref spec.Ref, path diag.Path, bind func(*use, *target)) {
	if wellFormed.MatchString(ref.Text) {
		a.uses = append(a.uses, &use{ref: ref, path: path, bind: bind})
	}
}

// collect lists every handler reference of the app.
func (a *appBinder) collect() {
	a.collectMiddleware()
	for i, p := range a.app.Paths {
		for j, m := range p.Methods {
			path := diag.Path{"routes", p.Path, m.HTTPMethod, "handler"}
			a.use(a.app.Spec.Routes[i].Methods[j].Handler, path, func(u *use, t *target) { a.bindRoute(m, u, t) })
		}
	}
	for _, fn := range a.app.Functions {
		a.collectFunction(fn)
	}
}

func (a *appBinder) collectFunction(fn *model.Function) {
	path := append(diag.Path{}, fn.Path...).With("handler")
	switch fn.Kind {
	case model.KindPlain:
		a.use(plainHandler(a.app.Spec, fn.Name), path, func(u *use, t *target) { a.bindEvent(fn, u, t) })
	case model.KindSchedule:
		a.use(fn.Schedule.Handler, path, func(u *use, t *target) { a.bindEvent(fn, u, t) })
	case model.KindEvent:
		a.use(fn.Event.Handler, path, func(u *use, t *target) { a.bindEvent(fn, u, t) })
	case model.KindAuthorizer:
		a.use(authorizerHandler(a.app.Spec, fn.Name), path, func(u *use, t *target) { a.bindAuthorizer(fn, u, t) })
	case model.KindWebSocket:
		a.collectSockets(fn)
	}
}

func plainHandler(app *spec.App, name string) spec.Ref {
	for i := range app.Functions {
		if app.Functions[i].Name == name {
			return app.Functions[i].Handler
		}
	}
	return spec.Ref{}
}

func authorizerHandler(app *spec.App, name string) spec.Ref {
	for i := range app.Authorizers {
		if h := app.Authorizers[i].Handler; h != nil && app.Authorizers[i].Name == name {
			return h.Handler
		}
	}
	return spec.Ref{}
}

func (a *appBinder) collectSockets(fn *model.Function) {
	w := a.app.Spec.WebSocket
	refs := map[string]spec.Ref{}
	paths := map[string]diag.Path{}
	for _, fixed := range []struct {
		key, name string
		ref       spec.Ref
	}{{"$connect", "connect", w.Connect}, {"$disconnect", "disconnect", w.Disconnect}, {"$default", "default", w.Default}} {
		refs[fixed.key], paths[fixed.key] = fixed.ref, diag.Path{"websocket", fixed.name}
	}
	for _, r := range w.Routes {
		refs[r.Key], paths[r.Key] = r.Handler, diag.Path{"websocket", "routes", r.Key}
	}
	for i := range fn.Socket {
		s := &fn.Socket[i]
		a.use(refs[s.RouteKey], paths[s.RouteKey], func(u *use, t *target) { a.bindSocket(s, u, t) })
	}
}

// collectMiddleware lists the app's, which every method shares, and those of
// each path. Middleware of an app without routes is checked too.
func (a *appBinder) collectMiddleware() {
	outer := len(a.app.Spec.Middleware)
	for i, ref := range a.app.Spec.Middleware {
		shared := &model.Middleware{Ref: ref}
		for _, p := range a.app.Paths {
			if len(p.Methods) > 0 {
				shared = p.Methods[0].Middleware[i]
				break
			}
		}
		a.middleware(shared, diag.Path{"middleware", strconv.Itoa(i)})
	}
	for _, p := range a.app.Paths {
		if len(p.Methods) == 0 {
			continue
		}
		for i, mw := range p.Methods[0].Middleware[outer:] {
			a.middleware(mw, diag.Path{"routes", p.Path, "middleware", strconv.Itoa(i)})
		}
	}
}

func (a *appBinder) middleware(mw *model.Middleware, path diag.Path) {
	a.use(mw.Ref, path, func(u *use, t *target) { a.bindMiddleware(mw, u, t) })
}

// locateUses takes every reference apart and returns the packages to load.
func (b *binder) locateUses() []string {
	var roots []string
	seen := map[string]bool{}
	for _, a := range b.apps {
		for _, u := range a.uses {
			if u.parsed, u.problem = parseReference(u.ref.Text); u.problem != nil {
				continue
			}
			if u.place, u.problem = b.locate(u.ref, u.parsed); u.problem != nil {
				continue
			}
			if !seen[u.place.importPath] {
				seen[u.place.importPath] = true
				roots = append(roots, u.place.importPath)
			}
		}
	}
	return roots
}

// bind binds every use of the app.
func (a *appBinder) bind() {
	for _, u := range a.uses {
		if u.problem != nil {
			a.unresolved(u, u.problem)
			continue
		}
		t := a.target(u)
		if t.missing != nil {
			a.unresolved(u, t.missing)
			continue
		}
		if !t.usable {
			a.once(u, t.problems)
			continue
		}
		u.bind(u, t)
	}
}

// unresolved tells that a reference leads nowhere, wherever it stands; but what
// is wrong with a package is told once, and at the key package if that named it.
func (a *appBinder) unresolved(u *use, p *problem) {
	at := diag.At{Path: u.path}
	if p.code == "handler-package" {
		if a.toldOf[p.message] {
			return
		}
		a.toldOf[p.message] = true
		if u.parsed.pkg == "" && u.ref.Dir == "." && u.ref.Package == a.app.Spec.Package && u.ref.Package != "." {
			at = diag.Value("package")
		}
	}
	a.tell(a.out, at, p)
}

// once tells problems of a handler at the first place of the app that uses it.
func (a *appBinder) once(u *use, all problems) {
	for _, p := range all {
		if !a.told[p] {
			a.told[p] = true
			a.tell(a.out, diag.At{Path: u.path}, p)
		}
	}
}

// call starts a Call of the handler, and takes its constructors into the app.
func (a *appBinder) call(u *use, t *target) *model.Call {
	a.construct(t.Func.Recv)
	return &model.Call{Func: t.Func, Ref: u.ref, Path: u.path, TakesContext: t.takesContext}
}

// construct adds a constructor to the app behind those that it needs.
func (a *appBinder) construct(c *model.Constructor) {
	if c == nil || a.constructed[c] {
		return
	}
	a.constructed[c] = true
	for _, p := range c.Params {
		a.construct(p)
	}
	a.app.Constructors = append(a.app.Constructors, c)
}

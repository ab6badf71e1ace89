package handlers

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

const routeHint = "a route's handler takes a context.Context first, then path parameters (strings, numbers, booleans), " +
	"a *handlerkit.Request, an input struct with tags, []byte, url.Values, or a struct, map or slice for the JSON body"

// routeShape is a signature matched for routes, whichever route it will serve.
type routeShape struct {
	problems problems
	params   []routeParam
	result   model.Result
}

// routeParam is a parameter of a route's handler; scalars have no Key yet.
type routeParam struct {
	model.Param
	v *types.Var
}

// bindRoute matches a handler for routes (once), and then for one method.
func (a *appBinder) bindRoute(m *model.Method, u *use, t *target) {
	if t.route == nil {
		t.route = a.matchRoute(t)
	}
	if len(t.route.problems) > 0 {
		a.once(u, t.route.problems)
		return
	}
	var own problems
	call := a.call(u, t)
	call.Result = t.route.result
	for _, p := range t.route.params {
		call.Params = append(call.Params, p.Param)
	}
	a.bindPath(&own, m, t, call)
	a.checkBody(&own, m, t)
	bad := false
	for _, p := range own {
		a.tell(a.out, diag.At{Path: u.path}, p)
		bad = bad || !p.warning
	}
	if bad {
		return
	}
	m.Call = call
	if m.ContentTypesByHandler {
		m.ContentTypes = contentTypes(t.route)
	}
	describe(m, t.Doc)
}

// matchRoute fits each parameter and the results.
func (b *binder) matchRoute(t *target) *routeShape {
	s := &routeShape{}
	if b.isHTTP(t) {
		s.params = []routeParam{{Param: model.Param{From: model.FromHTTP}}}
		s.result = model.Result{Kind: model.ResultNone}
		return s
	}
	seen := map[model.From]*types.Var{}
	for _, v := range t.params {
		if v.Name() == "" || v.Name() == "_" {
			s.problems.add("handler-parameter-name", "%s has a parameter %s without a name", t.Func, showName(v)).at(t.here).
				withHint("name it, or leave it out: a handler takes only what it needs")
			continue
		}
		p, ok := b.routeParam(&s.problems, t, v)
		if !ok {
			continue
		}
		if first := seen[p.From]; first != nil && p.From != model.FromPath {
			s.problems.add("handler-parameter-twice", "%s takes %s twice, as %q and %q", t.Func, fromWords(p.From), first.Name(), v.Name()).at(t.here).
				withHint("leave one of them out")
			continue
		}
		seen[p.From] = v
		s.params = append(s.params, p)
	}
	s.result = b.routeResult(&s.problems, t)
	return s
}

// isHTTP: the handler is a func(http.ResponseWriter, *http.Request).
func (b *binder) isHTTP(t *target) bool {
	p := t.sig.Params()
	return p.Len() == 2 && t.sig.Results().Len() == 0 &&
		b.is(p.At(0).Type(), "http.ResponseWriter") && b.isPointerTo(p.At(1).Type(), "http.Request")
}

// routeParam fits one parameter: the first row of the table that fits decides.
func (b *binder) routeParam(out *problems, t *target, v *types.Var) (routeParam, bool) {
	p := routeParam{v: v, Param: model.Param{Name: v.Name()}}
	typ := v.Type()
	scalar, isScalar := scalarOf(typ)
	switch {
	case isNamed(typ, "context", "Context"):
		out.add("handler-parameter", "parameter %q of %s is a context.Context, but not the first", v.Name(), t.Func).at(t.here).
			withHint("move it to the front")
		return p, false
	case isScalar:
		p.From, p.Scalar = model.FromPath, scalar
	case b.isPointerTo(typ, "handlerkit.Request"):
		p.From, p.Pointer = model.FromRequest, true
	case b.inputOf(typ) != nil:
		p.From, p.Pointer, p.Validate = model.FromInput, isPointer(typ), validates(typ)
		fine := len(*out)
		p.Fields = b.inputFields(out, t, v, b.inputOf(typ))
		if len(*out) > fine {
			return p, false
		}
	case isBytes(typ):
		p.From = model.FromRaw
	case b.is(typ, "url.Values"):
		p.From = model.FromForm
	case b.bodyFault(typ) == "":
		p.From, p.Pointer, p.Validate = model.FromBody, isPointer(typ), validates(typ)
	default:
		out.add("handler-parameter", "parameter %q of %s has type %s, %s", v.Name(), t.Func, b.showType(typ), b.bodyFault(typ)).at(t.here).
			withHint("%s", b.parameterHint(typ))
		return p, false
	}
	if p.Pointer {
		typ = deref(typ)
	}
	if obj := b.unnameable(typ); obj != nil {
		*out = append(*out, b.exportFirst(t, v, obj))
		return p, false
	}
	p.Type = typeExpr(typ)
	return p, true
}

// exportFirst says that the generated main cannot write a type.
func (b *binder) exportFirst(t *target, v *types.Var, obj types.Object) *problem {
	p := &problem{code: "handler-type"}
	p.at(t.here).at(b.noteOf(obj, obj.Name()))
	_, field := obj.(*types.Var)
	switch {
	case field:
		p.message = fmt.Sprintf("parameter %s of %s has a struct type with the field %s, which is not exported, so that the generated main cannot write it",
			showName(v), t.Func, obj.Name())
		p.hint = "declare a type for it, with a name that is exported"
	case obj.Exported():
		p.message = fmt.Sprintf("parameter %s of %s has the type %s of package %s, which the generated main may not import",
			showName(v), t.Func, obj.Name(), obj.Pkg().Path())
		p.hint = "take a type of a package that is not internal to another tree"
	default:
		p.message = fmt.Sprintf("parameter %s of %s has the type %s, which is not exported, so that the generated main cannot name it",
			showName(v), t.Func, obj.Name())
		p.hint = fmt.Sprintf("rename the type %s", exported(obj.Name()))
	}
	return p
}

// bodyFault says why a type is no JSON body; "" where it is one.
func (b *binder) bodyFault(t types.Type) string {
	const cannot = "which cannot be bound"
	elem := deref(t)
	if _, ok := scalarOf(elem); ok {
		return cannot + ": a path parameter is never absent"
	}
	switch {
	case b.foreign(elem):
		return "which is no JSON body"
	case declaredIn(elem) == "net/http":
		return cannot
	}
	switch u := elem.Underlying().(type) {
	case *types.Struct, *types.Map, *types.Slice:
	case *types.Interface:
		if !u.Empty() {
			return cannot + ": an interface with methods cannot be decoded"
		}
	default:
		return cannot
	}
	if fault := jsonFault(elem); fault != "" {
		return "which cannot be bound: JSON has no " + fault
	}
	return ""
}

// parameterHint says what would fit in place of a type.
func (b *binder) parameterHint(t types.Type) string {
	elem := deref(t)
	switch {
	case b.is(t, "handlerkit.Request"):
		return "take a *handlerkit.Request"
	case declaredIn(elem) == "net/http":
		return "take a *handlerkit.Request, or make the handler a func(http.ResponseWriter, *http.Request)"
	case declaredIn(elem) == eventsPath, b.eventType(elem):
		return "events are for handlers of events; a route takes a *handlerkit.Request"
	}
	if _, ok := scalarOf(elem); ok && isPointer(t) {
		return fmt.Sprintf("take %s, or for a query parameter an input struct", b.showType(elem))
	}
	return routeHint
}

// eventType: the types of handlerkit that handlers of events take.
func (b *binder) eventType(t types.Type) bool {
	return slices.ContainsFunc([]string{"S3Object", "Event", "Change", "AuthRequest", "SocketEvent"}, func(n string) bool {
		return b.is(t, "handlerkit."+n)
	})
}

func fromWords(f model.From) string {
	switch f {
	case model.FromRequest:
		return "the request"
	case model.FromInput:
		return "an input struct"
	case model.FromRaw:
		return "the raw body"
	case model.FromForm:
		return "the form"
	default:
		return "the JSON body"
	}
}

// bindPath gives each scalar the path parameter of its name, and warns of those
// that nothing reads.
func (a *appBinder) bindPath(out *problems, m *model.Method, t *target, call *model.Call) {
	names := parametersOf(m.Path.Path)
	read := map[string]string{}
	for i := range call.Params {
		p := &call.Params[i]
		switch p.From {
		case model.FromRequest, model.FromHTTP:
			for _, n := range names {
				read[n] = ""
			}
		case model.FromInput:
			a.bindInputPath(out, m, t, p, names, read)
		}
	}
	for i := range call.Params {
		if p := &call.Params[i]; p.From == model.FromPath {
			a.bindScalar(out, m, t, p, names, read)
		}
	}
	if len(*out) > 0 {
		return
	}
	for _, n := range names {
		if _, ok := read[n]; !ok {
			w := out.add("path-parameter-unread", "path parameter %q of %s is never read by %s", n, m.Path.Path, t.Func).at(t.here)
			w.warning = true
		}
	}
}

func (a *appBinder) bindInputPath(out *problems, m *model.Method, t *target, p *model.Param, names []string, read map[string]string) {
	for _, f := range p.Fields {
		if f.From != model.FromPath {
			continue
		}
		if !slices.Contains(names, f.Key) {
			out.add("handler-path-parameter", "field %s of %q of %s takes the path parameter %q, which %s does not have",
				f.Path, p.Name, t.Func, f.Key, m.Path.Path).at(t.here).withHint("%s", parameterSuggestion(f.Key, names))
		}
		read[f.Key] = ""
	}
}

func (a *appBinder) bindScalar(out *problems, m *model.Method, t *target, p *model.Param, names []string, read map[string]string) {
	var fitting []string
	for _, n := range names {
		if n == p.Name {
			fitting = []string{n}
			break
		}
		if bare(n) == bare(p.Name) {
			fitting = append(fitting, n)
		}
	}
	switch {
	case len(fitting) == 0:
		out.add("handler-path-parameter", "parameter %q of %s is no path parameter of %s", p.Name, t.Func, m.Path.Path).at(t.here).
			withHint("%s", parameterSuggestion(p.Name, names))
	case len(fitting) > 1:
		out.add("handler-path-parameter", "parameter %q of %s may be {%s} or {%s} of %s", p.Name, t.Func, fitting[0], fitting[1], m.Path.Path).at(t.here).
			withHint("give it exactly the name of one of them, or take a *handlerkit.Request")
	case read[fitting[0]] != "":
		out.add("handler-path-parameter", "parameters %q and %q of %s are the same path parameter {%s}", read[fitting[0]], p.Name, t.Func, fitting[0]).at(t.here).
			withHint("leave one of them out")
	default:
		p.Key = fitting[0]
		read[p.Key] = p.Name
	}
}

func parameterSuggestion(name string, names []string) string {
	if len(names) == 0 {
		return fmt.Sprintf("add {%s} to the path; query parameters are taken by an input struct with `query:\"%s\"`", name, name)
	}
	if near := diag.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	braced := make([]string, len(names))
	for i, n := range names {
		braced[i] = "{" + n + "}"
	}
	return fmt.Sprintf("the path has %s; query parameters are taken by an input struct with `query:\"%s\"`", list(braced, "and"), name)
}

// checkBody refuses to read a body where requests have none.
func (a *appBinder) checkBody(out *problems, m *model.Method, t *target) {
	if m.HTTPMethod != "GET" && m.HTTPMethod != "HEAD" {
		return
	}
	for _, p := range t.route.params {
		takes := ""
		switch p.From {
		case model.FromBody, model.FromRaw, model.FromForm:
			takes = fmt.Sprintf("parameter %q of %s takes %s", p.Name, t.Func, fromWords(p.From))
		case model.FromInput:
			for _, f := range p.Fields {
				if f.From == model.FromBody || f.From == model.FromForm {
					takes = fmt.Sprintf("field %s of %q of %s takes the body", f.Path, p.Name, t.Func)
				}
			}
		}
		if takes != "" {
			out.add("handler-body-method", "%s, but a %s request has no body", takes, m.HTTPMethod).at(t.here).
				withHint("use POST, PUT or PATCH; query parameters are taken by an input struct with `query` tags")
		}
	}
}

// contentTypes is the default of a method, by what its handler takes.
func contentTypes(s *routeShape) []string {
	form := false
	for _, p := range s.params {
		switch p.From {
		case model.FromRaw, model.FromHTTP:
			return []string{"*/*"}
		case model.FromForm:
			form = true
		}
		for _, f := range p.Fields {
			if f.From == model.FromBody && f.Raw {
				return []string{"*/*"}
			}
			form = form || f.From == model.FromForm
		}
	}
	if form {
		return []string{"application/x-www-form-urlencoded"}
	}
	return []string{model.DefaultContentType}
}

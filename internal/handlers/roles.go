package handlers

import (
	"go/types"
	"slices"

	"github.com/chalicefile/chalicefile/internal/model"
)

// bindAuthorizer matches a Lambda authorizer.
func (a *appBinder) bindAuthorizer(fn *model.Function, u *use, t *target) {
	fn.Call = a.bindRole("authorizer", u, t, a.matchAuthorizer)
}

// bindRole matches a handler in a role, such as an authorizer's or that of a kind
// of event. A target is matched once per role; nil where it does not fit, which
// is told.
func (a *appBinder) bindRole(role string, u *use, t *target, match func(*target) *eventShape) *model.Call {
	s := t.checked[role]
	if s == nil {
		s = match(t)
		t.checked[role] = s
	}
	if len(s.problems) > 0 {
		a.once(u, s.problems)
		return nil
	}
	call := a.call(u, t)
	call.Params, call.Result = slices.Clone(s.params), s.result
	return call
}

func (b *binder) matchAuthorizer(t *target) *eventShape {
	const want = "an authorizer is a func(ctx context.Context, req handlerkit.AuthRequest) (handlerkit.AuthResponse, error); the context may be left out"
	s := &eventShape{}
	if len(t.params) != 1 || !b.is(t.params[0].Type(), "handlerkit.AuthRequest") {
		s.problems.add("handler-parameter", "%s takes %s, not a handlerkit.AuthRequest", t.Func, b.showParams(t.params)).at(t.here).withHint(want)
	} else {
		typ := t.params[0].Type()
		s.params = []model.Param{{Name: nameOf(t.params[0]), From: model.FromAuthRequest, Type: typeExpr(typ)}}
	}
	r := t.sig.Results()
	if r.Len() != 2 || !b.is(r.At(0).Type(), "handlerkit.AuthResponse") || !isError(r.At(1).Type()) {
		s.problems.add("handler-result", "%s returns %s, not (handlerkit.AuthResponse, error)", t.Func, b.show(r)).at(t.here).withHint(want)
	} else {
		s.result = model.Result{Kind: model.ResultAuth, Error: true, Type: typeExpr(r.At(0).Type())}
	}
	return s
}

// bindSocket matches a handler of the WebSocket API.
func (a *appBinder) bindSocket(call *model.SocketCall, u *use, t *target) {
	call.Call = a.bindRole("websocket", u, t, a.matchSocket)
}

func (b *binder) matchSocket(t *target) *eventShape {
	const want = "a handler of the WebSocket API is a func(ctx context.Context, ev handlerkit.SocketEvent) error, with one decoded value as a last parameter where needed"
	s := &eventShape{}
	if len(t.params) == 0 || len(t.params) > 2 || !b.is(t.params[0].Type(), "handlerkit.SocketEvent") {
		s.problems.add("handler-parameter", "%s takes %s, not a handlerkit.SocketEvent", t.Func, b.showParams(t.params)).at(t.here).withHint(want)
		return s
	}
	s.params = append(s.params, model.Param{Name: nameOf(t.params[0]), From: model.FromSocket, Type: typeExpr(t.params[0].Type())})
	if len(t.params) == 2 {
		b.socketValue(s, t, t.params[1], want)
	}
	r := t.sig.Results()
	s.result = model.Result{Kind: model.ResultNone, Error: r.Len() == 1}
	if r.Len() > 1 || r.Len() == 1 && !isError(r.At(0).Type()) {
		s.problems.add("handler-result", "%s returns %s, not an error", t.Func, b.show(r)).at(t.here).withHint(want)
	}
	return s
}

// socketValue is what the message is decoded into.
func (b *binder) socketValue(s *eventShape, t *target, v *types.Var, want string) {
	typ := v.Type()
	p := model.Param{Name: nameOf(v), From: model.FromPayload, Scalar: model.PayloadJSON}
	switch {
	case isBytes(typ):
		p.Scalar = model.PayloadBytes
	case isString(typ):
		p.Scalar = model.String
	default:
		p.Pointer = isPointer(typ)
		if p.Pointer {
			typ = deref(typ)
		}
		if fault := decodable(typ); fault != "" || b.foreign(typ) {
			s.problems.add("handler-parameter", "parameter %s of %s has type %s, which a message cannot be decoded into", showName(v), t.Func, b.showType(v.Type())).
				at(t.here).withHint("%s", want)
			return
		}
	}
	if obj := b.unnameable(typ); obj != nil {
		s.problems = append(s.problems, b.exportFirst(t, v, obj))
		return
	}
	p.Type = typeExpr(typ)
	s.params = append(s.params, p)
}

// middlewareShape is a signature matched for middleware.
type middlewareShape struct {
	problems problems
	http     bool
}

func (a *appBinder) bindMiddleware(mw *model.Middleware, u *use, t *target) {
	if t.middleware == nil {
		t.middleware = a.matchMiddleware(t)
	}
	if len(t.middleware.problems) > 0 {
		a.once(u, t.middleware.problems)
		return
	}
	a.construct(t.Func.Recv)
	mw.Func, mw.HTTP = t.Func, t.middleware.http
}

func (b *binder) matchMiddleware(t *target) *middlewareShape {
	s := &middlewareShape{}
	p, r := t.sig.Params(), t.sig.Results()
	both := func(name string) bool {
		return p.Len() == 1 && r.Len() == 1 && b.is(p.At(0).Type(), name) && b.is(r.At(0).Type(), name)
	}
	switch {
	case both("handlerkit.Handler"):
	case both("http.Handler"):
		s.http = true
	default:
		s.problems.add("middleware-signature", "%s is no middleware: it takes %s and returns %s", t.Func, b.showParams(paramsOf(t.sig)), b.show(r)).at(t.here).
			withHint("a middleware is a func(next handlerkit.Handler) handlerkit.Handler, or a func(http.Handler) http.Handler")
	}
	return s
}

func paramsOf(sig *types.Signature) []*types.Var {
	var all []*types.Var
	for v := range sig.Params().Variables() {
		all = append(all, v)
	}
	return all
}

// showParams writes the types of parameters: "(string, int)".
func (b *binder) showParams(params []*types.Var) string {
	return b.show(types.NewTuple(params...))
}

// nameOf is a parameter's name, "" where it has none.
func nameOf(v *types.Var) string {
	if v.Name() == "_" {
		return ""
	}
	return v.Name()
}

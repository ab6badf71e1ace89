package handlers

import (
	"go/doc"
	"go/types"

	"github.com/chalicefile/chalicefile/internal/model"
)

// valueAndError takes "nothing, error, T or (T, error)" apart.
func (b *binder) valueAndError(out *problems, t *target) (value types.Type, hasError, ok bool) {
	results := t.sig.Results()
	switch n := results.Len(); {
	case n == 0:
		return nil, false, true
	case n == 1 && isError(results.At(0).Type()):
		return nil, true, true
	case n == 1 && implementsError(results.At(0).Type()):
		out.add("handler-result", "%s returns %s, an error that is not declared as one", t.Func, b.show(results)).at(t.here).withHint("return error")
		return nil, false, false
	case n == 1:
		return results.At(0).Type(), false, true
	case n == 2 && isError(results.At(1).Type()) && !isError(results.At(0).Type()) && !b.isPointerTo(results.At(0).Type(), "handlerkit.Error"):
		return results.At(0).Type(), true, true
	}
	out.add("handler-result", "%s returns %s", t.Func, b.show(results)).at(t.here).
		withHint("a handler returns nothing, error, T or (T, error)")
	return nil, false, false
}

// routeResult fits what a route's handler returns.
func (b *binder) routeResult(out *problems, t *target) model.Result {
	value, hasError, ok := b.valueAndError(out, t)
	if !ok || value == nil {
		return model.Result{Kind: model.ResultNone, Error: hasError}
	}
	r := model.Result{Kind: model.ResultValue, Error: hasError, Type: b.resultType(value)}
	switch {
	case b.isPointerTo(value, "handlerkit.Response"):
		r.Kind = model.ResultResponse
	case b.is(value, "handlerkit.Response"):
		out.add("handler-result", "%s returns a handlerkit.Response", t.Func).at(t.here).withHint("return a *handlerkit.Response")
	case b.is(value, "handlerkit.Reply"):
		r.Kind, r.Type = model.ResultReply, b.resultType(typeArgument(value))
		b.jsonResult(out, t, typeArgument(value))
	case b.isPointerTo(value, "handlerkit.Reply"):
		out.add("handler-result", "%s returns a pointer to a handlerkit.Reply", t.Func).at(t.here).withHint("return %s", b.showType(deref(value)))
	case b.is(deref(value), "http.Response"):
		out.add("handler-result", "%s returns %s, which cannot be sent", t.Func, b.showType(value)).at(t.here).withHint("return a *handlerkit.Response")
	case isAny(value):
		r.Kind = model.ResultAny
	default:
		b.jsonResult(out, t, value)
	}
	return r
}

// jsonResult tells what JSON cannot say.
func (b *binder) jsonResult(out *problems, t *target, value types.Type) {
	if fault := jsonFault(value); fault != "" {
		out.add("handler-result", "%s returns %s, but JSON has no %s", t.Func, b.showType(value), fault).at(t.here).
			withHint("return a struct, map, slice, string, number or boolean")
	}
}

// resultType is "" where the type cannot be named in another package: nothing
// that returns it needs to.
func (b *binder) resultType(t types.Type) model.Type {
	if t == nil || b.unnameable(t) != nil {
		return ""
	}
	return typeExpr(t)
}

// describe fills in what the handler's doc comment says of an operation.
func describe(m *model.Method, comment string) {
	if m.Summary == "" {
		m.Summary = new(doc.Package).Synopsis(comment)
	}
	if m.Desc == "" {
		m.Desc = comment
	}
}

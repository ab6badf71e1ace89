package handlers

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/all"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// plain is the kind of functions that somebody invokes; the others are those of
// internal/source.
const plain = "plain function"

// eventShape is a signature matched for one kind of event.
type eventShape struct {
	problems problems
	params   []model.Param
	result   model.Result
}

// bindEvent matches the handler of a plain function, a schedule or an event.
func (a *appBinder) bindEvent(fn *model.Function, u *use, t *target) {
	kind := plain
	switch {
	case fn.Schedule != nil:
		kind = "schedule"
	case fn.Event != nil:
		kind = fn.Event.Kind
	}
	fn.Call = a.bindRole(kind, u, t, func(t *target) *eventShape { return a.matchEvent(t, kind) })
	if fn.Call != nil && fn.Schedule != nil && len(fn.Call.Params) == 1 {
		a.checkInput(fn, u, t)
	}
}

// checkInput warns where a schedule's input and what its handler takes are
// strangers to each other.
func (a *appBinder) checkInput(fn *model.Function, u *use, t *target) {
	typ := t.params[0].Type()
	if a.is(typ, "json.RawMessage") {
		return
	}
	standard := a.is(typ, "events.EventBridgeEvent")
	var own problems
	switch {
	case standard && fn.Schedule.Input != nil:
		own.add("schedule-input", "%s takes the standard event, but the schedule %s sends its input in place of it", t.Func, fn.Name).
			withHint("take a struct with the fields of the input, or leave the input out")
	case !standard && fn.Schedule.Input == nil:
		own.add("schedule-input", "%s takes %s, but the schedule %s has no input: it sends the standard event", t.Func, a.showType(typ), fn.Name).
			withHint("give the schedule an `input`, or take an events.EventBridgeEvent")
	}
	for _, w := range own {
		w.warning = true
		a.tell(a.out, diag.At{Path: u.path}, w.at(t.here))
	}
}

// matchEvent fits the parameter and the results.
func (b *binder) matchEvent(t *target, kind string) *eventShape {
	s := &eventShape{}
	shape := source.Shape{}
	if d, ok := all.Find(kind); ok {
		shape = d.Shape
	}
	whole := true
	switch len(t.params) {
	case 0:
	case 1:
		p, ok := b.eventParam(&s.problems, t, kind, shape)
		if !ok {
			return s
		}
		whole = p.From == model.FromEvent || p.From == model.FromDetail
		s.params = []model.Param{p}
	default:
		s.problems.add("handler-parameter", "%s takes %d parameters beside a context.Context; %s takes one", t.Func, len(t.params), handlerOf(kind)).
			at(t.here).withHint("%s", eventHint(kind, shape))
		return s
	}
	s.result = b.eventResult(&s.problems, t, kind, shape, whole)
	return s
}

func (b *binder) eventParam(out *problems, t *target, kind string, shape source.Shape) (model.Param, bool) {
	v := t.params[0]
	typ := v.Type()
	p := model.Param{Name: v.Name()}
	if p.Name == "_" {
		p.Name = ""
	}
	if !b.eventFrom(&p, typ, kind, shape) {
		f := out.add("handler-parameter", "parameter %s of %s has type %s, which %s cannot take", showName(v), t.Func, b.showType(typ), handlerOf(kind)).
			at(t.here).withHint("%s", eventHint(kind, shape))
		if value := deref(typ); isPointer(typ) && b.eventFrom(&p, value, kind, shape) {
			f.withHint("take %s, not a pointer to it", b.showType(value))
		}
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
	if p.From == model.FromNested || p.From == model.FromChange || p.From == model.FromDetail {
		if elem := typeArgument(typ); elem != nil {
			p.Elem = typeExpr(elem)
		}
	}
	return p, true
}

// eventFrom says where a value of the type comes from.
func (b *binder) eventFrom(p *model.Param, typ types.Type, kind string, shape source.Shape) bool {
	switch {
	case b.is(typ, "json.RawMessage"), shape.Event != "" && b.is(typ, shape.Event):
		p.From = model.FromEvent
	case shape.Record != "" && b.is(typ, shape.Record):
		p.From = model.FromRecord
	case slices.ContainsFunc(shape.Nested, func(n string) bool { return b.is(typ, n) }):
		p.From = model.FromNested
	case kind == plain:
		p.From, p.Pointer = model.FromEvent, isPointer(typ)
		return decodable(deref(typ)) == ""
	default:
		return b.payload(p, typ, shape.Payload)
	}
	return true
}

func (b *binder) payload(p *model.Param, typ types.Type, payload source.Payload) bool {
	switch payload {
	case source.JSONPayload, source.BytesPayload:
		p.From, p.Scalar = model.FromPayload, model.PayloadJSON
		basic, isBasic := typ.Underlying().(*types.Basic)
		switch {
		case isBytes(typ):
			p.Scalar = model.PayloadBytes
			return payload == source.BytesPayload
		case isBasic && basic.Kind() == types.String:
			p.Scalar = model.String
			return true
		}
		p.Pointer = isPointer(typ)
		return b.composite(deref(typ))
	case source.ChangePayload:
		p.From = model.FromChange
		return b.is(typ, "handlerkit.Change")
	case source.DetailPayload:
		p.From = model.FromDetail
		return b.is(typ, "handlerkit.Event")
	case source.InputPayload:
		p.From, p.Pointer = model.FromEvent, isPointer(typ)
		return !b.foreign(deref(typ)) && decodable(deref(typ)) == ""
	}
	return false
}

// composite is a struct, map or slice that JSON is decoded into.
func (b *binder) composite(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Map, *types.Slice:
		return !b.foreign(t) && jsonFault(t) == ""
	}
	return false
}

// foreign are types that stand for events themselves, and lists of them: who
// takes []events.SQSMessage means the whole event.
func (b *binder) foreign(t types.Type) bool {
	if list, ok := types.Unalias(t).(*types.Slice); ok {
		t = deref(list.Elem())
	}
	in := declaredIn(t)
	return in == eventsPath || in == handlerkitPath
}

// eventResult fits what the handler of an event returns.
func (b *binder) eventResult(out *problems, t *target, kind string, shape source.Shape, whole bool) model.Result {
	value, hasError, ok := b.valueAndError(out, t)
	if !ok || value == nil {
		return model.Result{Kind: model.ResultNone, Error: hasError}
	}
	r := model.Result{Kind: model.ResultValue, Error: hasError, Type: b.resultType(value)}
	if isAny(value) {
		r.Kind = model.ResultAny
	}
	switch {
	case !shape.PartialFailures:
		b.jsonResult(out, t, value)
	case !whole:
		out.add("handler-result", "%s returns %s, but it is called for each record of %s events", t.Func, b.showType(value), kind).at(t.here).
			withHint("return nothing or an error; only a handler of the whole %s returns %s", shape.Event, shape.Response)
	case !b.is(value, shape.Response):
		out.add("handler-result", "%s returns %s, but %s takes only %s for an answer", t.Func, b.showType(value), kind, shape.Response).at(t.here).
			withHint("return nothing, an error, or %s", shape.Response)
	}
	return r
}

// handlerOf names what has a kind.
func handlerOf(kind string) string {
	switch kind {
	case plain:
		return "a plain function"
	case "schedule":
		return "a schedule's handler"
	}
	return "a handler of " + kind + " events"
}

// eventHint says what the handler of a kind takes.
func eventHint(kind string, shape source.Shape) string {
	if kind == plain {
		return "a plain function takes a context.Context first and any type that JSON can be decoded into, or neither"
	}
	fitting := []string{shape.Event}
	if shape.Record != "" {
		fitting = append(fitting, shape.Record)
	}
	switch shape.Payload {
	case source.JSONPayload:
		fitting = append(fitting, "a string", "a struct, map or slice for the JSON of a message")
	case source.BytesPayload:
		fitting = append(fitting, "[]byte", "a string", "a struct, map or slice for the JSON of a record")
	case source.ChangePayload:
		fitting = append(fitting, "handlerkit.Change[T]")
	case source.DetailPayload:
		fitting = append(fitting, "handlerkit.Event[T]")
	case source.InputPayload:
		fitting = append(fitting, "a struct for the schedule's input")
	}
	for _, n := range shape.Nested {
		if n == "handlerkit.Event" {
			n += "[T]"
		}
		fitting = append(fitting, n)
	}
	fitting = append(fitting, "json.RawMessage")
	return fmt.Sprintf("%s takes a context.Context first and %s, or neither", handlerOf(kind), list(fitting, "or"))
}

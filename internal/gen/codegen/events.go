package codegen

import (
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// handler is the expression that makes the lambda.Handler of a function that
// serves no routes: a wrapper of lambdamain around a call of the handler.
func (g *generator) handler(f *file, fn *model.Function) string {
	e := &event{f: f, call: fn.Call, locals: g.locals(), kind: kindOf(fn)}
	if fn.Call.TakesContext {
		e.args = append(e.args, "ctx")
	}
	if len(fn.Call.Params) == 0 {
		return e.wrap(e.whole()+"Empty", "", "(any, error)", returnAny(f, fn.Call, e.args))
	}
	p := &fn.Call.Params[0]
	if p.From == model.FromEvent || p.From == model.FromDetail || p.From == model.FromAuthRequest {
		return e.wholeEvent(p)
	}
	return e.perRecord(p)
}

// kindOf is the event source of a function, or "" for one that is invoked.
func kindOf(fn *model.Function) string {
	switch fn.Kind {
	case model.KindEvent:
		return fn.Event.Kind
	case model.KindSchedule:
		return "schedule"
	default:
		return ""
	}
}

// event is one such expression in the making.
type event struct {
	f      *file
	call   *model.Call
	locals *names
	kind   string
	args   []string
}

// batched sources take an answer that says which records failed.
func (e *event) batched() bool { return e.kind == "sqs" || e.kind == "kinesis" || e.kind == "dynamodb" }

// whole is the wrapper for handlers of the whole event: Invoke sends what they
// return, Event logs it.
func (e *event) whole() string {
	if e.kind == "" || e.batched() {
		return "Invoke"
	}
	return "Event"
}

// wrap writes wrapper(func(ctx, param) results { code }).
func (e *event) wrap(wrapper, param, results, code string) string {
	if param != "" {
		param = ", " + param
	}
	return fmt.Sprintf("%s(func(%s %s.Context%s) %s {\n%s})", e.f.lam(wrapper),
		blank("ctx", e.call.TakesContext), e.f.pkg(pkgContext), param, results, code)
}

func (e *event) wholeEvent(p *model.Param) string {
	name := e.locals.pick(p.Name, "event")
	e.args = append(e.args, name)
	typ := e.f.typ(p.Type)
	if p.Pointer {
		typ = "*" + typ
	}
	code := returnAny(e.f, e.call, e.args)
	if p.From == model.FromAuthRequest {
		return e.wrap("Authorizer", name+" "+typ, fmt.Sprintf("(%s, error)", e.f.kit("AuthResponse")), code)
	}
	return e.wrap(e.whole(), name+" "+typ, "(any, error)", code)
}

// records says how lambdamain hands out the records of a source: its wrapper,
// the type of a record, its text (for payloads) and its raw bytes.
type records struct {
	wrapper, pkg, typ string
	text              string
	bytes             string
	result            bool // what the handler returns is handed on
}

func recordsOf(kind string) records {
	switch kind {
	case "s3":
		return records{wrapper: "S3", pkg: pkgHandlerkit, typ: "S3Object", result: true}
	case "sns":
		return records{wrapper: "SNS", pkg: pkgEvents, typ: "SNSEntity", text: "%s.Message", result: true}
	case "kinesis":
		return records{wrapper: "Kinesis", pkg: pkgEvents, typ: "KinesisEventRecord",
			text: "string(%s.Kinesis.Data)", bytes: "%s.Kinesis.Data"}
	case "dynamodb":
		return records{wrapper: "DynamoDB", pkg: pkgEvents, typ: "DynamoDBEventRecord"}
	default:
		return records{wrapper: "SQS", pkg: pkgEvents, typ: "SQSMessage", text: "%s.Body"}
	}
}

// perRecord calls the handler once for each record.
func (e *event) perRecord(p *model.Param) string {
	r := recordsOf(e.kind)
	results, zero, finish := "error", "", e.returnError
	if r.result {
		results, zero = "(any, error)", "nil, "
		finish = func() string { return returnAny(e.f, e.call, e.args) }
	}
	name := e.locals.pick("record")
	if p.From == model.FromRecord {
		delete(e.locals.taken, name)
		name = e.locals.pick(p.Name, "record")
		e.args = append(e.args, pointerTo(p.Pointer, name))
		return e.wrap(r.wrapper, name+" "+e.f.pkg(r.pkg)+"."+r.typ, results, finish())
	}
	code := e.decode(p, r, name, zero)
	return e.wrap(r.wrapper, name+" "+e.f.pkg(r.pkg)+"."+r.typ, results, code+finish())
}

// decode takes the handler's value out of a record and adds the argument.
func (e *event) decode(p *model.Param, r records, record, zero string) string {
	fill := func(text string) string { return strings.ReplaceAll(text, "%s", record) }
	switch {
	case p.From == model.FromPayload && p.Scalar == model.String:
		e.args = append(e.args, convert(e.f.typ(p.Type), "string", fill(r.text)))
		return ""
	case p.From == model.FromPayload && p.Scalar == model.PayloadBytes:
		e.args = append(e.args, convert(e.f.typ(p.Type), "[]byte", fill(r.bytes)))
		return ""
	}
	name := e.locals.pick(p.Name, "value")
	var call string
	switch p.From {
	case model.FromChange:
		call = fmt.Sprintf("%s[%s](%s)", e.f.lam("DecodeChange"), e.f.typ(p.Elem), record)
	case model.FromNested:
		return e.nested(p, name, fill(r.text), zero)
	default:
		call = fmt.Sprintf("%s[%s](%s)", e.f.lam("DecodeJSON"), e.f.typ(p.Type), fill(r.text))
	}
	e.args = append(e.args, pointerTo(p.Pointer, name))
	return fmt.Sprintf("%s, err := %s\nif err != nil {\nreturn %serr\n}\n", name, call, zero)
}

// nested decodes what another service put into a message.
func (e *event) nested(p *model.Param, name, text, zero string) string {
	skip := e.locals.pick("skip")
	start := func(name, decoder string) string {
		return fmt.Sprintf("%s, %s, err := %s(%s)\nif err != nil || %s {\nreturn %serr\n}\n",
			name, skip, decoder, text, skip, zero)
	}
	if !strings.HasSuffix(string(p.Type), ".S3Object") {
		decoder := map[bool]string{true: e.f.lam("NestedS3Event"), false: e.f.lam("NestedSNS")}[strings.HasSuffix(
			string(p.Type), ".S3Event")]
		if p.Elem != "" {
			decoder = fmt.Sprintf("%s[%s]", e.f.lam("NestedEvent"), e.f.typ(p.Elem))
		}
		e.args = append(e.args, pointerTo(p.Pointer, name))
		return start(name, decoder)
	}
	objects := e.locals.pick("objects")
	code := start(objects, e.f.lam("NestedS3Objects"))
	args := append(e.args, pointerTo(p.Pointer, name))
	call := e.f.fun(e.call.Func) + "(" + strings.Join(args, ", ") + ")"
	if e.call.Result.Error {
		call = fmt.Sprintf("if err := %s; err != nil {\nreturn %serr\n}", call, zero)
	}
	return code + fmt.Sprintf("for _, %s := range %s {\n%s\n}\n", name, objects, call)
}

// returnError calls the handler and returns an error.
func (e *event) returnError() string {
	if p := e.call.Params[0]; p.From == model.FromNested && strings.HasSuffix(string(p.Type), ".S3Object") {
		return "return nil\n" // it was called in the loop
	}
	call := e.f.fun(e.call.Func) + "(" + strings.Join(e.args, ", ") + ")"
	if e.call.Result.Error {
		return "return " + call + "\n"
	}
	return call + "\nreturn nil\n"
}

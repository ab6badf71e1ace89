package lambdamain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/chalicefile/chalicefile/handlerkit"
)

const (
	internalCode    = "ChaliceViewError"
	internalMessage = "ChaliceViewError: An internal server error occurred."
)

// fault is an error as it is answered.
type fault struct {
	status        int
	code, message string
	headers       http.Header
	// unexpected errors keep their text from the client.
	unexpected bool
}

// classify says how an error is answered: by the outermost error's own status,
// by a handlerkit.Error anywhere in it, else 500.
func classify(err error) fault {
	if e, ok := err.(*handlerkit.Error); ok && e != nil {
		return faultOf(e)
	}
	return classifyOther(err)
}

var unexpected = fault{status: http.StatusInternalServerError, unexpected: true}

func classifyOther(err error) (f fault) {
	defer func() {
		if recover() != nil { // a method of the error panicked
			f = unexpected
		}
	}()
	if s, ok := err.(interface{ HTTPStatus() int }); ok {
		if status := s.HTTPStatus(); status >= 400 && status <= 599 {
			return fault{status: status, code: handlerkit.CodeOf(status), message: err.Error()}
		}
		return unexpected
	}
	if e, ok := errors.AsType[*handlerkit.Error](err); ok && e != nil {
		return faultOf(e)
	}
	return unexpected
}

func faultOf(e *handlerkit.Error) fault {
	f := fault{status: e.Status, code: e.Code, message: e.Message, headers: e.Headers}
	if f.status == 0 {
		f.status = http.StatusInternalServerError
	}
	if f.code == "" {
		f.code = handlerkit.CodeOf(f.status)
	}
	if f.status < 400 || f.status > 599 {
		return unexpected
	}
	return f
}

// fail makes the answer of an error. Headers and cookies of the response beside
// it are kept.
func (a *api) fail(ctx context.Context, rt *route, req *handlerkit.Request, beside *handlerkit.Response, err error) []byte {
	f := classify(err)
	stack := rt.log(ctx, f, err)
	if f.unexpected && a.debug {
		return a.failWith(ctx, rt, req, beside, f, rt.trace(err, stack))
	}
	if f.unexpected {
		f.code, f.message = internalCode, internalMessage
	}
	if beside == nil && len(f.headers) == 0 {
		return f.answer(req, rt.headFor(req), nil)
	}
	return a.failWith(ctx, rt, req, beside, f, nil)
}

// failWith adds headers to the answer of an error. Text is sent in place of the
// JSON object where it is not nil.
func (a *api) failWith(ctx context.Context, rt *route, req *handlerkit.Request, beside *handlerkit.Response, f fault, text []byte) []byte {
	h, err := errorHeaders(beside, f.headers, text)
	if err != nil {
		f = fault{status: http.StatusInternalServerError, code: internalCode, message: internalMessage, unexpected: true}
		stack := rt.log(ctx, f, err)
		if text = nil; a.debug {
			text = rt.trace(err, stack)
		}
		h, _ = errorHeaders(nil, nil, text)
	}
	rt.CORS.add(h, req.Event().Header("Origin"))
	return f.answer(req, h.appendTo(nil), text)
}

// errorHeaders are those set beside an error, over those of the error itself.
// What describes a body is the error's own.
func errorHeaders(beside *handlerkit.Response, own http.Header, text []byte) (*headers, error) {
	all := http.Header{}
	for name, values := range own {
		all[http.CanonicalHeaderKey(name)] = values
	}
	var cookies []*http.Cookie
	if beside != nil {
		cookies = beside.Cookies
		for name, values := range beside.Headers {
			all[http.CanonicalHeaderKey(name)] = values
		}
	}
	for _, name := range []string{"Content-Encoding", "Content-Length"} {
		delete(all, name)
	}
	all["Content-Type"] = []string{jsonType}
	if text != nil {
		all["Content-Type"] = []string{textType}
	}
	h := new(headers)
	if err := h.addAll(all); err != nil {
		return nil, err
	}
	return h, h.addCookies(cookies)
}

// answer makes the answer of an error: text, or else the JSON object.
func (f *fault) answer(req *handlerkit.Request, head, text []byte) []byte {
	size := len(text) + len(f.code) + len(f.message) + 32
	out := make([]byte, 0, len(answerStart)+3+len(head)+size+size/8+len(bodyEnd)+16)
	out = appendHead(out, f.status, head)
	switch {
	case noBody(req.Method, f.status):
	case text != nil:
		out = appendText(out, text)
	default:
		out = append(out, `{\"Code\":\"`...)
		out = appendTwice(out, f.code)
		out = append(out, `\",\"Message\":\"`...)
		out = appendTwice(out, f.message)
		out = append(out, `\"}`...)
	}
	return append(out, bodyEnd...)
}

// appendTwice appends text as it stands in a JSON string within a JSON string.
func appendTwice(out []byte, text string) []byte {
	n := len(out)
	out = appendString(out, text)
	if len(out)-n == len(text) {
		return out // nothing was to be escaped, so that nothing is now
	}
	return append(out[:n], appendText(nil, out[n:])...)
}

// log tells of an error that is the server's and returns the stack that it
// logged.
func (rt *route) log(ctx context.Context, f fault, err error) (stack []byte) {
	if f.status < 500 {
		return nil
	}
	attrs := []any{"error", errorText(err), "handler", rt.Handler, "route", rt.Method + " " + rt.Path}
	if f.unexpected {
		stack = debug.Stack()
		if p, ok := err.(*panicError); ok {
			stack = p.stack
		}
		attrs = append(attrs, "chain", strings.Join(chain(err), "\n"), "stack", string(stack))
	}
	slog.ErrorContext(ctx, "the request failed", attrs...)
	return stack
}

// trace is what api.debug sends: the error chain, who failed, and the stack.
func (rt *route) trace(err error, stack []byte) []byte {
	return fmt.Appendf(nil, "%s\n\nhandler: %s\nroute: %s %s\n\n%s", strings.Join(chain(err), "\n"), rt.Handler, rt.Method, rt.Path, stack)
}

// chain is an error and what it wraps, outermost first, each with its type.
func chain(err error) (out []string) {
	defer func() {
		if p := recover(); p != nil { // a method of an error
			out = append(out, fmt.Sprintf("(then a panic: %v)", p))
		}
	}()
	var walk func(err error, indent string)
	walk = func(err error, indent string) {
		if err == nil || len(out) == 64 {
			return
		}
		out = append(out, fmt.Sprintf("%s%s (%T)", indent, errorText(err), err))
		switch w := err.(type) {
		case interface{ Unwrap() error }:
			walk(w.Unwrap(), indent+"  ")
		case interface{ Unwrap() []error }:
			for _, e := range w.Unwrap() {
				walk(e, indent+"  ")
			}
		}
	}
	if p, ok := err.(*panicError); ok {
		out = append(out, p.Error())
		if cause, ok := p.value.(error); ok {
			walk(cause, "  ")
		}
		return out
	}
	walk(err, "")
	return out
}

// errorText is the text of an error, even of one that panics when asked.
func errorText(err error) string { return fmt.Sprintf("%v", err) }

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
func classify(err error) (f fault) {
	finished := false
	defer func() {
		if !finished { // a method of the error panicked
			_ = recover()
			f = fault{status: http.StatusInternalServerError, unexpected: true}
		}
	}()
	f = fault{status: http.StatusInternalServerError, unexpected: true}
	e, ok := err.(*handlerkit.Error)
	if !ok {
		if s, has := err.(interface{ HTTPStatus() int }); has {
			if status := s.HTTPStatus(); status >= 400 && status <= 599 {
				f = fault{status: status, code: handlerkit.CodeOf(status), message: err.Error()}
			}
			finished = true
			return f
		}
		e, ok = errors.AsType[*handlerkit.Error](err)
	}
	if ok && e != nil {
		f = faultOf(e)
	}
	finished = true
	return f
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
		return fault{status: http.StatusInternalServerError, unexpected: true}
	}
	return f
}

// fail makes the answer of an error. Headers and cookies of the response beside
// it are kept.
func (a *api) fail(ctx context.Context, rt *route, req *handlerkit.Request, beside *handlerkit.Response, err error) []byte {
	f := classify(err)
	stack := rt.log(ctx, f, err)
	if f.unexpected && a.debug {
		return a.failWith(ctx, rt, req, beside, f, textType, rt.trace(err, stack))
	}
	if f.unexpected {
		f.code, f.message = internalCode, internalMessage
	}
	var space [256]byte
	body := append(space[:0], `{"Code":`...)
	body = appendQuoted(body, f.code)
	body = append(body, `,"Message":`...)
	body = appendQuoted(body, f.message)
	body = append(body, '}')
	if beside == nil && len(f.headers) == 0 {
		return errorAnswer(req, f.status, rt.headFor(req), body)
	}
	return a.failWith(ctx, rt, req, beside, f, jsonType, body)
}

// failWith adds headers to the answer of an error.
func (a *api) failWith(ctx context.Context, rt *route, req *handlerkit.Request, beside *handlerkit.Response, f fault, contentType string, body []byte) []byte {
	h, err := errorHeaders(beside, f.headers, contentType)
	if err != nil {
		f = fault{status: http.StatusInternalServerError, unexpected: true}
		stack := rt.log(ctx, f, err)
		if a.debug {
			contentType, body = textType, rt.trace(err, stack)
		} else {
			contentType, body = jsonType, []byte(`{"Code":"`+internalCode+`","Message":"`+internalMessage+`"}`)
		}
		h = &headers{}
		h.set("Content-Type", contentType)
	}
	rt.CORS.add(h, req.Event().Header("Origin"))
	return errorAnswer(req, f.status, h.appendTo(nil), body)
}

// errorHeaders are those set beside an error, over those of the error itself.
// What describes a body is the error's own.
func errorHeaders(beside *handlerkit.Response, own http.Header, contentType string) (*headers, error) {
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
	all["Content-Type"] = []string{contentType}
	h := new(headers)
	if err := h.addAll(all); err != nil {
		return nil, err
	}
	return h, h.addCookies(cookies)
}

func errorAnswer(req *handlerkit.Request, status int, head, body []byte) []byte {
	out := make([]byte, 0, len(answerStart)+3+len(head)+len(body)+len(body)/4+len(bodyEnd)+16)
	out = appendHead(out, status, head)
	if !noBody(req.Method, status) {
		out = appendText(out, body)
	}
	return append(out, bodyEnd...)
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

package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/router"
)

// reserved is where the server's own operations are; no route can be there.
const reserved = "/_chalicefile"

// serve answers the request.
func (x *exchange) serve() {
	switch rest, ok := strings.CutPrefix(x.path, reserved); {
	case ok && (rest == "" || rest[0] == '/'):
		x.serveOwn(rest)
	case strings.HasPrefix(x.path, invokePrefix):
		x.serveInvoke(x.path)
	case x.req.TooLarge:
		x.refuse(contentTooLong, "")
	case x.matchRoute():
		x.serveRoute()
	}
}

// methods are those that API Gateway has; ANY stands for them.
var methods = [...]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// matchRoute finds the route, or refuses.
func (x *exchange) matchRoute() bool {
	var known []string
	x.route, x.params, known = x.g.routes.match(x.req.Method, x.path)
	switch {
	case x.route != nil && (x.route.method == nil || x.route.method.HTTPMethod != router.Any || slices.Contains(methods[:], x.req.Method)):
		return true
	case x.route != nil:
		x.refuse(missingToken, "API Gateway has no method "+x.req.Method+": ANY is "+strings.Join(methods[:], ", "))
	case known != nil:
		x.refuse(missingToken, "the path has no method "+x.req.Method+", only "+strings.Join(known, ", "))
	default:
		x.refuse(missingToken, "no path of the Chalicefile matches "+x.path)
	}
	return false
}

func (x *exchange) serveRoute() {
	if x.route.preflight != nil {
		x.servePreflight()
		return
	}
	x.readHeaders()
	x.readQuery()
	if m := x.route.method; m != nil {
		if m.Authorizer != nil && !x.authorize(m) {
			return
		}
		if m.APIKeyRequired && !x.checkKey() {
			return
		}
	}
	if !x.decompress() {
		return
	}
	x.event = x.proxyEvent()
	if res, ok := x.run(x.route.function); ok {
		x.answer(res)
	}
}

// servePreflight answers as the mock integration of a path with CORS does.
func (x *exchange) servePreflight() {
	x.ans.Status = 200
	x.add("Content-Type", "application/json")
	x.mark()
	x.ans.Fields = append(x.ans.Fields, x.route.preflight...)
}

// checkKey demands a valid API key.
func (x *exchange) checkKey() bool {
	key := x.req.Get("X-API-Key")
	switch {
	case x.g.keys[key]:
		x.apiKey = key
		return true
	case key == "":
		x.refuse(forbidden, "the route wants an API key: send one of this server's in the header X-API-Key")
	default:
		x.refuse(forbidden, "the key in the header X-API-Key is none of this server's")
	}
	return false
}

// run hands the event to a function and waits as long as API Gateway does.
func (x *exchange) run(fn *model.Function) (runtimeapi.Result, bool) {
	x.function = fn.Name
	res, err := x.g.invoke(fn, runtimeapi.Call{RequestID: x.id, TraceID: x.trace, Payload: x.event})
	if err == nil {
		return res, true
	}
	x.event = nil // the function may still read it
	switch {
	case errors.Is(err, runtimeapi.ErrEventTooLarge):
		x.refuse(requestTooLong, "the event would exceed Lambda's 6 MB; a binary body counts by a third more")
	case errors.Is(err, runtimeapi.ErrThrottled):
		x.refuse(configuration, "all of the function's reserved concurrency is in use")
	case errors.Is(err, context.Canceled), errors.Is(err, runtimeapi.ErrClosed):
		x.refuse(badGateway, "the server ended before the function had answered")
	case errors.Is(err, context.DeadlineExceeded):
		x.refuse(timedOut, "API Gateway waits "+x.g.timeout.String()+" for a function, which here goes on")
	default:
		x.refuse(badGateway, err.Error())
	}
	return runtimeapi.Result{}, false
}

// invoke runs a function within API Gateway's time.
func (g *Gateway) invoke(fn *model.Function, call runtimeapi.Call) (runtimeapi.Result, error) {
	ctx, cancel := context.WithTimeout(g.context, g.timeout)
	defer cancel()
	return g.invoker.Invoke(ctx, fn, call)
}

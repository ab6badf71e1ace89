package lambdamain

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Invoke answers one event of API Gateway. Only an event that is none is an
// error: whatever a handler does has an answer.
func (a *api) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	req, rt, err := a.read(payload)
	if err != nil {
		slog.ErrorContext(ctx, "the event cannot be read", "error", err.Error())
		return nil, err
	}
	if rt == nil {
		return a.unrouted(req), nil
	}
	if rt.Preflight {
		return rt.preflight(req), nil
	}
	bound := rt.Bound && rt.head != nil && rt.chain == nil
	if !bound {
		req.Event().Own()
	}
	ctx = handlerkit.WithRequest(ctx, req)
	if rt.chain != nil {
		return a.finish(ctx, rt, req), nil
	}
	v, err := rt.call(ctx, req)
	if bound {
		req.Release()
	}
	if err == nil {
		var out []byte
		if out, err = a.answer(rt, req, v); err == nil {
			return out, nil
		}
	}
	return a.fail(ctx, rt, req, nil, err), nil
}

// read scans the event and finds its route.
func (a *api) read(payload []byte) (*handlerkit.Request, *route, error) {
	req := new(handlerkit.Request)
	ev := req.Event()
	if err := ev.Scan(payload); err != nil {
		return nil, nil, err
	}
	req.Method, req.Path = ev.Method(), ev.Path()
	if res := a.resources[string(ev.ResourceBytes())]; res != nil {
		req.Resource = res.path
		return req, res.routes[methodIndex(req.Method)], nil
	}
	req.Resource = ev.Resource()
	return req, nil, nil
}

// unrouted answers what API Gateway should not have sent to this function: the
// deployed API and the function are of different versions.
func (a *api) unrouted(req *handlerkit.Request) []byte {
	err := handlerkit.NotFound("the function serves no %s", req.Resource)
	if a.resources[req.Resource] != nil {
		err = handlerkit.MethodNotAllowed("the function serves no %s of %s", req.Method, req.Resource)
	}
	rt := &route{Route: &Route{}}
	return a.fail(context.Background(), rt, req, nil, err)
}

// call checks the content type and runs the handler; a panic is an error.
func (rt *route) call(ctx context.Context, req *handlerkit.Request) (v any, err error) {
	if err := rt.checkContentType(req); err != nil {
		return nil, err
	}
	finished := false
	defer func() {
		if !finished {
			v, err = nil, caught(recover(), debug.Stack())
		}
	}()
	v, err = rt.Serve(ctx, req)
	finished = true
	return v, err
}

// checkContentType refuses a body of a type that the route does not take.
func (rt *route) checkContentType(req *handlerkit.Request) error {
	switch req.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return nil
	}
	if !req.Event().HasBody() {
		return nil
	}
	given := req.Event().Header("Content-Type")
	if given == "" {
		given = jsonType
	}
	media := mediaType(given)
	if matchType(rt.contentTypes, media) {
		return nil
	}
	return handlerkit.UnsupportedMediaType("Unsupported media type: %s", media)
}

// wrap puts the middleware around the handler.
func (a *api) wrap(rt *route) handlerkit.Handler {
	h := func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
		v, err := rt.call(ctx, req)
		if err != nil {
			return &handlerkit.Response{StatusCode: classify(err).status, Headers: http.Header{}}, err
		}
		return rt.unencoded(v), nil
	}
	for i := len(rt.Middleware) - 1; i >= 0; i-- {
		h = rt.Middleware[i](h)
		if i > 0 {
			h = rt.filled(h)
		}
	}
	return h
}

// filled is a middleware as the one around it sees it: like a handler. What it
// returns is there even beside an error, and has a status and headers that can
// be set; its panic is an error.
func (rt *route) filled(h handlerkit.Handler) handlerkit.Handler {
	return func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
		resp, err := guarded(ctx, req, h)
		out := handlerkit.Response{}
		if resp != nil {
			out = *resp
		}
		if out.StatusCode == 0 {
			out.StatusCode = rt.status
			if err != nil {
				out.StatusCode = classify(err).status
			}
		}
		if out.Headers == nil {
			out.Headers = http.Header{}
		}
		return &out, err
	}
}

// unencoded is what middleware sees of a result: a Response of its own, with
// headers that can be set.
func (rt *route) unencoded(v any) *handlerkit.Response {
	out := handlerkit.ResultOf(v)
	if r, ok := responseOf(v); ok {
		*out = *r
	}
	if out.StatusCode == 0 {
		out.StatusCode = rt.status
	}
	if out.Headers == nil {
		out.Headers = http.Header{}
	}
	return out
}

// finish runs the chain and encodes what comes out of it.
func (a *api) finish(ctx context.Context, rt *route, req *handlerkit.Request) []byte {
	resp, err := guarded(ctx, req, rt.chain)
	if err == nil {
		if resp == nil {
			resp = &handlerkit.Response{}
		}
		var out []byte
		if out, err = a.response(rt, req, resp); err == nil {
			return out
		}
		resp = nil
	}
	return a.fail(ctx, rt, req, resp, err)
}

// guarded calls a chain; a panic of a middleware is an error.
func guarded(ctx context.Context, req *handlerkit.Request, chain handlerkit.Handler) (resp *handlerkit.Response, err error) {
	finished := false
	defer func() {
		if !finished {
			resp, err = nil, caught(recover(), debug.Stack())
		}
	}()
	resp, err = chain(ctx, req)
	finished = true
	return resp, err
}

// abandoned answers a request whose handler ended its goroutine.
func (a *api) abandoned(ctx context.Context, payload, stack []byte) ([]byte, error) {
	req, rt, err := a.read(payload)
	if err != nil || rt == nil {
		return nil, err
	}
	return a.fail(ctx, rt, req, nil, caught(nil, stack)), nil
}

package lambdamain

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// API is the routes of the REST API that one function serves.
type API struct {
	// Debug sends the trace of unexpected errors to the client.
	Debug bool
	// BinaryTypes are the media types that API Gateway takes for binary; nil is
	// */*.
	BinaryTypes []string
	Routes      []Route
}

// Route is one method of one path.
type Route struct {
	// Method is GET, …, or ANY; Path as in the Chalicefile.
	Method, Path string
	// Handler names what serves it, for logs: "api.StateOfCity".
	Handler string
	// Status of a success; 0 is 200.
	Status int
	// ContentTypes of bodies that it takes; nil is application/json.
	ContentTypes []string
	// CORS is nil where the path has none.
	CORS *CORS
	// Preflight says that the route answers CORS preflights: it has no Serve.
	Preflight bool
	// Middleware around Serve, outermost first.
	Middleware []func(handlerkit.Handler) handlerkit.Handler
	// Bound says that Serve takes values out of the request and does not hand on
	// the request itself. Lambda's loop uses the bytes of an event again, so that
	// those of a request which may be kept are copied; these are not.
	Bound bool
	// Serve binds the parameters and calls the handler.
	Serve func(context.Context, *handlerkit.Request) (any, error)
}

// CORS of a path.
type CORS struct {
	// AllowOrigin are the origins; with several the matching one is sent back.
	AllowOrigin []string
	// AllowHeaders, AllowMethods and ExposeHeaders are values of headers.
	AllowHeaders, AllowMethods, ExposeHeaders string
	// MaxAge in seconds, "" for none.
	MaxAge           string
	AllowCredentials bool
}

// Handler makes the handler of the routes.
func (a API) Handler() (lambda.Handler, error) {
	h := &api{debug: a.Debug, binary: newBinaryTypes(a.BinaryTypes), resources: make(map[string]*resource, len(a.Routes))}
	for i := range a.Routes {
		if err := h.add(&a.Routes[i]); err != nil {
			return nil, err
		}
	}
	for _, res := range h.resources {
		res.fallBack()
	}
	return h, nil
}

// api serves routes.
type api struct {
	debug     bool
	binary    binaryTypes
	resources map[string]*resource
}

// resource is the routes of one path, by method.
type resource struct {
	path   string
	routes [len(methods)]*route
}

// methods in the order of resource.routes; the last stands for any other.
var methods = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"}

const anyMethod = len(methods) - 1

func methodIndex(method string) int {
	for i, m := range methods {
		if m == method {
			return i
		}
	}
	return anyMethod
}

// fallBack lets ANY serve the methods that the path has no route for.
func (r *resource) fallBack() {
	for i := range r.routes {
		if r.routes[i] == nil {
			r.routes[i] = r.routes[anyMethod]
		}
	}
}

// route is a Route made ready.
type route struct {
	*Route
	status       int
	contentTypes []string
	// chain is Serve within the middleware; nil without.
	chain handlerkit.Handler
	// head is the start of an answer in JSON, from behind the status to the
	// body's opening quote; nil where it depends on the request's origin.
	head []byte
}

func (a *api) add(r *Route) error {
	res := a.resources[r.Path]
	if res == nil {
		res = &resource{path: r.Path}
		a.resources[r.Path] = res
	}
	i := methodIndex(r.Method)
	if res.routes[i] != nil {
		return fmt.Errorf("%s %s is there twice", r.Method, r.Path)
	}
	if r.Serve == nil && !r.Preflight {
		return fmt.Errorf("%s %s has no handler", r.Method, r.Path)
	}
	rt := &route{Route: r, status: r.Status, contentTypes: r.ContentTypes}
	if rt.status == 0 {
		rt.status = 200
	}
	if rt.contentTypes == nil {
		rt.contentTypes = []string{jsonType}
	}
	if len(r.Middleware) > 0 {
		rt.chain = a.wrap(rt)
	}
	rt.head = rt.jsonHead()
	res.routes[i] = rt
	return nil
}

package handlerkit

import (
	"context"
	"net/http"
)

// Response is an answer in full. A handler returns *Response to set more than
// the body.
type Response struct {
	// StatusCode of the answer; 0 is the status of the method in the
	// Chalicefile, else 200.
	StatusCode int
	// Headers of the answer. Without a Content-Type, JSON is application/json, a
	// string text/plain; charset=utf-8, and bytes application/octet-stream.
	Headers http.Header
	// Cookies are sent as Set-Cookie headers.
	Cookies []*http.Cookie
	// Body is sent as it is when it is a string or a []byte; an io.Reader is
	// read to its end (and closed, if it can be); anything else is sent as JSON,
	// nil as null.
	Body any

	result bool
}

// ResultOf makes the Response that a handler's result without a status stands
// for: what middleware sees of it. Other than in a Response that a handler
// makes, a string in its Body is sent as JSON.
func ResultOf(v any) *Response { return &Response{Body: v, result: true} }

// IsResult says that the response came from ResultOf.
func (r *Response) IsResult() bool { return r.result }

// Reply is a Response with a typed body, so that what a route answers is said
// by its handler's signature.
type Reply[T any] struct {
	// Status of the answer; 0 is the status of the method in the Chalicefile.
	Status int
	// Header of the answer.
	Header http.Header
	// Cookies are sent as Set-Cookie headers.
	Cookies []*http.Cookie
	// Body is sent like the Body of a Response.
	Body T
}

// Response returns the reply as a Response.
func (r Reply[T]) Response() *Response {
	return &Response{StatusCode: r.Status, Headers: r.Header, Cookies: r.Cookies, Body: r.Body}
}

// Redirect makes a Response that sends the client to url, with a status of the
// 300 class.
func Redirect(status int, url string) *Response {
	return &Response{StatusCode: status, Headers: http.Header{"Location": {url}}, Body: ""}
}

// Handler answers a request. Middleware wraps it: a middleware is a
//
//	func(next handlerkit.Handler) handlerkit.Handler
//
// What next returns has its Body not yet encoded, and is never nil: beside an
// error it holds the status of the error's answer, and headers that are set on
// it survive. Errors of binding and of handlers, panics and unsupported content
// types arrive as the error.
type Handler func(ctx context.Context, req *Request) (*Response, error)

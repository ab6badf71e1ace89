package handlerkit

import (
	"net/http"
	"net/url"
)

// AuthRequest is what an authorizer decides on.
type AuthRequest struct {
	// Token is the value of the authorizer's header: "Bearer …".
	Token string
	// Method and Path of the request; Path without the stage.
	Method, Path string
	// Headers and QueryParams of the request; nil for an authorizer of type
	// token, which is sent the token alone.
	Headers     http.Header
	QueryParams url.Values
	// MethodARN names the method that is asked for.
	MethodARN string
}

// AuthResponse is an authorizer's answer: make it with Allow or Deny. The zero
// value denies.
type AuthResponse struct {
	// Principal is who was recognized.
	Principal string
	// Routes that are allowed: "/path" with any method, or "METHOD /path"; "*"
	// is a wildcard, as is a path parameter. None: see Allow and Deny.
	Routes []string
	// Context reaches the routes as requestContext.authorizer: strings, numbers
	// and booleans, all of which arrive as strings.
	Context map[string]any

	allow bool
}

// Allow lets the principal call the routes, or every route where none is given.
func Allow(principal string, routes ...string) AuthResponse {
	return AuthResponse{Principal: principal, Routes: routes, allow: true}
}

// Deny refuses every route.
func Deny(principal string) AuthResponse { return AuthResponse{Principal: principal} }

// Allowed says that the answer came from Allow.
func (a AuthResponse) Allowed() bool { return a.allow }

// ErrUnauthorized, returned by an authorizer, answers 401: nobody was
// recognized.
var ErrUnauthorized error = &Error{Status: http.StatusUnauthorized, Code: "UnauthorizedError", Message: "Unauthorized"}

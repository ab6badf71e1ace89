// Package local serves an app on this machine as AWS would: an API Gateway in
// front of the app's own binary, which runs through the Lambda Runtime API.
//
// A Server holds one generation of the app at a time. Swap puts the next one in
// its place without dropping a request; Run does so whenever a file changes.
package local

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/chalicefile/chalicefile/internal/model"
)

// Options of a Server.
type Options struct {
	// App and Binary are the first generation. The binary is the generated main,
	// built for this machine.
	App    *model.App
	Binary string
	// Addr is where to listen, "localhost:8000"; port 0 picks a free one. Not
	// used with Listener, which the server closes in the end.
	Addr     string
	Listener net.Listener
	// Log takes a line per request, hints, and what the functions write; nil
	// drops them. Writes do not overlap.
	Log io.Writer
	// Environ is the environment of the shell, of which functions see AWS_*.
	Environ []string
	// Now is the clock; it must be set.
	Now func() time.Time
	// APIKeys are the valid keys. With none, one is made up; see Server.APIKeys.
	APIKeys []string
	// JWKS are the public keys of the user pools (a JSON Web Key Set); nil means
	// that signatures of tokens are not verified.
	JWKS []byte
	// Authorizers are the URLs at which custom authorizers are called, by the
	// authorizer's name.
	Authorizers map[string]string
	// Schedules says that schedules run.
	Schedules bool
}

// Result is what an invocation of a function came to.
type Result struct {
	Payload []byte
	// FunctionError is "" or what X-Amz-Function-Error says: "Unhandled". The
	// payload is then Lambda's error object.
	FunctionError string
	// Log is the end of what the function wrote meanwhile.
	Log []byte
}

// Server is an app being served.
type Server struct {
	url string
}

// Start listens and serves the app, once its first process has asked for work or
// told why it cannot. The context is for starting alone: Close ends the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	return nil, errors.New("not built yet")
}

// URL of the REST API, "http://localhost:8000".
func (s *Server) URL() string { return s.url }

// APIKeys are the keys that the server takes.
func (s *Server) APIKeys() []string { return nil }

// Handler serves the same app to an http.Server of one's own.
func (s *Server) Handler() http.Handler { return nil }

// Invoke runs a function by its name in the Chalicefile, its name in AWS, or its
// ARN. The error is for invocations that never reached the function.
func (s *Server) Invoke(ctx context.Context, function string, payload []byte) (Result, error) {
	return Result{}, nil
}

// Swap makes a new generation of app and binary and, once its first process has
// asked for work or told why it cannot, sends all further requests to it. The
// old one ends when its last request has been answered.
func (s *Server) Swap(ctx context.Context, app *model.App, binary string) error { return nil }

// Close ends the server and its processes at once.
func (s *Server) Close() error { return nil }

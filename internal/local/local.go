// Package local serves an app on this machine as AWS would: an API Gateway in
// front of the app's own binary, which runs through the Lambda Runtime API.
//
// A Server holds one generation of the app at a time. Swap puts the next one in
// its place without dropping a request; Run does so whenever a file changes.
package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/gateway"
	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
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
	// LogText says that the JSON records of functions' logs are shown as text for
	// people; else they are written as they are.
	LogText bool
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
	// Cold says that no process is started before it is needed, and that the log
	// has only what functions write: for a single invocation.
	Cold bool
	// Timeout is how long API Gateway waits for a function; 0 means its 29 s.
	Timeout time.Duration
}

// Result is what an invocation of a function came to: its payload, what
// X-Amz-Function-Error says ("" or "Unhandled"; the payload is then Lambda's
// error object), and the last 4 KB of its log.
type Result = runtimeapi.Result

// ErrNoFunction says that the app has no function of a name.
var ErrNoFunction = errors.New("the app has no such function")

// PortError is a port that cannot be had, in one sentence; it wraps what the
// system says.
type PortError struct {
	sentence string
	err      error
}

func (e *PortError) Error() string { return e.sentence }

func (e *PortError) Unwrap() error { return e.err }

// Server is an app being served.
type Server struct {
	options  Options
	url      string
	listener net.Listener
	http     http1.Server
	log      *gateway.Log
	host     *runtimeapi.Host
	started  time.Time
	jwks     *gateway.KeySet

	current atomic.Pointer[generation]
	swap    sync.Mutex // one Swap at a time
	mu      sync.Mutex
	all     map[*generation]struct{}
	closed  bool
	wg      sync.WaitGroup
}

// Start listens and serves the app, once its first process has asked for work or
// told why it cannot. The context is for starting alone: Close ends the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.App == nil || o.Now == nil {
		return nil, errors.New("local: Options need an App and a clock (Now)")
	}
	s := &Server{options: o, log: gateway.NewLog(o.Log), all: map[*generation]struct{}{}}
	if o.JWKS != nil {
		var err error
		if s.jwks, err = gateway.ParseKeySet(o.JWKS); err != nil {
			return nil, err
		}
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	if len(s.options.APIKeys) == 0 {
		s.options.APIKeys = []string{rand.Text()}
	}
	s.started = o.Now()
	s.host = &runtimeapi.Host{Output: s.functionLog(), Now: o.Now}
	s.http = http1.Server{Handler: s.serve, MaxBody: gateway.MaxBody, Now: o.Now}
	if err := s.Swap(ctx, o.App, o.Binary); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.wg.Go(func() {
		if err := s.http.Serve(s.listener); err != nil {
			s.log.Printf("the server takes no further connections: %v", err)
		}
	})
	return s, nil
}

// listen opens the port and works out the URL.
func (s *Server) listen() error {
	s.listener = s.options.Listener
	host := ""
	if s.listener == nil {
		var port string
		var err error
		if host, port, err = net.SplitHostPort(s.options.Addr); err != nil {
			return fmt.Errorf("the address to listen on: %w", err)
		}
		// Keep-alive probes on loopback only cost system calls.
		lc := net.ListenConfig{KeepAlive: -1}
		s.listener, err = lc.Listen(context.Background(), "tcp", s.options.Addr)
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return &PortError{fmt.Sprintf("port %s of %s is in use by another program: stop that, or choose another port", port, orLocalhost(host)), err}
		case errors.Is(err, syscall.EACCES):
			return &PortError{fmt.Sprintf("port %s of %s may not be used by this user: choose one from 1024 on", port, orLocalhost(host)), err}
		case err != nil:
			return fmt.Errorf("listening on %s: %w", s.options.Addr, err)
		}
	}
	bound, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		s.url = "http://" + s.listener.Addr().String()
		return nil
	}
	if host == "" {
		host = bound
	}
	s.url = "http://" + net.JoinHostPort(orLocalhost(host), port)
	return nil
}

// orLocalhost is a host that a client can name.
func orLocalhost(host string) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "localhost"
	}
	return host
}

// URL of the REST API, "http://localhost:8000".
func (s *Server) URL() string { return s.url }

// APIKeys are the keys that the server takes.
func (s *Server) APIKeys() []string { return s.options.APIKeys }

// Handler serves the same app to an http.Server of one's own. That spells header
// names in its own way before the app sees them.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gateway.ServeHTTP(s.serve, w, r)
	})
}

// serve answers a request by the generation of the moment.
func (s *Server) serve(req *http1.Request, ans *http1.Answer) {
	g := s.acquire()
	defer g.release()
	g.gateway.Serve(req, ans)
}

// Invoke runs a function by its name in the Chalicefile, its name in AWS, or its
// ARN. The error is for invocations that never reached the function.
func (s *Server) Invoke(ctx context.Context, function string, payload []byte) (Result, error) {
	g := s.acquire()
	defer g.release()
	fn, ok := g.gateway.Function(function)
	if !ok {
		return Result{}, fmt.Errorf("%w: %q; there are: %s", ErrNoFunction, function, g.names())
	}
	return g.Invoke(ctx, fn, runtimeapi.Call{RequestID: requestID(), Payload: payload, Tail: true})
}

// Swap makes a new generation of app and binary and, once its first process has
// asked for work or told why it cannot, sends all further requests to it. The
// old one ends when its last request has been answered.
func (s *Server) Swap(ctx context.Context, app *model.App, binary string) error {
	s.swap.Lock()
	defer s.swap.Unlock()
	g, err := s.newGeneration(app, binary)
	if err != nil {
		return err
	}
	if err := g.warm(ctx); err != nil {
		g.retire()
		return err
	}
	if old := s.current.Swap(g); old != nil {
		old.retire()
	}
	if s.options.Schedules {
		g.startSchedules(app) // not beside those of the old one
	}
	return nil
}

// Close ends the server and its processes at once.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	all := make([]*generation, 0, len(s.all))
	for g := range s.all {
		all = append(all, g)
	}
	s.mu.Unlock()
	s.http.MarkClosed()
	err := s.listener.Close()
	for _, g := range all {
		g.close()
	}
	s.http.Close()
	s.wg.Wait()
	s.host.Close()
	return err
}

// Package handlertest runs an app in a test, as `chalicefile local` does:
// the same API Gateway on localhost, in front of the same binary.
//
//	func TestCity(t *testing.T) {
//		app := handlertest.New(t)
//		res := app.Get("/cities/seattle")
//		if res.StatusCode != 200 || res.Text() != `{"state":"WA"}` {
//			t.Errorf("%d %s", res.StatusCode, res.Text())
//		}
//	}
//
// The app is built once per test binary, which takes about as long as `go
// build` does. A handler that needs no gateway is tested as any function: see
// NewRequest.
package handlertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local"
)

// App is an app that is being served on localhost until its test ends.
type App struct {
	// URL of the REST API, without a slash at its end.
	URL string
	// APIKey is sent by nobody unasked: Header("X-API-Key", app.APIKey).
	APIKey string

	t      testing.TB
	server *local.Server
	client *http.Client
	log    *logBuffer
}

// Option is an option of New.
type Option func(*options)

type options struct {
	dir, file, stage string
	env              map[string]string
	keys             []string
	jwks             []byte
	authorizers      map[string]string
}

// Stage chooses the stage, in place of "dev".
func Stage(name string) Option { return func(o *options) { o.stage = name } }

// Env sets a variable in the environment of every function of the app, over
// what the Chalicefile says; ${env.NAME} in the Chalicefile sees it too.
func Env(name, value string) Option { return func(o *options) { o.env[name] = value } }

// Dir names the directory of the Chalicefile, in place of the one above the
// package of the test.
func Dir(path string) Option { return func(o *options) { o.dir = path } }

// File names the Chalicefile, in place of Chalicefile.yaml.
func File(name string) Option { return func(o *options) { o.file = name } }

// APIKey sets the API key that routes with api_key_required ask for, in place
// of one made up.
func APIKey(key string) Option { return func(o *options) { o.keys = append(o.keys, key) } }

// JWKS sets the public keys of Cognito user pools, a JSON Web Key Set. Without
// it, signatures of tokens are not verified.
func JWKS(keys []byte) Option { return func(o *options) { o.jwks = keys } }

// Authorizer sets the URL at which a custom authorizer is called. Without it,
// the authorizer allows everything.
func Authorizer(name, url string) Option { return func(o *options) { o.authorizers[name] = url } }

// New serves the app whose Chalicefile stands in the directory of the test's
// package or above it. Faults of the app fail the test, and are told as
// `chalicefile validate` tells them.
func New(t testing.TB, opts ...Option) *App {
	t.Helper()
	o := options{stage: "dev", env: map[string]string{}, authorizers: map[string]string{}}
	for _, option := range opts {
		option(&o)
	}
	b := builtFor(t, &o)
	log := &logBuffer{}
	server, err := local.Start(t.Context(), local.Options{
		App:         b.app,
		Binary:      b.binary,
		Addr:        "127.0.0.1:0",
		Log:         log,
		Environ:     os.Environ(),
		Now:         time.Now,
		APIKeys:     o.keys,
		JWKS:        o.jwks,
		Authorizers: o.authorizers,
	})
	if err != nil {
		t.Fatalf("the app does not start: %v\n%s", err, log)
	}
	app := &App{URL: strings.TrimSuffix(server.URL(), "/"), t: t, server: server, client: newClient(), log: log}
	if keys := server.APIKeys(); len(keys) > 0 {
		app.APIKey = keys[0]
	}
	t.Cleanup(app.close)
	return app
}

func (a *App) close() {
	a.client.CloseIdleConnections()
	if err := a.server.Close(); err != nil {
		a.t.Errorf("ending the app: %v", err)
	}
	if a.t.Failed() {
		a.t.Logf("the app wrote:\n%s", a.log)
	}
}

// Log is what the functions have written so far, and a line per request.
func (a *App) Log() string { return a.log.String() }

// FunctionError is what Lambda says when a function failed.
type FunctionError struct {
	// Function is the name in the Chalicefile.
	Function string `json:"-"`
	// Type and Message are errorType and errorMessage.
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
	// Log is the end of what the function wrote.
	Log string `json:"-"`
}

// Error names function, type and message.
func (e *FunctionError) Error() string {
	return fmt.Sprintf("function %s failed: %s: %s", e.Function, e.Type, e.Message)
}

// Invoke runs a function by its name in the Chalicefile and returns its result
// as JSON. A payload of []byte or json.RawMessage, such as the samples of this
// package, is sent as it is, anything else as JSON. A function that fails,
// fails the test: see TryInvoke.
func (a *App) Invoke(name string, payload any) JSON {
	a.t.Helper()
	out, err := a.TryInvoke(name, payload)
	if failed := (*FunctionError)(nil); errors.As(err, &failed) {
		a.t.Fatalf("%v\n%s", err, failed.Log)
	} else if err != nil {
		a.t.Fatal(err)
	}
	return out
}

// TryInvoke is Invoke that returns what went wrong; where the function itself
// failed, that is a *FunctionError.
func (a *App) TryInvoke(name string, payload any) (JSON, error) {
	data, err := encode(payload)
	if err != nil {
		return nil, fmt.Errorf("the payload of %s: %w", name, err)
	}
	result, err := a.server.Invoke(context.WithoutCancel(a.t.Context()), name, data)
	if err != nil {
		return nil, err
	}
	if result.FunctionError != "" {
		return nil, functionError(name, result)
	}
	return result.Payload, nil
}

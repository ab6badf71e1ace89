// Package gateway plays the REST API of an app as API Gateway does it, not more
// kindly: the same events, the same authorizers, the same words for what it
// refuses. What it writes to the log beside an answer is as kind as can be.
//
// It also serves the functions by the Lambda Invoke API, and sample events,
// under /_chalicefile/.
package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
)

// MaxBody is the longest body that API Gateway takes.
const MaxBody = 10485760

// DefaultTimeout is how long API Gateway waits for a function.
const DefaultTimeout = 29 * time.Second

// apiID stands for the id that AWS gives a REST API.
const apiID = "local"

// Invoker runs functions.
type Invoker interface {
	Invoke(ctx context.Context, fn *model.Function, call runtimeapi.Call) (runtimeapi.Result, error)
}

// Options of a Gateway.
type Options struct {
	App     *model.App
	Invoker Invoker
	Log     *Log
	// Now is the clock.
	Now func() time.Time
	// APIKeys are the valid ones.
	APIKeys []string
	// Keys verify the tokens of Cognito authorizers; nil: nothing does.
	Keys *KeySet
	// Authorizers are the URLs of custom authorizers by name.
	Authorizers map[string]string
	// Timeout is how long a function is waited for; 0 is DefaultTimeout.
	Timeout time.Duration
	// Context ends what the gateway waits for; nil never does.
	Context context.Context
	// Go runs f beside the request, and keeps the functions alive until it
	// returns; nil just starts it.
	Go func(f func())
}

// Gateway serves one app.
type Gateway struct {
	app     *model.App
	invoker Invoker
	log     *Log
	now     func() time.Time
	timeout time.Duration
	spawn   func(func())
	context context.Context

	routes      routes
	keys        map[string]bool
	jwks        *KeySet
	custom      map[string]string
	authorizers map[*model.Authorizer]*lambdaAuthorizer
	functions   map[string]*model.Function
	binary      mediaTypes
	// compress is the size from which answers are compressed; -1: never.
	compress int
	// cors are the fields of the answers that the gateway makes by itself.
	cors []http1.Field
	// stageVariables is their JSON, or null.
	stageVariables []byte
	region         string
	account        string
}

// New makes the gateway of an app.
func New(o Options) (*Gateway, error) {
	g := &Gateway{
		app: o.App, invoker: o.Invoker, log: o.Log, now: o.Now, timeout: o.Timeout, spawn: o.Go, context: o.Context,
		keys: map[string]bool{}, jwks: o.Keys, custom: o.Authorizers,
		authorizers: map[*model.Authorizer]*lambdaAuthorizer{},
		functions:   functionNames(o.App),
		binary:      o.App.API.BinaryTypes,
		compress:    -1,
		cors:        gatewayCORS(o.App.API.GatewayCORS),
		region:      "us-east-1",
		account:     "000000000000",
	}
	if g.timeout == 0 {
		g.timeout = DefaultTimeout
	}
	if g.context == nil {
		g.context = context.Background()
	}
	if g.spawn == nil {
		g.spawn = func(f func()) { go f() }
	}
	for _, key := range o.APIKeys {
		g.keys[key] = true
	}
	if s := o.App.Spec; s != nil {
		if s.API.MinimumCompressionSize != nil {
			g.compress = *s.API.MinimumCompressionSize
		}
		g.region, g.account = orDefault(s.Region, g.region), orDefault(s.Account, g.account)
	}
	g.stageVariables = stageVariables(o.App.API.StageVariables)
	for _, a := range o.App.Authorizers {
		g.prepareAuthorizer(a)
	}
	return g, g.buildRoutes()
}

func (g *Gateway) prepareAuthorizer(a *model.Authorizer) {
	switch a.Kind {
	case model.AuthHandler, model.AuthCustom:
		g.authorizers[a] = newLambdaAuthorizer(g, a)
	case model.AuthCognito:
		if g.jwks == nil {
			g.log.Once("signatures of Cognito tokens are not verified: give the user pool's keys with --jwks FILE")
		}
	}
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// Serve answers a request that came by an http1.Server.
func (g *Gateway) Serve(req *http1.Request, ans *http1.Answer) {
	x := newExchange(g, req, ans)
	x.serve()
	x.end()
}

// ServeHTTP answers a request that came by an http.Server, which spells header
// names in its own way.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ServeHTTP(g.Serve, w, r)
}

package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
)

// lambdaAuthorizer is an authorizer that is a function, of this app or not.
type lambdaAuthorizer struct {
	g *Gateway
	a *model.Authorizer
	// sources are where the identity comes from: "header.NAME" and so on.
	sources []string

	mu    sync.Mutex
	cache map[string]cached
}

// cached is a policy with the end of its time.
type cached struct {
	policy *policy
	until  time.Time
}

// maxCached bounds the cache of an authorizer; when it is full, it is emptied.
const maxCached = 10000

func newLambdaAuthorizer(g *Gateway, a *model.Authorizer) *lambdaAuthorizer {
	sources := a.Identity
	if a.Type != "request" || len(sources) == 0 {
		sources = []string{"header." + a.Header}
	}
	return &lambdaAuthorizer{g: g, a: a, sources: sources, cache: map[string]cached{}}
}

// errUnauthorized is an authorizer that wants 401.
var errUnauthorized = errors.New("the authorizer answered Unauthorized")

// authorize lets the request in, or answers it.
func (l *lambdaAuthorizer) authorize(x *exchange) bool {
	key, missing := l.identity(x)
	// A request authorizer without a cache is asked whatever is missing.
	if missing != "" && (l.a.Type != "request" || l.a.TTL > 0) {
		x.refuse(unauthorized, "the authorizer "+l.a.Name+" wants "+missing)
		return false
	}
	p, err := l.policy(x, key)
	switch {
	case errors.Is(err, errUnauthorized):
		x.refuse(unauthorized, "the authorizer "+l.a.Name+" answered Unauthorized")
		return false
	case err != nil:
		x.refuse(authorizerFailed, "the authorizer "+l.a.Name+" failed: "+err.Error())
		return false
	}
	arn := x.methodARN()
	switch p.evaluate(arn) {
	case allowed:
		x.authorizer = p.authorizer
		return true
	case denied:
		x.refuse(explicitDeny, "the policy of the authorizer "+l.a.Name+" denies "+arn)
	default:
		x.refuse(notAllowed, "the policy of the authorizer "+l.a.Name+" does not allow "+arn+l.cacheHint())
	}
	return false
}

// cacheHint reminds of the commonest reason for a policy that does not fit.
func (l *lambdaAuthorizer) cacheHint() string {
	if l.a.TTL == 0 {
		return ""
	}
	return fmt.Sprintf("; it is kept for %d s and must cover every route that the caller will ask for", l.a.TTL)
}

// identity is the values of the identity sources, and the first that is absent.
func (l *lambdaAuthorizer) identity(x *exchange) (key, missing string) {
	var b strings.Builder
	for _, source := range l.sources {
		value := x.source(source)
		if value == "" && missing == "" {
			kind, name, _ := strings.Cut(source, ".")
			missing = "the " + kind + " " + name
		}
		b.WriteString(value)
		b.WriteByte(0)
	}
	return b.String(), missing
}

// source is the value of an identity source.
func (x *exchange) source(source string) string {
	kind, name, _ := strings.Cut(source, ".")
	switch kind {
	case "header":
		return x.req.Get(name)
	case "query":
		return x.parameter(name)
	case "stage":
		return x.g.app.API.StageVariables[name]
	case "context":
		return x.contextValue(name)
	}
	return ""
}

// contextValue is a value of the request context, by its name in dots.
func (x *exchange) contextValue(name string) string {
	var context any
	if json.Unmarshal(x.appendContext(nil), &context) != nil {
		return "" // our own JSON
	}
	for part := range strings.SplitSeq(name, ".") {
		object, _ := context.(map[string]any)
		context = object[part]
	}
	switch v := context.(type) {
	case string:
		return v
	case nil, map[string]any:
		return ""
	}
	return fmt.Sprint(context)
}

// policy is the cached one, or what the authorizer answers now.
func (l *lambdaAuthorizer) policy(x *exchange, key string) (*policy, error) {
	if l.a.TTL > 0 {
		l.mu.Lock()
		c, ok := l.cache[key]
		l.mu.Unlock()
		if ok && x.start.Before(c.until) {
			return c.policy, nil
		}
	}
	answer, err := l.ask(x)
	if err != nil {
		return nil, err
	}
	p, err := parsePolicy(answer)
	if err != nil {
		return nil, fmt.Errorf("its answer is no policy: %w: %s", err, excerpt(answer))
	}
	if l.a.TTL > 0 {
		l.mu.Lock()
		if len(l.cache) >= maxCached {
			clear(l.cache)
		}
		l.cache[key] = cached{p, x.start.Add(time.Duration(l.a.TTL) * time.Second)}
		l.mu.Unlock()
	}
	return p, nil
}

// allowAll is the answer in place of a custom authorizer without a URL.
const allowAll = `{"principalId":"local","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`

// ask runs the authorizer.
func (l *lambdaAuthorizer) ask(x *exchange) ([]byte, error) {
	event := l.event(x)
	if l.a.Kind == model.AuthCustom {
		url, ok := l.g.custom[l.a.Name]
		if !ok {
			l.g.log.Once("the custom authorizer %s is a function outside this app and is taken to allow everything: give its URL with --authorizer %s=URL", l.a.Name, l.a.Name)
			return []byte(allowAll), nil
		}
		return l.post(url, event)
	}
	res, err := l.g.invoke(l.a.Function, runtimeapi.Call{RequestID: x.lambdaID(), TraceID: x.trace, Payload: event})
	if err != nil {
		return nil, err
	}
	return authorizerAnswer(res.Payload, res.FunctionError != "")
}

// lambdaID is an id for an invocation beside that of the request.
func (x *exchange) lambdaID() string {
	other := exchange{start: x.start}
	other.identify()
	return other.id
}

// authorizerAnswer tells the one error that means 401 from the others.
func authorizerAnswer(payload []byte, failed bool) ([]byte, error) {
	if !failed {
		return payload, nil
	}
	var fault struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &fault) == nil && fault.Message == "Unauthorized" {
		return nil, errUnauthorized
	}
	return nil, errors.New(excerpt(payload))
}

// post asks an authorizer outside the app, in the way of Lambda's Invoke.
func (l *lambdaAuthorizer) post(url string, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(l.g.context, l.g.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, runtimeapi.MaxResponse))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s answered %s: %s", url, resp.Status, excerpt(answer))
	}
	return authorizerAnswer(answer, resp.Header.Get("X-Amz-Function-Error") != "")
}

// event is what the authorizer is told.
func (l *lambdaAuthorizer) event(x *exchange) []byte {
	if l.a.Type != "request" {
		b := append([]byte(nil), `{"type":"TOKEN","methodArn":`...)
		b = appendString(b, x.methodARN())
		b = append(b, `,"authorizationToken":`...)
		b = appendString(b, x.req.Get(l.a.Header))
		return append(b, '}')
	}
	b := append([]byte(nil), `{"type":"REQUEST","methodArn":`...)
	b = appendString(b, x.methodARN())
	b = append(b, `,"resource":`...)
	b = append(b, x.route.resource...)
	b = append(b, `,"path":`...)
	b = appendString(b, x.path)
	b = append(b, `,"httpMethod":`...)
	b = appendString(b, x.req.Method)
	b = x.appendRequest(b)
	b = append(b, `,"requestContext":`...)
	return append(x.appendContext(b), '}')
}

// methodARN is what a policy must allow: the method and path of the request. A
// trailing slash does not make another route, nor another ARN.
func (x *exchange) methodARN() string {
	path := x.path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return "arn:aws:execute-api:" + x.g.region + ":" + x.g.account + ":" + apiID + "/" + x.g.app.API.StageName + "/" + x.req.Method + path
}

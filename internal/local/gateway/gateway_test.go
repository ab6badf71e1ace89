package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/spec"
)

// fixedNow is the clock of the tests.
var fixedNow = time.Date(2026, 11, 22, 15, 4, 5, 678e6, time.UTC)

// fake answers in the place of functions.
type fake struct {
	mu sync.Mutex
	// payloads by function; "" for any. A func makes the answer of the event.
	answer map[string]func(event []byte) (runtimeapi.Result, error)
	events map[string][][]byte
}

func (f *fake) Invoke(ctx context.Context, fn *model.Function, call runtimeapi.Call) (runtimeapi.Result, error) {
	f.mu.Lock()
	f.events[fn.Name] = append(f.events[fn.Name], bytes.Clone(call.Payload))
	answer := f.answer[fn.Name]
	f.mu.Unlock()
	if len(call.Payload) > runtimeapi.MaxEvent {
		return runtimeapi.Result{}, runtimeapi.ErrEventTooLarge
	}
	if answer == nil {
		return runtimeapi.Result{Payload: []byte(`{"statusCode":200,"body":"ok"}`)}, nil
	}
	return answer(call.Payload)
}

// last is the last event of a function, decoded.
func (f *fake) last(t *testing.T, function string) map[string]any {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.events[function]) == 0 {
		t.Fatalf("%s was not invoked", function)
	}
	var event map[string]any
	if err := json.Unmarshal(f.events[function][len(f.events[function])-1], &event); err != nil {
		t.Fatalf("%v: %s", err, f.events[function])
	}
	return event
}

func (f *fake) count(function string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.events[function])
}

func payload(text string) func([]byte) (runtimeapi.Result, error) {
	return func([]byte) (runtimeapi.Result, error) { return runtimeapi.Result{Payload: []byte(text)}, nil }
}

// rig is a gateway on a port.
type rig struct {
	*Gateway
	fake    *fake
	log     *bytes.Buffer
	address string
	now     time.Time
}

func newRig(t *testing.T, app *model.App, edit ...func(*Options)) *rig {
	t.Helper()
	r := &rig{fake: &fake{answer: map[string]func([]byte) (runtimeapi.Result, error){}, events: map[string][][]byte{}}, log: &bytes.Buffer{}, now: fixedNow}
	o := Options{App: app, Invoker: r.fake, Log: NewLog(r.log), Now: func() time.Time { return r.now }, APIKeys: []string{"the-key"}}
	for _, e := range edit {
		e(&o)
	}
	var err error
	if r.Gateway, err = New(o); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = l.Addr().String()
	server := &http1.Server{Handler: r.Serve, MaxBody: MaxBody, Now: o.Now}
	done := make(chan error)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.MarkClosed()
		l.Close()
		server.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// reply is an answer taken apart.
type reply struct {
	status int
	header map[string][]string // names in lower case
	raw    string              // the head as it came
	body   string
}

func (r reply) get(name string) string {
	if v := r.header[strings.ToLower(name)]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// do sends a request as text: lines end in \n, and Host, Connection and
// Content-Length are added.
func (r *rig) do(t *testing.T, request string) reply {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	line, fields, _ := strings.Cut(strings.TrimSpace(head), "\n")
	var b strings.Builder
	b.WriteString(line + " HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n")
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	for f := range strings.Lines(fields) {
		b.WriteString(strings.TrimSpace(f) + "\r\n")
	}
	b.WriteString("\r\n" + body)
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, b.String())
	data, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return parseReply(t, string(data))
}

func parseReply(t *testing.T, data string) reply {
	t.Helper()
	head, body, ok := strings.Cut(data, "\r\n\r\n")
	if !ok {
		t.Fatalf("no answer: %q", data)
	}
	out := reply{raw: head, body: body, header: map[string][]string{}}
	for i, line := range strings.Split(head, "\r\n") {
		if i == 0 {
			if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &out.status); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		out.header[strings.ToLower(name)] = append(out.header[strings.ToLower(name)], value)
	}
	return out
}

// TestRefusals holds the words of http.md's table.
func TestRefusals(t *testing.T) {
	const (
		missing = `{"message":"Missing Authentication Token"}`
		fault   = `{"message": "Internal server error"}`
	)
	failing := func(text string) func([]byte) (runtimeapi.Result, error) {
		return func([]byte) (runtimeapi.Result, error) {
			return runtimeapi.Result{Payload: []byte(text), FunctionError: "Unhandled"}, nil
		}
	}
	unable := func(err error) func([]byte) (runtimeapi.Result, error) {
		return func([]byte) (runtimeapi.Result, error) { return runtimeapi.Result{}, err }
	}
	statement := func(effect, resource string) func([]byte) (runtimeapi.Result, error) {
		return payload(`{"principalId":"p","policyDocument":{"Statement":[{"Effect":"` + effect + `","Action":"execute-api:Invoke","Resource":"` + resource + `"}]}}`)
	}
	for _, c := range []struct {
		name, request string
		api, auth     func([]byte) (runtimeapi.Result, error)
		status        int
		body, kind    string
	}{
		{name: "no path", request: "GET /nowhere", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "no method", request: "DELETE /cities/x", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "case", request: "GET /Cities/x", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "a method that ANY is not", request: "PURGE /files/x", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "no preflight", request: "OPTIONS /cities/x", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "no key", request: "GET /keyed", status: 403, body: `{"message":"Forbidden"}`, kind: "ForbiddenException"},
		{name: "wrong key", request: "GET /keyed\nX-API-Key: nonsense", status: 403, body: `{"message":"Forbidden"}`, kind: "ForbiddenException"},
		{name: "unsigned", request: "GET /signed", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "other scheme", request: "GET /signed\nAuthorization: Bearer x", status: 403, body: missing, kind: "MissingAuthenticationTokenException"},
		{name: "no token", request: "GET /pool", status: 401, body: `{"message":"Unauthorized"}`, kind: "UnauthorizedException"},
		{name: "no jwt", request: "GET /pool\nAuthorization: Bearer x.y.z", status: 401, body: `{"message":"Unauthorized"}`, kind: "UnauthorizedException"},
		{name: "authorizer's header absent", request: "GET /lambda", status: 401, body: `{"message":"Unauthorized"}`, kind: "UnauthorizedException"},
		{name: "authorizer says 401", request: "GET /lambda\nAuthorization: t", auth: failing(`{"errorMessage":"Unauthorized","errorType":"errorString"}`), status: 401, body: `{"message":"Unauthorized"}`, kind: "UnauthorizedException"},
		{name: "authorizer denies", request: "GET /lambda\nAuthorization: t", auth: statement("Deny", "*"), status: 403,
			body: `{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`, kind: "AccessDeniedException"},
		{name: "authorizer does not allow", request: "GET /lambda\nAuthorization: t", auth: statement("Allow", "arn:aws:execute-api:*/GET/other"), status: 403,
			body: `{"Message":"User is not authorized to access this resource"}`, kind: "AccessDeniedException"},
		{name: "authorizer fails", request: "GET /lambda\nAuthorization: t", auth: failing(`{"errorMessage":"no","errorType":"errorString"}`), status: 500, body: `{"message":null}`, kind: "AuthorizerConfigurationException"},
		{name: "authorizer's answer is none", request: "GET /lambda\nAuthorization: t", auth: payload(`{"hello":"world"}`), status: 500, body: `{"message":null}`, kind: "AuthorizerConfigurationException"},
		{name: "authorizer's answer is no JSON", request: "GET /lambda\nAuthorization: t", auth: payload(`x`), status: 500, body: `{"message":null}`, kind: "AuthorizerConfigurationException"},
		{name: "no proxy response", request: "GET /", api: payload(`{"hello":"world"}`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "null", request: "GET /", api: payload(`null`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "text", request: "GET /", api: payload(`"x"`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "no JSON", request: "GET /", api: payload(`{"statusCode":200`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "body is an object", request: "GET /", api: payload(`{"statusCode":200,"body":{}}`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "a forbidden header", request: "GET /", api: payload(`{"headers":{"X-A":"a\r\nX-B: c"}}`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "it died", request: "GET /", api: failing(`{"errorType":"Runtime.ExitError"}`), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "it took too long", request: "GET /", api: unable(context.DeadlineExceeded), status: 504, body: `{"message": "Endpoint request timed out"}`, kind: "InternalServerErrorException"},
		{name: "throttled", request: "GET /", api: unable(runtimeapi.ErrThrottled), status: 500, body: fault, kind: "InternalServerErrorException"},
		{name: "shut down", request: "GET /", api: unable(errors.New("gone")), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "interrupted", request: "GET /", api: unable(context.Canceled), status: 502, body: fault, kind: "InternalServerErrorException"},
		{name: "body over 10 MB", request: "POST /files/x\n\n" + strings.Repeat("x", MaxBody+1), status: 413, body: "HTTP content length exceeded 10485760 bytes.", kind: "RequestEntityTooLargeException"},
		{name: "event over 6 MB", request: "POST /files/x\n\n" + strings.Repeat("x", 5<<20), status: 413, body: `{"message": "Request Too Long"}`, kind: "BadRequestException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, localtest.App())
			r.fake.answer["api"], r.fake.answer["auth"] = c.api, c.auth
			res := r.do(t, c.request)
			if res.status != c.status || res.body != c.body || res.get("x-amzn-ErrorType") != c.kind {
				t.Errorf("%d %s %s, want %d %s %s", res.status, res.body, res.get("x-amzn-ErrorType"), c.status, c.body, c.kind)
			}
			if len(res.get("x-amzn-RequestId")) != 36 {
				t.Errorf("no request id: %s", res.raw)
			}
			contentType := "application/json"
			if !strings.HasPrefix(c.body, "{") {
				contentType = "text/plain; charset=utf-8"
			}
			if res.get("Content-Type") != contentType {
				t.Errorf("Content-Type %s", res.get("Content-Type"))
			}
			if res.get("Access-Control-Allow-Origin") != "" {
				t.Error("CORS of an API that has none")
			}
		})
	}
}

func TestRoutesAreFound(t *testing.T) {
	r := newRig(t, localtest.App())
	for request, want := range map[string]string{
		"GET /cities/seattle":           "/cities/{city} map[city:seattle]",
		"GET /cities/seattle/":          "/cities/{city} map[city:seattle]",
		"GET /cities/a%2Fb%20c+d":       "/cities/{city} map[city:a%2Fb%20c+d]",
		"DELETE /files/a/b%2Fc/d":       "/files/{key+} map[key:a/b%2Fc/d]",
		"GET /things/static/sub":        "/things/{id}/sub map[id:static]",
		"GET http://localhost:8000/?a=": "/ <nil>",
		"GET /":                         "/ <nil>",
	} {
		if res := r.do(t, request); res.status != 200 {
			t.Errorf("%s: %d %s", request, res.status, res.body)
			continue
		}
		event := r.fake.last(t, "api")
		if got := fmt.Sprint(event["resource"], " ", event["pathParameters"]); got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
}

// TestHead and so on: bodies that may not be there are not.
func TestAnswersWithoutBody(t *testing.T) {
	r := newRig(t, localtest.App())
	r.fake.answer["api"] = func(event []byte) (runtimeapi.Result, error) {
		if bytes.Contains(event, []byte(`"path":"/files/204"`)) {
			return runtimeapi.Result{Payload: []byte(`{"statusCode":204,"body":"no"}`)}, nil
		}
		return runtimeapi.Result{Payload: []byte(`{"statusCode":200,"body":"four"}`)}, nil
	}
	if res := r.do(t, "HEAD /files/x"); res.status != 200 || res.body != "" {
		t.Errorf("HEAD: %d %q", res.status, res.body)
	}
	if res := r.do(t, "GET /files/204"); res.status != 204 || res.body != "" || res.get("Content-Length") != "" {
		t.Errorf("204: %s %q", res.raw, res.body)
	}
}

func TestCORS(t *testing.T) {
	age := 600
	paths := func(cors ...*spec.CORS) func(*spec.App) {
		return func(s *spec.App) {
			s.Routes = nil
			for i, c := range cors {
				route := localtest.Route("GET", fmt.Sprintf("/p%d", i))
				route.Methods = append(route.Methods, localtest.Route("PUT", "/").Methods...)
				route.CORS = c
				s.Routes = append(s.Routes, route)
			}
		}
	}
	full := &spec.CORS{Enabled: true, AllowOrigin: []string{"https://a.example"}, AllowHeaders: []string{"X-Own"}, ExposeHeaders: []string{"X-One", "X-Two"}, MaxAge: &age, AllowCredentials: true}
	t.Run("preflight", func(t *testing.T) {
		r := newRig(t, localtest.App(paths(full)))
		res := r.do(t, "OPTIONS /p0\nOrigin: https://b.example\nAccess-Control-Request-Method: PUT")
		want := map[string]string{
			"Access-Control-Allow-Origin":      "https://a.example",
			"Access-Control-Allow-Headers":     "Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key,X-Own",
			"Access-Control-Allow-Methods":     "GET,PUT,OPTIONS",
			"Access-Control-Expose-Headers":    "X-One,X-Two",
			"Access-Control-Max-Age":           "600",
			"Access-Control-Allow-Credentials": "true",
		}
		if res.status != 200 || res.body != "" || r.fake.count("api") != 0 {
			t.Errorf("%d %q, %d invocations", res.status, res.body, r.fake.count("api"))
		}
		for name, value := range want {
			if res.get(name) != value {
				t.Errorf("%s: %q, want %q", name, res.get(name), value)
			}
		}
		res = r.do(t, "GET /nowhere")
		for name, value := range want {
			if name == "Access-Control-Allow-Methods" {
				value = ""
			}
			if res.get(name) != value {
				t.Errorf("gateway's answer: %s: %q, want %q", name, res.get(name), value)
			}
		}
	})
	t.Run("settings that differ", func(t *testing.T) {
		r := newRig(t, localtest.App(paths(full, &spec.CORS{Enabled: true}, nil)))
		res := r.do(t, "GET /nowhere")
		if res.get("Access-Control-Allow-Origin") != "*" || len(res.header["access-control-allow-headers"]) != 0 {
			t.Errorf("%s", res.raw)
		}
	})
	t.Run("several origins", func(t *testing.T) {
		r := newRig(t, localtest.App(paths(&spec.CORS{Enabled: true, AllowOrigin: []string{"https://a", "https://b"}})))
		if res := r.do(t, "OPTIONS /p0\nOrigin: https://b"); res.body != "ok" {
			t.Errorf("the function did not answer the preflight: %s %s", res.raw, res.body)
		}
		if event := r.fake.last(t, "api"); event["httpMethod"] != "OPTIONS" || event["resource"] != "/p0" {
			t.Errorf("%v", event)
		}
	})
}

func TestLog(t *testing.T) {
	r := newRig(t, localtest.App(func(s *spec.App) { s.Authorizers = nil }))
	r.do(t, "GET /cities/x?a=b")
	r.do(t, "DELETE /cities/x")
	want := "GET /cities/x?a=b 200 0.00ms api\nDELETE /cities/x 403 0.00ms -\n  the path has no method DELETE, only GET\n"
	if r.log.String() != want {
		t.Errorf("%q, want %q", r.log, want)
	}
}

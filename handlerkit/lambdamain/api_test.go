package lambdamain

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/handlerkit/internal/kitlog"
)

// request makes an event of API Gateway.
type request struct {
	method, path, body string
	resource           string // default path
	headers            map[string][]string
	query              map[string][]string
	params             map[string]string
	base64             bool
	authorizer         map[string]any
}

func (r request) event() []byte {
	if r.resource == "" {
		r.resource = r.path
	}
	e := map[string]any{
		"resource": r.resource, "path": r.path, "httpMethod": r.method,
		"headers": nil, "multiValueHeaders": nil, "queryStringParameters": nil, "multiValueQueryStringParameters": nil,
		"pathParameters": nil, "stageVariables": nil, "body": nil, "isBase64Encoded": r.base64,
		"requestContext": map[string]any{"requestId": "id-1", "stage": "api", "identity": map[string]any{"sourceIp": "192.0.2.1"}, "authorizer": r.authorizer},
	}
	if r.headers != nil {
		e["multiValueHeaders"] = r.headers
	}
	if r.query != nil {
		e["multiValueQueryStringParameters"] = r.query
	}
	if r.params != nil {
		e["pathParameters"] = r.params
	}
	if r.body != "" {
		e["body"] = r.body
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return b
}

// reply is an answer as API Gateway reads it.
type reply struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// String is the status, the headers but for a JSON content type, and the body.
func (r reply) String() string {
	var b strings.Builder
	fmt.Fprint(&b, r.StatusCode)
	if t := r.Headers["Content-Type"]; t != "application/json" {
		fmt.Fprintf(&b, " [%s]", t)
	}
	body := r.Body
	if r.IsBase64Encoded {
		raw, err := base64.StdEncoding.DecodeString(body)
		body = fmt.Sprintf("base64:%s%v", raw, map[bool]any{true: "", false: err}[err == nil])
	}
	fmt.Fprintf(&b, " %s", body)
	return b.String()
}

// journal catches what is logged. Tests that use it do not run in parallel.
func journal(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(kitlog.New(&b, "api", slog.LevelDebug)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &b
}

func serve(t *testing.T, a API, r request) reply {
	t.Helper()
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return invoke(t, h, r.event())
}

func invoke(t *testing.T, h lambda.Handler, event []byte) reply {
	t.Helper()
	out, err := h.Invoke(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return r
}

// returns makes a route's function of a result.
func returns(v any, err error) func(context.Context, *handlerkit.Request) (any, error) {
	return func(context.Context, *handlerkit.Request) (any, error) { return v, err }
}

type state struct {
	State string `json:"state"`
}

type teapot struct{ status int }

func (t teapot) Error() string   { return "short and stout" }
func (t teapot) HTTPStatus() int { return t.status }

type badJSON struct{}

func (badJSON) MarshalJSON() ([]byte, error) { panic("in MarshalJSON") }

type badError struct{}

func (badError) Error() string   { panic("in Error") }
func (badError) HTTPStatus() int { panic("in HTTPStatus") }

type brokenReader struct{ closed bool }

func (*brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }
func (b *brokenReader) Close() error           { b.closed = true; return nil }

const internal = `500 {"Code":"ChaliceViewError","Message":"ChaliceViewError: An internal server error occurred."}`

func TestResults(t *testing.T) {
	var nilState *state
	var nilResponse *handlerkit.Response
	tests := map[string]struct {
		v    any
		err  error
		want string
	}{
		"value":              {v: state{"WA"}, want: `200 {"state":"WA"}`},
		"nothing":            {want: `200 null`},
		"nil pointer":        {v: nilState, want: `200 null`},
		"nil slice":          {v: []int(nil), want: `200 null`},
		"nil map":            {v: map[string]int(nil), want: `200 null`},
		"nil response":       {v: nilResponse, want: `200 null`},
		"string":             {v: "Foo", want: `200 "Foo"`},
		"markup":             {v: "<a href=\"x\">&é\u2028\u2029</a>\n", want: `200 "<a href=\"x\">&é\u2028\u2029</a>\n"`},
		"bytes":              {v: []byte("\xff\x00x"), want: "200 [application/octet-stream] base64:\xff\x00x"},
		"raw JSON":           {v: json.RawMessage(`{"a": 1}`), want: `200 {"a":1}`},
		"NaN":                {v: math.NaN(), want: internal},
		"channel":            {v: make(chan int), want: internal},
		"panic in JSON":      {v: badJSON{}, want: internal},
		"bad request":        {err: handlerkit.BadRequest("Unknown city '%s'", "x"), want: `400 {"Code":"BadRequestError","Message":"Unknown city 'x'"}`},
		"unauthorized":       {err: handlerkit.Unauthorized("m"), want: `401 {"Code":"UnauthorizedError","Message":"m"}`},
		"forbidden":          {err: handlerkit.Forbidden("m"), want: `403 {"Code":"ForbiddenError","Message":"m"}`},
		"not found":          {err: handlerkit.NotFound("mykey"), want: `404 {"Code":"NotFoundError","Message":"mykey"}`},
		"method not allowed": {err: handlerkit.MethodNotAllowed("m"), want: `405 {"Code":"MethodNotAllowedError","Message":"m"}`},
		"conflict":           {err: handlerkit.Conflict("m"), want: `409 {"Code":"ConflictError","Message":"m"}`},
		"unsupported":        {err: handlerkit.UnsupportedMediaType("m"), want: `415 {"Code":"UnsupportedMediaType","Message":"m"}`},
		"unprocessable":      {err: handlerkit.UnprocessableEntity("m"), want: `422 {"Code":"UnprocessableEntityError","Message":"m"}`},
		"too many":           {err: handlerkit.TooManyRequests("m"), want: `429 {"Code":"TooManyRequestsError","Message":"m"}`},
		"view error":         {err: handlerkit.ViewError("m"), want: `500 {"Code":"ChaliceViewError","Message":"m"}`},
		"wrapped":            {err: fmt.Errorf("loading: %w", handlerkit.NotFound("k\"<&>\x01")), want: `404 {"Code":"NotFoundError","Message":"k\"<&>\u0001"}`},
		"joined":             {err: errors.Join(io.EOF, handlerkit.Conflict("m")), want: `409 {"Code":"ConflictError","Message":"m"}`},
		"own status":         {err: teapot{418}, want: `418 {"Code":"ImATeapotError","Message":"short and stout"}`},
		"own status 404":     {err: teapot{404}, want: `404 {"Code":"NotFoundError","Message":"short and stout"}`},
		"odd status":         {err: teapot{42}, want: internal},
		"wrapped own status": {err: fmt.Errorf("x: %w", teapot{418}), want: internal},
		"other error":        {err: errors.New("secret"), want: internal},
		"error that panics":  {err: badError{}, want: internal},
		"own error value":    {err: &handlerkit.Error{Status: 402, Message: "pay"}, want: `402 {"Code":"PaymentRequiredError","Message":"pay"}`},
		"error of status 0":  {err: &handlerkit.Error{Message: "m"}, want: `500 {"Code":"ChaliceViewError","Message":"m"}`},
		"error of status 99": {err: &handlerkit.Error{Status: 99, Message: "m"}, want: internal},
		"nil *Error":         {err: (*handlerkit.Error)(nil), want: internal},
		"error and value":    {v: state{"WA"}, err: handlerkit.Conflict("m"), want: `409 {"Code":"ConflictError","Message":"m"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			log := journal(t)
			a := API{Routes: []Route{{Method: "GET", Path: "/x", Handler: "api.X", Serve: returns(tt.v, tt.err)}}}
			got := serve(t, a, request{method: "GET", path: "/x"})
			if got.String() != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if logged := log.String() != ""; logged != (got.StatusCode >= 500) {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

func TestResponses(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = append(h[pairs[i]], pairs[i+1])
		}
		return h
	}
	type resp = handlerkit.Response
	tests := map[string]struct {
		v      any
		method string
		status int
		binary []string
		want   string
	}{
		"text":                 {v: &resp{Body: "hello world!", Headers: header("Content-Type", "text/plain")}, want: "200 [text/plain] hello world!"},
		"string":               {v: &resp{Body: "é"}, want: "200 [text/plain; charset=utf-8] é"},
		"string, not UTF-8":    {v: &resp{Body: "\xff"}, want: "200 [text/plain; charset=utf-8] base64:\xff"},
		"by value":             {v: resp{StatusCode: 201, Body: 1}, want: "201 1"},
		"nil body":             {v: &resp{StatusCode: 202}, want: "202 null"},
		"JSON":                 {v: &resp{Body: state{"<WA>"}}, want: `200 {"state":"<WA>"}`},
		"JSON, named so":       {v: &resp{Body: state{"WA"}, Headers: header("content-type", "application/problem+json")}, want: `200 [application/problem+json] {"state":"WA"}`},
		"text type, no text":   {v: &resp{Body: state{"WA"}, Headers: header("Content-Type", "text/html")}, want: internal},
		"bytes":                {v: &resp{Body: []byte("x")}, want: "200 [application/octet-stream] base64:x"},
		"gzip":                 {v: &resp{Body: []byte("\x1f\x8b"), Headers: header("Content-Type", "application/json", "Content-Encoding", "gzip")}, want: "200 base64:\x1f\x8b"},
		"reader":               {v: &resp{Body: strings.NewReader("abc"), Headers: header("Content-Type", "text/plain")}, want: "200 [text/plain] base64:abc"},
		"reader that breaks":   {v: &resp{Body: &brokenReader{}}, want: internal},
		"reply":                {v: handlerkit.Reply[state]{Status: 201, Body: state{"WA"}}, want: `201 {"state":"WA"}`},
		"reply of a string":    {v: handlerkit.Reply[string]{Body: "WA"}, want: `200 [text/plain; charset=utf-8] WA`},
		"reply pointer":        {v: &handlerkit.Reply[int]{Body: 7}, want: `200 7`},
		"redirect":             {v: handlerkit.Redirect(302, "/there"), want: "302 [text/plain; charset=utf-8] "},
		"method's status":      {v: state{"WA"}, status: 201, want: `201 {"state":"WA"}`},
		"response over method": {v: &resp{StatusCode: 203, Body: 1}, status: 201, want: `203 1`},
		"method's 204":         {v: state{"WA"}, status: 204, want: `204 [] `},
		"204":                  {v: &resp{StatusCode: 204, Body: "x"}, want: `204 [] `},
		"304":                  {v: &resp{StatusCode: 304}, want: `304 [] `},
		"HEAD":                 {v: state{"WA"}, method: "HEAD", want: `200 `},
		"HEAD with 201":        {v: state{"WA"}, method: "HEAD", status: 201, want: `201 `},
		"nil reply":            {v: (*handlerkit.Reply[int])(nil), want: internal},
		"HEAD of text":         {v: &resp{Body: "x"}, method: "HEAD", want: `200 [text/plain; charset=utf-8] `},
		"HEAD of a reader":     {v: &resp{Body: &brokenReader{}}, method: "HEAD", want: `200 [application/octet-stream] `},
		"status 99":            {v: &resp{StatusCode: 99}, want: internal},
		"status 700":           {v: &resp{StatusCode: 700}, want: internal},
		"line break in value":  {v: &resp{Headers: header("X-A", "a\nb")}, want: internal},
		"return in value":      {v: &resp{Headers: header("X-A", "a\rb")}, want: internal},
		"NUL in value":         {v: &resp{Headers: header("X-A", "a\x00b")}, want: internal},
		"space in name":        {v: &resp{Headers: header("X A", "a")}, want: internal},
		"line break in name":   {v: &resp{Headers: header("X\nA", "a")}, want: internal},
		"empty name":           {v: &resp{Headers: header("", "a")}, want: internal},
		"line break in URL":    {v: handlerkit.Redirect(302, "/x\r\nSet-Cookie: a=b"), want: internal},
		"bad cookie":           {v: &resp{Cookies: []*http.Cookie{{Name: "a b", Value: "x"}}}, want: internal},

		"list, bytes that match":      {v: &resp{Body: []byte("\xff"), Headers: header("Content-Type", "image/png; q=1")}, binary: []string{"image/*"}, want: "200 [image/png; q=1] base64:\xff"},
		"list, text that matches":     {v: &resp{Body: "x", Headers: header("Content-Type", "application/zip")}, binary: []string{"Application/Zip"}, want: "200 [application/zip] base64:x"},
		"list, text":                  {v: &resp{Body: "x"}, binary: []string{"image/*"}, want: "200 [text/plain; charset=utf-8] x"},
		"list, bytes that are text":   {v: &resp{Body: []byte("x"), Headers: header("Content-Type", "text/csv")}, binary: []string{"image/*"}, want: "200 [text/csv] x"},
		"list, bytes without a match": {v: &resp{Body: []byte("\xff")}, binary: []string{"image/*"}, want: internal},
		"list with */*":               {v: []byte("x"), binary: []string{"image/*", "*/*"}, want: "200 [application/octet-stream] base64:x"},
		"list, JSON":                  {v: state{"WA"}, binary: []string{"application/json"}, want: `200 {"state":"WA"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			log := journal(t)
			if tt.method == "" {
				tt.method = "GET"
			}
			a := API{BinaryTypes: tt.binary, Routes: []Route{{Method: "ANY", Path: "/x", Handler: "api.X", Status: tt.status, Serve: returns(tt.v, nil)}}}
			got := serve(t, a, request{method: tt.method, path: "/x"})
			if got.String() != tt.want {
				t.Errorf("got  %q\nwant %q", got.String(), tt.want)
			}
			if got.StatusCode == 500 && !strings.Contains(log.String(), `"route":"ANY /x"`) {
				t.Errorf("logged: %s", log)
			}
		})
	}
}

func TestSeveralValuesAndCookies(t *testing.T) {
	v := &handlerkit.Response{
		Headers: http.Header{"x-many": {"1", "2"}, "X-One": {"a\tb\"é"}, "X-None": {}},
		Cookies: []*http.Cookie{{Name: "a", Value: "1", HttpOnly: true}, nil, {Name: "b", Value: "2"}},
	}
	a := API{Routes: []Route{{Method: "GET", Path: "/x", Serve: returns(v, nil)}}}
	got := serve(t, a, request{method: "GET", path: "/x"})
	want := `{"statusCode":200,"headers":{"Content-Type":"application/json","X-One":"a\tb\"é"},"multiValueHeaders":{"Set-Cookie":["a=1; HttpOnly","b=2"],"X-Many":["1","2"]},"body":"null","isBase64Encoded":false}`
	b, _ := json.Marshal(got)
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	if len(v.Headers) != 3 {
		t.Errorf("the handler's headers have changed: %v", v.Headers)
	}
}

func TestContentTypes(t *testing.T) {
	tests := []struct {
		method, contentType, body string
		takes                     []string
		want                      string
	}{
		{"POST", "application/json", "{}", nil, "200 1"},
		{"POST", "", "{}", nil, "200 1"},
		{"POST", "Application/JSON ; charset=utf-8", "{}", nil, "200 1"},
		{"POST", "text/csv", "a,b", nil, `415 {"Code":"UnsupportedMediaType","Message":"Unsupported media type: text/csv"}`},
		{"PUT", "text/csv", "a,b", nil, `415 {"Code":"UnsupportedMediaType","Message":"Unsupported media type: text/csv"}`},
		{"PATCH", "text/csv; x=y", "a,b", nil, `415 {"Code":"UnsupportedMediaType","Message":"Unsupported media type: text/csv"}`},
		{"DELETE", "text/csv", "a,b", nil, `415 {"Code":"UnsupportedMediaType","Message":"Unsupported media type: text/csv"}`},
		{"DELETE", "text/csv", "", nil, "200 1"},
		{"POST", "text/csv", "", nil, "200 1"},
		{"GET", "text/csv", "a", nil, "200 1"},
		{"POST", "image/png", "x", []string{"image/*"}, "200 1"},
		{"POST", "imagery/png", "x", []string{"image/*"}, `415 {"Code":"UnsupportedMediaType","Message":"Unsupported media type: imagery/png"}`},
		{"POST", "anything", "x", []string{"*/*"}, "200 1"},
		{"POST", "", "x", []string{"application/x-www-form-urlencoded"}, `415 {"Code":"UnsupportedMediaType","Message":"Unsupported media type: application/json"}`},
	}
	for _, tt := range tests {
		a := API{Routes: []Route{{Method: "ANY", Path: "/x", ContentTypes: tt.takes, Serve: returns(1, nil)}}}
		r := request{method: tt.method, path: "/x", body: tt.body}
		if tt.contentType != "" {
			r.headers = map[string][]string{"content-TYPE": {tt.contentType}}
		}
		if got := serve(t, a, r).String(); got != tt.want {
			t.Errorf("%s %q: got %s, want %s", tt.method, tt.contentType, got, tt.want)
		}
	}
}

func TestPanics(t *testing.T) {
	log := journal(t)
	boom := func(context.Context, *handlerkit.Request) (any, error) { panic(handlerkit.NotFound("x")) }
	a := API{Routes: []Route{{Method: "GET", Path: "/x", Handler: "api.Boom", Serve: boom}}}
	if got := serve(t, a, request{method: "GET", path: "/x"}).String(); got != internal {
		t.Errorf("got %s", got)
	}
	for _, want := range []string{"panic: NotFoundError: x", "api.Boom", "TestPanics", `"function":"api"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s does not say %s", log, want)
		}
	}
	a.Debug = true
	got := serve(t, a, request{method: "GET", path: "/x"})
	if got.StatusCode != 500 || got.Headers["Content-Type"] != "text/plain; charset=utf-8" {
		t.Errorf("got %v", got)
	}
	for _, want := range []string{"panic: NotFoundError: x", "handler: api.Boom", "route: GET /x", "TestPanics"} {
		if !strings.Contains(got.Body, want) {
			t.Errorf("%s does not say %s", got.Body, want)
		}
	}
}

func TestDebugShowsTheChain(t *testing.T) {
	journal(t)
	err := fmt.Errorf("state of vancouver: %w", io.ErrUnexpectedEOF)
	a := API{Debug: true, Routes: []Route{
		{Method: "GET", Path: "/x", Handler: "api.X", Serve: returns(nil, err)},
		{Method: "GET", Path: "/expected", Serve: returns(nil, handlerkit.BadRequest("m"))},
	}}
	got := serve(t, a, request{method: "GET", path: "/x"}).Body
	if want := "state of vancouver: unexpected EOF (*fmt.wrapError)\n  unexpected EOF (*errors.errorString)\n\nhandler: api.X\nroute: GET /x\n\ngoroutine "; !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
	if got := serve(t, a, request{method: "GET", path: "/expected"}).String(); got != `400 {"Code":"BadRequestError","Message":"m"}` {
		t.Errorf("got %s", got)
	}
}

func TestErrorHeaders(t *testing.T) {
	log := journal(t)
	own := &handlerkit.Error{Status: 429, Code: "TooManyRequestsError", Message: "m", Headers: http.Header{"retry-after": {"7"}, "Content-Type": {"text/html"}}}
	bad := &handlerkit.Error{Status: 429, Code: "TooManyRequestsError", Message: "m", Headers: http.Header{"X": {"a\nb"}}}
	a := API{Routes: []Route{
		{Method: "GET", Path: "/own", Serve: returns(nil, own)},
		{Method: "GET", Path: "/bad", Serve: returns(nil, bad)},
	}}
	if got := serve(t, a, request{method: "GET", path: "/own"}); got.Headers["Retry-After"] != "7" || got.Headers["Content-Type"] != "application/json" || got.StatusCode != 429 {
		t.Errorf("got %v", got)
	}
	if got := serve(t, a, request{method: "GET", path: "/bad"}); got.String() != internal || !strings.Contains(log.String(), "X has a value that HTTP forbids") {
		t.Errorf("got %v, logged %s", got, log)
	}
}

func TestUnroutedAndMalformed(t *testing.T) {
	journal(t)
	a := API{Routes: []Route{{Method: "GET", Path: "/x", Serve: returns(1, nil)}}}
	if got := serve(t, a, request{method: "GET", path: "/y"}).StatusCode; got != 404 {
		t.Errorf("unknown resource: %d", got)
	}
	if got := serve(t, a, request{method: "PUT", path: "/x"}).StatusCode; got != 405 {
		t.Errorf("unknown method: %d", got)
	}
	h, _ := a.Handler()
	for _, event := range []string{"", "null", "{}", `{"resource":"/x","httpMethod":"GET"`, `[1]`, `{"httpMethod":1,"resource":2}`} {
		if out, err := h.Invoke(context.Background(), []byte(event)); err == nil {
			t.Errorf("%s: %s", event, out)
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	x := Route{Method: "GET", Path: "/x", Serve: returns(1, nil)}
	for want, routes := range map[string][]Route{
		"GET /x is there twice": {x, x},
		"GET /y has no handler": {x, {Method: "GET", Path: "/y"}},
	} {
		if _, err := (API{Routes: routes}).Handler(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestKeptValues holds that what a handler keeps outlives the event's bytes,
// which Lambda's loop uses again.
func TestKeptValues(t *testing.T) {
	var kept *handlerkit.Request
	var city string
	var raw []byte
	var fromContext context.Context
	a := API{Routes: []Route{
		{Method: "POST", Path: "/r", Serve: func(_ context.Context, req *handlerkit.Request) (any, error) {
			kept = req
			return nil, nil
		}},
		{Method: "POST", Path: "/b", Bound: true, Serve: func(ctx context.Context, req *handlerkit.Request) (any, error) {
			city, raw, fromContext = req.PathValue("city"), req.RawBody(), ctx
			return nil, nil
		}},
		{Method: "POST", Path: "/c", Bound: true, Serve: func(ctx context.Context, _ *handlerkit.Request) (any, error) {
			kept = handlerkit.RequestFrom(ctx)
			return nil, nil
		}},
	}}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	run := func(path string) {
		event := request{method: "POST", path: path, params: map[string]string{"city": "seattle"}, body: `{"a":1}`}.event()
		invoke(t, h, event)
		for i := range event {
			event[i] = '#'
		}
	}
	for _, path := range []string{"/r", "/c"} {
		run(path)
		if kept.PathValue("city") != "seattle" || string(kept.RawBody()) != `{"a":1}` || kept.Path != path || kept.RequestContext().RequestID != "id-1" {
			t.Errorf("%s: the request has changed", path)
		}
	}
	run("/b")
	if city != "seattle" || string(raw) != `{"a":1}` {
		t.Errorf("%q %q have changed", city, raw)
	}
	if late := handlerkit.RequestFrom(fromContext); late.Path != "/b" || late.PathValue("city") != "" {
		t.Errorf("a request that nobody asked for in time has %q", late.PathValue("city"))
	}
}

func TestRequestInContext(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithDeadline(context.WithValue(context.Background(), key{}, "v"), time.Now().Add(time.Hour))
	defer cancel()
	a := API{Routes: []Route{{Method: "GET", Path: "/x", Serve: func(ctx context.Context, req *handlerkit.Request) (any, error) {
		_, deadline := ctx.Deadline()
		return []any{handlerkit.RequestFrom(ctx) == req, ctx.Value(key{}), deadline}, nil
	}}}}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Invoke(ctx, request{method: "GET", path: "/x"}.event())
	if err != nil || !strings.Contains(string(out), `[true,\"v\",true]`) {
		t.Errorf("%s, %v", out, err)
	}
}

package handlerkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

func load(t *testing.T, name string) *Request {
	t.Helper()
	event, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	req, err := NewRequest(event)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func event(t *testing.T, members string) *Request {
	t.Helper()
	req, err := NewRequest([]byte(`{"resource":"/x/{p}","path":"/x/1","httpMethod":"POST",` + members + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestIntrospect(t *testing.T) {
	want, err := os.ReadFile("testdata/introspect.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(load(t, "event.json"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestIntrospectBodies(t *testing.T) {
	for members, want := range map[string]string{
		`"body":"<a>"`:                                   `"raw_body":"<a>"`,
		`"body":"//8=","isBase64Encoded":true`:           `"raw_body":"//8="`,
		`"body":""`:                                      `"raw_body":null`,
		`"pathParameters":{"p":"a%20b"}`:                 `"uri_params":{"p":"a b"}`,
		`"stageVariables":{"v":"1"}`:                     `"stage_vars":{"v":"1"}`,
		`"headers":{"X-A":"1"}`:                          `"headers":{"x-a":"1"}`,
		`"multiValueHeaders":{"X-A":["1","2"]}`:          `"headers":{"x-a":"2"}`,
		`"requestContext":{"a":1,"authorizer":{"b":[]}}`: `"context":{"a":1,"authorizer":{"b":[]}}`,
	} {
		got, err := event(t, members).MarshalJSON()
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %s, %v", members, got, err)
		}
	}
}

func TestRequest(t *testing.T) {
	req := event(t, `"multiValueHeaders":{"x-a":["1"],"X-A":["2"],"content-type":["application/x-www-form-urlencoded; charset=utf-8"]},
		"multiValueQueryStringParameters":{"q":["a b","é"]},"pathParameters":{"p":"a%2Fb+c%zz","q":"a%2Fb+c"},"stageVariables":{"v":"1"},
		"requestContext":{"requestId":"id","stage":"api","identity":{"sourceIp":"192.0.2.1","apiKey":7},"authorizer":{"principalId":"me","n":"7","claims":{"sub":"s","groups":["a"]}},"more":{"x":1}},
		"body":"c3RhdGVzPVdBJnN0YXRlcz1DQQ==","isBase64Encoded":true`)
	check := func(name string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", name, got, want)
		}
	}
	check("header", len(req.Header().Values("x-A")), 2)
	check("query", req.Query()["q"], []string{"a b", "é"})
	check("value", req.PathValue("q"), "a/b+c")
	check("value that is no encoding", req.PathValue("p"), "a%2Fb+c%zz")
	check("values", req.PathValues()["q"], "a/b+c")
	check("no value", req.PathValue("z"), "")
	check("raw body", string(req.RawBody()), "states=WA&states=CA")
	check("stage variables", req.StageVars(), map[string]string{"v": "1"})
	form, err := req.Form()
	check("form", form["states"], []string{"WA", "CA"})
	check("form error", err, nil)
	c := req.RequestContext()
	check("request id", c.RequestID, "id")
	check("source", c.Identity.SourceIP, "192.0.2.1")
	check("principal", c.Authorizer["principalId"], "me")
	for name, want := range map[string]string{"n": "7", "sub": "s", "groups": `["a"]`, "none": ""} {
		got, _ := c.AuthorizerValue(name)
		check(name, got, want)
	}
	check("everything else", strings.Contains(string(c.Raw), `"more":{"x":1}`), true)
	b, _ := json.Marshal(req.RequestContext())
	check("marshalled", strings.HasPrefix(string(b), `{"requestId":"id"`), true)
	check("fields", []string{req.Method, req.Path, req.Resource}, []string{"POST", "/x/1", "/x/{p}"})
}

func TestRequestIsForSeveralGoroutines(t *testing.T) {
	req := load(t, "event.json")
	ctx := WithRequest(context.Background(), req)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r := RequestFrom(ctx)
			r.Header()
			r.Query()
			r.PathValues()
			r.RawBody()
			r.RequestContext()
			_, _ = r.MarshalJSON()
		})
	}
	wg.Wait()
	if RequestFrom(context.Background()) != nil {
		t.Error("a request out of nothing")
	}
}

func TestJSONBody(t *testing.T) {
	for members, want := range map[string]string{
		`"body":"{\"a\":1}"`: "1 <nil>",
		`"headers":{"Content-Type":"application/json; charset=utf-8"},"body":"{\"a\":1}"`: "1 <nil>",
		`"headers":{"Content-Type":"application/problem+JSON"},"body":"{\"a\":1}"`:        "1 <nil>",
		`"headers":{"Content-Type":"text/csv"},"body":"{"`:                                "7 <nil>",
		`"body":"{"`:  "7 BadRequestError: the body is not valid JSON: unexpected end of JSON input at byte 1",
		`"body":null`: "7 BadRequestError: the body is empty: JSON is expected",
	} {
		v := struct{ A int }{7}
		err := event(t, members).JSONBody(&v)
		if got := fmt.Sprint(v.A, " ", err); got != want {
			t.Errorf("%s: got %s, want %s", members, got, want)
		}
	}
}

func TestFormRefuses(t *testing.T) {
	req := event(t, `"headers":{"content-type":"multipart/form-data; boundary=x"},"body":"x"`)
	if _, err := req.Form(); err == nil || !strings.Contains(err.Error(), "multipart/form-data") {
		t.Errorf("%v", err)
	}
}

func TestErrors(t *testing.T) {
	cause := io.EOF
	tests := map[string]struct {
		err           error
		text, message string
		cause         error
	}{
		"formatted":   {BadRequest("no %s of %d", "x", 7), "BadRequestError: no x of 7", "no x of 7", nil},
		"strings":     {BadRequest("%s and '%s'!", "é%s", ""), "BadRequestError: é%s and ''!", "é%s and ''!", nil},
		"too many":    {BadRequest("%s", "a", "b"), "BadRequestError: a%!(EXTRA string=b)", "a%!(EXTRA string=b)", nil},
		"too few":     {BadRequest("%s %s", "a"), "BadRequestError: a %!s(MISSING)", "a %!s(MISSING)", nil},
		"open end":    {BadRequest("%s %", "a"), "BadRequestError: a %!(NOVERB)", "a %!(NOVERB)", nil},
		"percent":     {NotFound("100%"), "NotFoundError: 100%", "100%", nil},
		"two percent": {NotFound("100%%"), "NotFoundError: 100%", "100%", nil},
		"wrapping":    {NotFound("key: %w", cause), "NotFoundError: key: EOF", "key: EOF", cause},
		"wrapping 2":  {NotFound("%w, %w", errors.New("a"), cause), "NotFoundError: a, EOF", "a, EOF", cause},
	}
	for name, tt := range tests {
		e, ok := errors.AsType[*Error](fmt.Errorf("x: %w", tt.err))
		if !ok || e.Error() != tt.text || e.Message != tt.message || tt.cause != nil && !errors.Is(tt.err, tt.cause) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for status, want := range map[int]string{402: "PaymentRequiredError", 418: "ImATeapotError", 503: "ServiceUnavailableError", 501: "NotImplementedError", 505: "HTTPVersionNotSupportedError", 599: "UnknownError", 500: "ChaliceViewError", 415: "UnsupportedMediaType"} {
		if got := CodeOf(status); got != want {
			t.Errorf("%d: %s", status, got)
		}
	}
}

func TestDrop(t *testing.T) {
	err := fmt.Errorf("x: %w", Drop(io.EOF))
	if !IsDrop(err) || !errors.Is(err, io.EOF) || err.Error() != "x: EOF" || IsDrop(io.EOF) || !IsDrop(Drop(nil)) {
		t.Errorf("%v", err)
	}
}

func TestLoggerOutsideLambda(t *testing.T) {
	var b strings.Builder
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "id-1"})
	Logger(ctx).Info("with")
	Logger(context.Background()).Info("without")
	if lines := strings.Split(b.String(), "\n"); !strings.HasSuffix(lines[0], "msg=with requestId=id-1") || !strings.HasSuffix(lines[1], "msg=without") {
		t.Errorf("got %q", lines)
	}
}

func TestRedirectAndReply(t *testing.T) {
	r := Redirect(http.StatusFound, "/there")
	if r.StatusCode != 302 || r.Headers.Get("Location") != "/there" {
		t.Errorf("%+v", r)
	}
	p := Reply[int]{Status: 201, Body: 7, Header: http.Header{"A": {"b"}}}.Response()
	if p.StatusCode != 201 || p.Body != 7 || p.Headers.Get("A") != "b" || p.IsResult() || !ResultOf(1).IsResult() {
		t.Errorf("%+v", p)
	}
}

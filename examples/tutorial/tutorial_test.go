// Package tutorial walks the whole tutorial against the app as `chalicefile
// local` serves it.
package tutorial

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/handlerkit/handlertest"
)

// step is one request of the tutorial. Header is "Name: value" lines.
type step struct {
	method, path, header, body string
	status                     int
	want                       string // whole body
	wantHeader                 string // "Name: value" lines, "!Name" for absent ones
}

func walk(t *testing.T, app *handlertest.App, steps []step) {
	t.Helper()
	for _, s := range steps {
		name := s.method + " " + s.path
		req, err := http.NewRequest(s.method, app.URL+s.path, strings.NewReader(s.body))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(s.header) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			req.Header.Set(key, value)
		}
		res, err := app.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if res.StatusCode != s.status || res.Text() != s.want {
			t.Errorf("%s = %d %s\nwant %d %s", name, res.StatusCode, res.Text(), s.status, s.want)
		}
		for line := range strings.Lines(s.wantHeader) {
			line = strings.TrimSpace(line)
			if absent, ok := strings.CutPrefix(line, "!"); ok {
				if got := res.Header.Values(absent); len(got) > 0 {
					t.Errorf("%s: header %s is %q, want none", name, absent, got)
				}
				continue
			}
			key, value, _ := strings.Cut(line, ": ")
			if got := res.Header.Get(key); got != value {
				t.Errorf("%s: header %s is %q, want %q", name, key, got, value)
			}
		}
	}
}

const (
	jsonType      = "Content-Type: application/json"
	internalError = `{"Code":"ChaliceViewError","Message":"ChaliceViewError: An internal server error occurred."}`
)

func TestRoutes(t *testing.T) {
	walk(t, handlertest.New(t), []step{
		{method: "GET", path: "/", status: 200, want: `{"hello":"world"}`, wantHeader: jsonType},
		{method: "GET", path: "/cities/seattle", status: 200, want: `{"state":"WA"}`},
		{method: "GET", path: "/cities/portland/", status: 200, want: `{"state":"OR"}`},
		{method: "GET", path: "/unexpected/vancouver", status: 500, want: internalError, wantHeader: jsonType},
		{method: "GET", path: "/cities/vancouver", status: 400, want: `{"Code":"BadRequestError","Message":"Unknown city 'vancouver', valid choices are: portland, seattle"}`},
		{method: "PUT", path: "/resource/foo", status: 200, want: `{"value":"foo"}`},
		{method: "PUT", path: "/resource/a%2Fb+c%20d", status: 200, want: `{"value":"a/b+c d"}`},
		{method: "POST", path: "/myview", status: 200, want: `null`},
		{method: "PUT", path: "/myview", status: 200, want: `null`},
		{method: "GET", path: "/myview", status: 403, want: `{"message":"Missing Authentication Token"}`},
		{method: "POST", path: "/myviews", status: 200, want: `"created by POST"`},
		{method: "PUT", path: "/myviews", status: 200, want: `"replaced by PUT"`},
	})
}

func TestErrorClasses(t *testing.T) {
	app := handlertest.New(t)
	for class, want := range map[string]struct {
		status int
		code   string
	}{
		"bad-request":            {400, "BadRequestError"},
		"unauthorized":           {401, "UnauthorizedError"},
		"forbidden":              {403, "ForbiddenError"},
		"not-found":              {404, "NotFoundError"},
		"method-not-allowed":     {405, "MethodNotAllowedError"},
		"conflict":               {409, "ConflictError"},
		"unsupported-media-type": {415, "UnsupportedMediaType"},
		"unprocessable-entity":   {422, "UnprocessableEntityError"},
		"too-many-requests":      {429, "TooManyRequestsError"},
		"view-error":             {500, "ChaliceViewError"},
	} {
		walk(t, app, []step{{method: "GET", path: "/errors/" + class, status: want.status,
			want: fmt.Sprintf(`{"Code":%q,"Message":%q}`, want.code, strings.ReplaceAll(class, "-", " "))}})
	}
	walk(t, app, []step{
		{method: "GET", path: "/errors/panic", status: 500, want: internalError},
		{method: "GET", path: "/errors/none", status: 200, want: "null"},
	})
}

func TestDebugShowsTheTrace(t *testing.T) {
	res := handlertest.New(t, handlertest.Stage("debug")).Get("/unexpected/vancouver")
	if res.StatusCode != 500 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, want := range []string{`no such city: "vancouver"`, "StateOfCityOrPanic", "/unexpected/{city}"} {
		if !strings.Contains(res.Text(), want) {
			t.Errorf("the trace does not hold %q:\n%s", want, res.Text())
		}
	}
}

func TestObjects(t *testing.T) {
	app := handlertest.New(t)
	for _, path := range []string{"/objects/mykey", "/things/mything"} {
		key := path[strings.LastIndex(path, "/")+1:]
		walk(t, app, []step{
			{method: "GET", path: path, status: 404, want: `{"Code":"NotFoundError","Message":"` + key + `"}`},
			{method: "PUT", path: path, header: jsonType, body: `{"foo": "bar"}`, status: 200, want: "null"},
			{method: "GET", path: path, status: 200, want: `{"` + key + `":{"foo":"bar"}}`},
		})
	}
	res, err := app.Do(request(t, "PUT", app.URL+"/things/x", `{"foo": `))
	if err != nil || res.StatusCode != 400 || !strings.HasPrefix(res.Text(), `{"Code":"BadRequestError","Message":"`) {
		t.Errorf("half an object: %v %v", res, err)
	}
}

func TestIntrospect(t *testing.T) {
	app := handlertest.New(t)
	req := request(t, "GET", app.URL+"/introspect?query1=value1&query2=value2", "")
	req.Header.Set("X-TestHeader", "Foo")
	res, err := app.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(res.Text()), &got); err != nil {
		t.Fatalf("%v in %s", err, res.Text())
	}
	if keys := slices.Sorted(maps.Keys(got)); strings.Join(keys, " ") != "context headers method query_params raw_body stage_vars uri_params" {
		t.Errorf("keys are %q", keys)
	}
	for key, want := range map[string]string{"method": `"GET"`, "query_params": `{"query1":"value1","query2":"value2"}`, "raw_body": "null", "stage_vars": "null", "uri_params": "null"} {
		if b, _ := json.Marshal(got[key]); string(b) != want {
			t.Errorf("%s is %s, want %s", key, b, want)
		}
	}
	if headers, _ := got["headers"].(map[string]any); headers["x-testheader"] != "Foo" {
		t.Errorf("headers are %v", got["headers"])
	}
	context, _ := got["context"].(map[string]any)
	if context["resourcePath"] != "/introspect" || context["httpMethod"] != "GET" || context["requestId"] == "" || context["identity"] == nil {
		t.Errorf("context is %v", context)
	}
}

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func TestContentTypes(t *testing.T) {
	const form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
	walk(t, handlertest.New(t), []step{
		{method: "POST", path: "/form", header: form, body: "states=WA&states=CA", status: 200, want: `{"states":["WA","CA"]}`},
		{method: "POST", path: "/form", header: jsonType, body: `{"states":["WA"]}`, status: 415, want: `{"Code":"UnsupportedMediaType","Message":"Unsupported media type: application/json"}`},
		{method: "PUT", path: "/things/a", header: "Content-Type: text/csv", body: "a,b", status: 415, want: `{"Code":"UnsupportedMediaType","Message":"Unsupported media type: text/csv"}`},
		{method: "PUT", path: "/upload", header: "Content-Type: image/png", body: "\x89PNG\r\n\x00\xff", status: 200, want: `{"size":8}`},
	})
}

func TestResponses(t *testing.T) {
	app := handlertest.New(t)
	walk(t, app, []step{
		{method: "GET", path: "/text", status: 200, want: "hello world!", wantHeader: "Content-Type: text/plain"},
		{method: "GET", path: "/bytes", status: 200, want: "\x00\xff\x80\x7f", wantHeader: "Content-Type: application/octet-stream"},
		{method: "POST", path: "/created", header: jsonType, body: `{"name":"spoon"}`, status: 201, want: `{"name":"spoon"}`, wantHeader: "Location: /things/spoon"},
		{method: "POST", path: "/created", header: jsonType, body: `{}`, status: 422, want: `{"Code":"UnprocessableEntityError","Message":"an item needs a name"}`},
	})
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Get(app.URL + "/gzip")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	plain, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(plain)
	if err != nil || string(body) != `{"hello":"world"}` || res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("gzip: %s %v %v", body, res.Header, err)
	}
	moved, err := client.Get(app.URL + "/old")
	if err != nil {
		t.Fatal(err)
	}
	moved.Body.Close()
	if moved.StatusCode != 302 || moved.Header.Get("Location") != "/" {
		t.Errorf("moved: %d %v", moved.StatusCode, moved.Header)
	}
}

func TestCORS(t *testing.T) {
	const standard = "Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key"
	walk(t, handlertest.New(t), []step{
		{method: "PUT", path: "/supports-cors", status: 200, want: `{"cors":true}`, wantHeader: "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Headers: " + standard + "\n!Access-Control-Allow-Methods"},
		{method: "GET", path: "/supports-cors", status: 500, want: internalError, wantHeader: "Access-Control-Allow-Origin: *"},
		{method: "OPTIONS", path: "/supports-cors", status: 200, want: "", wantHeader: "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PUT,GET,OPTIONS\nAccess-Control-Allow-Headers: " + standard},
		{method: "OPTIONS", path: "/custom-cors", status: 200, want: "", wantHeader: "Access-Control-Allow-Origin: https://foo.example.com\nAccess-Control-Allow-Methods: GET,OPTIONS\nAccess-Control-Max-Age: 600\nAccess-Control-Expose-Headers: X-Special-Header\nAccess-Control-Allow-Credentials: true\nAccess-Control-Allow-Headers: Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key,X-Special-Header"},
		{method: "GET", path: "/custom-cors", status: 200, want: `{"cors":true}`, wantHeader: "Access-Control-Allow-Origin: https://foo.example.com\nAccess-Control-Allow-Credentials: true\nAccess-Control-Expose-Headers: X-Special-Header"},
		{method: "OPTIONS", path: "/cors-by-handler", header: "Origin: http://allowed2.example.com", status: 200, want: "null", wantHeader: "Access-Control-Allow-Origin: http://allowed2.example.com"},
		{method: "OPTIONS", path: "/cors-by-handler", header: "Origin: http://evil.example.com", status: 200, want: "null", wantHeader: "!Access-Control-Allow-Origin"},
		{method: "GET", path: "/cors-by-handler", status: 200, want: `"Foo"`},
		{method: "OPTIONS", path: "/cors-by-list", header: "Origin: http://allowed2.example.com", status: 200, want: "", wantHeader: "Access-Control-Allow-Origin: http://allowed2.example.com\nVary: Origin"},
		{method: "GET", path: "/cors-by-list", header: "Origin: http://allowed1.example.com", status: 200, want: `{"cors":true}`, wantHeader: "Access-Control-Allow-Origin: http://allowed1.example.com\nVary: Origin"},
		{method: "GET", path: "/cors-by-list", header: "Origin: http://evil.example.com", status: 200, want: `{"cors":true}`, wantHeader: "!Access-Control-Allow-Origin\nVary: Origin"},
		// An API with any cors has it on the gateway's own answers, too.
		{method: "GET", path: "/nowhere", status: 403, want: `{"message":"Missing Authentication Token"}`, wantHeader: "Access-Control-Allow-Origin: *"},
	})
}

func TestAuthorizers(t *testing.T) {
	const (
		forbidden    = `{"message":"Forbidden"}`
		unauthorized = `{"message":"Unauthorized"}`
		secure       = `{"secure":true}`
	)
	signature := "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/us-west-2/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0a", 32)
	pool := "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc"
	app := handlertest.New(t, handlertest.APIKey("a-key-of-twenty-characters"))
	walk(t, app, []step{
		{method: "GET", path: "/api-key", status: 403, want: forbidden},
		{method: "GET", path: "/api-key", header: "X-API-Key: wrong", status: 403, want: forbidden},
		{method: "GET", path: "/api-key", header: "X-API-Key: a-key-of-twenty-characters", status: 200, want: secure},
		{method: "GET", path: "/iam", status: 403, want: `{"message":"Missing Authentication Token"}`},
		{method: "GET", path: "/iam", header: signature + "\nX-Amz-Date: 20261122T120000Z", status: 200, want: secure},
		{method: "GET", path: "/user-pools", status: 401, want: unauthorized},
		{method: "GET", path: "/user-pools", header: "Authorization: nonsense", status: 401, want: unauthorized},
		{method: "GET", path: "/user-pools", header: "Authorization: " + token(t, pool, time.Now().Add(time.Hour)), status: 200, want: secure},
		{method: "GET", path: "/user-pools", header: "Authorization: " + token(t, pool, time.Now().Add(-time.Hour)), status: 401, want: `{"message":"The incoming token has expired"}`},
		{method: "GET", path: "/user-pools", header: "Authorization: " + token(t, pool+"x", time.Now().Add(time.Hour)), status: 401, want: unauthorized},
		{method: "GET", path: "/custom-auth", header: "Authorization: anything", status: 200, want: secure},
		{method: "GET", path: "/custom-auth", status: 401, want: unauthorized},
		{method: "GET", path: "/lambda-auth", header: "Authorization: allow", status: 200, want: `{"principal":"alice","team":"blue"}`},
		{method: "GET", path: "/lambda-auth", header: "Authorization: elsewhere", status: 403, want: `{"Message":"User is not authorized to access this resource"}`},
		{method: "GET", path: "/lambda-auth", header: "Authorization: deny", status: 403, want: `{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`},
		{method: "GET", path: "/lambda-auth", header: "Authorization: nobody", status: 401, want: unauthorized},
		{method: "GET", path: "/lambda-auth", status: 401, want: unauthorized},
	})
}

// token is a JWT of the right shape; without --jwks nobody looks at its
// signature.
func token(t *testing.T, issuer string, expires time.Time) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]string{"alg": "RS256", "kid": "k", "typ": "JWT"}) + "." +
		part(map[string]any{"iss": issuer, "sub": "alice", "token_use": "id", "exp": expires.Unix(), "iat": time.Now().Add(-2 * time.Hour).Unix()}) + "." +
		base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{1}, 256))
}

func TestFunctions(t *testing.T) {
	app := handlertest.New(t)
	for _, test := range []struct {
		name, payload, want string
	}{
		{"add", `{"a": 2, "b": 3}`, "5"},
		{"nightly", `{"keep_days": 30}`, "null"},
		{"on_message", string(handlertest.SQS("hello")), `{"batchItemFailures":[]}`},
		{"on_upload", string(handlertest.S3("mybucket", "images/a b.png")), "null"},
		{"periodic_task", string(handlertest.Schedule()), "null"},
	} {
		if got := app.Invoke(test.name, []byte(test.payload)); string(got) != test.want {
			t.Errorf("%s = %s, want %s", test.name, got, test.want)
		}
	}
	var failures struct {
		BatchItemFailures []struct{ ItemIdentifier string } `json:"batchItemFailures"`
	}
	out := app.Invoke("on_message", handlertest.SQS("hello", "fail", "good-bye"))
	if err := json.Unmarshal(out, &failures); err != nil || len(failures.BatchItemFailures) != 1 {
		t.Errorf("one message of three fails: %s (%v)", out, err)
	}
}

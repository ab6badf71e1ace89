package handlertest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/handlerkit/handlertest"
)

func newApp(t *testing.T, opts ...handlertest.Option) *handlertest.App {
	t.Helper()
	return handlertest.New(t, append(opts, handlertest.Dir("testdata/app"))...)
}

func TestRequests(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	if res := app.Get("/"); res.StatusCode != 200 || res.Text() != `{"hello":"world"}` || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("GET / = %d %s %v", res.StatusCode, res.Text(), res.Header)
	}
	if res := app.Head("/"); res.StatusCode != 403 {
		t.Errorf("HEAD / = %d", res.StatusCode)
	}
	type echo struct {
		Method      string
		Headers     map[string]string
		RawBody     string            `json:"raw_body"`
		QueryParams map[string]string `json:"query_params"`
		URIParams   map[string]string `json:"uri_params"`
	}
	for _, test := range []struct {
		method            string
		body              any
		want, contentType string
	}{
		{"POST", map[string]int{"a": 1}, `{"a":1}`, "application/json"},
		{"PUT", "text", "text", "application/json"},
		{"PATCH", []byte("bytes"), "bytes", "application/json"},
		{"POST", strings.NewReader("read"), "read", "application/json"},
		{"DELETE", nil, "", ""},
	} {
		var got echo
		res := app.Request(test.method, "/echo/me?x=1", test.body, handlertest.Header("X-One", "1"))
		if err := res.JSON(&got); err != nil {
			t.Fatal(err)
		}
		if got.Method != test.method || got.RawBody != test.want || got.Headers["content-type"] != test.contentType ||
			got.Headers["x-one"] != "1" || got.QueryParams["x"] != "1" || got.URIParams["name"] != "me" {
			t.Errorf("%s %v = %+v", test.method, test.body, got)
		}
		again, err := io.ReadAll(res.Body)
		if err != nil || string(again) != res.Text() || string(res.Bytes()) != res.Text() {
			t.Errorf("the body reads %q", again)
		}
	}
	if res := app.Post("/echo/me", url.Values{"a": {"b c"}}); res.StatusCode != 415 {
		t.Errorf("a form = %d %s", res.StatusCode, res.Text())
	}
	if err := app.Put("/echo/me", "x").JSON(new(int)); err == nil || !strings.Contains(err.Error(), `in the answer "{`) {
		t.Errorf("decoding an object into a number = %v", err)
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	app := newApp(t, handlertest.APIKey("a-key-of-more-than-twenty"))
	if app.APIKey != "a-key-of-more-than-twenty" {
		t.Errorf("APIKey = %q", app.APIKey)
	}
	req := httptest.NewRequest(http.MethodGet, "/keyed", nil)
	if res, err := app.Do(req); err != nil || res.StatusCode != 403 {
		t.Fatal(res, err)
	}
	req.Header.Set("X-API-Key", app.APIKey)
	if res, err := app.Do(req); err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	if res := app.Get("/keyed", handlertest.Header("x-api-key", app.APIKey)); res.StatusCode != 200 {
		t.Error(res.StatusCode)
	}
	elsewhere, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com/keyed", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := app.Do(elsewhere); err != nil || res.StatusCode != 403 || elsewhere.URL.Host != "api.example.com" {
		t.Error(res, err)
	}
	if !strings.Contains(app.Log(), "/keyed") {
		t.Errorf("log = %q", app.Log())
	}
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	if out := app.Invoke("sum", []int{1, 2, 3}); string(out) != "6" {
		t.Errorf("sum = %s", out)
	}
	if out := app.Invoke("sum", []byte(`[4, 5]`)); string(out) != "9" {
		t.Errorf("sum = %s", out)
	}
	_, err := app.TryInvoke("sum", json.RawMessage(`[]`))
	if failed := (*handlertest.FunctionError)(nil); !errors.As(err, &failed) || failed.Message != "no numbers" || failed.Function != "sum" {
		t.Errorf("sum of nothing = %v", err)
	}
	if _, err := app.TryInvoke("nobody", nil); err == nil {
		t.Error("invoking nobody is no error")
	}
	out := app.Invoke("on_message", handlertest.SQS("hello", "fail"))
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(out, &answer); err != nil || len(answer.BatchItemFailures) != 1 {
		t.Errorf("on_message = %s, %v", out, err)
	}
}

func TestEnvAndStage(t *testing.T) {
	t.Parallel()
	if out := newApp(t).Invoke("environment", nil); string(out) != `"red dev nothing"` {
		t.Errorf("environment = %s", out)
	}
	app := newApp(t, handlertest.Stage("prod"), handlertest.Env("COLOR", "blue"), handlertest.Env("HANDLERTEST_GIVEN", "something"))
	if out := app.Invoke("environment", nil); string(out) != `"blue prod something"` {
		t.Errorf("environment = %s", out)
	}
}

func TestNewRequest(t *testing.T) {
	req := handlertest.NewRequest("POST", "/cities/new%20york?a=1&a=2", map[string]int{"x": 1},
		handlertest.Route("/cities/{city}"), handlertest.Header("X-One", "1"),
		handlertest.AuthorizedAs(map[string]any{"principalId": "me"}))
	var body map[string]int
	if err := req.JSONBody(&body); err != nil || body["x"] != 1 {
		t.Errorf("body = %v, %v", body, err)
	}
	if req.PathValue("city") != "new york" || req.Query()["a"][1] != "2" || req.Header().Get("x-one") != "1" ||
		req.Resource != "/cities/{city}" || req.RequestContext().Authorizer["principalId"] != "me" {
		t.Errorf("request = %+v", req)
	}
	ctx := handlerkit.WithRequest(t.Context(), req)
	if handlerkit.RequestFrom(ctx) != req {
		t.Error("RequestFrom does not find it")
	}
	defer func() {
		if recover() == nil {
			t.Error("a path that is none of the route makes a request")
		}
	}()
	handlertest.NewRequest("GET", "/x", nil, handlertest.Route("/y"))
}

func TestSamples(t *testing.T) {
	for name, sample := range map[string]handlertest.JSON{
		"SQS": handlertest.SQS("a"), "SNS": handlertest.SNS("a"), "Kinesis": handlertest.Kinesis("a"),
		"S3": handlertest.S3("bucket", "a b"), "DynamoDB": handlertest.DynamoDB(`{"id":"1"}`),
		"EventBridge": handlertest.EventBridge(map[string]string{"a": "b"}), "Schedule": handlertest.Schedule(),
	} {
		if !json.Valid(sample) || len(sample) < 50 {
			t.Errorf("%s = %s", name, sample)
		}
	}
}

// recorder is a test whose end is looked at.
type recorder struct {
	testing.TB
	failed string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) {
	r.failed = fmt.Sprint(args...)
	runtime.Goexit()
}

func TestFaultsFailTheTest(t *testing.T) {
	t.Parallel()
	for range 2 { // the second one from what is known already
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			handlertest.New(r, handlertest.Dir("testdata/broken"))
		}()
		<-done
		if !strings.Contains(r.failed, `Chalicefile.yaml:7:10: error: package ../app/api has no exported function "Indx" [handler-not-found]`) {
			t.Errorf("told %q", r.failed)
		}
	}
}

// TestGoTestDoesNotAnswerFromItsCache asks the go command what a test that
// builds an app has opened.
func TestGoTestDoesNotAnswerFromItsCache(t *testing.T) {
	log := filepath.Join(t.TempDir(), "opened")
	cmd := exec.Command(os.Args[0], "-test.run=^TestEnvAndStage$", "-test.testlogfile="+log)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	opened, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"testdata/app/Chalicefile.yaml", "testdata/app/api/api.go", "testdata/app/api", "go.mod"} {
		found := false
		for line := range strings.Lines(string(opened)) {
			found = found || strings.HasPrefix(line, "open ") && strings.HasSuffix(strings.TrimSpace(line), filepath.FromSlash(name))
		}
		if !found {
			t.Errorf("%s was not opened", name)
		}
	}
}

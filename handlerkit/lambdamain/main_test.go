package lambdamain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// TestMain runs the test binary as a function's process where a test asks for
// one.
func TestMain(m *testing.M) {
	if os.Getenv("LAMBDAMAIN_TEST_PROCESS") != "" {
		Main(testApp)
		return
	}
	os.Exit(m.Run())
}

var testApp = App{Name: "shop", Stage: "dev", Functions: []Function{
	{Name: "api", New: func(context.Context) (lambda.Handler, error) {
		return API{Routes: []Route{
			{Method: "GET", Path: "/ok", Serve: func(ctx context.Context, _ *handlerkit.Request) (any, error) {
				slog.InfoContext(ctx, "default logger")
				handlerkit.Logger(ctx).Info("kit logger")
				return "ok", nil
			}},
			{Method: "GET", Path: "/goexit", Handler: "api.Gone", CORS: &CORS{AllowOrigin: []string{"*"}}, Serve: func(context.Context, *handlerkit.Request) (any, error) {
				runtime.Goexit()
				return nil, nil
			}},
		}}.Handler()
	}},
	{Name: "broken", New: func(context.Context) (lambda.Handler, error) { return nil, errors.New("api.NewAPI: no table") }},
	{Name: "panics", New: func(context.Context) (lambda.Handler, error) { panic("no client") }},
	{Name: "nothing", New: func(context.Context) (lambda.Handler, error) { return nil, nil }},
}}

// runtimeAPI plays the Lambda Runtime API: it hands out the events one by one
// and then lets the process wait until it is killed.
type runtimeAPI struct {
	mu      sync.Mutex
	events  [][]byte
	answers []string
	init    string
	done    chan struct{}
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/runtime/init/error"):
		a.init = r.Header.Get("Lambda-Runtime-Function-Error-Type") + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	case strings.HasSuffix(r.URL.Path, "/next"):
		if len(a.events) == 0 {
			close(a.done)
			a.mu.Unlock()
			<-r.Context().Done()
			a.mu.Lock()
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("id-", len(a.answers)))
		w.Header().Set("Lambda-Runtime-Deadline-Ms", "4102444800000")
		_, _ = w.Write(a.events[0])
		a.events = a.events[1:]
	default:
		a.answers = append(a.answers, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]+" "+string(body))
		w.WriteHeader(http.StatusAccepted)
	}
}

// process runs a function's process until it has answered all events, or ended
// by itself.
func process(t *testing.T, handler string, events ...[]byte) (*runtimeAPI, string, int) {
	t.Helper()
	api := &runtimeAPI{events: events, done: make(chan struct{})}
	server := httptest.NewServer(api)
	defer server.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = []string{"LAMBDAMAIN_TEST_PROCESS=1", "_HANDLER=" + handler, "AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://")}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-api.done:
		cancel()
		<-ended
	case <-ended:
	}
	api.mu.Lock()
	defer api.mu.Unlock()
	return api, log.String(), cmd.ProcessState.ExitCode()
}

func TestProcess(t *testing.T) {
	get := func(path string) []byte { return request{method: "GET", path: path}.event() }
	api, log, _ := process(t, "api", get("/ok"), get("/goexit"), []byte("{}"), get("/goexit"), get("/ok"))
	gone := `response {"statusCode":500,"headers":{"Content-Type":"application/json","Access-Control-Allow-Origin":"*"},"body":"{\"Code\":\"ChaliceViewError\",\"Message\":\"ChaliceViewError: An internal server error occurred.\"}","isBase64Encoded":false}`
	ok := `response {"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"\"ok\"","isBase64Encoded":false}`
	malformed := `error {"errorMessage":"the event is no request of an API Gateway REST API: httpMethod or resource is missing","errorType":"errorString"}`
	want := []string{ok, gone, malformed, gone, ok}
	if strings.Join(api.answers, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s\nlog:\n%s", strings.Join(api.answers, "\n"), strings.Join(want, "\n"), log)
	}
	for _, want := range []string{
		`"level":"INFO","msg":"default logger","function":"api","requestId":"id-0"}`,
		`"level":"INFO","msg":"kit logger","function":"api","requestId":"id-0"}`,
		`"handler":"api.Gone","route":"GET /goexit"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

func TestInitErrors(t *testing.T) {
	for handler, want := range map[string]string{
		"broken":  "api.NewAPI: no table",
		"panics":  "a constructor of panics panicked: no client",
		"nothing": "the function nothing has no handler",
		"other":   `the handler setting is \"other\": the app shop has no such function; it has: api, broken, panics, nothing`,
		"":        `the handler setting is \"\": the app shop has no such function; it has: api, broken, panics, nothing`,
	} {
		api, log, status := process(t, handler)
		if !strings.HasPrefix(api.init, "Runtime.InitError ") || !strings.Contains(api.init, `"errorMessage":"`+want+`"`) || !strings.Contains(log, want) || status != 1 {
			t.Errorf("%s: told %s, status %d, log %s", handler, api.init, status, log)
		}
		if handler == "panics" && !strings.Contains(log, "main_test.go") {
			t.Errorf("the log lacks the stack: %s", log)
		}
	}
}

func TestOutsideLambda(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = []string{"LAMBDAMAIN_TEST_PROCESS=1"}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "`chalicefile local`") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestLogLevel(t *testing.T) {
	for text, want := range map[string]slog.Level{"": slog.LevelInfo, "debug": slog.LevelDebug, "TRACE": slog.LevelDebug, "WARN": slog.LevelWarn, "ERROR": slog.LevelError, "FATAL": slog.LevelError, "INFO": slog.LevelInfo} {
		if got := logLevel(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

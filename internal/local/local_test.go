package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/spec"
)

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// waitFor waits until done, for as long as a slow machine may need.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for range 3000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

// start serves an app by the binary of localtest. What it leaves running fails
// the test.
func start(t testing.TB, app *model.App, edit ...func(*Options)) *Server {
	t.Helper()
	o := Options{App: app, Binary: localtest.Binary(t), Addr: "127.0.0.1:0", Now: time.Now}
	for _, e := range edit {
		e(&o)
	}
	before := runtime.NumGoroutine()
	s, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
		for i := 0; runtime.NumGoroutine() > before && i < 200; i++ {
			time.Sleep(10 * time.Millisecond)
		}
		if n := runtime.NumGoroutine(); n > before {
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines before, %d after:\n%s", before, n, stacks[:runtime.Stack(stacks, true)])
		}
	})
	return s
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestServes(t *testing.T) {
	log := &syncBuffer{}
	s := start(t, localtest.App(), func(o *Options) { o.Log = log })
	for target, want := range map[string]string{
		"/cities/seattle": `"pathParameters":{"city":"seattle"}`,
		`/?answer={"statusCode":201,"body":"made"}`: "made",
	} {
		if status, body := get(t, s.URL()+target); status/100 != 2 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
	for _, answer := range []string{"die", "error", "big", "nonsense"} {
		if status, body := get(t, s.URL()+"/?answer="+answer); status != 502 || body != `{"message": "Internal server error"}` {
			t.Errorf("%s: %d %s", answer, status, body)
		}
	}
	if status, _ := get(t, s.URL()+"/"); status != 200 {
		t.Errorf("afterwards: %d", status)
	}
	if !strings.Contains(log.String(), "GET /?answer=die 502 ") || !strings.Contains(log.String(), "  the function failed: ") {
		t.Errorf("%s", log)
	}
}

func TestHandlerServesToo(t *testing.T) {
	s := start(t, localtest.App())
	front := httptest.NewServer(s.Handler())
	defer front.Close()
	res, err := http.Post(front.URL+"/files/x?a=b", "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var event struct {
		Body, Path string
		Headers    map[string]string
	}
	if err := json.NewDecoder(res.Body).Decode(&event); err != nil {
		t.Fatal(err)
	}
	if event.Body != "Ym9keQ==" || event.Path != "/files/x" || event.Headers["Content-Type"] != "text/plain" {
		t.Errorf("%+v", event)
	}
}

// net/http guesses content types, which API Gateway does not.
func TestHandlerGuessesNoContentType(t *testing.T) {
	s := start(t, localtest.App())
	front := httptest.NewServer(s.Handler())
	defer front.Close()
	for target, want := range map[string][]string{
		`/?answer={"body":"<html>"}`:                                         {"application/json"},
		`/?answer={"body":"<html>","headers":{"content-type":"text/x-own"}}`: {"text/x-own"},
		`/?answer={"statusCode":204}`:                                        {"application/json"},
		"/_chalicefile/events":                                               {"application/json"},
	} {
		res, err := http.Get(front.URL + strings.ReplaceAll(target, "<", "%3C"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Values("Content-Type"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	req, err := http.NewRequest("POST", front.URL+"/2015-03-31/functions/plain/invocations", strings.NewReader(`{"do":"echo"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Invocation-Type", "Event")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Values("Content-Type"); res.StatusCode != 202 || got != nil {
		t.Errorf("Event: %d %q", res.StatusCode, got)
	}
}

// Records of functions' logs are text for people where that is asked for, and
// otherwise as Lambda has them.
func TestLogText(t *testing.T) {
	const record = `{"time":"2026-11-22T16:30:33Z","level":"ERROR","msg":"no luck","function":"plain","stack":"a\n\texample.com/app/api/a.go:1 +0x1\n"}`
	for asText, want := range map[bool]string{
		false: record + "\n",
		true:  "ERROR plain no luck\n  stack:\n    a.go:1  a\n",
	} {
		log := &syncBuffer{}
		app := localtest.App()
		app.Module = model.Module{Path: "example.com/app", Dir: "/src/app", AppDir: "/src/app/api"}
		s := start(t, app, func(o *Options) { o.Log, o.LogText = log, asText })
		text, err := json.Marshal(map[string]string{"do": "print", "text": record})
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Invoke(context.Background(), "plain", text)
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return strings.Contains(log.String(), want) })
		if !strings.Contains(string(res.Log), record) {
			t.Errorf("the log of the invocation: %s", res.Log)
		}
	}
}

func TestFunctionLogPaths(t *testing.T) {
	for file, want := range map[string]string{
		"example.com/app/api/a.go":      "api/a.go",
		"example.com/app2/api/a.go":     "example.com/app2/api/a.go",
		"net/http/server.go":            "net/http/server.go",
		"example.com/app/shared/sub.go": "shared/sub.go",
	} {
		var out bytes.Buffer
		app := &model.App{Module: model.Module{Path: "example.com/app", Dir: "/src", AppDir: "/src"}}
		line := `{"time":"","level":"INFO","msg":"m","stack":"f()\n\t` + file + `:7"}` + "\n"
		if _, err := FunctionLog(&out, app, "").Write([]byte(line)); err != nil || out.String() != "INFO m\n  stack:\n    "+want+":7  f\n" {
			t.Errorf("%s: %q %v", file, out.String(), err)
		}
	}
}

// What serves one invocation starts nothing that it does not need, and its log
// is the function's.
func TestCold(t *testing.T) {
	log := &syncBuffer{}
	s := start(t, localtest.App(), func(o *Options) { o.Log, o.Cold = log, true })
	if got := log.String(); got != "" {
		t.Errorf("logged at start: %s", got)
	}
	if res, err := s.Invoke(context.Background(), "plain", []byte(`{"do":"print","text":"hello"}`)); err != nil || res.FunctionError != "" {
		t.Fatal(err, res.FunctionError)
	}
	waitFor(t, func() bool { return log.String() == "hello\n" })
}

func TestTimeouts(t *testing.T) {
	second := 1
	t.Run("of API Gateway", func(t *testing.T) {
		s := start(t, localtest.App(), func(o *Options) { o.Timeout = 200 * time.Millisecond })
		if status, body := get(t, s.URL()+"/?answer=sleep"); status != 504 || body != `{"message": "Endpoint request timed out"}` {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("of the function", func(t *testing.T) {
		s := start(t, localtest.App(func(a *spec.App) { a.Defaults.Timeout = &second }))
		if status, body := get(t, s.URL()+"/?answer=sleep"); status != 502 || body != `{"message": "Internal server error"}` {
			t.Errorf("%d %s", status, body)
		}
	})
}

func TestEnvironment(t *testing.T) {
	app := localtest.App(func(s *spec.App) {
		s.Defaults.Environment = map[string]string{"TABLE": "things", "AWS_ENDPOINT_URL": "http://b", "AWS_REGION": "nowhere"}
	})
	s := start(t, app, func(o *Options) {
		o.Environ = []string{"HOME=/root", "AWS_PROFILE=p", "AWS_ENDPOINT_URL=http://a", "PATH=/mine", "AWSOME=x"}
	})
	res, err := s.Invoke(context.Background(), "plain", []byte(`{"do":"env"}`))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(res.Payload, &list); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range list {
		name, value, _ := strings.Cut(e, "=")
		got[name] = value
	}
	for name, want := range map[string]string{
		"TABLE": "things", "AWS_PROFILE": "p", "AWS_ENDPOINT_URL": "http://b", "AWS_REGION": "us-west-2", "_HANDLER": "plain",
		"AWS_LAMBDA_FUNCTION_NAME": "app-dev-plain", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin", "HOME": "", "AWSOME": "",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestInvoke(t *testing.T) {
	s := start(t, localtest.App())
	for _, name := range []string{"plain", "app-dev-plain", "arn:aws:lambda:us-west-2:000000000000:function:app-dev-plain", "000000000000:function:app-dev-plain:$LATEST"} {
		res, err := s.Invoke(context.Background(), name, []byte(`{"do":"echo","text":"hi"}`))
		if err != nil || string(res.Payload) != `"hi"` || !bytes.Contains(res.Log, []byte("REPORT RequestId: ")) {
			t.Errorf("%s: %s %v %s", name, res.Payload, err, res.Log)
		}
	}
	if _, err := s.Invoke(context.Background(), "nobody", nil); !errors.Is(err, ErrNoFunction) || !strings.Contains(err.Error(), "there are: api, auth, asked, on_message, plain, tick") {
		if !errors.Is(err, ErrNoFunction) {
			t.Error(err)
		}
	}
}

func TestBusyPort(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = Start(context.Background(), Options{App: localtest.App(), Binary: "x", Addr: fmt.Sprintf("localhost:%d", port), Now: time.Now})
	want := fmt.Sprintf("port %d of localhost is in use by another program: stop that, or choose another port", port)
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestCloseEndsProcesses sees a process with a request in flight end with the
// server.
func TestCloseEndsProcesses(t *testing.T) {
	s := start(t, localtest.App())
	res, err := s.Invoke(context.Background(), "plain", []byte(`{"do":"pid"}`))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(res.Payload))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = s.Invoke(context.Background(), "plain", []byte(`{"do":"echo","sleep":600000}`))
	}()
	time.Sleep(50 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done
	if p, err := os.FindProcess(pid); err == nil && alive(p) {
		t.Errorf("the process %d is still there", pid)
	}
	if res, err := http.Get(s.URL()); err == nil {
		res.Body.Close()
		t.Error("the server still answers")
	}
}

// TestSwapDropsNothing swaps generations under load.
func TestSwapDropsNothing(t *testing.T) {
	s := start(t, localtest.App())
	var stop atomic.Bool
	var served atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
			defer client.CloseIdleConnections()
			for !stop.Load() {
				res, err := client.Get(s.URL() + "/cities/x")
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != 200 {
					t.Errorf("%d %s %v", res.StatusCode, body, err)
					return
				}
				served.Add(1)
			}
		})
	}
	for range 6 {
		before := served.Load()
		waitFor(t, func() bool { return served.Load() > before+50 || t.Failed() })
		if err := s.Swap(context.Background(), localtest.App(), localtest.Binary(t)); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	wg.Wait()
	waitFor(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.all) == 1
	})
}

// TestSwapWaitsForTheOld has a request in flight over a swap.
func TestSwapWaitsForTheOld(t *testing.T) {
	s := start(t, localtest.App())
	done := make(chan string)
	go func() {
		_, body := get(t, s.URL()+"/?answer=sleep")
		done <- body
	}()
	time.Sleep(100 * time.Millisecond)
	app := localtest.App(func(a *spec.App) { a.Routes = append(a.Routes, localtest.Route("GET", "/new")) })
	if err := s.Swap(context.Background(), app, localtest.Binary(t)); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, s.URL()+"/new"); status != 200 {
		t.Errorf("the new generation: %d %s", status, body)
	}
	if body := <-done; !strings.Contains(body, `"answer":"sleep"`) {
		t.Errorf("the request in flight: %s", body)
	}
}

func TestStartOfABrokenFunction(t *testing.T) {
	log := &syncBuffer{}
	yes := spec.Route{Path: "/b", RouteDefaults: spec.RouteDefaults{Function: "broken"}, Methods: localtest.Route("GET", "/b").Methods}
	s := start(t, localtest.App(func(a *spec.App) { a.Routes = append(a.Routes, yes) }), func(o *Options) { o.Log = log })
	if status, body := get(t, s.URL()+"/b"); status != 502 {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, s.URL()+"/"); status != 200 {
		t.Errorf("the other function: %d", status)
	}
	if !strings.Contains(log.String(), "cannot start: no table") {
		t.Errorf("%s", log)
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []Options{
		{}, {App: localtest.App()},
		{App: localtest.App(), Now: time.Now, Addr: "nonsense"},
		{App: localtest.App(), Now: time.Now, Addr: "localhost:0", JWKS: []byte("{}")},
	} {
		if _, err := Start(context.Background(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestCloseDoesNotWait has a request in flight that waits for an authorizer
// outside, which does not answer.
func TestCloseDoesNotWait(t *testing.T) {
	asked := make(chan struct{})
	hang := make(chan struct{})
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-hang
	}))
	defer outside.Close()
	defer close(hang)
	s := start(t, localtest.App(), func(o *Options) {
		o.Cold, o.Timeout, o.Authorizers = true, time.Hour, map[string]string{"outside": outside.URL}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		req, err := http.NewRequest("GET", s.URL()+"/custom", nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("Authorization", "x")
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	<-asked
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done
}

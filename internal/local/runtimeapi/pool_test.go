package runtimeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
)

// buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// newPool makes a pool of the plain function, changed by edit.
func newPool(t *testing.T, edit func(*Function)) (*Pool, *buffer) {
	t.Helper()
	before := runtime.NumGoroutine()
	log := &buffer{}
	host := &Host{Output: log, Now: time.Now}
	fn := Function{
		Name: "fn", ARN: "arn:aws:lambda:us-east-1:000000000000:function:app-dev-fn",
		Binary: localtest.Binary(t), Dir: t.TempDir(), Env: []string{"_HANDLER=plain", "SOME=thing"},
		Timeout: 10 * time.Second, MemorySize: 128, Processes: 20,
	}
	if edit != nil {
		edit(&fn)
	}
	p := host.NewPool(fn)
	t.Cleanup(func() {
		p.Close()
		host.Close()
		for i := 0; runtime.NumGoroutine() > before && i < 200; i++ {
			time.Sleep(10 * time.Millisecond)
		}
		if n := runtime.NumGoroutine(); n > before {
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines before, %d after:\n%s", before, n, stacks[:runtime.Stack(stacks, true)])
		}
	})
	return p, log
}

var ids int

func invoke(t *testing.T, p *Pool, payload string) Result {
	t.Helper()
	ids++
	res, err := p.Invoke(context.Background(), Call{RequestID: fmt.Sprintf("id-%d", ids), Payload: []byte(payload)})
	if err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return res
}

func TestInvoke(t *testing.T) {
	p, _ := newPool(t, nil)
	for _, c := range []struct{ payload, want, kind string }{
		{`{"do":"echo","text":"hi"}`, `"hi"`, ""},
		{`{"do":"error","text":"no"}`, `{"errorMessage":"no","errorType":"errorString"}`, "Unhandled"},
		{`{"do":"length","text":"` + strings.Repeat("y", 1<<20) + `"}`, `1048576`, ""},
		{`{"do":"big","size":3000000}`, `"` + strings.Repeat("x", 3000000) + `"`, ""},
	} {
		res := invoke(t, p, c.payload)
		if string(res.Payload) != c.want || res.FunctionError != c.kind {
			t.Errorf("%.60s: %.200s %q, want %.200s %q", c.payload, res.Payload, res.FunctionError, c.want, c.kind)
		}
	}
	var dir string
	if err := json.Unmarshal(invoke(t, p, `{"do":"dir"}`).Payload, &dir); err != nil || dir != p.fn.Dir {
		t.Errorf("runs in %s, want %s (%v)", dir, p.fn.Dir, err)
	}
}

func TestSequentialCallsShareAProcess(t *testing.T) {
	p, _ := newPool(t, nil)
	first := string(invoke(t, p, `{"do":"pid"}`).Payload)
	for range 20 {
		if again := string(invoke(t, p, `{"do":"pid"}`).Payload); again != first {
			t.Fatalf("process %s, then %s", first, again)
		}
	}
}

func TestContextOfTheInvocation(t *testing.T) {
	p, _ := newPool(t, nil)
	res, err := p.Invoke(context.Background(), Call{RequestID: "the-id", TraceID: "Root=1-2-3", ClientContext: `{"custom":{"a":"b"}}`, Payload: []byte(`{"do":"context"}`)})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID, ARN, Trace string
		Left           float64
		Client         struct{ Custom map[string]string }
	}
	if err := json.Unmarshal(res.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "the-id" || got.ARN != p.fn.ARN || got.Trace != "Root=1-2-3" || got.Client.Custom["a"] != "b" || got.Left <= 0 || got.Left > 10 {
		t.Errorf("%s", res.Payload)
	}
}

func TestEnvironmentIsWhatIsGiven(t *testing.T) {
	t.Setenv("HIDDEN", "x")
	p, _ := newPool(t, nil)
	var env []string
	if err := json.Unmarshal(invoke(t, p, `{"do":"env"}`).Payload, &env); err != nil {
		t.Fatal(err)
	}
	for _, e := range env {
		switch name, _, _ := strings.Cut(e, "="); name {
		case "_HANDLER", "SOME", "AWS_LAMBDA_RUNTIME_API", "_X_AMZN_TRACE_ID":
		default:
			t.Errorf("the process sees %s", e)
		}
	}
}

func TestProcessesEndAndComeBack(t *testing.T) {
	p, log := newPool(t, nil)
	for _, c := range []struct{ payload, want string }{
		{`{"do":"exit","size":4}`, "Runtime exited with error: exit status 4"},
		{`{"do":"exit"}`, "Runtime exited without providing a reason"},
		{`{"do":"panic","text":"oh"}`, `"errorMessage":"oh"`},
	} {
		res := invoke(t, p, c.payload)
		if !strings.Contains(string(res.Payload), c.want) || res.FunctionError != "Unhandled" {
			t.Errorf("%s: %s %s, want %s", c.payload, res.Payload, res.FunctionError, c.want)
		}
		if res := invoke(t, p, `{"do":"echo","text":"hi"}`); string(res.Payload) != `"hi"` {
			t.Errorf("after %s: %s", c.payload, res.Payload)
		}
	}
	if !strings.Contains(log.String(), "fn: the process ended: exit status 4\n") {
		t.Errorf("the log does not tell: %s", log)
	}
}

func TestTimeout(t *testing.T) {
	p, _ := newPool(t, func(fn *Function) { fn.Timeout = 300 * time.Millisecond })
	res := invoke(t, p, `{"do":"echo","sleep":60000}`)
	want := fmt.Sprintf(`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id-%d Error: Task timed out after 0.30 seconds"}`, ids)
	if string(res.Payload) != want || res.FunctionError != "Unhandled" {
		t.Errorf("%s, want %s", res.Payload, want)
	}
	if res := invoke(t, p, `{"do":"echo","text":"hi"}`); string(res.Payload) != `"hi"` {
		t.Errorf("afterwards: %s", res.Payload)
	}
}

func TestSizes(t *testing.T) {
	p, _ := newPool(t, nil)
	res := invoke(t, p, `{"do":"big","size":6291555}`) // and two quotes
	if !strings.Contains(string(res.Payload), "Function.ResponseSizeTooLarge") {
		t.Errorf("%.200s", res.Payload)
	}
	if res := invoke(t, p, `{"do":"big","size":6291554}`); len(res.Payload) != MaxResponse {
		t.Errorf("an answer of the largest size: %.200s", res.Payload)
	}
	_, err := p.Invoke(context.Background(), Call{RequestID: "x", Payload: make([]byte, MaxEvent+1)})
	if !errors.Is(err, ErrEventTooLarge) {
		t.Errorf("an event over the limit: %v", err)
	}
}

func TestInitErrors(t *testing.T) {
	p, log := newPool(t, func(fn *Function) { fn.Env = []string{"_HANDLER=broken"} })
	var fault *InitError
	if err := p.Warm(context.Background()); !errors.As(err, &fault) {
		t.Fatalf("Warm: %v", err)
	}
	for range 3 {
		res := invoke(t, p, `{}`)
		want := `{"errorType":"Runtime.ExitError","errorMessage":"Error: Runtime exited with error: exit status 3"}`
		if string(res.Payload) != want || res.FunctionError != "Unhandled" {
			t.Errorf("%s, want %s", res.Payload, want)
		}
	}
	if !strings.Contains(log.String(), "cannot start: no table\n") {
		t.Errorf("the log lacks the function's words: %s", log)
	}
}

func TestMissingBinary(t *testing.T) {
	p, _ := newPool(t, func(fn *Function) { fn.Binary += "-that-is-not-there" })
	if res := invoke(t, p, `{}`); !strings.Contains(string(res.Payload), "Runtime.InvalidEntrypoint") {
		t.Errorf("%s", res.Payload)
	}
}

func TestSlowCallsRunSideBySide(t *testing.T) {
	p, _ := newPool(t, nil)
	pids := make(chan string, 8)
	for range cap(pids) {
		ids++
		id := fmt.Sprintf("id-%d", ids)
		go func() {
			res, err := p.Invoke(context.Background(), Call{RequestID: id, Payload: []byte(`{"do":"pid","sleep":1500}`)})
			if err != nil {
				t.Error(err)
			}
			pids <- string(res.Payload)
		}()
	}
	seen := map[string]bool{}
	for range cap(pids) {
		pid := <-pids
		if seen[pid] {
			t.Errorf("process %s had two of the invocations", pid)
		}
		seen[pid] = true
	}
}

func TestConcurrencyLimits(t *testing.T) {
	for _, reserved := range []bool{false, true} {
		p, _ := newPool(t, func(fn *Function) { fn.Processes, fn.Reserved = 2, reserved })
		errs := make(chan error, 4)
		for i := range cap(errs) {
			go func() {
				_, err := p.Invoke(context.Background(), Call{RequestID: fmt.Sprint(i), Payload: []byte(`{"do":"pid","sleep":500}`)})
				errs <- err
			}()
		}
		refused := 0
		for range cap(errs) {
			if err := <-errs; errors.Is(err, ErrThrottled) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if want := map[bool]int{false: 0, true: 2}[reserved]; refused != want {
			t.Errorf("reserved %v: %d refused, want %d", reserved, refused, want)
		}
		for range 10 { // one after the other never exceeds it
			invoke(t, p, `{"do":"echo"}`)
		}
	}
}

func TestTail(t *testing.T) {
	p, log := newPool(t, nil)
	res, err := p.Invoke(context.Background(), Call{RequestID: "the-id", Tail: true, Payload: []byte(`{"do":"print","text":"a line"}`)})
	if err != nil {
		t.Fatal(err)
	}
	text := string(res.Log)
	if !strings.HasPrefix(text, "START RequestId: the-id Version: $LATEST\na line\nEND RequestId: the-id\nREPORT RequestId: the-id\tDuration: ") {
		t.Errorf("%s", text)
	}
	if !strings.Contains(log.String(), "a line\n") {
		t.Errorf("not in the log: %s", log)
	}
	long := invoke(t, p, `{"do":"echo"}`)
	if long.Log != nil {
		t.Error("a log that nobody asked for")
	}
}

func TestInvokeEndsWithItsContext(t *testing.T) {
	p, _ := newPool(t, nil)
	invoke(t, p, `{"do":"echo"}`)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		time.Sleep(50 * time.Millisecond)
		cancel()
	}()
	if _, err := p.Invoke(ctx, Call{RequestID: "x", Payload: []byte(`{"do":"echo","sleep":400}`)}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if res := invoke(t, p, `{"do":"echo","text":"on"}`); string(res.Payload) != `"on"` {
		t.Errorf("%s", res.Payload)
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	p, _ := newPool(t, nil)
	invoke(t, p, `{"do":"echo"}`)
	done := make(chan Result)
	go func() {
		res, _ := p.Invoke(context.Background(), Call{RequestID: "x", Payload: []byte(`{"do":"echo","sleep":60000}`)})
		done <- res
	}()
	time.Sleep(50 * time.Millisecond)
	p.Close()
	if res := <-done; !strings.Contains(string(res.Payload), "Runtime.ExitError") {
		t.Errorf("%s", res.Payload)
	}
	if _, err := p.Invoke(context.Background(), Call{RequestID: "y"}); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

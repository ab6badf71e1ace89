package runtimeapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dialProcess is the Runtime API as a process sees it, without a process.
func dialProcess(t *testing.T) (*Pool, *process, func(method, path, body string, trailer map[string]string) (int, string, http.Header)) {
	t.Helper()
	host := &Host{Output: io.Discard, Now: time.Now}
	p := host.NewPool(Function{Name: "fn", ARN: "arn", Timeout: time.Minute, Processes: 1})
	run := newProcess(p)
	p.procs[run] = struct{}{}
	p.starting = 1
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go run.accept(listener)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		listener.Close()
		client.CloseIdleConnections()
		run.drain()
	})
	return p, run, func(method, path, body string, trailer map[string]string) (int, string, http.Header) {
		var from io.Reader = strings.NewReader(body)
		if trailer != nil {
			from = io.MultiReader(from) // of no known length
		}
		req, err := http.NewRequest(method, "http://"+listener.Addr().String()+path, from)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range trailer {
			if req.Trailer == nil {
				req.Trailer = http.Header{}
			}
			req.Trailer.Set(name, value)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(answer), res.Header
	}
}

func TestProtocol(t *testing.T) {
	p, _, do := dialProcess(t)
	const base = "/2018-06-01/runtime/"
	expect := func(status int, method, path, body string) string {
		t.Helper()
		got, answer, _ := do(method, base+path, body, nil)
		if got != status {
			t.Errorf("%s %s: %d %s, want %d", method, path, got, answer, status)
		}
		return answer
	}
	// Before anything has been asked for.
	expect(400, "POST", "invocation/id/response", "{}")
	expect(400, "POST", "invocation/id/error", "{}")
	expect(404, "GET", "nothing", "")
	expect(404, "POST", "invocation/next", "")
	if answer := expect(202, "POST", "init/error", `{"errorType":"x"}`); answer != okBody {
		t.Errorf("%s", answer)
	}
	results := make(chan Result, 1)
	call := func(id string) {
		go func() {
			res, err := p.Invoke(context.Background(), Call{RequestID: id, TraceID: "Root=1", Payload: []byte(`{"a":1}`)})
			if err != nil {
				t.Error(err)
			}
			results <- res
		}()
	}
	for i, c := range []struct {
		op, body string
		trailer  map[string]string
		want     Result
		status   int
	}{
		{"response", `"ok"`, nil, Result{Payload: []byte(`"ok"`)}, 202},
		{"response", "", nil, Result{Payload: nil}, 202},
		{"error", `{"errorMessage":"m"}`, nil, Result{Payload: []byte(`{"errorMessage":"m"}`), FunctionError: "Unhandled"}, 202},
		{"error", "", nil, Result{Payload: []byte(`{"errorType":"Runtime.Unknown","errorMessage":""}`), FunctionError: "Unhandled"}, 202},
		{"response", "half of", map[string]string{"Lambda-Runtime-Function-Error-Type": "E", "Lambda-Runtime-Function-Error-Body": base64.StdEncoding.EncodeToString([]byte(`{"e":1}`))},
			Result{Payload: []byte(`{"e":1}`), FunctionError: "Unhandled"}, 202},
		{"response", "half of", map[string]string{"Lambda-Runtime-Function-Error-Type": "E"},
			Result{Payload: []byte(`{"errorType":"E","errorMessage":"the function failed while it answered"}`), FunctionError: "Unhandled"}, 202},
		{"response", strings.Repeat("x", MaxResponse+1), nil, tooLarge(), 413},
	} {
		id := fmt.Sprintf("id-%d", i)
		call(id)
		status, event, header := do("GET", base+"invocation/next", "", nil)
		if status != 200 || event != `{"a":1}` || header.Get("Lambda-Runtime-Aws-Request-Id") != id || header.Get("Lambda-Runtime-Trace-Id") != "Root=1" ||
			header.Get("Lambda-Runtime-Invoked-Function-Arn") != "arn" || header.Get("Lambda-Runtime-Deadline-Ms") == "" {
			t.Fatalf("next: %d %s %v", status, event, header)
		}
		if i == 0 {
			expect(403, "GET", "invocation/next", "") // it is busy
			expect(400, "POST", "invocation/other/response", "{}")
			expect(403, "POST", "init/error", "{}")
		}
		if status, answer, _ := do("POST", base+"invocation/"+id+"/"+c.op, c.body, c.trailer); status != c.status {
			t.Errorf("%s %.50s: %d %s", c.op, c.body, status, answer)
		}
		if res := <-results; !bytes.Equal(res.Payload, c.want.Payload) || res.FunctionError != c.want.FunctionError {
			t.Errorf("%s %.50s: %.100s %s, want %s", c.op, c.body, res.Payload, res.FunctionError, c.want.Payload)
		}
	}
}

func TestExtensionsOfTheProcessItself(t *testing.T) {
	_, _, do := dialProcess(t)
	status, _, header := do("POST", "/2020-01-01/extension/register", `{"events":[]}`, nil)
	if status != 200 || header.Get("Lambda-Extension-Identifier") == "" {
		t.Errorf("%d %v", status, header)
	}
	if status, _, _ := do("GET", "/2020-01-01/extension/nothing", "", nil); status != 404 {
		t.Errorf("%d", status)
	}
}

func TestLines(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil}, {"a\nb\n", []string{"a\nb\n"}}, {"no end", []string{"no end\n"}},
		{strings.Repeat("x", maxLine) + "yz\n", []string{strings.Repeat("x", maxLine) + "\n", "yz\n"}},
	} {
		var got []string
		var t2 tail
		t2.copyLines(writerFunc(func(p []byte) { got = append(got, string(p)) }), strings.NewReader(c.in))
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%.20q: %.50q, want %.50q", c.in, got, c.want)
		}
	}
	var t3 tail
	for range 10 {
		t3.add(bytes.Repeat([]byte("z"), 3000))
	}
	if n := len(t3.text()); n < tailSize || n > 2*tailSize+3000 {
		t.Errorf("%d bytes are kept", n)
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

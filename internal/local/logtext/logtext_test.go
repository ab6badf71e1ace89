package logtext

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func text(t testing.TB, lines string) string {
	t.Helper()
	var out bytes.Buffer
	w := &Writer{To: &out, Path: func(p string) string { return strings.TrimPrefix(p, "example.com/app/") }}
	if n, err := w.Write([]byte(lines)); n != len(lines) || err != nil {
		t.Fatal(n, err)
	}
	return out.String()
}

func TestWriter(t *testing.T) {
	const head = `{"time":"2026-11-22T16:30:33.1Z","level":"INFO","msg":`
	tests := map[string]struct{ line, want string }{
		"record":     {head + `"tick","function":"api","requestId":"id-1","n":1.50,"name":"Ann Lee","ok":true,"none":null,"one":"x"}`, `INFO api tick n=1.50 name="Ann Lee" ok=true none=null one=x`},
		"bare":       {head + `"hello"}`, "INFO hello"},
		"group":      {head + `"m","function":"f","g":{"a":1,"h":{"b":"x y"},"none":{}},"list":[1, {"c":2}]}`, `INFO f m g.a=1 g.h.b="x y" list=[1, {"c":2}]`},
		"level":      {`{"time":"t","level":"WARN+1","msg":"m"}`, "WARN+1 m"},
		"empty":      {head + `"","e":""}`, `INFO  e=""`},
		"quoted":     {head + `"say \"hi\"","q":"a\"b","eq":"a=b"}`, `INFO say "hi" q="a\"b" eq="a=b"`},
		"lines":      {head + `"one\ntwo\n three","k":"v","more":"a\nb\n"}`, "INFO one k=v\n  two\n   three\n  more:\n    a\n    b"},
		"terminal":   {head + `"\u001b[31mred\u0007","k":"\u001b]0;x\u0007","b":"\u001b\n\u009b"}`, "INFO \\x1b[31mred\\a k=\"\\x1b]0;x\\a\"\n  b:\n    \\x1b\n    \\u009b"},
		"one error":  {head + `"m","error":"x","chain":"x (*errors.errorString)"}`, "INFO m error=x"},
		"chain":      {head + `"m","error":"a: b","chain":"a: b (*fmt.wrapError)\n  b (*errors.errorString)"}`, "INFO m error=\"a: b\"\n  chain:\n    a: b (*fmt.wrapError)\n      b (*errors.errorString)"},
		"other key":  {head + `"m","stack":"no stack\nof Go's"}`, "INFO m\n  stack:\n    no stack\n    of Go's"},
		"text":       {"plain text", "plain text"},
		"no text":    {"", ""},
		"other JSON": {`{"hello":"world"}`, `{"hello":"world"}`},
		"zerolog":    {`{"level":"info","time":"t","msg":"m"}`, `{"level":"info","time":"t","msg":"m"}`},
		"number":     {`{"time":1,"level":"INFO","msg":"m"}`, `{"time":1,"level":"INFO","msg":"m"}`},
		"cut off":    {head + `"m"`, head + `"m"`},
		"two":        {head + `"m"} {}`, head + `"m"} {}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := text(t, tt.line+"\n"); got != tt.want+"\n" {
				t.Errorf("got  %q\nwant %q", got, tt.want+"\n")
			}
		})
	}
	if got := text(t, "a\n"+head+`"m"}`+"\nb"); got != "a\nINFO m\nb" {
		t.Errorf("several lines: %q", got)
	}
}

func TestWriterOfOneFunction(t *testing.T) {
	var out bytes.Buffer
	w := &Writer{To: &out, Function: "api"}
	fmt.Fprintln(w, `{"time":"t","level":"INFO","msg":"m","function":"api"}`)
	fmt.Fprintln(w, `{"time":"t","level":"INFO","msg":"m","function":"tick"}`)
	if got := out.String(); got != "INFO m\nINFO tick m\n" {
		t.Errorf("got %q", got)
	}
}

func TestStack(t *testing.T) {
	const panicked = `goroutine 18 [running]:
runtime/debug.Stack()
	runtime/debug/stack.go:26 +0x5e
github.com/chalicefile/chalicefile/handlerkit/lambdamain.(*route).call.func1()
	github.com/chalicefile/chalicefile@v0.1.0/handlerkit/lambdamain/serve.go:79 +0x4b
panic({0x6f60a0?, 0x7a1b20?})
	runtime/panic.go:783 +0x132
runtime.panicmem(...)
	runtime/panic.go:262
example.com/app/api.(*Store).Get(0xc000012345, {0x6f60a0, 0x7})
	example.com/app/api/store.go:12 +0x25
example.com/lib/v2.Do[...](0x1)
	example.com/lib/v2@v2.0.0/do.go:3
main.newAPI.func1({0x7aeb50?, 0xc477b280660?}, 0x6f60a0?)
	example.com/app/.chalicefile/gen/main.go:42 +0x1d
github.com/aws/aws-lambda-go/lambda.handleInvoke(0xc477b280780, 0xc477b1a4000)
	github.com/aws/aws-lambda-go@v1.55.1/lambda/invoke_loop.go:75 +0x36b
created by github.com/chalicefile/chalicefile/handlerkit/lambdamain.(*supervisor).run in goroutine 1
	github.com/chalicefile/chalicefile@v0.1.0/handlerkit/lambdamain/supervisor.go:29 +0x4b
`
	record := func(stack string) string {
		var line bytes.Buffer
		slog.New(slog.NewJSONHandler(&line, nil)).Error("the request failed", "error", "panic: x", "handler", "api.Store.Get", "route", "GET /x", "stack", stack)
		return line.String()
	}
	want := "ERROR the request failed error=\"panic: x\" handler=api.Store.Get route=\"GET /x\"\n"
	stack := "  stack:\n    api/store.go:12  api.(*Store).Get\n    example.com/lib/v2@v2.0.0/do.go:3  v2.Do[...]\n"
	if got := text(t, record(panicked)); got != want+stack {
		t.Errorf("got\n%s\nwant\n%s", got, want+stack)
	}
	head, rest, _ := strings.Cut(panicked, "example.com/app/api.(*Store)")
	_, rest, _ = strings.Cut(rest, "do.go:3\n")
	if got := text(t, record(head+rest)); got != want {
		t.Errorf("a stack of the framework alone: %q", got)
	}
}

// What slog writes is understood, whatever is logged.
func FuzzWriter(f *testing.F) {
	f.Add("msg", "key", "value", "{}\n")
	f.Add("a\nb", "stack", "x()\n\ty.go:1 +0x1\n", `{"time":"","level":"A","msg":"","":{"":{}}}`)
	f.Fuzz(func(t *testing.T, msg, key, value, line string) {
		var b bytes.Buffer
		r := slog.NewRecord(time.Unix(0, 0), slog.LevelInfo, msg, 0)
		r.Add(key, value, "err", errors.New(value), "g", slog.GroupValue(slog.Any(key, []string{value})))
		if err := slog.NewJSONHandler(&b, nil).Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		got := text(t, b.String())
		if !strings.HasSuffix(got, "\n") || strings.HasPrefix(got, "{") || strings.ContainsAny(got, "\x1b\x07\r") {
			t.Errorf("%q from %q", got, b.String())
		}
		if got := text(t, line); !json.Valid([]byte(line)) && !strings.Contains(line, "{") && got != line {
			t.Errorf("%q became %q", line, got)
		}
	})
}

func ExampleWriter() {
	var out bytes.Buffer
	fmt.Fprintln(&Writer{To: &out}, `{"time":"2026-11-22T16:30:33Z","level":"INFO","msg":"started","function":"api","items":3}`)
	fmt.Print(out.String())
	// Output: INFO api started items=3
}

// Package lambdamain is what the generated main of an app calls: it turns the
// events of Lambda into calls of handlers and their results into answers. It is
// no place for code by hand; see handlerkit.
package lambdamain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit/internal/kitlog"
)

// App is all functions of an app for one stage, in one binary.
type App struct {
	Name, Stage string
	Functions   []Function
}

// Function is one Lambda function.
type Function struct {
	// Name of the function in the Chalicefile: what _HANDLER says.
	Name string
	// New runs the constructors that the function needs and makes its handler.
	New func(context.Context) (lambda.Handler, error)
}

// Main runs the function that _HANDLER names. It does not return.
func Main(app App) {
	name := os.Getenv("_HANDLER")
	slog.SetDefault(slog.New(kitlog.New(os.Stderr, name, logLevel(os.Getenv("AWS_LAMBDA_LOG_LEVEL")))))
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		fmt.Fprintf(os.Stderr, "this is the Lambda function of the app %s (stage %s): Lambda runs it, and on this machine `chalicefile local` does\n", app.Name, app.Stage)
		os.Exit(2)
	}
	h, err := app.handler(context.Background(), name)
	if err != nil {
		slog.Error("the function cannot start", "error", err.Error())
		reportInitError(api, err)
		os.Exit(1)
	}
	(&supervisor{api: api, handler: h}).run()
}

// logLevel is the level that the function's configuration asks for.
func logLevel(text string) slog.Level {
	switch strings.ToUpper(text) {
	case "TRACE", "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR", "FATAL":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// handler makes the handler of a function.
func (a App) handler(ctx context.Context, name string) (lambda.Handler, error) {
	names := make([]string, len(a.Functions))
	for i, f := range a.Functions {
		if f.Name == name {
			return construct(ctx, f)
		}
		names[i] = f.Name
	}
	return nil, fmt.Errorf("the handler setting is %q: the app %s has no such function; it has: %s", name, a.Name, strings.Join(names, ", "))
}

// construct runs the constructors; a panic of theirs is an error.
func construct(ctx context.Context, f Function) (h lambda.Handler, err error) {
	finished := false
	defer func() {
		if finished {
			return
		}
		stack := debug.Stack()
		slog.Error("a constructor panicked", "stack", string(stack))
		h, err = nil, fmt.Errorf("a constructor of %s panicked: %v", f.Name, recover())
	}()
	h, err = f.New(ctx)
	finished = true
	if err == nil && h == nil {
		err = fmt.Errorf("the function %s has no handler", f.Name)
	}
	return h, err
}

// reportInitError tells Lambda why the function cannot start.
func reportInitError(api string, cause error) {
	body, err := json.Marshal(map[string]string{"errorMessage": cause.Error(), "errorType": "Runtime.InitError"})
	if err != nil {
		return
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		slog.Error("the Runtime API cannot be told", "error", err.Error())
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Lambda-Runtime-Function-Error-Type", "Runtime.InitError")
	post(req)
}

// post sends a request to the Runtime API; it can only be logged when that
// fails.
func post(req *http.Request) {
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if err != nil {
		slog.Error("the Runtime API cannot be told", "error", err.Error())
		return
	}
	_ = res.Body.Close()
}

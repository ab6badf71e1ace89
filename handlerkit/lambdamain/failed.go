package lambdamain

import (
	"context"
	"log/slog"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// failed logs the error of a function and makes it what Lambda tells its
// caller.
func failed(ctx context.Context, err error) error {
	logFailed(ctx, err)
	return told(err)
}

func logFailed(ctx context.Context, err error) {
	if _, ok := err.(*panicError); ok {
		return // logged with its stack
	}
	slog.ErrorContext(ctx, "the function failed", "error", failureText(err), "type", errorType(err))
}

// told is an error as Lambda tells it.
func told(err error) error {
	if e, ok := err.(messages.InvokeResponse_Error); ok {
		return e
	}
	return messages.InvokeResponse_Error{Message: failureText(err), Type: errorType(err)}
}

// failureText is the message of an error; that of a handlerkit.Error goes
// without its code, which is the type.
func failureText(err error) string {
	switch e := err.(type) {
	case *handlerkit.Error:
		if e != nil {
			return e.Message
		}
	case messages.InvokeResponse_Error:
		return e.Message
	}
	return errorText(err)
}

// errorType is the name of an error's type, or its code. Wrappers of the
// standard library and of handlerkit stand for what they wrap: nobody looks for
// "wrapError".
func errorType(err error) (name string) {
	defer func() {
		if recover() != nil { // a method of an error
			name = reflect.TypeOf(err).String()
		}
	}()
	for err != nil {
		switch e := err.(type) {
		case *panicError:
			return "panic"
		case messages.InvokeResponse_Error:
			return e.Type
		case *handlerkit.Error:
			if e != nil && e.Code != "" {
				return e.Code
			}
		}
		t := reflect.TypeOf(err)
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name = t.Name()
		switch t.PkgPath() {
		case "fmt", "errors", kitPath:
			err = unwrapped(err)
		default:
			return name
		}
	}
	return name
}

var kitPath = reflect.TypeFor[handlerkit.Error]().PkgPath()

// unwrapped is the first error that err wraps, nil where there is none.
func unwrapped(err error) error {
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		return w.Unwrap()
	case interface{ Unwrap() []error }:
		if all := w.Unwrap(); len(all) > 0 {
			return all[0]
		}
	}
	return nil
}

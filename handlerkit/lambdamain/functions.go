package lambdamain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// handlerFunc is a function of bytes to bytes.
type handlerFunc func(context.Context, []byte) ([]byte, error)

// Invoke calls the function.
func (f handlerFunc) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f(ctx, payload)
}

// isolated calls user code so that neither a panic nor runtime.Goexit ends the
// process: it runs on a goroutine of its own. Events afford that.
func isolated(ctx context.Context, call func() (any, error)) (v any, err error) {
	done := make(chan struct{})
	go func() {
		finished := false
		defer close(done)
		defer func() {
			if !finished {
				v, err = nil, caught(recover(), debug.Stack())
			}
		}()
		v, err = call()
		finished = true
	}()
	<-done
	if p, ok := err.(*panicError); ok {
		slog.ErrorContext(ctx, p.Error(), "stack", string(p.stack))
	}
	return v, err
}

// decode reads an event into a value.
func decode[T any](payload []byte) (T, error) {
	var v T
	if err := json.Unmarshal(payload, &v); err != nil {
		return v, fmt.Errorf("the event does not fit %T: %w", v, err)
	}
	return v, nil
}

// result encodes what a plain function returned. A nil is null.
func result(v any) (out []byte, err error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("the result is no JSON: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Invoke makes a handler of a function of JSON to JSON.
func Invoke[T any](f func(context.Context, T) (any, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		return sent(ctx)(isolated(ctx, func() (any, error) {
			v, err := decode[T](payload)
			if err != nil {
				return nil, err
			}
			return encoded(f(ctx, v))
		}))
	})
}

// InvokeEmpty makes a handler of a function that takes no event.
func InvokeEmpty(f func(context.Context) (any, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		return sent(ctx)(isolated(ctx, func() (any, error) { return encoded(f(ctx)) }))
	})
}

// encoded encodes a result where a panic of its MarshalJSON is still caught.
func encoded(v any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return result(v)
}

// sent returns encoded results.
func sent(ctx context.Context) func(any, error) ([]byte, error) {
	return func(v any, err error) ([]byte, error) {
		if err != nil {
			return nil, failed(ctx, err)
		}
		out, _ := v.([]byte)
		return out, nil
	}
}

// Event makes a handler of a function whose result nobody waits for.
func Event[T any](f func(context.Context, T) (any, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		return dropped(ctx)(isolated(ctx, func() (any, error) {
			v, err := decode[T](payload)
			if err != nil {
				return nil, err
			}
			return logged(ctx)(f(ctx, v))
		}))
	})
}

// EventEmpty makes a handler of a function that takes no event and whose result
// nobody waits for.
func EventEmpty(f func(context.Context) (any, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		return dropped(ctx)(isolated(ctx, func() (any, error) { return logged(ctx)(f(ctx)) }))
	})
}

// logged logs a result at debug.
func logged(ctx context.Context) func(any, error) (any, error) {
	return func(v any, err error) (any, error) {
		if err == nil && v != nil {
			slog.DebugContext(ctx, "the handler's result", "result", v)
		}
		return nil, err
	}
}

// dropped answers null.
func dropped(ctx context.Context) func(any, error) ([]byte, error) {
	return func(_ any, err error) ([]byte, error) {
		if handlerkit.IsDrop(err) {
			slog.ErrorContext(ctx, "the event is dropped", "error", errorText(err))
			err = nil
		}
		if err != nil {
			return nil, failed(ctx, err)
		}
		return []byte("null"), nil
	}
}

// DecodeJSON reads the JSON text of a record.
func DecodeJSON[T any](text string) (T, error) {
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("the record is not the JSON asked for: %w", err)
	}
	return v, nil
}

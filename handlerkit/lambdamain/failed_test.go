package lambdamain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/chalicefile/chalicefile/handlerkit"
)

type pointerError struct{ code int }

func (e *pointerError) Error() string { return fmt.Sprint("code ", e.code) }

type valueError string

func (e valueError) Error() string { return string(e) }

// wrongError cannot be asked for anything.
type wrongError struct{}

func (wrongError) Error() string { panic("in Error") }

func (wrongError) Unwrap() error { panic("in Unwrap") }

// The type of an error is what the user's code calls it, however it is wrapped.
func TestErrorType(t *testing.T) {
	for want, err := range map[string]error{
		"errorString: e":                                errors.New("e"),
		"errorString: a: e":                             fmt.Errorf("a: %w", errors.New("e")),
		"wrapError: no error: %!w(<nil>)":               fmt.Errorf("no error: %w", error(nil)),
		"pointerError: code 1":                          &pointerError{1},
		"pointerError: a: b: code 2":                    fmt.Errorf("a: %w", fmt.Errorf("b: %w", &pointerError{2})),
		"valueError: v":                                 valueError("v"),
		"valueError: v\ncode 3":                         errors.Join(valueError("v"), &pointerError{3}),
		"valueError: v, code 4":                         fmt.Errorf("%w, %w", valueError("v"), &pointerError{4}),
		"valueError: d":                                 handlerkit.Drop(valueError("d")),
		"NotFoundError: k":                              handlerkit.NotFound("k"),
		"NotFoundError: w: NotFoundError: k":            fmt.Errorf("w: %w", handlerkit.NotFound("k")),
		"own: m":                                        messages.InvokeResponse_Error{Type: "own", Message: "m"},
		"panic: panic: p":                               caught("p", nil),
		"wrongError: %!v(PANIC=Error method: in Error)": wrongError{},
		"pointerError: <nil>":                           (*pointerError)(nil),
	} {
		e, ok := told(err).(messages.InvokeResponse_Error)
		if got := e.Type + ": " + e.Message; !ok || got != want {
			t.Errorf("%T: got %q, want %q", err, got, want)
		}
	}
}

// Several records that fail are told in one error, each in its own words.
func TestErrorsOfRecords(t *testing.T) {
	log := journal(t)
	h := SNS(func(_ context.Context, e events.SNSEntity) (any, error) { return nil, misbehave(e.Message) })
	got := call(h, `{"Records":[{"Sns":{"Message":"panic"}},{"Sns":{"Message":"drop"}},{"Sns":{"Message":"error"}}]}`)
	if want := "error panic: panic: failed\nfailed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if strings.Contains(log.String(), "InvokeResponse_Error") || strings.Count(log.String(), `"level":"ERROR"`) != 3 {
		t.Errorf("log:\n%s", log)
	}
}

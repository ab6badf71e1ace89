package handlerkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

// Error is an error that says how it is answered: with its status and a JSON
// object {"Code": …, "Message": …}. It is found through wrapping.
type Error struct {
	// Status of the answer, 400 to 599.
	Status int
	// Code tells the class of error to programs: "NotFoundError".
	Code string
	// Message tells people what is wrong. The client sees it.
	Message string
	// Headers of the answer.
	Headers http.Header

	cause error
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e == nil {
		return "nil *handlerkit.Error"
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns what was given for %w, if anything.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// codes of the errors that have a constructor.
var codes = [...]struct {
	status int
	code   string
}{
	{http.StatusBadRequest, "BadRequestError"},
	{http.StatusUnauthorized, "UnauthorizedError"},
	{http.StatusForbidden, "ForbiddenError"},
	{http.StatusNotFound, "NotFoundError"},
	{http.StatusMethodNotAllowed, "MethodNotAllowedError"},
	{http.StatusConflict, "ConflictError"},
	{http.StatusUnsupportedMediaType, "UnsupportedMediaType"},
	{http.StatusUnprocessableEntity, "UnprocessableEntityError"},
	{http.StatusTooManyRequests, "TooManyRequestsError"},
	{http.StatusInternalServerError, "ChaliceViewError"},
}

// CodeOf returns the code of errors with a status: that of the constructor, or
// one made from the status' text ("PaymentRequiredError").
func CodeOf(status int) string {
	for _, c := range codes {
		if c.status == status {
			return c.code
		}
	}
	text := http.StatusText(status)
	if text == "" {
		text = "Unknown"
	}
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(strings.ReplaceAll(text, "'", ""), func(r rune) bool { return r == ' ' || r == '-' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return strings.TrimSuffix(b.String(), "Error") + "Error"
}

// newError formats the message. With no arguments the format is the message but
// for %%, so that NotFound(key) is right whatever the key. (Its arguments are a
// slice so that go vet does not take the constructors for those of fmt, which
// want a constant there.)
func newError(status int, format string, args []any) error {
	e := &Error{Status: status, Code: CodeOf(status)}
	if len(args) == 0 {
		e.Message = format
		if strings.Contains(format, "%%") {
			e.Message = strings.ReplaceAll(format, "%%", "%")
		}
		return e
	}
	if text, ok := insert(format, args); ok {
		e.Message = text
		return e
	}
	if !strings.Contains(format, "%w") {
		e.Message = fmt.Sprintf(format, args...)
		return e
	}
	err := fmt.Errorf(format, args...)
	e.Message = err.Error()
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		e.cause = w.Unwrap()
	case interface{ Unwrap() []error }:
		e.cause = errors.Join(w.Unwrap()...)
	}
	return e
}

// insert is Sprintf for formats of %s and strings alone, as most are: at half the
// price, so that an error costs no more than an answer.
func insert(format string, args []any) (string, bool) {
	var space [128]byte
	out := space[:0]
	for {
		at := strings.IndexByte(format, '%')
		if at < 0 {
			break
		}
		if len(args) == 0 || at+1 == len(format) || format[at+1] != 's' {
			return "", false
		}
		s, ok := args[0].(string)
		if !ok {
			return "", false
		}
		out = append(append(out, format[:at]...), s...)
		format, args = format[at+2:], args[1:]
	}
	return string(append(out, format...)), len(args) == 0
}

// BadRequest is answered 400 with the code BadRequestError.
func BadRequest(format string, args ...any) error {
	return newError(http.StatusBadRequest, format, args)
}

// Unauthorized is answered 401 with the code UnauthorizedError.
func Unauthorized(format string, args ...any) error {
	return newError(http.StatusUnauthorized, format, args)
}

// Forbidden is answered 403 with the code ForbiddenError.
func Forbidden(format string, args ...any) error {
	return newError(http.StatusForbidden, format, args)
}

// NotFound is answered 404 with the code NotFoundError.
func NotFound(format string, args ...any) error {
	return newError(http.StatusNotFound, format, args)
}

// MethodNotAllowed is answered 405 with the code MethodNotAllowedError.
func MethodNotAllowed(format string, args ...any) error {
	return newError(http.StatusMethodNotAllowed, format, args)
}

// Conflict is answered 409 with the code ConflictError.
func Conflict(format string, args ...any) error {
	return newError(http.StatusConflict, format, args)
}

// UnsupportedMediaType is answered 415 with the code UnsupportedMediaType.
func UnsupportedMediaType(format string, args ...any) error {
	return newError(http.StatusUnsupportedMediaType, format, args)
}

// UnprocessableEntity is answered 422 with the code UnprocessableEntityError.
func UnprocessableEntity(format string, args ...any) error {
	return newError(http.StatusUnprocessableEntity, format, args)
}

// TooManyRequests is answered 429 with the code TooManyRequestsError.
func TooManyRequests(format string, args ...any) error {
	return newError(http.StatusTooManyRequests, format, args)
}

// ViewError is answered 500 with the code ChaliceViewError and its own message;
// unlike other errors that end in 500, which keep theirs from the client.
func ViewError(format string, args ...any) error {
	return newError(http.StatusInternalServerError, format, args)
}

// badBody says what is wrong with a JSON body.
func badBody(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field != "" {
			return BadRequest("the body is not the JSON asked for: field %q: %s is not %s", wrong.Field, wrong.Value, aType(wrong.Type.Kind()))
		}
		return BadRequest("the body is not the JSON asked for: %s is not %s", wrong.Value, aType(wrong.Type.Kind()))
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return BadRequest("the body is not valid JSON: %s at byte %d", syntax.Error(), syntax.Offset)
	}
	return BadRequest("the body is not the JSON asked for: %w", err)
}

// aType names a kind of Go type as people say it.
func aType(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Interface, reflect.Pointer, reflect.Func, reflect.Chan:
		return "a value that fits"
	}
	return "an integer"
}

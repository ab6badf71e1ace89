package lambdamain

import (
	"encoding"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Place is where a value of a request is taken from.
type Place int

// The places.
const (
	Path Place = iota
	Query
	Header
	Cookie
	FormField
	Auth
)

// String is the place as messages say it.
func (p Place) String() string {
	return [...]string{"path parameter", "query parameter", "header", "cookie", "form field", "authorizer value"}[p]
}

// Binder takes values of a request apart. The first fault is kept.
type Binder struct {
	req  *handlerkit.Request
	form url.Values
	err  error
}

// Bind makes a Binder.
func Bind(req *handlerkit.Request) *Binder { return &Binder{req: req} }

// Err is the first fault, nil where everything fits. It answers 400.
func (b *Binder) Err() error { return b.err }

func (b *Binder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// values are all values of a name; nil where it is absent.
func (b *Binder) values(from Place, name string) []string {
	ev := b.req.Event()
	switch from {
	case Path:
		if _, ok := ev.Param(name); ok {
			return []string{b.req.PathValue(name)}
		}
	case Query:
		return ev.QueryValues(name)
	case Header:
		return ev.HeaderValues(name)
	case Cookie:
		var found []string
		lines := http.Request{Header: http.Header{"Cookie": ev.HeaderValues("Cookie")}}
		for _, c := range lines.CookiesNamed(name) {
			found = append(found, c.Value)
		}
		return found
	case FormField:
		return b.formValues()[name]
	case Auth:
		if v, ok := b.req.RequestContext().AuthorizerValue(name); ok {
			return []string{v}
		}
	}
	return nil
}

func (b *Binder) formValues() url.Values {
	if b.form == nil {
		form, err := b.req.Form()
		if err != nil {
			b.fail(err)
			form = url.Values{}
		}
		b.form = form
	}
	return b.form
}

// Parse makes a value of its text.
type Parse[T any] func(text string) (T, error)

// Option changes how a value is bound.
type Option struct {
	hasText, required bool
	text              string
}

// Default is what an absent value counts as.
func Default(text string) Option { return Option{hasText: true, text: text} }

// Required says that the value may not be absent.
func Required() Option { return Option{required: true} }

// fetch returns the values of a name, or the default; nil where there are none.
func (b *Binder) fetch(from Place, name string, options []Option) []string {
	values := b.values(from, name)
	if len(values) > 0 {
		return values
	}
	for _, o := range options {
		if o.hasText {
			return []string{o.text}
		}
	}
	for _, o := range options {
		if o.required {
			b.fail(handlerkit.BadRequest("%s %q is required", from, name))
		}
	}
	return nil
}

// parse sets dst, or keeps the fault.
func parse[T any](b *Binder, from Place, name, text string, dst *T, parse Parse[T]) {
	v, err := parse(text)
	if err == nil {
		*dst = v
		return
	}
	if _, ok := errors.AsType[misfit](err); ok {
		b.fail(handlerkit.BadRequest("%s %q: %q %w", from, name, text, err))
		return
	}
	b.fail(handlerkit.BadRequest("%s %q: %w", from, name, err))
}

// One binds a value: of several the last.
func One[T any](b *Binder, from Place, name string, dst *T, f Parse[T], o ...Option) {
	if values := b.fetch(from, name, o); len(values) > 0 {
		parse(b, from, name, values[len(values)-1], dst, f)
	}
}

// Optional binds a value that is nil when absent.
func Optional[T any](b *Binder, from Place, name string, dst **T, f Parse[T], o ...Option) {
	if values := b.fetch(from, name, o); len(values) > 0 {
		v := new(T)
		parse(b, from, name, values[len(values)-1], v, f)
		*dst = v
	}
}

// Many binds all values of a name.
func Many[S ~[]T, T any](b *Binder, from Place, name string, dst *S, f Parse[T], o ...Option) {
	values := b.fetch(from, name, o)
	if len(values) == 0 {
		return
	}
	all := make(S, len(values))
	for i, text := range values {
		parse(b, from, name, text, &all[i], f)
	}
	*dst = all
}

// misfit says what a text is not.
type misfit string

// Error is the second half of a sentence about a text.
func (m misfit) Error() string { return string(m) }

// ParseString takes the text as it is.
func ParseString[T ~string](text string) (T, error) { return T(text), nil }

// ParseBool reads true, false, 1, 0, t, f.
func ParseBool[T ~bool](text string) (T, error) {
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, misfit("is not a boolean")
	}
	return T(v), nil
}

// ParseInt reads a decimal integer that fits T.
func ParseInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](text string) (T, error) {
	v, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) || err == nil && int64(T(v)) != v {
		return 0, misfit("is out of range")
	}
	if err != nil {
		return 0, misfit("is not an integer")
	}
	return T(v), nil
}

// ParseUint reads a decimal integer that fits T.
func ParseUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr](text string) (T, error) {
	v, err := strconv.ParseUint(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) || err == nil && uint64(T(v)) != v {
		return 0, misfit("is out of range")
	}
	if err != nil {
		if _, negative := strconv.ParseInt(text, 10, 64); negative == nil {
			return 0, misfit("is negative")
		}
		return 0, misfit("is not an integer")
	}
	return T(v), nil
}

// ParseFloat reads a finite number that fits T.
func ParseFloat[T ~float32 | ~float64](text string) (T, error) {
	v, err := strconv.ParseFloat(text, 64)
	narrow := T(v)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && v-v == 0 && float64(narrow)-float64(narrow) != 0:
		return 0, misfit("is out of range")
	case err != nil || v-v != 0: // NaN and infinities are no numbers of a request
		return 0, misfit("is not a number")
	}
	return narrow, nil
}

// ParseText lets the type read its text itself.
func ParseText[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](text string) (T, error) {
	var v T
	if err := P(&v).UnmarshalText([]byte(text)); err != nil {
		return v, fmt.Errorf("%q: %w", text, err)
	}
	return v, nil
}

// Body decodes the JSON body; an empty one answers 400.
func Body[T any](req *handlerkit.Request) (T, error) {
	var v T
	err := req.DecodeBody(&v)
	return v, err
}

// OptionalBody decodes the JSON body; it is nil for an empty one.
func OptionalBody[T any](req *handlerkit.Request) (*T, error) {
	if !req.Event().HasBody() {
		return nil, nil
	}
	v := new(T)
	if err := req.DecodeBody(v); err != nil {
		return nil, err
	}
	return v, nil
}

// Form decodes the body as a form.
func Form(req *handlerkit.Request) (url.Values, error) { return req.Form() }

// Invalid makes the error of a Validate answer 400, if it has no status of its
// own.
func Invalid(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(interface{ HTTPStatus() int }); ok {
		return err
	}
	if _, ok := errors.AsType[*handlerkit.Error](err); ok {
		return err
	}
	return handlerkit.BadRequest("%w", err)
}

package lambdamain

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit"
)

type level int8

type flags []bool

// input is bound as generated code does it.
type input struct {
	ID      int
	Limit   level
	Tags    []string
	Flags   flags
	Ratio   float32
	Count   uint8
	On      bool
	Trace   *string
	Missing *int
	Session string
	Sub     string
	Addr    netip.Addr
	States  []string
}

func bindInput(req *handlerkit.Request) (input, error) {
	var in input
	b := Bind(req)
	One(b, Path, "id", &in.ID, ParseInt)
	One(b, Query, "limit", &in.Limit, ParseInt, Default("20"))
	Many(b, Query, "tag", &in.Tags, ParseString)
	Many(b, Query, "flag", &in.Flags, ParseBool, Default("true"))
	One(b, Query, "ratio", &in.Ratio, ParseFloat)
	One(b, Query, "count", &in.Count, ParseUint)
	One(b, Query, "on", &in.On, ParseBool)
	Optional(b, Header, "X-Trace", &in.Trace, ParseString)
	Optional(b, Query, "missing", &in.Missing, ParseInt)
	One(b, Cookie, "session", &in.Session, ParseString)
	One(b, Auth, "sub", &in.Sub, ParseString)
	One(b, Query, "addr", &in.Addr, ParseText)
	Many(b, FormField, "states", &in.States, ParseString)
	return in, b.Err()
}

func newRequest(t *testing.T, r request) *handlerkit.Request {
	t.Helper()
	req, err := handlerkit.NewRequest(r.event())
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestBind(t *testing.T) {
	req := newRequest(t, request{
		method: "POST", path: "/x", params: map[string]string{"id": "%37"}, body: "states=WA&states=CA",
		query:      map[string][]string{"limit": {"1", "-7"}, "tag": {"a", "b"}, "flag": {"true", "0"}, "ratio": {"1.5"}, "count": {"255"}, "on": {"1"}, "addr": {"::1"}},
		headers:    map[string][]string{"x-trace": {"t"}, "COOKIE": {"other=1; session=s1"}, "Content-Type": {"application/x-www-form-urlencoded"}},
		authorizer: map[string]any{"claims": map[string]any{"sub": "me"}},
	})
	got, err := bindInput(req)
	trace := "t"
	want := input{ID: 7, Limit: -7, Tags: []string{"a", "b"}, Flags: flags{true, false}, Ratio: 1.5, Count: 255, On: true,
		Trace: &trace, Session: "s1", Sub: "me", Addr: netip.IPv6Loopback(), States: []string{"WA", "CA"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
	got, err = bindInput(newRequest(t, request{method: "GET", path: "/x"}))
	if err != nil || !reflect.DeepEqual(got, input{Limit: 20, Flags: flags{true}}) {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestBindFaults(t *testing.T) {
	bind := func(from Place, name string, r request, f func(b *Binder)) string {
		b := Bind(newRequest(t, r))
		f(b)
		e, ok := errors.AsType[*handlerkit.Error](b.Err())
		if !ok || e.Status != 400 || e.Code != "BadRequestError" {
			return fmt.Sprint(b.Err())
		}
		return e.Message
	}
	query := func(v string) request {
		return request{method: "GET", path: "/x", query: map[string][]string{"q": {v}}}
	}
	none := request{method: "GET", path: "/x"}
	tests := []struct {
		r    request
		f    func(b *Binder)
		want string
	}{
		{query("abc"), func(b *Binder) { One(b, Query, "q", new(int), ParseInt) }, `query parameter "q": "abc" is not an integer`},
		{query(""), func(b *Binder) { One(b, Query, "q", new(int), ParseInt) }, `query parameter "q": "" is not an integer`},
		{query("1.0"), func(b *Binder) { One(b, Query, "q", new(int), ParseInt) }, `query parameter "q": "1.0" is not an integer`},
		{query("128"), func(b *Binder) { One(b, Query, "q", new(int8), ParseInt) }, `query parameter "q": "128" is out of range`},
		{query("99999999999999999999"), func(b *Binder) { One(b, Query, "q", new(int), ParseInt) }, `query parameter "q": "99999999999999999999" is out of range`},
		{query("-1"), func(b *Binder) { One(b, Query, "q", new(uint), ParseUint) }, `query parameter "q": "-1" is negative`},
		{query("x"), func(b *Binder) { One(b, Query, "q", new(uint), ParseUint) }, `query parameter "q": "x" is not an integer`},
		{query("256"), func(b *Binder) { One(b, Query, "q", new(uint8), ParseUint) }, `query parameter "q": "256" is out of range`},
		{query("yes"), func(b *Binder) { One(b, Query, "q", new(bool), ParseBool) }, `query parameter "q": "yes" is not a boolean`},
		{query("x"), func(b *Binder) { One(b, Query, "q", new(float64), ParseFloat) }, `query parameter "q": "x" is not a number`},
		{query("NaN"), func(b *Binder) { One(b, Query, "q", new(float64), ParseFloat) }, `query parameter "q": "NaN" is not a number`},
		{query("1e39"), func(b *Binder) { One(b, Query, "q", new(float32), ParseFloat) }, `query parameter "q": "1e39" is out of range`},
		{query("1e999"), func(b *Binder) { One(b, Query, "q", new(float64), ParseFloat) }, `query parameter "q": "1e999" is out of range`},
		{query("x"), func(b *Binder) { One(b, Query, "q", new(netip.Addr), ParseText) }, `query parameter "q": "x": ParseAddr("x"): unable to parse IP`},
		{query("x"), func(b *Binder) { Optional(b, Query, "q", new(*int), ParseInt) }, `query parameter "q": "x" is not an integer`},
		{query("x"), func(b *Binder) { Many(b, Query, "q", new([]int), ParseInt) }, `query parameter "q": "x" is not an integer`},
		{none, func(b *Binder) { One(b, Query, "q", new(string), ParseString, Required()) }, `query parameter "q" is required`},
		{none, func(b *Binder) { One(b, Header, "X-A", new(string), ParseString, Required()) }, `header "X-A" is required`},
		{none, func(b *Binder) { One(b, Cookie, "c", new(string), ParseString, Required()) }, `cookie "c" is required`},
		{none, func(b *Binder) { One(b, FormField, "f", new(string), ParseString, Required()) }, `form field "f" is required`},
		{none, func(b *Binder) { One(b, Auth, "sub", new(string), ParseString, Required()) }, `authorizer value "sub" is required`},
		{none, func(b *Binder) { One(b, Path, "p", new(string), ParseString, Required()) }, `path parameter "p" is required`},
		{none, func(b *Binder) {
			One(b, Query, "first", new(string), ParseString, Required())
			One(b, Query, "second", new(string), ParseString, Required())
		}, `query parameter "first" is required`},
		{request{method: "POST", path: "/x", body: "a=%zz", headers: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}},
			func(b *Binder) { One(b, FormField, "a", new(string), ParseString) }, `the body is not a form: invalid URL escape "%zz"`},
	}
	for _, tt := range tests {
		if got := bind(Query, "q", tt.r, tt.f); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestBodies(t *testing.T) {
	type object struct {
		A int    `json:"a"`
		B string `json:"b"`
	}
	tests := []struct{ body, want string }{
		{`{"a":1,"unknown":[]}`, "{1 } <nil>"},
		{` {"a":1} `, "{1 } <nil>"},
		{`null`, "{0 } <nil>"},
		{``, "BadRequestError: the body is empty: JSON is expected"},
		{` `, "BadRequestError: the body is empty: JSON is expected"},
		{`{"a":1}x`, "BadRequestError: the body is not valid JSON: invalid character 'x' after top-level value at byte 8"},
		{`{"a":1}{}`, "BadRequestError: the body is not valid JSON: invalid character '{' after top-level value at byte 8"},
		{`{"a":`, "BadRequestError: the body is not valid JSON: unexpected end of JSON input at byte 5"},
		{`{"a":"1"}`, `BadRequestError: the body is not the JSON asked for: field "a": string is not an integer`},
		{`{"b":{}}`, `BadRequestError: the body is not the JSON asked for: field "b": object is not a string`},
		{`{"a":1.5}`, `BadRequestError: the body is not the JSON asked for: field "a": number 1.5 is not an integer`},
		{`[]`, `BadRequestError: the body is not the JSON asked for: array is not an object`},
		{strings.Repeat("[", 20000), "exceeded max depth"},
	}
	for _, tt := range tests {
		req := newRequest(t, request{method: "POST", path: "/x", body: tt.body})
		v, err := Body[object](req)
		got := fmt.Sprint(v, " ", err)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want && !(strings.Contains(got, tt.want) && len(tt.body) > 10000) {
			t.Errorf("%.40s: got %s, want %s", tt.body, got, tt.want)
		}
		p, err2 := OptionalBody[object](newRequest(t, request{method: "POST", path: "/x", body: tt.body}))
		if tt.body == "" {
			if p != nil || err2 != nil {
				t.Errorf("optional, empty: %v, %v", p, err2)
			}
		} else if fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && *p != v {
			t.Errorf("optional, %.40s: %v, %v", tt.body, p, err2)
		}
	}
}

func TestInvalid(t *testing.T) {
	for want, err := range map[string]error{
		`400 {"Code":"BadRequestError","Message":"too long"}`:       errors.New("too long"),
		`409 {"Code":"ConflictError","Message":"m"}`:                fmt.Errorf("x: %w", handlerkit.Conflict("m")),
		`418 {"Code":"ImATeapotError","Message":"short and stout"}`: teapot{418},
	} {
		a := API{Routes: []Route{{Method: "GET", Path: "/x", Serve: returns(nil, Invalid(err))}}}
		if got := serve(t, a, request{method: "GET", path: "/x"}).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if Invalid(nil) != nil {
		t.Error("nil is invalid")
	}
}

func TestBadBase64IsNotTheClientsFault(t *testing.T) {
	journal(t)
	a := API{Routes: []Route{{Method: "POST", Path: "/x", Serve: func(_ context.Context, req *handlerkit.Request) (any, error) { return Body[any](req) }}}}
	if got := serve(t, a, request{method: "POST", path: "/x", body: "%", base64: true}).String(); got != internal {
		t.Errorf("got %s", got)
	}
}

package apievent

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// reference is the event as encoding/json reads it: last member wins.
type reference struct {
	Resource, Path, Method string
	Headers, Query         map[string][]string
	Params, StageVars      map[string]string
	Body                   string
	Base64                 bool
	Context                map[string]json.RawMessage
}

// decodeReference reads an event by encoding/json. ok is false where its types
// are not those of an event, so that there is nothing to compare.
func decodeReference(raw []byte) (r reference, ok bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(raw, &top) != nil || top == nil {
		return r, false
	}
	get := func(key string, v any) bool {
		text, there := top[key]
		return !there || json.Unmarshal(text, v) == nil
	}
	var one, query map[string]string
	ok = get("resource", &r.Resource) && get("path", &r.Path) && get("httpMethod", &r.Method) &&
		get("headers", &one) && get("multiValueHeaders", &r.Headers) &&
		get("queryStringParameters", &query) && get("multiValueQueryStringParameters", &r.Query) &&
		get("pathParameters", &r.Params) && get("stageVariables", &r.StageVars) &&
		get("body", &r.Body) && get("isBase64Encoded", &r.Base64) && get("requestContext", &r.Context)
	if r.Headers == nil {
		r.Headers = several(one)
	}
	if r.Query == nil {
		r.Query = several(query)
	}
	return r, ok
}

func several(one map[string]string) map[string][]string {
	out := map[string][]string{}
	for k, v := range one {
		out[k] = []string{v}
	}
	return out
}

func collect(walk func(func(string, []string))) map[string][]string {
	out := map[string][]string{}
	walk(func(name string, values []string) { out[name] = values })
	return out
}

func equalValues(a, b map[string][]string) bool {
	return maps.EqualFunc(a, b, func(x, y []string) bool { return slices.Equal(x, y) })
}

// compare holds the scanner against encoding/json.
func compare(t *testing.T, raw []byte) {
	t.Helper()
	var e Event
	err := e.Scan(raw)
	if err != nil {
		if _, ok := decodeReference(raw); ok && json.Valid(raw) && bytes.Contains(raw, []byte(`"httpMethod"`)) && e.method.to != 0 && e.resource.to != 0 {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	use(&e) // also decodes the body, which may correct a guess
	r, ok := decodeReference(raw)
	if !ok || hasNull(raw) {
		return
	}
	if e.Method() != r.Method || e.Path() != r.Path || e.Resource() != r.Resource || string(e.ResourceBytes()) != r.Resource {
		t.Errorf("got %q %q %q, want %q %q %q", e.Method(), e.Path(), e.Resource(), r.Method, r.Path, r.Resource)
	}
	if got := collect(e.Headers); !equalValues(got, r.Headers) {
		t.Errorf("headers %q, want %q", got, r.Headers)
	}
	if got := collect(e.Query); !equalValues(got, r.Query) {
		t.Errorf("query %q, want %q", got, r.Query)
	}
	for name, values := range r.Query {
		if got := e.QueryValues(name); len(name) > 0 && !slices.Equal(got, values) && !strings.ContainsRune(name, '\ufffd') {
			t.Errorf("query %q: %q, want %q", name, got, values)
		}
	}
	if got := e.Params(); !maps.Equal(got, r.Params) {
		t.Errorf("params %q, want %q", got, r.Params)
	}
	if got := e.StageVars(); !maps.Equal(got, r.StageVars) {
		t.Errorf("stage variables %q, want %q", got, r.StageVars)
	}
	compareBody(t, &e, r)
}

func compareBody(t *testing.T, e *Event, r reference) {
	t.Helper()
	got, err := e.Body()
	want := []byte(r.Body)
	if r.Base64 {
		var wantErr error
		if want, wantErr = base64.StdEncoding.DecodeString(r.Body); wantErr != nil {
			if err == nil {
				t.Errorf("body %q is no base64", r.Body)
			}
			return
		}
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("body %q, %v, want %q", got, err, want)
	}
}

// use calls everything: nothing may panic.
func use(e *Event) {
	e.Header("content-type")
	e.HeaderValues("x")
	e.QueryValues("x")
	e.Param("x")
	_, _ = e.Body()
	_, _, _, _ = e.Params(), e.StageVars(), e.Context(), e.Raw()
	e.Headers(func(string, []string) {})
	e.Query(func(string, []string) {})
}

// hasNull: a null inside a section is "" or nil to encoding/json and absent
// here; API Gateway sends none.
func hasNull(raw []byte) bool { return bytes.Contains(raw, []byte("null")) }

func TestScanEqualsEncodingJSON(t *testing.T) {
	for name, raw := range samples(t) {
		t.Run(name, func(t *testing.T) { compare(t, raw) })
	}
}

func samples(t testing.TB) map[string][]byte {
	t.Helper()
	full, err := os.ReadFile("testdata/rest.json")
	if err != nil {
		t.Fatal(err)
	}
	event := func(more string) []byte {
		return []byte(`{"resource":"/x","httpMethod":"GET"` + more + `}`)
	}
	return map[string][]byte{
		"full":       full,
		"small":      event(``),
		"spaced":     []byte(" \t\r\n{ \"resource\" : \"/x\" , \"httpMethod\":\"POST\" , \"isBase64Encoded\" : true , \"body\" : \"aGk=\" } \n"),
		"escapes":    event(`,"path":"/\u00e9\ud83d\ude00\ud83d\n\/\"\\","body":"a\tb\u0000"`),
		"keys":       event(`,"pathParameters":{"\u0061":"1","b\"":"2"},"queryStringParameters":{"a":"","é":"x"}`),
		"twice":      event(`,"headers":{"A":"1","A":"2"},"path":"/a","path":"/b"`),
		"multi":      event(`,"multiValueHeaders":{"A":["1","2"],"B":[]},"headers":{"A":"2"}`),
		"numbers":    event(`,"requestContext":{"a":[0,-1.5e+3,1E9,true,false,null,{}],"b":{"c":[[]]}}`),
		"base64":     event(`,"body":"\/\/8=","isBase64Encoded":true`),
		"no base64":  event(`,"body":"%%%","isBase64Encoded":true`),
		"not utf-8":  event(",\"body\":\"\xff\xfe\""),
		"null":       event(`,"headers":null,"body":null,"pathParameters":null`),
		"wrong type": event(`,"headers":[1]`),
		// The body's end is guessed in these, rightly or not.
		"gateway":        event(`,"requestContext":{},"body":"{\"a\":\"\\\\\"}","isBase64Encoded":false`),
		"gateway base64": event(`,"requestContext":{},"body":"aGk=","isBase64Encoded":true`),
		"gateway empty":  event(`,"requestContext":{},"body":"","isBase64Encoded":false`),
		"in between":     event(`,"requestContext":{},"body":"a","path":"/b","isBase64Encoded":false`),
		"body twice":     event(`,"requestContext":{},"body":"a","body":"b","isBase64Encoded":false`),
		"base64 between": event(`,"requestContext":{},"body":"aGk=","version":"1.0","isBase64Encoded":true`),
	}
}

func TestScanRefuses(t *testing.T) {
	tests := map[string]string{
		``:                                       "ends at byte 0",
		`[]`:                                     `unexpected '[' at byte 0`,
		`{}`:                                     "httpMethod or resource is missing",
		`{"resource":"/"}`:                       "httpMethod or resource is missing",
		`{"resource":"/","httpMethod":null}`:     "httpMethod or resource is missing",
		`{"resource":"/","httpMethod":"GET"`:     "ends at byte 34",
		`{"resource":"/","httpMethod":"GET"} x`:  `unexpected 'x' at byte 36`,
		`{"resource":"/",}`:                      `unexpected '}' at byte 16`,
		`{"resource" "/"}`:                       `unexpected '"' at byte 12`,
		`{"resource":"/`:                         "ends at byte 14",
		`{"a":01}`:                               `unexpected '1' at byte 6`,
		`{"a":1.}`:                               `unexpected '}' at byte 7`,
		`{"a":1e}`:                               `unexpected '}' at byte 7`,
		`{"a":-}`:                                `unexpected '}' at byte 6`,
		`{"a":tru}`:                              `unexpected 't' at byte 5`,
		"{\"a\":\"\n\"}":                         `unexpected '\n' at byte 6`,
		`{"a":[1,]}`:                             `unexpected ']' at byte 8`,
		`{"a":[1 2]}`:                            `unexpected '2' at byte 8`,
		`{"a":[{1:2}]}`:                          `unexpected '1' at byte 7`,
		`{"headers":"x"}`:                        `its headers is "x"`,
		`{"a":` + strings.Repeat("[", 20000):     `unexpected '['`,
		`{"body":12345678901234567890123456789}`: `its body is 1234`,
	}
	for raw, want := range tests {
		var e Event
		if err := e.Scan([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", raw, err, want)
		}
	}
}

func TestLookups(t *testing.T) {
	var e Event
	if err := e.Scan(samples(t)["full"]); err != nil {
		t.Fatal(err)
	}
	if got := e.Header("x-forwarded-proto"); got != "https" {
		t.Errorf("header: %q", got)
	}
	if got := e.HeaderValues("ACCEPT-language"); !reflect.DeepEqual(got, []string{"en-US,en;q=0.5", "de"}) {
		t.Errorf("header values: %q", got)
	}
	if got := e.Header("accept-LANGUAGE"); got != "de" {
		t.Errorf("last header value: %q", got)
	}
	if got := e.QueryValues("page"); !reflect.DeepEqual(got, []string{"1", "2"}) {
		t.Errorf("query: %q", got)
	}
	if got, ok := e.Param("city"); got != "seattle" || !ok {
		t.Errorf("param: %q %v", got, ok)
	}
	if _, ok := e.Param("town"); ok {
		t.Error("a param that is not there")
	}
	if e.HasBody() {
		t.Error("a body that is not there")
	}
	small := []byte(`{"resource":"/x","httpMethod":"PURGE","headers":{"A":"1","n":2},"queryStringParameters":{"q":"v"}}`)
	if err := e.Scan(small); err != nil {
		t.Fatal(err)
	}
	if e.Method() != "PURGE" || e.Header("a") != "1" || e.Header("N") != "2" || e.Header("z") != "" || e.QueryValues("q")[0] != "v" {
		t.Error("lookups in the sections with single values")
	}
}

func FuzzScan(f *testing.F) {
	for _, raw := range samples(f) {
		f.Add(raw)
	}
	f.Add([]byte(`{"resource":"/","httpMethod":"GET","requestContext":[`))
	f.Fuzz(func(t *testing.T, raw []byte) { compare(t, raw) })
}

// FuzzValid holds the check of values against encoding/json's, and the skipping
// of objects against the check.
func FuzzValid(f *testing.F) {
	for _, s := range []string{`1`, `-0.1e5`, `"a\u1234"`, `[1,{"a":[]}]`, `{"a":}`, "\"\x01\"", `tru`, `0123`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := cursor{text}
		end := c.value(0, 1)
		if !json.Valid(text) || text[0] <= ' ' {
			c.skip(0)
			return
		}
		if end < 0 || c.space(end) != len(text) {
			t.Fatalf("ends at %d", end)
		}
		if skipped := c.skip(0); skipped != end {
			t.Fatalf("skipped to %d, want %d", skipped, end)
		}
		if text[0] == '"' {
			var want string
			if json.Unmarshal(text, &want) != nil || want != textOf(text[:end]) {
				t.Fatalf("%q, want %q", textOf(text[:end]), want)
			}
		}
	})
}

func textOf(b []byte) string { return text(b) }

func BenchmarkScan(b *testing.B) {
	raw := samples(b)["full"]
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var e Event
	for b.Loop() {
		if err := e.Scan(raw); err != nil {
			b.Fatal(err)
		}
	}
}

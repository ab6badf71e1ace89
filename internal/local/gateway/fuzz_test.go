package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/local/localtest"
)

// testExchange is a request to /cities/{city} that came by no connection.
func testExchange(path, query, name1, value1, name2, value2 string, body []byte) (*Gateway, *exchange) {
	g, err := New(Options{App: localtest.App(), Invoker: &fake{}, Log: NewLog(nil), Now: func() time.Time { return fixedNow }})
	if err != nil {
		panic(err)
	}
	req := &http1.Request{Body: body}
	req.Method = "GET"
	req.Fields = []http1.Field{{Name: name1, Value: value1}, {Name: name2, Value: value2}}
	x := &exchange{g: g, req: req, ans: &http1.Answer{}, start: fixedNow, body: body, path: path, query: query}
	x.route, x.params, _ = g.routes.match("GET", "/cities/x")
	x.identify()
	x.readHeaders()
	x.readQuery()
	return g, x
}

// FuzzScan holds the scanner to encoding/json: both take the same texts.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{}`, `[1,2.5e-3,"\u00e9\ud83d\ude00\ud800"]`, `{"a":{"b":[null,true,false]}}`, `"\x"`, `01`, `-`, `1.`, ` {"a" : 1 } `, `{"a":1,}`, "\"\t\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scanner{data: []byte(text)}
		got := s.skip(0) && s.end()
		if want := json.Valid([]byte(text)); got != want && strings.Count(text, "[")+strings.Count(text, "{") < maxDepth {
			t.Errorf("%q: %v, encoding/json says %v", text, got, want)
		}
		s = scanner{data: []byte(text)}
		if str, ok := s.str(); ok && s.end() && utf8.ValidString(text) {
			var want string
			if err := json.Unmarshal([]byte(text), &want); err != nil || want != string(str) {
				t.Errorf("%q: %q, want %q (%v)", text, str, want, err)
			}
		}
	})
}

// FuzzResponse sees to it that no answer of a function breaks the gateway, and
// that what is let through is fit for HTTP.
func FuzzResponse(f *testing.F) {
	f.Add(`{"statusCode":200,"headers":{"A":"b"},"multiValueHeaders":{"A":["c"]},"body":"x","isBase64Encoded":false}`)
	f.Add(`{"statusCode":"201","headers":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseResponse([]byte(text))
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%q is no JSON", text)
		}
		for _, h := range p.headers {
			if !http1.ValidName(h.Name) || !http1.ValidValue(h.Value) {
				t.Errorf("%q: header %q", text, h)
			}
		}
		if p.status < 200 || p.status > 599 {
			t.Errorf("%q: status %d", text, p.status)
		}
	})
}

func FuzzWildcard(f *testing.F) {
	f.Add("a*c", "abc")
	f.Add("*", "")
	f.Add("arn:*/GET/?", "arn:x/GET/y")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 12 {
			return
		}
		if got, want := wildcard(pattern, text), slowWildcard(pattern, text); got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, text, got, want)
		}
	})
}

// slowWildcard is what wildcard must say, by its definition.
func slowWildcard(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		for i := range len(text) + 1 {
			if slowWildcard(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && slowWildcard(pattern[1:], text[1:])
}

func FuzzToken(f *testing.F) {
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4IiwiZXhwIjoxLCJnIjpbImEiLHt9XX0.c2ln")
	f.Fuzz(func(t *testing.T, text string) {
		if tok, ok := parseToken(text); ok && !json.Valid(tok.authorizer()) {
			t.Errorf("%q: %s", text, tok.authorizer())
		}
	})
}

func FuzzPolicy(f *testing.F) {
	f.Add(`{"principalId":"p","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":["*"]}]},"context":{"a":1,"b":"x","c":true,"d":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parsePolicy([]byte(text)); err == nil {
			p.evaluate("arn:x")
			if !json.Valid(p.authorizer) {
				t.Errorf("%q: %s", text, p.authorizer)
			}
		}
	})
}

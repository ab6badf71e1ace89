package lambdamain

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit"
)

const standardHeaders = "Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key"

func TestCORS(t *testing.T) {
	journal(t)
	full := &CORS{AllowOrigin: []string{"https://foo.example.com"}, AllowHeaders: standardHeaders + ",X-Special", AllowMethods: "GET,OPTIONS",
		ExposeHeaders: "X-Special", MaxAge: "600", AllowCredentials: true}
	fullHeaders := map[string]string{
		"Access-Control-Allow-Origin": "https://foo.example.com", "Access-Control-Allow-Headers": standardHeaders + ",X-Special",
		"Access-Control-Expose-Headers": "X-Special", "Access-Control-Max-Age": "600", "Access-Control-Allow-Credentials": "true",
		"Content-Type": "application/json",
	}
	simple := &CORS{AllowOrigin: []string{"*"}, AllowHeaders: standardHeaders, AllowMethods: "GET,OPTIONS"}
	simpleHeaders := map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": standardHeaders, "Content-Type": "application/json"}
	with := func(h map[string]string, pairs ...string) map[string]string {
		h = maps.Clone(h)
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = pairs[i+1]
			if pairs[i+1] == "" {
				delete(h, pairs[i])
			}
		}
		return h
	}
	own := &handlerkit.Response{Headers: http.Header{"access-control-allow-origin": {"https://own"}}}
	tests := map[string]struct {
		cors *CORS
		v    any
		err  error
		want map[string]string
	}{
		"simple":         {cors: simple, v: 1, want: simpleHeaders},
		"full":           {cors: full, v: 1, want: fullHeaders},
		"error":          {cors: full, err: handlerkit.BadRequest("m"), want: fullHeaders},
		"internal error": {cors: full, err: errors.New("m"), want: fullHeaders},
		"no JSON":        {cors: full, v: make(chan int), want: fullHeaders},
		"error with headers": {cors: simple, err: &handlerkit.Error{Status: 429, Headers: http.Header{"Retry-After": {"1"}}},
			want: with(simpleHeaders, "Retry-After", "1")},
		"own header stays": {cors: simple, v: own, want: with(simpleHeaders, "Access-Control-Allow-Origin", "https://own")},
		"response":         {cors: simple, v: &handlerkit.Response{Body: "x"}, want: with(simpleHeaders, "Content-Type", "text/plain; charset=utf-8")},
		"204":              {cors: simple, v: &handlerkit.Response{StatusCode: 204}, want: with(simpleHeaders, "Content-Type", "")},
		"none":             {v: 1, want: map[string]string{"Content-Type": "application/json"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := API{Routes: []Route{{Method: "GET", Path: "/x", CORS: tt.cors, Serve: returns(tt.v, tt.err)}}}
			if got := serve(t, a, request{method: "GET", path: "/x"}).Headers; !maps.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
	a := API{Routes: []Route{{Method: "POST", Path: "/x", CORS: simple, Serve: returns(1, nil)}}}
	if got := serve(t, a, request{method: "POST", path: "/x", body: "x", headers: map[string][]string{"Content-Type": {"a/b"}}}); got.StatusCode != 415 || !maps.Equal(got.Headers, simpleHeaders) {
		t.Errorf("415: %v", got)
	}
}

func TestCORSWithSeveralOrigins(t *testing.T) {
	list := &CORS{AllowOrigin: []string{"https://a", "https://b"}, AllowHeaders: standardHeaders, AllowMethods: "GET,OPTIONS", AllowCredentials: true}
	var v any = 1
	a := API{Routes: []Route{
		{Method: "GET", Path: "/x", CORS: list, Bound: true, Serve: func(context.Context, *handlerkit.Request) (any, error) { return v, nil }},
		{Method: "OPTIONS", Path: "/x", Preflight: true, CORS: list},
	}}
	base := map[string]string{"Vary": "Origin", "Access-Control-Allow-Headers": standardHeaders, "Access-Control-Allow-Credentials": "true"}
	for origin, want := range map[string]string{"https://b": "https://b", "https://c": "", "": ""} {
		r := request{method: "GET", path: "/x", headers: map[string][]string{"oRigin": {origin}}}
		expect := maps.Clone(base)
		if want != "" {
			expect["Access-Control-Allow-Origin"] = want
		}
		expect["Content-Type"] = "application/json"
		if got := serve(t, a, r).Headers; !maps.Equal(got, expect) {
			t.Errorf("GET from %q: %v", origin, got)
		}
		delete(expect, "Content-Type")
		expect["Access-Control-Allow-Methods"] = "GET,OPTIONS"
		r.method = "OPTIONS"
		if got := serve(t, a, r); !maps.Equal(got.Headers, expect) || got.Body != "" || got.StatusCode != 200 {
			t.Errorf("preflight from %q: %v", origin, got)
		}
	}
	for vary, want := range map[string]string{"Accept-Encoding": "Accept-Encoding, Origin", "origin": "origin", "*": "*"} {
		v = &handlerkit.Response{Headers: http.Header{"Vary": {vary}}}
		if got := serve(t, a, request{method: "GET", path: "/x"}).Headers["Vary"]; got != want {
			t.Errorf("Vary %q: %q", vary, got)
		}
	}
}

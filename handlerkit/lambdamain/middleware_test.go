package lambdamain

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/handlerkit"
)

type middleware = func(handlerkit.Handler) handlerkit.Handler

// note is a middleware that writes down what it sees.
func note(name string, seen *[]string) middleware {
	return func(next handlerkit.Handler) handlerkit.Handler {
		return func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
			*seen = append(*seen, name+" in")
			resp, err := next(ctx, req)
			*seen = append(*seen, fmt.Sprintf("%s out %d %v %v", name, resp.StatusCode, resp.Body, err))
			resp.Headers.Set("X-"+name, "yes")
			return resp, err
		}
	}
}

func TestMiddlewareSees(t *testing.T) {
	log := journal(t)
	tests := map[string]struct {
		serve func(context.Context, *handlerkit.Request) (any, error)
		seen  string
		want  string
	}{
		"value":    {returns(state{"WA"}, nil), "200 {WA} <nil>", `200 {"state":"WA"}`},
		"string":   {returns("Foo", nil), "200 Foo <nil>", `200 "Foo"`},
		"nothing":  {returns(nil, nil), "200 <nil> <nil>", `200 null`},
		"response": {returns(&handlerkit.Response{StatusCode: 201, Body: "text"}, nil), "201 text <nil>", `201 [text/plain; charset=utf-8] text`},
		"error":    {returns(nil, handlerkit.Conflict("m")), "409 <nil> ConflictError: m", `409 {"Code":"ConflictError","Message":"m"}`},
		"other":    {returns(nil, errors.New("m")), "500 <nil> m", internal},
		"panic":    {func(context.Context, *handlerkit.Request) (any, error) { panic("m") }, "500 <nil> panic: m", internal},
		"no JSON":  {returns(badJSON{}, nil), "200 {} <nil>", internal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var seen []string
			a := API{Routes: []Route{{Method: "POST", Path: "/x", Handler: "api.X", Serve: tt.serve, Middleware: []middleware{note("A", &seen), note("B", &seen)}}}}
			got := serve(t, a, request{method: "POST", path: "/x"})
			want := []string{"A in", "B in", "B out " + tt.seen, "A out " + tt.seen}
			if strings.Join(seen, "\n") != strings.Join(want, "\n") {
				t.Errorf("seen %q\nwant %q", seen, want)
			}
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if name != "no JSON" && (got.Headers["X-A"] != "yes" || got.Headers["X-B"] != "yes") {
				t.Errorf("headers %v", got.Headers)
			}
		})
	}
	if !strings.Contains(log.String(), "panic: m") {
		t.Errorf("logged %s", log)
	}
}

func TestMiddlewareSeesBindingAndContentType(t *testing.T) {
	var seen []string
	a := API{Routes: []Route{{Method: "POST", Path: "/x", Middleware: []middleware{note("A", &seen)},
		Serve: func(_ context.Context, req *handlerkit.Request) (any, error) { return Body[state](req) }}}}
	cors := &CORS{AllowOrigin: []string{"*"}, AllowHeaders: standardHeaders}
	a.Routes[0].CORS = cors
	got := serve(t, a, request{method: "POST", path: "/x", body: "x", headers: map[string][]string{"Content-Type": {"text/csv"}}})
	if got.StatusCode != 415 || got.Headers["X-A"] != "yes" || got.Headers["Access-Control-Allow-Origin"] != "*" {
		t.Errorf("got %v", got)
	}
	got = serve(t, a, request{method: "POST", path: "/x", body: "{"})
	if got.StatusCode != 400 || got.Headers["X-A"] != "yes" {
		t.Errorf("got %v", got)
	}
	if len(seen) != 4 || !strings.HasPrefix(seen[1], "A out 415 <nil> UnsupportedMediaType: ") || !strings.HasPrefix(seen[3], "A out 400 <nil> BadRequestError: ") {
		t.Errorf("seen %q", seen)
	}
}

// What a middleware gives to the one around it can be read and set, as what
// comes from a handler can, and the response that it keeps is not changed.
func TestMiddlewareAroundMiddleware(t *testing.T) {
	journal(t)
	kept := &handlerkit.Response{Body: "kept"}
	for name, tt := range map[string]struct {
		resp       *handlerkit.Response
		err        error
		panics     bool
		seen, want string
	}{
		"kept":   {kept, nil, false, "A out 201 kept <nil>", "201 [text/plain; charset=utf-8] kept"},
		"own":    {&handlerkit.Response{StatusCode: 203, Body: 1}, nil, false, "A out 203 1 <nil>", "203 1"},
		"nil":    {nil, nil, false, "A out 201 <nil> <nil>", "201 null"},
		"error":  {nil, handlerkit.Conflict("m"), false, "A out 409 <nil> ConflictError: m", `409 {"Code":"ConflictError","Message":"m"}`},
		"panics": {nil, nil, true, "A out 500 <nil> panic: m", internal},
	} {
		var seen []string
		inner := func(handlerkit.Handler) handlerkit.Handler {
			return func(context.Context, *handlerkit.Request) (*handlerkit.Response, error) {
				if tt.panics {
					panic("m")
				}
				return tt.resp, tt.err
			}
		}
		a := API{Routes: []Route{{Method: "GET", Path: "/x", Status: 201, Serve: returns(1, nil), Middleware: []middleware{note("A", &seen), inner}}}}
		got := serve(t, a, request{method: "GET", path: "/x"})
		if seen[1] != tt.seen || got.String() != tt.want || got.Headers["X-A"] != "yes" {
			t.Errorf("%s: seen %q, got %s %v", name, seen, got, got.Headers)
		}
	}
	if kept.Headers != nil || kept.StatusCode != 0 {
		t.Errorf("the response that was kept is now %+v", kept)
	}
}

func TestMiddlewareAnswers(t *testing.T) {
	log := journal(t)
	serveWith := func(m middleware) reply {
		a := API{Routes: []Route{{Method: "GET", Path: "/x", Status: 201, Serve: returns(state{"WA"}, nil), Middleware: []middleware{m}}}}
		return serve(t, a, request{method: "GET", path: "/x"})
	}
	answer := func(resp *handlerkit.Response, err error) middleware {
		return func(handlerkit.Handler) handlerkit.Handler {
			return func(context.Context, *handlerkit.Request) (*handlerkit.Response, error) { return resp, err }
		}
	}
	tests := map[string]struct {
		m    middleware
		want string
	}{
		"instead":   {answer(&handlerkit.Response{StatusCode: 401, Body: "no"}, nil), "401 [text/plain; charset=utf-8] no"},
		"nil":       {answer(nil, nil), "201 null"},
		"nil error": {answer(nil, handlerkit.Forbidden("m")), `403 {"Code":"ForbiddenError","Message":"m"}`},
		"cookie beside error": {answer(&handlerkit.Response{Cookies: []*http.Cookie{{Name: "a", Value: "b"}}, Headers: http.Header{"Content-Encoding": {"gzip"}}}, handlerkit.Forbidden("m")),
			`403 {"Code":"ForbiddenError","Message":"m"}`},
		"panic": {func(handlerkit.Handler) handlerkit.Handler {
			return func(context.Context, *handlerkit.Request) (*handlerkit.Response, error) { panic("m") }
		}, internal},
		"changed body": {func(next handlerkit.Handler) handlerkit.Handler {
			return func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
				resp, err := next(ctx, req)
				resp.Body = []any{resp.Body}
				return resp, err
			}
		}, `201 [{"state":"WA"}]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := serveWith(tt.m)
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if name == "cookie beside error" && (got.Headers["Set-Cookie"] != "a=b" || got.Headers["Content-Encoding"] != "") {
				t.Errorf("headers %v", got.Headers)
			}
		})
	}
	if !strings.Contains(log.String(), "panic: m") {
		t.Errorf("logged %s", log)
	}
}

func TestMiddlewareIsMadeOnce(t *testing.T) {
	made := 0
	m := func(next handlerkit.Handler) handlerkit.Handler { made++; return next }
	h, err := API{Routes: []Route{{Method: "GET", Path: "/x", Serve: returns(1, nil), Middleware: []middleware{m}}}}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		invoke(t, h, request{method: "GET", path: "/x"}.event())
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

func TestHTTP(t *testing.T) {
	legacy := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("X-Many", "1")
		w.Header().Add("X-Many", "2")
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("X-Late", "no")
		fmt.Fprint(w, r.Method, " ", r.URL.Path, " ", r.URL.RawQuery, " ", r.Host, " ", r.RemoteAddr, " ", r.Header.Get("x-a"), " ",
			r.PathValue("proxy"), " ", string(body), " ", err, " ", handlerkit.RequestFrom(r.Context()) != nil)
	}
	a := API{Routes: []Route{{Method: "ANY", Path: "/{proxy+}", ContentTypes: []string{"*/*"}, Serve: HTTP(legacy)}}}
	got := serve(t, a, request{method: "PUT", resource: "/{proxy+}", path: "/a%20b/c", body: "aGk=", base64: true,
		headers: map[string][]string{"host": {"example.com"}, "X-A": {"v"}}, query: map[string][]string{"q": {"1", "2"}}, params: map[string]string{"proxy": "a%20b/c"}})
	if want := "202 [text/plain] PUT /a b/c q=1&q=2 example.com 192.0.2.1:0 v a b/c hi <nil> true"; got.String() != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(got.MultiValueHeaders["X-Many"]) != 2 || got.Headers["X-Late"] != "" {
		t.Errorf("headers %v %v", got.Headers, got.MultiValueHeaders)
	}
	for name, tt := range map[string]struct {
		f    http.HandlerFunc
		want string
	}{
		"nothing":  {func(http.ResponseWriter, *http.Request) {}, "200 [text/plain; charset=utf-8] "},
		"sniffed":  {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "200 [text/html; charset=utf-8] <html>"},
		"binary":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x00\xff")) }, "200 [application/octet-stream] base64:\x00\xff"},
		"no body":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "204 [] "},
		"error":    {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 418) }, "418 [text/plain; charset=utf-8] no\n"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", 303) }, "303 [text/html; charset=utf-8] <a href=\"/there\">See Other</a>.\n\n"},
	} {
		a := API{Routes: []Route{{Method: "GET", Path: "/x", Serve: HTTP(tt.f)}}}
		if got := serve(t, a, request{method: "GET", path: "/x"}).String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

type ctxKey struct{}

// zip is a middleware of net/http that encodes the body.
func zip(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		next.ServeHTTP(zipWriter{w, z}, r.WithContext(context.WithValue(r.Context(), ctxKey{}, "v")))
		_ = z.Close()
	})
}

type zipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w zipWriter) Write(b []byte) (int, error) { return w.z.Write(b) }

func TestHTTPMiddleware(t *testing.T) {
	journal(t)
	headers := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Outer", "yes")
			if r.Header.Get("X-Stop") != "" {
				http.Error(w, "stopped", http.StatusTeapot)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	route := func(m middleware, f func(context.Context, *handlerkit.Request) (any, error)) API {
		return API{Routes: []Route{{Method: "GET", Path: "/x", Middleware: []middleware{m}, Serve: f}}}
	}
	get := request{method: "GET", path: "/x"}
	got := serve(t, route(HTTPMiddleware(headers), returns(state{"<WA>"}, nil)), get)
	if got.String() != `200 {"state":"<WA>"}` || got.Headers["X-Outer"] != "yes" {
		t.Errorf("value: %v", got)
	}
	got = serve(t, route(HTTPMiddleware(headers), returns(nil, handlerkit.NotFound("k"))), get)
	if got.String() != `404 {"Code":"NotFoundError","Message":"k"}` || got.Headers["X-Outer"] != "yes" {
		t.Errorf("error: %v", got)
	}
	if got = serve(t, route(HTTPMiddleware(headers), returns(badJSON{}, nil)), get); got.String() != internal {
		t.Errorf("no JSON: %v", got)
	}
	stop := get
	stop.headers = map[string][]string{"x-stop": {"1"}}
	if got = serve(t, route(HTTPMiddleware(headers), returns(1, nil)), stop); got.String() != "418 [text/plain; charset=utf-8] stopped\n" {
		t.Errorf("stopped: %v", got)
	}
	seen := func(ctx context.Context, req *handlerkit.Request) (any, error) { return ctx.Value(ctxKey{}), nil }
	got = serve(t, route(HTTPMiddleware(zip), seen), get)
	if text := unzip(t, got); text != `"v"` || got.Headers["Content-Type"] != "application/json" {
		t.Errorf("zipped: %v: %s", got, text)
	}
	strip := HTTPMiddleware(func(next http.Handler) http.Handler { return http.StripPrefix("/x", next) })
	path := HTTP(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "path %q", r.URL.Path) })
	if got = serve(t, route(strip, path), get); got.Body != `path ""` {
		t.Errorf("changed request: %v", got)
	}
}

func unzip(t *testing.T, r reply) string {
	t.Helper()
	_, raw, _ := strings.Cut(r.String(), "base64:")
	z, err := gzip.NewReader(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

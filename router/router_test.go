package router

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func build(t testing.TB, routes ...string) *Table[string] {
	t.Helper()
	var b Builder[string]
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		if err := b.Add(method, path, r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

func TestMatch(t *testing.T) {
	table := build(t,
		"GET /", "GET /cities/{city}", "PUT /cities/{city}", "ANY /cities/{city}/streets",
		"GET /things/static", "GET /things/{id}/sub",
		"GET /files/{key+}", "POST /files/upload", "GET /files/{key}/meta",
		"GET /a/b/c", "GET /{x}/b/d", "GET /{x+}",
		"GET /deep/{one}/{two}/{rest+}",
	)
	tests := []struct {
		request, route, params string
	}{
		{"GET /", "GET /", ""},
		{"POST /", "", ""},
		{"GET ", "", ""},
		{"GET cities", "", ""},
		{"GET /cities/seattle", "GET /cities/{city}", "city=seattle"},
		{"GET /cities/seattle/", "GET /cities/{city}", "city=seattle"},
		{"GET /cities/seattle//", "GET /{x+}", "x=cities/seattle/"},
		{"PUT /cities/seattle", "PUT /cities/{city}", "city=seattle"},
		{"DELETE /cities/seattle", "", ""},
		{"PATCH /cities/x/streets", "ANY /cities/{city}/streets", "city=x"},
		{"GET /cities/a%2Fb+c", "GET /cities/{city}", "city=a%2Fb+c"},
		{"GET /Cities/seattle", "GET /{x+}", "x=Cities/seattle"},
		{"GET /things/static", "GET /things/static", ""},
		{"GET /things/static/sub", "GET /things/{id}/sub", "id=static"},
		{"GET /files/a/b/c", "GET /files/{key+}", "key=a/b/c"},
		{"GET /files/a", "GET /files/{key+}", "key=a"},
		{"GET /files/a/meta", "GET /files/{key}/meta", "key=a"},
		{"GET /files/upload", "", ""}, // the path is found, its method is not
		{"POST /files/upload", "POST /files/upload", ""},
		{"GET /a/b/c", "GET /a/b/c", ""},
		{"GET /a/b/d", "GET /{x}/b/d", "x=a"},
		{"GET /a/b", "GET /{x+}", "x=a/b"},
		{"GET /files", "GET /{x+}", "x=files"},
		{"GET /deep/1/2/3/4", "GET /deep/{one}/{two}/{rest+}", "one=1 two=2 rest=3/4"},
		{"GET //", "", ""},
		{"GET //a", "", ""},
	}
	for _, tt := range tests {
		method, path, _ := strings.Cut(tt.request, " ")
		v, params, ok := table.Match(method, path)
		if v != tt.route || ok != (tt.route != "") || text(params) != tt.params {
			t.Errorf("%s: got %q %q %v, want %q %q", tt.request, v, text(params), ok, tt.route, tt.params)
		}
	}
}

func text(params Params) string {
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = p.Name + "=" + p.Value
	}
	return strings.Join(parts, " ")
}

func TestMethods(t *testing.T) {
	table := build(t, "PUT /x/{id}", "GET /x/{id}")
	if got := table.Methods("/x/1/"); !slices.Equal(got, []string{"PUT", "GET"}) {
		t.Errorf("methods of /x/1/: %q", got)
	}
	if got := table.Methods("/x"); got != nil {
		t.Errorf("methods of /x: %q", got)
	}
	if got := new(Builder[int]).Build().Methods("/"); got != nil {
		t.Errorf("methods of an empty table: %q", got)
	}
}

func TestParamsGet(t *testing.T) {
	_, params, _ := build(t, "GET /{a}/{b}").Match("GET", "/1/2")
	if params.Get("a") != "1" || params.Get("b") != "2" || params.Get("c") != "" {
		t.Errorf("got %v", params)
	}
}

func TestAddRefuses(t *testing.T) {
	tests := []struct{ first, second, want string }{
		{"", "GET x", `path "x" does not start with a slash`},
		{"", "GET /a//b", `path "/a//b": it has an empty segment`},
		{"", "GET /a/", `path "/a/": it has an empty segment`},
		{"", "GET /a{b}", `path "/a{b}": segment "a{b}": a parameter is a whole segment`},
		{"", "GET /{b}a", `path "/{b}a": segment "{b}a": a parameter is a whole segment`},
		{"", "GET /{}", `path "/{}": segment "{}": the parameter has no name`},
		{"", "GET /{a+}/b", `path "/{a+}/b": segment "{a+}" takes the rest of the path: nothing may follow it`},
		{"", "GET /{a}/{a}", `path "/{a}/{a}": parameter "a" is there twice`},
		{"GET /a", "GET /a", "GET /a is there twice"},
		{"GET /{x}/a", "GET /{y}/b", `path "/{y}/b": parameter "y" stands where another path has "x"`},
		{"GET /{x}", "GET /{y+}", `path "/{y+}": parameter "y" stands where another path has "x"`},
	}
	for _, tt := range tests {
		var b Builder[int]
		var err error
		for _, r := range []string{tt.first, tt.second} {
			if method, path, ok := strings.Cut(r, " "); ok {
				err = b.Add(method, path, 0)
			}
		}
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s, then %s: %v, want %s", tt.first, tt.second, err, tt.want)
		}
	}
}

// naive matches as the rule says it, by comparing all patterns: the best is the
// one whose segments are best from the left.
func naive(patterns []string, path string) string {
	rest, ok := trim(path)
	if !ok {
		return ""
	}
	best, bestRank := "", ""
	for _, p := range patterns {
		if rank, ok := rank(p, rest); ok && (best == "" || rank < bestRank) {
			best, bestRank = p, rank
		}
	}
	return best
}

// rank says how well a pattern fits: a letter per segment, the better the
// smaller.
func rank(pattern, rest string) (string, bool) {
	if pattern == "/" || rest == "" {
		return "", pattern == "/" && rest == ""
	}
	want, got := strings.Split(pattern[1:], "/"), strings.Split(rest, "/")
	out := ""
	for i, w := range want {
		switch {
		case i >= len(got):
			return "", false
		case strings.HasSuffix(w, "+}"):
			return out + "c", got[i] != ""
		case strings.HasPrefix(w, "{"):
			if got[i] == "" {
				return "", false
			}
			out += "b"
		case w != got[i]:
			return "", false
		default:
			out += "a"
		}
	}
	return out, len(want) == len(got)
}

func TestAgainstNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b Builder[string]
		var patterns []string
		for range r.IntN(12) {
			p := randomPattern(r)
			if b.Add("GET", p, p) == nil {
				patterns = append(patterns, p)
			}
		}
		table := b.Build()
		for range 20 {
			path := randomPath(r)
			got, _, _ := table.Match("GET", path)
			if want := naive(patterns, path); got != want {
				t.Fatalf("%q: got %q, want %q of %q", path, got, want, patterns)
			}
		}
	}
}

func randomPattern(r *rand.Rand) string {
	var b strings.Builder
	n := r.IntN(5)
	for i := range n {
		switch k := r.IntN(10); {
		case k < 5:
			fmt.Fprintf(&b, "/%c", 'a'+rune(r.IntN(2)))
		case k == 9 && i == n-1:
			fmt.Fprintf(&b, "/{p%d+}", i)
		default:
			fmt.Fprintf(&b, "/{p%d}", i)
		}
	}
	if n == 0 {
		return "/"
	}
	return b.String()
}

func randomPath(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteByte('/')
		if r.IntN(12) > 0 {
			b.WriteByte("abc"[r.IntN(3)])
		}
	}
	if r.IntN(6) == 0 || b.Len() == 0 {
		b.WriteByte('/')
	}
	return b.String()
}

func FuzzMatch(f *testing.F) {
	f.Add("/a/{b}", "/{c+}", "/a/1")
	f.Add("/", "/{x}/y", "//")
	f.Add("/a/{x}/b", "/a/{x+}", "/a/%2F/b/")
	f.Fuzz(func(t *testing.T, first, second, path string) {
		var b Builder[string]
		var patterns []string
		for _, p := range []string{first, second} {
			if b.Add("GET", p, p) == nil {
				patterns = append(patterns, p)
			}
		}
		got, params, ok := b.Build().Match("GET", path)
		if want := naive(patterns, path); got != want || ok != (want != "") {
			t.Fatalf("%q: got %q, want %q of %q", path, got, want, patterns)
		}
		for _, p := range params {
			if p.Value == "" || !strings.Contains(path, p.Value) {
				t.Fatalf("%q: parameter %v", path, p)
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{25, 250, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var routes []string
			for i := range n {
				routes = append(routes, fmt.Sprintf("GET /resource%d/{id}/part", i))
			}
			table := build(b, routes...)
			path := fmt.Sprintf("/resource%d/some-id/part", n/2)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := table.Match("GET", path); !ok {
					b.Fatal("no match")
				}
			}
		})
	}
}

package yamltree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// TestRanges checks where scalars stand in files that are hard to count in.
func TestRanges(t *testing.T) {
	for _, test := range []struct {
		name, src, path, want string
	}{
		{"bom", "\xef\xbb\xbfa: 1\n", "a", "1:4-1:5"},
		{"crlf", "a: 1\r\nb:\r\n  c: 'x'\r\n", "b/c", "3:6-3:9"},
		{"crlf in quotes", "a: \"x\r\n  y\"\r\nb: 2\r\n", "b", "3:4-3:5"},
		{"tab behind the colon", "a:\tx\n", "a", "1:4-1:5"},
		{"tab in the text", "a: x\ty\nb: 1\n", "a", "1:4-1:7"},
		{"wide characters", "ä: [ö, 'ü', \"😀\", é]\n", "ä/3", "1:18-1:19"},
		{"behind a tag", "a: !!str 12\n", "a", "1:10-1:12"},
		{"behind an anchor", "a: &x  12\n", "a", "1:8-1:10"},
		{"alias", "a: &x 12\nb: *x\n", "b", "1:7-1:9"},
		{"plain over lines", "a: one\n  two\n\n  three # c\nb: 1\n", "a", "1:4-4:8"},
		{"quoted over lines", "a: 'one\n  two'\n", "a", "1:4-2:7"},
		{"literal", "a: | # c\n  one\n  two\n\nb: 1\n", "a", "1:4-3:6"},
		{"after a literal", "a: | # c\n  one\n\n\nb: 1\n", "b", "5:4-5:5"},
		{"folded in a list", "- >-\n  x\n   y\n- z\n", "1", "4:3-4:4"},
		{"mapping", "a:\n  b: 1\n  c: 2\nd: 3\n", "a", "2:3-3:7"},
		{"flow", "a: { b: [1,\n  2] }\n", "a", "1:4-2:7"},
		{"null that is not written", "a:\nb: 1\n", "a", "1:1-1:2"},
		{"list at the column of its key", "a:\n- x\n- y\nb: 1\n", "a/1", "3:3-3:4"},
		{"merged", "a: &a {x: 1}\nb:\n  <<: *a\n", "b/x", "1:11-1:12"},
		{"empty string", "a: ''\n", "a", "1:4-1:6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, l := Parse("f.yaml", []byte(test.src))
			if l.HasErrors() {
				t.Fatal(findings(l))
			}
			r, ok := Locate(root, diag.Value(strings.Split(test.path, "/")...))
			if got := span(r); got != test.want || !ok {
				t.Errorf("%s stands at %s (%v), want %s", test.path, got, ok, test.want)
			}
		})
	}
}

func span(r diag.Range) string {
	return fmt.Sprintf("%d:%d-%d:%d", r.Start.Line, r.Start.Column, r.End.Line, r.End.Column)
}

// TestLocate checks keys, intervals and paths that go too far.
func TestLocate(t *testing.T) {
	src := `routes:
  /a:
    GET: {handler: "A\u00e4\tB"}
  /b: 'it''s b'
list:
  - x: 1
  - text
cron: >-
  0 0
  * *
`
	root, l := Parse("f.yaml", []byte(src))
	if l.HasErrors() {
		t.Fatal(findings(l))
	}
	for _, test := range []struct {
		at   diag.At
		want string
		ok   bool
	}{
		{diag.Key("routes", "/a"), "2:3-2:5", true},
		{diag.Value("routes", "/a", "GET", "handler"), "3:20-3:32", true},
		{diag.Value("routes", "/a", "GET", "handler").Within(1, 1), "3:22-3:28", true},
		{diag.Value("routes", "/a", "GET", "handler").Within(2, 2), "3:28-3:31", true},
		{diag.Value("routes", "/b").Within(2, 2), "4:10-4:13", true},
		{diag.Key("routes", "/a").Within(1, 1), "2:4-2:5", true},
		{diag.Value("cron").Within(4, 3), "10:3-10:6", true},
		{diag.Value("cron").Within(2, 3), "9:5-10:4", true},
		{diag.Value("cron").Within(20, 3), "8:7-10:6", true},
		{diag.Value("routes", "/a", "PUT"), "2:3-2:5", false},
		{diag.Value("list", "0", "y"), "6:5-6:6", false},
		{diag.Value("list", "1", "y"), "7:5-7:9", false},
		{diag.Value("list", "7"), "5:1-5:5", false},
		{diag.Value("nothing", "at", "all"), "1:1-1:1", false},
		{diag.Value(), "1:1-10:6", true},
	} {
		r, ok := Locate(root, test.at)
		if got := span(r); got != test.want || ok != test.ok {
			t.Errorf("%v: %s (%v), want %s", test.at, got, ok, test.want)
		}
	}
	if _, ok := Locate(nil, diag.Value("x")); ok {
		t.Error("something in nothing")
	}
}

// TestLocateInterpolated checks that intervals of what an interpolation or a
// prefix made are told where they come from.
func TestLocateInterpolated(t *testing.T) {
	files := map[string]string{
		"/app/Chalicefile.yaml": "x: 'a ${stage} b ${app}c'\ninclude: [{file: i.yaml, url_prefix: /pre}]\n",
		"/app/i.yaml":           "routes:\n  /users/{id}: {GET: X}\n",
	}
	c, l := Compose(ComposeOptions{Dir: "/app", ReadFile: func(p string) ([]byte, error) { return []byte(files[p]), nil }})
	if l.HasErrors() {
		t.Fatal(findings(l))
	}
	tree, _ := c.Stage("application", "production", true) // a production b applicationc
	for _, test := range []struct {
		at   diag.At
		want string
	}{
		{diag.Value("x"), "1:4-1:26"},
		{diag.Value("x").Within(0, 1), "1:5-1:6"},
		{diag.Value("x").Within(4, 2), "1:7-1:15"},
		{diag.Value("x").Within(13, 1), "1:16-1:17"},
		{diag.Value("x").Within(13, 4), "1:16-1:24"},
		{diag.Value("x").Within(26, 1), "1:24-1:25"},
		{diag.Key("routes", "/pre/users/{id}").Within(11, 4), "2:10-2:14"},
	} {
		r, ok := Locate(tree, test.at)
		if got := span(r); got != test.want || !ok {
			t.Errorf("%v: %s, want %s", test.at, got, test.want)
		}
	}
}

// TestLimits checks that hostile files end early, with a finding.
func TestLimits(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for _, c := range "bcdefgh" {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	deep := "a: &a1 [x]\n"
	for i := 2; i < 200; i++ {
		deep += fmt.Sprintf("b%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for name, test := range map[string]struct{ src, code string }{
		"bomb":        {bomb, "yaml-alias-bomb"},
		"deep alias":  {deep, "yaml-alias-bomb"},
		"brackets":    {"a: " + strings.Repeat("[", 100_000), "yaml-limit"},
		"dashes":      {strings.Repeat("- ", 10_000) + "x", "yaml-limit"},
		"blank lines": {"a: |\n  x\n" + strings.Repeat("\n", 100_000), "yaml-limit"},
		"tabs":        {"a: \"" + strings.Repeat("\t", 1<<20) + "\"", "yaml-limit"},
		"merge signs": {strings.Repeat("<", 1<<20), "yaml-limit"},
		"binary":      {"a: \x00", "yaml-encoding"},
		"latin-1":     {"a: caf\xe9", "yaml-encoding"},
		"utf-16":      {"\xff\xfea\x00", "yaml-encoding"},
		"lone cr":     {"a: 1\rb: 2\r", "yaml-encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			_, l := Parse("f.yaml", []byte(test.src))
			if len(l.Findings) == 0 || l.Findings[0].Code != test.code && l.Findings[len(l.Findings)-1].Code != test.code {
				t.Errorf("want %s, got %s", test.code, findings(l))
			}
		})
	}
}

// TestGet checks the index of big mappings.
func TestGet(t *testing.T) {
	root, _ := Parse("f.yaml", routes(100))
	for i := range 100 {
		path := fmt.Sprintf("/things/group%d/{id}", i)
		if got := root.Get("routes").Get(path).Get("PUT").Get("handler"); got == nil || got.Text != fmt.Sprintf("PutThing%d", i) {
			t.Fatalf("%s: %+v", path, got)
		}
	}
	if root.Get("routes").Get("/nothing").Get("GET") != nil {
		t.Error("found what is not there")
	}
}

package handlers

import (
	"encoding/json"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/schema"
	"github.com/chalicefile/chalicefile/spec"
)

func TestReferences(t *testing.T) {
	const app = "example.com/mod/app"
	b := &binder{dir: "/mod/app", module: model.Module{Path: "example.com/mod", Dir: "/mod", AppDir: "/mod/app"}}
	for _, test := range []struct {
		text, pkg  string // pkg: the default package
		importPath string
		typ, name  string
	}{
		{"Index", ".", app, "", "Index"},
		{"Index", "", app, "", "Index"},
		{"Index", "./api", app + "/api", "", "Index"},
		{"Index", "github.com/acme/lib", "github.com/acme/lib", "", "Index"},
		{"worker.OnMessage", "./api", app + "/worker", "", "OnMessage"},
		{"internal/worker.OnMessage", "./api", app + "/internal/worker", "", "OnMessage"},
		{"./internal/worker.OnMessage", "./api", app + "/internal/worker", "", "OnMessage"},
		{"../shared.OnMessage", "./api", "example.com/mod/shared", "", "OnMessage"},
		{"..Index", ".", "", "", ""},
		{"github.com/acme/lib/health.Check", ".", "github.com/acme/lib/health", "", "Check"},
		{"gopkg.in/yaml.v3.API.Check", ".", "gopkg.in/yaml.v3", "API", "Check"},
		{"example.com/mod.Check", ".", "example.com/mod", "", "Check"},
		{"example.com/mod/app/api.Check", ".", app + "/api", "", "Check"},
		{"example.com/module.Check", ".", "example.com/module", "", "Check"},
		{"API.GetObject", "./api", app + "/api", "API", "GetObject"},
		{"api.API.GetObject", ".", app + "/api", "API", "GetObject"},
		{"Worker.On.Message", ".", app + "/Worker", "On", "Message"},
		{"./.Index", ".", "", "", ""},
		{"../../far.Index", ".", "", "", ""},
		{".Index", ".", "", "", ""},
	} {
		ref := spec.Ref{Text: test.text, Dir: ".", Package: test.pkg}
		r, p := parseReference(test.text)
		var at place
		if p == nil {
			at, p = b.locate(ref, r)
		}
		if (p != nil) != (test.importPath == "") {
			t.Errorf("%s: problem %+v", test.text, p)
			continue
		}
		if p == nil && (at.importPath != test.importPath || r.typ != test.typ || r.name != test.name) {
			t.Errorf("%s of %q: %s %q %q, want %s %q %q", test.text, test.pkg, at.importPath, r.typ, r.name, test.importPath, test.typ, test.name)
		}
	}
}

// A reference of an included file is relative to it.
func TestReferencesOfIncludes(t *testing.T) {
	b := &binder{dir: "/mod", module: model.Module{Path: "mod", Dir: "/mod", AppDir: "/mod"}}
	for text, want := range map[string]string{
		"Index": "mod/shop/api", "worker.On": "mod/shop/worker", "../common.On": "mod/common", "mod/x.On": "mod/x",
	} {
		r, _ := parseReference(text)
		at, p := b.locate(spec.Ref{Text: text, Dir: "shop", Package: "./shop/api"}, r)
		if p != nil || at.importPath != want {
			t.Errorf("%s: %+v %+v, want %s", text, at, p, want)
		}
	}
}

func TestWellFormedIsTheSchemas(t *testing.T) {
	var s struct {
		Definitions struct {
			Handler struct{ Pattern string }
		}
	}
	if err := json.Unmarshal(schema.JSON, &s); err != nil {
		t.Fatal(err)
	}
	if got := s.Definitions.Handler.Pattern; got != wellFormed.String() {
		t.Errorf("the schema's pattern of handlers is %s, ours %s", got, wellFormed)
	}
}

func FuzzParseReference(f *testing.F) {
	for _, text := range []string{"Index", "a.B", "./a/b.C.D", "..A", "a//b.C", "x.y/z.v2.T.M", "é.É", ".", "/"} {
		f.Add(text)
	}
	b := &binder{dir: "/mod", module: model.Module{Path: "mod", Dir: "/mod", AppDir: "/mod"}}
	f.Fuzz(func(t *testing.T, text string) {
		r, p := parseReference(text)
		if p != nil {
			return
		}
		if r.name == "" {
			t.Errorf("%q has no name", text)
		}
		b.locate(spec.Ref{Text: text, Dir: ".", Package: "."}, r)
	})
}

func TestFits(t *testing.T) {
	for _, test := range []struct {
		tool, module string
		want         bool
	}{
		{"", "v1.0.0", true},
		{"(devel)", "v1.0.0", true},
		{"v1.2.3", "v0.0.0-20261101120000-0123456789ab", true},
		{"v1.2.4-0.20261101120000-0123456789ab", "v1.0.0", true},
		{"v1.2.3", "v1.2.0", true},
		{"v1.2.3", "v1.9.0", true},
		{"v1.2.3", "v1.1.9", false},
		{"v1.2.3", "v2.0.0", false},
		{"v0.2.3", "v0.2.0", true},
		{"v0.2.3", "v0.3.0", false},
		{"v1.0.0+dirty", "v0.3.0", true},
	} {
		if got := fits(test.tool, test.module); got != test.want {
			t.Errorf("fits(%q, %q) = %t", test.tool, test.module, got)
		}
	}
}

func TestImportable(t *testing.T) {
	const from = "example.com/mod/app/.chalicefile/gen"
	for path, want := range map[string]bool{
		"example.com/mod/app":                true,
		"example.com/mod/internal/x":         true,
		"example.com/mod/app/internal":       true,
		"example.com/mod/app/api/internal":   false,
		"example.com/mod/other/internal/x":   false,
		"example.com/module/internal":        false,
		"internal/abi":                       false,
		"github.com/acme/internal":           false,
		"example.com/mod/internal/internal":  false,
		"example.com/mod/internalish/things": true,
	} {
		if got := importable(path, from); got != want {
			t.Errorf("importable(%s) = %t", path, got)
		}
	}
}

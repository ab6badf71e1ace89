package gosrc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"
)

// unpack writes the files of a txtar text into a new directory.
func unpack(t testing.TB, text string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(text)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func environ() []string { return append(os.Environ(), "GOPROXY=off", "GOFLAGS=") }

func loadApp(t testing.TB, dir string, c Config) *Program {
	t.Helper()
	c.Dir, c.Env = filepath.Join(dir, "app"), environ()
	p, err := Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// show writes the faults of a program, a line each.
func show(dir string, p *Program) string {
	var b strings.Builder
	for _, f := range p.Faults {
		where := ""
		if f.Pos.Filename != "" {
			rel, _ := filepath.Rel(dir, f.Pos.Filename)
			where = fmt.Sprintf("%s:%d:%d: ", filepath.ToSlash(rel), f.Pos.Line, f.Pos.Column)
		}
		fmt.Fprintf(&b, "%s: %s%s\n", f.Package, where, f.Message)
		for _, n := range f.More {
			rel, _ := filepath.Rel(dir, n.Pos.Filename)
			fmt.Fprintf(&b, "\t%s:%d:%d: %s\n", filepath.ToSlash(rel), n.Pos.Line, n.Pos.Column, n.Message)
		}
	}
	return b.String()
}

const app = `
-- app/go.mod --
module example.com/app

go 1.26.0

require (
	example.com/lib v1.0.0
	example.com/deep v1.0.0
)

replace example.com/lib => ../lib

replace example.com/deep => ../deep
-- app/api/api.go --
// Package api has handlers.
package api

import (
	"fmt"

	"example.com/app/internal/own"
	"example.com/lib"
)

// Index says hello.
func Index(name string) error { return fmt.Errorf("%w%v", lib.Err, own.X) }
-- app/internal/own/own.go --
package own

// X is documented.
var X = 1
-- app/main.go --
package main

func main() {}
-- app/tagged/plain.go --
//go:build !special

package tagged

func Plain() {}
-- app/tagged/special.go --
//go:build special && lambda.norpc

package tagged

func Special() {}
-- app/tagged/other.go --
//go:build darwin || cgo

package tagged

func Other() {}
-- lib/go.mod --
module example.com/lib

require example.com/deep v1.0.0
-- lib/lib.go --
package lib

import "example.com/deep"

var Err error = deep.Err
-- lib/health/health.go --
package health

import "example.com/lib"

// Check checks.
func Check(name string) error { return lib.Err }
-- deep/go.mod --
module example.com/deep
-- deep/deep.go --
package deep

import "errors"

var Err = errors.New("deep")
`

func TestOwnCodeIsLoadedFromSource(t *testing.T) {
	dir := unpack(t, app)
	p := loadApp(t, dir, Config{Packages: []string{"example.com/app/api", "example.com/lib/health"}})
	if got := show(dir, p); got != "" {
		t.Error(got)
	}
	var source []string
	for _, pkg := range p.Source {
		source = append(source, pkg.PkgPath)
	}
	// lib/health was named; lib and deep, of other modules, were not.
	if got, want := strings.Join(source, " "), "example.com/app/internal/own example.com/app/api example.com/lib/health"; got != want {
		t.Errorf("from source: %s, want %s", got, want)
	}
	if p.FromSource(p.Package("example.com/lib")) || p.FromSource(p.Package("fmt")) || !p.FromSource(p.Roots[0]) {
		t.Error("FromSource is wrong")
	}
	index := p.Types("example.com/app/api").Scope().Lookup("Index")
	if pos := p.Fset.Position(index.Pos()); pos.Filename != filepath.Join(dir, "app/api/api.go") || pos.Line != 12 || pos.Column != 6 {
		t.Errorf("Index is at %s", pos)
	}
	// One and the same type, whichever way it came.
	if p.Types("example.com/lib").Scope().Lookup("Err") == nil || p.Types("example.com/deep").Scope().Lookup("Err") == nil {
		t.Error("export data lacks names")
	}
	if p.Types("example.com/nothing") != nil || p.Package("example.com/nothing") != nil {
		t.Error("found what is not there")
	}
	if p.Roots[0].TypesInfo != nil {
		t.Error("there are TypesInfo that nobody asked for")
	}
}

func TestBodiesAndMoreSource(t *testing.T) {
	dir := unpack(t, app)
	p := loadApp(t, dir, Config{
		Packages: []string{"example.com/app/api"}, Bodies: true,
		Source: func(pkg *packages.Package) bool { return pkg.Imports["example.com/deep"] != nil },
	})
	lib := p.Package("example.com/lib")
	if !p.FromSource(lib) || lib.TypesInfo == nil || p.FromSource(p.Package("example.com/deep")) {
		t.Error("lib was not loaded from source, or deep was")
	}
	if info := p.Roots[0].TypesInfo; info == nil || len(info.Uses) == 0 {
		t.Error("bodies were not checked")
	}
}

func TestBuildTagsAndPlatform(t *testing.T) {
	dir := unpack(t, app)
	files := func(c Config) string {
		c.Packages = []string{"example.com/app/tagged"}
		var names []string
		for _, f := range loadApp(t, dir, c).Roots[0].GoFiles {
			names = append(names, filepath.Base(f))
		}
		return strings.Join(names, " ")
	}
	if got := files(Config{}); got != "plain.go" {
		t.Errorf("without tags: %s", got)
	}
	if got := files(Config{BuildTags: []string{"special"}, GOARCH: "arm64"}); got != "special.go" {
		t.Errorf("with tags: %s", got)
	}
	if got := files(Config{GOOS: "darwin", GOARCH: "arm64"}); got != "other.go plain.go" {
		t.Errorf("for darwin: %s", got)
	}
	if got := strings.Join(BuildFlags([]string{"b", "a", "b"}), " "); got != "-trimpath -tags=a,b,lambda.norpc" {
		t.Errorf("flags: %s", got)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, change, root, want string
	}{
		{"a syntax error hides what follows from it", "-- app/api/api.go --\npackage api\n\nfunc Index( {\n\tundefined()\n}\n", "api",
			"example.com/app/api: app/api/api.go:3:13: syntax error: expected ')', found '{'\n"},
		{"a type error with a second position", "-- app/api/api.go --\npackage api\n\nfunc Index() {}\n\nfunc Index() {}\n", "api",
			"example.com/app/api: app/api/api.go:5:6: Index redeclared in this block\n\tapp/api/api.go:3:6: other declaration of Index\n"},
		{"in a package that is merely imported", "-- app/internal/own/own.go --\npackage own\n\nvar X int = \"\"\n", "api",
			"example.com/app/internal/own: app/internal/own/own.go:3:13: cannot use \"\" (untyped string constant) as int value in variable declaration\n"},
		{"in a package of another module", "-- deep/deep.go --\npackage deep\n\nvar Err error = 1\n", "api",
			"example.com/deep: deep/deep.go:3:17: cannot use 1 (constant of type int) as error value in variable declaration: int does not implement error (missing method Error)\n"},
		{"a package that is not there", "-- app/api/api.go --\npackage api\n\nimport _ \"example.com/app/nothing\"\n", "api",
			"example.com/app/nothing: app/api/api.go:3:8: no required module provides package example.com/app/nothing; to add it: go get example.com/app/nothing\n"},
		{"an import cycle", "-- app/internal/own/own.go --\npackage own\n\nimport _ \"example.com/app/api\"\n\nvar X = 1\n", "api",
			"example.com/app/api: import cycle not allowed: import stack: [example.com/app/api example.com/app/internal/own example.com/app/api]\n"},
		{"an internal package of others", "-- app/api/api.go --\npackage api\n\nimport _ \"example.com/lib/internal/x\"\n-- lib/internal/x/x.go --\npackage x\n", "api",
			"example.com/app/api: app/api/api.go:3:8: use of internal package example.com/lib/internal/x not allowed\n"},
		{"a main package that is imported", "-- app/api/api.go --\npackage api\n\nimport _ \"example.com/app\"\n", "api",
			"example.com/app/api: app/api/api.go:3:8: import \"example.com/app\" is a program, not an importable package\n"},
		{"two packages in a directory", "-- app/api/more.go --\npackage more\n", "api",
			"example.com/app/api: found packages api (api.go) and more (more.go) in DIR/app/api\n"},
		{"no files for the platform", "-- app/darwin/x_darwin.go --\npackage x\n", "darwin",
			"example.com/app/darwin: build constraints exclude all Go files in DIR/app/darwin\n"},
		{"a directory without Go files", "-- app/empty/README --\n", "empty",
			"example.com/app/empty: no required module provides package example.com/app/empty; to add it: go get example.com/app/empty\n"},
		{"an embedded file that is not there", "-- app/api/api.go --\npackage api\n\nimport _ \"embed\"\n\n//go:embed nothing.txt\nvar s string\n", "api",
			"example.com/app/api: app/api/api.go:5:12: pattern nothing.txt: no matching files found\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := unpack(t, app+test.change)
			p := loadApp(t, dir, Config{Packages: []string{"example.com/app/" + test.root}})
			if got := strings.ReplaceAll(show(dir, p), dir, "DIR"); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestWorkspace(t *testing.T) {
	dir := unpack(t, app+`
-- app/go.mod --
module example.com/app

go 1.26.0
-- go.work --
go 1.26.0

use (
	./app
	./deep
	./lib
)
`)
	p := loadApp(t, dir, Config{Packages: []string{"example.com/app/api"}})
	if got := show(dir, p); got != "" {
		t.Error(got)
	}
	if !p.FromSource(p.Package("example.com/lib")) || !p.FromSource(p.Package("example.com/deep")) {
		t.Error("a module of the workspace was not loaded from source")
	}
}

func TestVendor(t *testing.T) {
	dir := unpack(t, `
-- app/go.mod --
module example.com/app

go 1.26.0

require example.com/lib v1.0.0
-- app/api/api.go --
package api

import "example.com/lib"

func Index() error { return lib.Err }
-- app/vendor/modules.txt --
# example.com/lib v1.0.0
## explicit
example.com/lib
-- app/vendor/example.com/lib/lib.go --
package lib

var Err error
`)
	p := loadApp(t, dir, Config{Packages: []string{"example.com/app/api"}})
	if got := show(dir, p); got != "" {
		t.Error(got)
	}
	if lib := p.Package("example.com/lib"); lib == nil || p.FromSource(lib) || p.Types("example.com/lib") == nil {
		t.Errorf("lib: %v", lib)
	}
}

func TestOverlay(t *testing.T) {
	dir := unpack(t, app)
	p := loadApp(t, dir, Config{
		Packages: []string{"example.com/app/api"},
		Overlay:  map[string][]byte{filepath.Join(dir, "app/api/api.go"): []byte("package api\n\nfunc Other() { x }\n")},
	})
	if p.Types("example.com/app/api").Scope().Lookup("Other") == nil {
		t.Error("the overlay was not read")
	}
	if got, want := show(dir, p), "example.com/app/api: app/api/api.go:3:16: undefined: x\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestTheGoCommandFails(t *testing.T) {
	dir := unpack(t, app)
	load := func(ctx context.Context, env []string) error {
		_, err := Load(ctx, Config{Dir: filepath.Join(dir, "app"), Packages: []string{"example.com/app/api"}, Env: env})
		return err
	}
	var ce *CommandError
	if err := load(t.Context(), append(environ(), "GOFLAGS=-nonsense")); !errors.As(err, &ce) || !strings.Contains(ce.Output, "-nonsense") {
		t.Errorf("flags: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := load(ctx, environ()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "app/go.mod"), []byte("modul example.com/app\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := load(t.Context(), environ()); !errors.As(err, &ce) || !strings.Contains(ce.Output, "go.mod:1: unknown directive: modul") {
		t.Errorf("go.mod: %v", err)
	}
	t.Setenv("PATH", "")
	if err := load(t.Context(), environ()); !errors.As(err, &ce) || !ce.Missing || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("no go: %v", err)
	}
}

func TestModules(t *testing.T) {
	dir := unpack(t, app+"-- none/x --\n-- bad/go.mod --\ngo 1.26\n")
	m, err := FindModule(filepath.Join(dir, "app/internal/own"))
	if err != nil || m.Path != "example.com/app" || m.Dir != filepath.Join(dir, "app") || m.AppDir != filepath.Join(dir, "app/internal/own") {
		t.Errorf("%+v %v", m, err)
	}
	if p, ok := ImportPath(m, m.AppDir); p != "example.com/app/internal/own" || !ok {
		t.Error(p)
	}
	if p, ok := ImportPath(m, m.Dir); p != "example.com/app" || !ok {
		t.Error(p)
	}
	if _, ok := ImportPath(m, dir); ok {
		t.Error("what is outside has an import path")
	}
	if v, ok := Requires(m, "example.com/lib"); v != "v1.0.0" || !ok {
		t.Error(v, ok)
	}
	if _, ok := Requires(m, "example.com/other"); ok {
		t.Error("requires what it does not")
	}
	if _, err := FindModule(filepath.Join(dir, "none")); !errors.Is(err, ErrNoModule) {
		t.Error(err)
	}
	if _, err := FindModule(filepath.Join(dir, "bad")); err == nil || !strings.Contains(err.Error(), "no module line") {
		t.Error(err)
	}
}

func FuzzListFaults(f *testing.F) {
	for _, s := range []string{
		"# example.com/bad\nbad/bad.go:3:16: declared and not used: a\nbad/bad.go:3:23: undefined: undefined",
		"# p\na.go:1: x\n\thave (string)\n\twant ()\n# q",
		"api/api.go:7:2: no required module provides package x; to add it:\n\tgo get x",
		"# p\n\tlink: failed", "#", "# ", "",
	} {
		f.Add(s, "api/api.go:7:2")
	}
	l := &loader{Program: &Program{}, dir: "/app"}
	f.Fuzz(func(t *testing.T, msg, pos string) {
		for _, fault := range l.listFaults(&packages.Package{PkgPath: "p"}, packages.Error{Msg: msg, Pos: pos}) {
			if fault.Package != "p" || fault.Pos.Filename != "" && !filepath.IsAbs(fault.Pos.Filename) {
				t.Errorf("%+v", fault)
			}
		}
	})
}

func TestOutsideWorkspace(t *testing.T) {
	dir := unpack(t, app+"-- go.work --\ngo 1.26.0\n\nuse ./deep\n-- other.work --\ngo 1.26.0\n\nuse ./app\n-- broken.work --\nuse\n")
	work := filepath.Join(dir, "go.work")
	for _, test := range []struct {
		module, gowork, want string
	}{
		{"app", "", work},
		{"deep", "", ""},
		{"app", "off", ""},
		{"app", filepath.Join(dir, "other.work"), ""},
		{"deep", filepath.Join(dir, "other.work"), filepath.Join(dir, "other.work")},
		{"app", filepath.Join(dir, "broken.work"), ""},
		{"app", filepath.Join(dir, "missing.work"), ""},
	} {
		m, err := FindModule(filepath.Join(dir, test.module))
		if err != nil {
			t.Fatal(err)
		}
		got, outside := OutsideWorkspace([]string{"GOWORK=" + test.gowork}, m)
		if got != test.want || outside != (test.want != "") {
			t.Errorf("%s in %q: %q %v", test.module, test.gowork, got, outside)
		}
	}
}

func TestTheTemporaryDirectoryIsNoModule(t *testing.T) {
	dir := unpack(t, "-- go.mod --\nmodule example.com/stray\n-- app/x --\n")
	t.Setenv("TMPDIR", dir)
	if m, _ := FindModule(filepath.Join(dir, "app")); runtime.GOOS == "linux" && m.Dir == dir {
		t.Error("a stray go.mod counts")
	}
}

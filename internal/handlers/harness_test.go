package handlers

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

var update = flag.Bool("update", false, "write what the fixtures want")

// fixture is one app with what is to be found in it.
type fixture struct {
	name    string
	file    string
	archive *txtar.Archive
	dir     string
	own     bool // it has a go.mod of its own
}

// The fixtures without a go.mod are directories of one module, so that their
// packages are loaded together.
const fixtureModule = "example.com/fixtures"

func fixtures(t testing.TB, root string) []*fixture {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var all []*fixture
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{name: strings.TrimSuffix(filepath.Base(name), ".txtar"), file: name, archive: a}
		f.dir = filepath.Join(root, f.name)
		for _, file := range a.Files {
			f.own = f.own || file.Name == "go.mod" || file.Name == "no-module"
		}
		if f.own {
			f.dir = filepath.Join(t.TempDir(), f.name)
		}
		f.unpack(t)
		all = append(all, f)
	}
	return all
}

func (f *fixture) unpack(t testing.TB) {
	t.Helper()
	for _, file := range f.archive.Files {
		if slices.Contains([]string{"want", "model", "no-module", "tool-version"}, file.Name) {
			continue
		}
		write(t, filepath.Join(f.dir, file.Name), f.expand(file.Data))
	}
}

// expand fills in where this repository is.
func (f *fixture) expand(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("REPOSITORY"), []byte(repository()))
}

func (f *fixture) get(name string) (string, bool) {
	for _, file := range f.archive.Files {
		if file.Name == name {
			return string(file.Data), true
		}
	}
	return "", false
}

func (f *fixture) set(name, text string) {
	for i := range f.archive.Files {
		if f.archive.Files[i].Name == name {
			f.archive.Files[i].Data = []byte(text)
			return
		}
	}
	f.archive.Files = append(f.archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func repository() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}

var requirement = regexp.MustCompile(`(?m)^\s*(?:require )?(github\.com/aws/aws-lambda-go v\S+)`)

// writeModule makes a module that requires this checkout.
func writeModule(t testing.TB, dir, path string) {
	t.Helper()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	m := requirement.FindSubmatch(mod)
	if m == nil {
		t.Fatal("go.mod does not require aws-lambda-go")
	}
	write(t, filepath.Join(dir, "go.mod"), fmt.Appendf(nil,
		"module %s\n\ngo 1.26.0\n\nrequire (\n\tgithub.com/chalicefile/chalicefile v0.0.0\n\t%s\n)\n\nreplace github.com/chalicefile/chalicefile => %s\n",
		path, m[1], repository()))
	write(t, filepath.Join(dir, "go.sum"), sum)
}

// run is one fixture under way.
type run struct {
	*fixture
	app      *loaded
	binder   *binder
	findings []diag.List
	roots    []string
}

func TestFixtures(t *testing.T) {
	root := t.TempDir()
	writeModule(t, root, fixtureModule)
	var shared []*run
	var roots []string
	for _, f := range fixtures(t, root) {
		app := load(t, f.dir)
		if f.own {
			t.Run(f.name, func(t *testing.T) {
				version, _ := f.get("tool-version")
				found, err := Bind(t.Context(), Input{
					Apps: app.models, Dir: f.dir, Env: append(os.Environ(), "GOFLAGS=", "GOPROXY=off"), ToolVersion: strings.TrimSpace(version),
				})
				if err != nil {
					t.Fatal(err)
				}
				f.compare(t, app, found)
			})
			continue
		}
		if len(byBuildTags(app.models)) > 1 {
			t.Run(f.name, func(t *testing.T) {
				found, err := Bind(t.Context(), Input{Apps: app.models, Dir: f.dir, Env: os.Environ()})
				if err != nil {
					t.Fatal(err)
				}
				f.compare(t, app, found)
			})
			continue
		}
		r := &run{fixture: f, app: app, findings: make([]diag.List, len(app.models))}
		r.binder = newBinder(Input{Dir: f.dir})
		for i, m := range app.models {
			r.binder.add(m, &r.findings[i])
		}
		var ok bool
		if r.roots, ok = r.binder.prepare(); !ok {
			t.Fatalf("%s: no module", f.name)
		}
		roots = append(roots, r.roots...)
		shared = append(shared, r)
	}
	prog, err := gosrc.Load(t.Context(), gosrc.Config{Dir: root, Packages: roots, Others: []string{lambdamainPath}, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	var mains []string
	for _, r := range shared {
		t.Run(r.name, func(t *testing.T) {
			r.binder.finish(r.only(prog))
			r.compare(t, r.app, r.findings)
			if _, ok := r.get("model"); ok {
				mains = append(mains, r.generate(t))
			}
		})
	}
	compile(t, root, mains)
}

// generate writes the typed main of a fixture, without the functions that no
// main serves.
func (r *run) generate(t *testing.T) string {
	t.Helper()
	files, err := codegen.Generate(r.app.models[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range files {
		write(t, filepath.Join(r.dir, ".chalicefile", "gen", name), src)
	}
	return fixtureModule + "/" + r.name + "/.chalicefile/gen"
}

// compile checks that what was bound is what the mains made of it call.
func compile(t *testing.T, root string, mains []string) {
	t.Helper()
	prog, err := gosrc.Load(t.Context(), gosrc.Config{Dir: root, Packages: mains, Env: os.Environ(), Bodies: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range prog.Faults {
		t.Errorf("%s: %s", f.Pos, f.Message)
	}
}

// only is the program with the faults that concern the fixture.
func (r *run) only(prog *gosrc.Program) *gosrc.Program {
	own := *prog
	own.Faults = nil
	for _, f := range prog.Faults {
		named := false
		for _, root := range r.roots {
			named = named || root == f.Package
		}
		if named || strings.HasPrefix(f.Package, fixtureModule+"/"+r.name) || strings.HasPrefix(f.Pos.Filename, r.dir+string(filepath.Separator)) {
			own.Faults = append(own.Faults, f)
		}
	}
	return &own
}

// compare holds findings against the file want, and the model against
// model where the fixture has one.
func (f *fixture) compare(t *testing.T, app *loaded, found []diag.List) {
	t.Helper()
	got := strings.ReplaceAll(app.print(t, found), f.dir, "DIR")
	if strings.Contains(got, repository()) {
		t.Fatalf("handlerkit, which the fixtures import, does not compile:\n%s", got)
	}
	want, _ := f.get("want")
	var golden string
	wantModel, hasModel := f.get("model")
	if hasModel {
		golden = strings.ReplaceAll(dump(t, app.models[0]), repository(), "REPOSITORY")
	}
	if *update {
		f.set("want", got)
		if hasModel {
			f.set("model", golden)
		}
		write(t, f.file, txtar.Format(f.archive))
		return
	}
	if got != want {
		t.Errorf("%s: findings:\n%s\nwant:\n%s", f.file, got, want)
	}
	if hasModel && golden != wantModel {
		t.Errorf("%s: model:\n%s\nwant:\n%s", f.file, golden, wantModel)
	}
}

// dump writes what was bound, a call with its parameters at a time.
func dump(t *testing.T, app *model.App) string {
	t.Helper()
	var b strings.Builder
	call := func(where string, c *model.Call, more ...any) {
		if c == nil {
			fmt.Fprintf(&b, "%s: not bound\n", where)
			return
		}
		fmt.Fprintf(&b, "%s: %s:%d:%d %s %s\n", where, c.File, c.Line, c.Column, c.ImportPath, c.Func)
		for i := range more {
			fmt.Fprintf(&b, "\t%s\n", marshal(t, more[i]))
		}
		if c.TakesContext {
			fmt.Fprintf(&b, "\tctx\n")
		}
		for i := range c.Params {
			fmt.Fprintf(&b, "\t%s\n", marshal(t, c.Params[i]))
		}
		fmt.Fprintf(&b, "\treturns %s\n", marshal(t, c.Result))
	}
	seen := map[*model.Middleware]bool{}
	for _, p := range app.Paths {
		for _, m := range p.Methods {
			call(m.HTTPMethod+" "+p.Path, m.Call, map[string]any{"ContentTypes": m.ContentTypes, "Summary": m.Summary, "Desc": m.Desc})
			for _, mw := range m.Middleware {
				if !seen[mw] {
					seen[mw] = true
					fmt.Fprintf(&b, "\tmiddleware %s http=%t\n", mw.Func, mw.HTTP)
				}
			}
		}
	}
	for _, f := range app.Functions {
		if f.Kind != model.KindRoutes && f.Kind != model.KindWebSocket {
			call(f.Name, f.Call)
		}
		for _, s := range f.Socket {
			call(s.RouteKey, s.Call)
		}
	}
	for _, c := range app.Constructors {
		var params []string
		for i, p := range c.Params {
			params = append(params, c.Convert[i]+p.Func.String())
		}
		fmt.Fprintf(&b, "%s makes %s of %v, context %t, error %t\n", c.Func, c.Type, params, c.TakesContext, c.ReturnsError)
	}
	return b.String()
}

// marshal leaves out what is empty.
func marshal(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	empty := regexp.MustCompile(`"\w+":(?:""|null|false|0|\[\])(,|\})`)
	text := strings.TrimSpace(b.String())
	for empty.MatchString(text) {
		text = empty.ReplaceAllStringFunc(text, func(s string) string { return strings.TrimLeft(s[len(s)-1:], ",") })
	}
	return strings.ReplaceAll(strings.TrimSuffix(text, ","), ",}", "}")
}

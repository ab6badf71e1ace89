package project

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/loader/diag"
)

var update = flag.Bool("update", false, "write what is found as wanted")

// module writes a module that requires this one from its source.
func module(t testing.TB, files map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(gomod), "module github.com/chalicefile/chalicefile\n", "module example.com/app\n", 1) +
		"\nrequire github.com/chalicefile/chalicefile v0.0.0\n\nreplace github.com/chalicefile/chalicefile => " + root + "\n"
	// The names that the system may give temporary directories are links.
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"go.mod": text, "go.sum": string(sum)})
	write(t, dir, files)
	return dir
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func load(t testing.TB, o Options) *Project {
	t.Helper()
	o.Environ = os.Environ()
	o.Target = Target{runtime.GOOS, runtime.GOARCH}
	p, findings := Load(context.Background(), o)
	if p.App == nil || findings.HasErrors() {
		t.Fatalf("%+v", findings.Findings)
	}
	return p
}

const hello = `version: 1
app: hello
package: ./api
routes:
  /: {GET: Index}
`

func helloWorld(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{
		"Chalicefile.yaml": hello,
		"api/api.go":       "package api\n\nfunc Index() string { return \"hello\" }\n",
	}
}

// TestFixtures holds what loading and building tell against testdata.
func TestFixtures(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, want := map[string]string{}, ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				files[f.Name] = string(f.Data)
			}
			got := tell(t, module(t, files))
			if *update {
				archive.Files[len(archive.Files)-1].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// tell is all findings of an app as a person reads them.
func tell(t *testing.T, dir string) string {
	t.Helper()
	p, findings := Load(context.Background(), Options{Dir: dir, Environ: os.Environ()})
	if p.App != nil {
		findings.Add(p.UnsetEnvironment().Findings...)
		_, faults, err := p.Build(context.Background(), Target{})
		if err != nil {
			t.Fatal(err)
		}
		findings.Add(faults.Findings...)
	}
	findings.Sort()
	var b strings.Builder
	if err := diag.WriteText(&b, findings, diag.PrintOptions{Sources: p.Sources}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What compiles for one processor need not for another: the compiler's words
// stand at the handler, or at the first that imports what does not compile.
func TestFaultsOfAnotherTarget(t *testing.T) {
	files := map[string]string{
		"Chalicefile.yaml": "version: 1\napp: hello\npackage: ./api\nroutes:\n  /: {GET: Index}\n  /other:\n    GET: other.Index\n",
		"api/api.go":       "package api\n\nfunc Index() string { return arch }\n",
		"api/x_amd64.go":   "package api\n\nconst arch = \"amd64\"\n",
		"other/other.go":   "package other\n\nimport \"example.com/app/deep\"\n\nfunc Index() string { return deep.Arch }\n",
		"deep/x.go":        "//go:build amd64\n\npackage deep\n\nconst Arch = \"amd64\"\n",
		"deep/y.go":        "//go:build !amd64\n\npackage deep\n\nconst Arch int = \"x\"\n",
	}
	dir := module(t, files)
	p, findings := Load(context.Background(), Options{Dir: dir, Environ: os.Environ(), Target: Target{"linux", "amd64"}})
	if p.App == nil {
		t.Fatalf("%+v", findings.Findings)
	}
	_, findings, err := p.Build(context.Background(), Target{"linux", "arm64"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := diag.WriteText(&b, findings, diag.PrintOptions{Sources: p.Sources}); err != nil {
		t.Fatal(err)
	}
	want := `Chalicefile.yaml:5:12: error: package ./api does not compile: undefined: arch [go-build]
    5 |   /: {GET: Index}
      |            ^^^^^
api/api.go:3:30: note: undefined: arch
    3 | func Index() string { return arch }
      |                              ^
Chalicefile.yaml:7:10: error: package ./deep does not compile: cannot use "x" (untyped string constant) as int value in constant declaration [go-build]
    7 |     GET: other.Index
      |          ^^^^^^^^^^^
deep/y.go:5:18: note: cannot use "x" (untyped string constant) as int value in constant declaration
    5 | const Arch int = "x"
      |                  ^
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// A fault in the generated main would be this program's: it is told at the
// handler that the function is for.
func TestFaultsOfTheGeneratedMain(t *testing.T) {
	p := load(t, Options{Dir: module(t, helloWorld(t))})
	main, err := codegen.Make(p.App)
	if err != nil {
		t.Fatal(err)
	}
	src := string(main.Files["main.go"])
	line := strings.Count(src[:strings.Index(src, "return api.Index()")], "\n") + 1
	findings := p.tellFaults(&bundle.BuildError{Faults: []bundle.Fault{
		{File: filepath.Join(p.GenDir(), "main.go"), Line: line, Column: 2, Message: "too odd"},
		{File: filepath.Join(p.GenDir(), "main.go"), Line: 1, Message: "no package"},
	}}, main)
	for i, want := range []diag.Pos{{Line: 2, Column: 6}, {Line: 5, Column: 12}} {
		if got := findings.Findings[i].Range.Start; got != want {
			t.Errorf("%d: at %v, not %v", i, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"Chalicefile.yaml": "", "other.yaml": "", "a/b/c.txt": "", "a/Chalicefile.yaml/x": ""})
	for _, test := range []struct{ start, file, want string }{
		{dir, "", "Chalicefile.yaml"},
		{filepath.Join(dir, "a", "b"), "", "Chalicefile.yaml"}, // a directory of that name does not count
		{filepath.Join(dir, "a"), "other.yaml", "other.yaml"},
	} {
		got, file, err := Find(test.start, test.file)
		if err != nil || got != dir || file != test.want {
			t.Errorf("Find(%q, %q) = %q, %q, %v", test.start, test.file, got, file, err)
		}
	}
	if _, _, err := Find(dir, "none.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestBuild(t *testing.T) {
	dir := module(t, helloWorld(t))
	p := load(t, Options{Dir: dir})
	path, findings, err := p.Build(context.Background(), Target{})
	if err != nil || findings.HasErrors() {
		t.Fatalf("%v %+v", err, findings.Findings)
	}
	out, err := exec.Command(path).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "app hello (stage dev)") {
		t.Errorf("%v: %s", err, out)
	}
	if got := read(t, filepath.Join(dir, ".chalicefile", ".gitignore")); got != "gen/\nbuild/\ndeployed/\n" {
		t.Errorf(".gitignore: %q", got)
	}
	if got := read(t, filepath.Join(p.GenDir(), "main.go")); !strings.Contains(got, "api.Index()") {
		t.Errorf("main.go: %s", got)
	}
	again, _, err := p.Build(context.Background(), Target{})
	if err != nil || again != path {
		t.Errorf("the same app built to %s, then to %s: %v", path, again, err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".work-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Two builds of a stage at once, of apps that differ by the environment, each
// get their own.
func TestBuildsAtOnce(t *testing.T) {
	files := helloWorld(t)
	files["Chalicefile.yaml"] += "cors: {allow_origin: '${env.ORIGIN}'}\n"
	dir := module(t, files)
	paths := make([]string, 2)
	var wg sync.WaitGroup
	for i, origin := range []string{"https://a.example", "https://b.example"} {
		p := load(t, Options{Dir: dir, LookupEnv: func(string) (string, bool) { return origin, true }})
		wg.Go(func() {
			path, findings, err := p.Build(context.Background(), Target{})
			if err != nil || findings.HasErrors() {
				t.Errorf("%v %+v", err, findings.Findings)
			}
			if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), origin) {
				t.Errorf("%s is not in its binary: %v", origin, err)
			}
			paths[i] = path
		})
	}
	wg.Wait()
	if paths[0] == paths[1] {
		t.Error("two apps, one binary")
	}
}

func TestArchive(t *testing.T) {
	files := helloWorld(t)
	files["Chalicefile.yaml"] += "functions:\n  other: {handler: Index, architecture: x86_64}\n"
	p := load(t, Options{Dir: module(t, files)})
	archives, findings, err := p.Archive(context.Background())
	if err != nil || findings.HasErrors() {
		t.Fatalf("%v %+v", err, findings.Findings)
	}
	if len(archives) != 2 || len(archives["arm64"].Bytes) == 0 || len(archives["x86_64"].Bytes) == 0 {
		t.Errorf("%d archives", len(archives))
	}
}

func TestNoApp(t *testing.T) {
	p, findings := Load(context.Background(), Options{Dir: t.TempDir(), Environ: os.Environ()})
	if !findings.HasErrors() || p.App != nil || p.Stage != "dev" || len(p.Files) == 0 {
		t.Errorf("%+v, %+v", p, findings)
	}
	if _, _, err := p.Build(context.Background(), Target{}); !errors.Is(err, errNoApp) {
		t.Error(err)
	}
	if _, _, err := p.Archive(context.Background()); !errors.Is(err, errNoApp) {
		t.Error(err)
	}
	if err := p.WriteGen(); err == nil {
		t.Error("wrote the main of no app")
	}
}

func TestWriteGen(t *testing.T) {
	p := load(t, Options{Dir: module(t, helloWorld(t)), Stage: "prod"})
	stale := filepath.Join(p.GenDir(), "serve1.go")
	write(t, p.GenDir(), map[string]string{"serve1.go": "package main\n"})
	if err := p.WriteGen(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("stale file: %v", err)
	}
	main := filepath.Join(p.GenDir(), "main.go")
	before, err := os.Stat(main)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.WriteGen(); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(main)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("written again though it was as it should be: %v", err)
	}
	if !strings.HasSuffix(filepath.ToSlash(main), "/.chalicefile/gen/prod/main.go") {
		t.Error(main)
	}
}

func TestStageDir(t *testing.T) {
	got := []string{stageDir("dev"), stageDir("-x"), stageDir("_x"), stageDir("_-x")}
	if want := []string{"dev", "_-x", "__x", "__-x"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestWriteSchema(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".chalicefile", "chalicefile.schema.json")
	for _, text := range []string{"one", "two"} {
		if err := WriteSchema(dir, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != "one" {
			t.Errorf("%q", got)
		}
	}
}

func TestRemoveOld(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		write(t, dir, map[string]string{name: name})
	}
	if err := removeOld(dir, "a"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != keepBuilds {
		t.Errorf("%d left: %v", len(entries), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err != nil {
		t.Error(err)
	}
}

// BenchmarkLoad is what every command pays that needs Go code.
func BenchmarkLoad(b *testing.B) {
	dir := module(b, helloWorld(b))
	load(b, Options{Dir: dir})
	for b.Loop() {
		load(b, Options{Dir: dir})
	}
}

// BenchmarkReload is load and build after a change of a handler's code.
func BenchmarkReload(b *testing.B) {
	dir := module(b, helloWorld(b))
	i := os.Getpid() * 1000
	for b.Loop() {
		i++
		write(b, dir, map[string]string{
			"api/api.go": fmt.Sprintf("package api\n\nfunc Index() string { return \"hello %d\" }\n", i),
		})
		p := load(b, Options{Dir: dir})
		if _, findings, err := p.Build(context.Background(), Target{}); err != nil || findings.HasErrors() {
			b.Fatal(err, findings.Findings)
		}
	}
}

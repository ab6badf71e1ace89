package project

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
)

// below are the paths below dir, relative to it.
func below(dir string, paths []string) []string {
	var out []string
	for _, p := range paths {
		if rel, err := filepath.Rel(dir, p); err == nil && filepath.IsLocal(rel) {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	return out
}

func TestWatch(t *testing.T) {
	dir := module(t, map[string]string{
		"app/Chalicefile.yaml": "version: 1\napp: watch\npackage: ./api\nroutes:\n  /: {GET: Index}\ninclude:\n  - file: more.yaml\n",
		"app/more.yaml":        "package: ./more\nfunctions:\n  more: {handler: Run}\n",
		"app/api/api.go": "package api\n\nimport (\n\t_ \"embed\"\n\n\t\"example.com/app/shared\"\n)\n\n" +
			"//go:embed page.html\nvar page string\n\nfunc Index() string { return page + shared.Text }\n",
		"app/api/page.html":   "page",
		"app/api/api_test.go": "package api\n\nimport _ \"example.com/app/unused\"\n",
		"app/more/more.go":    "package more\n\nfunc Run() {}\n",
		"shared/shared.go": "package shared\n\nimport \"embed\"\n\n//go:embed all:static \"more files/*.txt\"\nvar FS embed.FS\n\n" +
			"const Text = \"t\"\n",
		"shared/static/deep/x.js":   "x",
		"shared/more files/one.txt": "1",
		"unused/unused.go":          "package unused\n",
	})
	p := load(t, Options{Dir: filepath.Join(dir, "app")})
	wantFiles := []string{"app/Chalicefile.yaml", "app/api/page.html", "app/more.yaml", "go.mod", "go.sum", "shared/more files/one.txt"}
	if got := below(dir, p.Files); !slices.Equal(got, wantFiles) {
		t.Errorf("files %q", got)
	}
	wantDirs := []string{"app/api", "app/more", "shared", "shared/more files", "shared/static", "shared/static/deep"}
	if got := below(dir, p.Dirs); !slices.Equal(got, wantDirs) {
		t.Errorf("dirs %q", got)
	}
}

// A broken app is watched as a whole: what is missing may come anywhere.
func TestWatchBroken(t *testing.T) {
	dir := module(t, map[string]string{
		"Chalicefile.yaml":     "version: 1\napp: broken\nroutes:\n  /: {GET: gone.Index}\n",
		"api/api.go":           "package api\n",
		"node_modules/x/x.js":  "",
		".chalicefile/gen/x.y": "",
	})
	p, findings := Load(context.Background(), Options{Dir: dir, Environ: os.Environ()})
	if !findings.HasErrors() {
		t.Fatal("no errors")
	}
	if got := below(dir, p.Dirs); !slices.Equal(got, []string{".", "api"}) {
		t.Errorf("dirs %q", got)
	}
	if got := below(dir, p.Files); !slices.Equal(got, []string{"Chalicefile.yaml", "go.mod", "go.sum"}) {
		t.Errorf("files %q", got)
	}
}

func TestWorkspaceAndReplacedModules(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"go.work":      "go 1.26\n\nuse (\n\t./app\n\t./lib\n)\n\nreplace example.com/swapped => ./swapped\n",
		"app/go.mod":   "module example.com/app\n\ngo 1.26\n\nreplace example.com/local v1.0.0 => ../local\n",
		"app/api/a.go": "package api\n\nimport (\n\t_ \"example.com/lib/x\"\n\t_ \"example.com/local\"\n\t_ \"example.com/swapped/y\"\n\t_ \"example.com/other\"\n)\n",
		"lib/go.mod":   "module example.com/lib\n",
		"lib/x/x.go":   "package x\n",
	})
	s := newScanner(model.Module{Path: "example.com/app", Dir: filepath.Join(dir, "app")})
	got := below(dir, s.reach(filepath.Join(dir, "app", "api")))
	if want := []string{"app/api", "lib/x", "local", "swapped/y"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := below(dir, s.manifest); !slices.Contains(got, "go.work") || !slices.Contains(got, "lib/go.mod") {
		t.Errorf("%q", got)
	}
}

func FuzzEmbedPatterns(f *testing.F) {
	for _, seed := range []string{"a b", "\"a b\" `c` d", "all:x \"unclosed", "\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range embedPatterns(text) {
			if strings.TrimSpace(p) != p && !strings.ContainsAny(text, "\"`'") && !strings.ContainsAny(text, "\t\v\f\r\u0085\u00a0") {
				t.Errorf("%q of %q", p, text)
			}
		}
	})
}

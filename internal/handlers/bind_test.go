package handlers

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
)

// hello writes an app of one route.
func hello(t *testing.T) (dir string, app *loaded) {
	t.Helper()
	dir = t.TempDir()
	writeModule(t, dir, "example.com/hello")
	write(t, filepath.Join(dir, "Chalicefile.yaml"), []byte("version: 1\napp: hello\nroutes:\n  /:\n    GET: Index\n"))
	write(t, filepath.Join(dir, "api.go"), []byte("package hello\n\nfunc Index() string { return \"hello\" }\n"))
	return dir, load(t, dir)
}

func TestCheckHandsOutTheProgram(t *testing.T) {
	dir, app := hello(t)
	r, err := Check(t.Context(), Input{Apps: app.models, Dir: dir, Env: os.Environ()})
	if err != nil || len(r.Findings) != 1 || len(r.Findings[0].Findings) != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	if r.Program == nil || len(r.Program.Roots) != 1 || r.Program.Roots[0].PkgPath != "example.com/hello" {
		t.Errorf("program: %+v", r.Program)
	}
	if m := app.models[0].Module; m.Path != "example.com/hello" || m.Dir != dir {
		t.Errorf("module: %+v", m)
	}
}

// An editor's buffer stands for the file.
func TestBindReadsOverlays(t *testing.T) {
	dir, app := hello(t)
	found, err := Bind(t.Context(), Input{
		Apps: app.models, Dir: dir, Env: os.Environ(),
		Overlay: map[string][]byte{filepath.Join(dir, "api.go"): []byte("package hello\n\nfunc Indx() {}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := app.print(t, found); !strings.Contains(got, `did you mean "Indx"?`) {
		t.Error(got)
	}
}

func TestBindWhereGoCannotRun(t *testing.T) {
	dir, app := hello(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Bind(ctx, Input{Apps: app.models, Dir: dir, Env: os.Environ()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	t.Setenv("PATH", "")
	app.models = []*model.App{model.Resolve(app.specs[0], model.Module{})}
	found, err := Bind(t.Context(), Input{Apps: app.models, Dir: dir, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	want := "Chalicefile.yaml:2:6: error: the go command was not found [go-command]\n    2 | app: hello\n      |      ^^^^^ install Go from https://go.dev/dl and have it in PATH\n"
	if got := app.print(t, found); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

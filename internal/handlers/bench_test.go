//go:build unix

package handlers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
)

// bigApp writes an app of 300 routes in ten packages, and says which they are.
func bigApp(b *testing.B, dir string) (roots []string) {
	b.Helper()
	writeModule(b, dir, "example.com/big")
	var yaml strings.Builder
	yaml.WriteString("version: 1\napp: big\nroutes:\n")
	for i := range 10 {
		pkg := fmt.Sprintf("p%d", i)
		roots = append(roots, "example.com/big/"+pkg)
		var code strings.Builder
		fmt.Fprintf(&code, "package %s\n\nimport (\n\t\"context\"\n\n\t\"github.com/chalicefile/chalicefile/handlerkit\"\n)\n\n", pkg)
		code.WriteString("type API struct{}\n\nfunc NewAPI(ctx context.Context) (*API, error) { return &API{}, nil }\n\n")
		for j := range 30 {
			fmt.Fprintf(&yaml, "  /%s/r%d/{id}:\n    POST: %s.API.Do%d\n", pkg, j, pkg, j)
			fmt.Fprintf(&code, `type In%[1]d struct {
	ID    string   `+"`path:\"id\"`"+`
	Limit int      `+"`query:\"limit\" default:\"20\"`"+`
	Tags  []string `+"`query:\"tag\"`"+`
	Body  struct{ Name string } `+"`body:\"\"`"+`
}

// Do%[1]d does what number %[1]d does.
func (a *API) Do%[1]d(ctx context.Context, in In%[1]d) (handlerkit.Reply[map[string]string], error) {
	out := map[string]string{}
	for _, t := range in.Tags {
		if len(out) > in.Limit {
			return handlerkit.Reply[map[string]string]{}, handlerkit.BadRequest("too many tags: %%s", t)
		}
		out[t] = in.Body.Name
	}
	return handlerkit.Reply[map[string]string]{Status: 201, Body: out}, nil
}

`, j)
		}
		write(b, filepath.Join(dir, pkg, pkg+".go"), []byte(code.String()))
	}
	write(b, filepath.Join(dir, "Chalicefile.yaml"), []byte(yaml.String()))
	return roots
}

// Binding against loading the same packages alone: as go/packages does it (own
// code from source, the rest from export data), and as gosrc does.
func BenchmarkBind(b *testing.B) {
	dir := b.TempDir()
	roots := bigApp(b, dir)
	env := append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	app := load(b, dir)
	bind := func(b *testing.B) {
		apps := []*model.App{model.Resolve(app.specs[0], model.Module{})}
		found, err := Bind(b.Context(), Input{Apps: apps, Dir: dir, Env: env})
		if err != nil || len(found[0].Findings) > 0 {
			b.Fatal(err, app.print(b, found))
		}
	}
	bind(b) // fills the build cache
	run := func(name string, f func(*testing.B)) {
		b.Run(name, func(b *testing.B) {
			before := cpu(b)
			for b.Loop() {
				f(b)
			}
			b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
	run("go-packages", func(b *testing.B) {
		pkgs, err := packages.Load(&packages.Config{
			Context: b.Context(), Mode: packages.LoadSyntax | packages.NeedModule, Dir: dir, Env: env, BuildFlags: gosrc.BuildFlags(nil),
		}, append(roots, lambdamainPath)...)
		if err != nil || len(pkgs) != len(roots)+1 {
			b.Fatal(err)
		}
	})
	run("gosrc", func(b *testing.B) {
		p, err := gosrc.Load(b.Context(), gosrc.Config{Dir: dir, Packages: roots, Others: []string{lambdamainPath}, Env: env})
		if err != nil || len(p.Faults) > 0 {
			b.Fatal(err)
		}
	})
	run("bind", bind)
}

// cpu is the processor time of this process and of the go commands that it ran.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var all time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		all += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return all
}

package codegen_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/internal/model"
)

// largeAPI is the Go side of largeApp.
const largeAPI = `package api

import "context"

type State struct{ Name string }

type Input struct {
	ID    string ` + "`path:\"id\"`" + `
	Limit int    ` + "`query:\"limit\" default:\"20\"`" + `
	Body  State  ` + "`body:\"\"`" + `
}

func Get(ctx context.Context, id string) (State, error) { return State{id}, nil }

func Put(ctx context.Context, id int, body State) error { return nil }

func Post(in Input) (State, error) { return in.Body, nil }

type API struct{}

func NewAPI() *API { return &API{} }

func (*API) Delete(id string) error { return nil }
`

// largeApp is an app of n routes, a quarter each of four kinds of handlers.
func largeApp(n int) *model.App {
	const pkg = "example.com/shapes/api"
	fun := func(name string) model.Func { return model.Func{ImportPath: pkg, PackageName: "api", Name: name} }
	constructor := &model.Constructor{Func: fun("NewAPI"), Type: "*${" + pkg + "}.API", TypeName: "API"}
	remove := fun("Delete")
	remove.Recv = constructor
	def := "20"
	str := model.Param{Name: "id", From: model.FromPath, Key: "id", Type: "string", Scalar: model.String}
	num := model.Param{Name: "id", From: model.FromPath, Key: "id", Type: "int", Scalar: model.Int}
	state := model.Type("${" + pkg + "}.State")
	kinds := []struct {
		method string
		call   model.Call
	}{
		{"GET", model.Call{Func: fun("Get"), TakesContext: true, Params: []model.Param{str},
			Result: model.Result{Kind: model.ResultValue, Error: true}}},
		{"PUT", model.Call{Func: fun("Put"), TakesContext: true,
			Params: []model.Param{num, {Name: "body", From: model.FromBody, Type: state}},
			Result: model.Result{Kind: model.ResultNone, Error: true}}},
		{"POST", model.Call{Func: fun("Post"), Params: []model.Param{{Name: "in", From: model.FromInput,
			Type: "${" + pkg + "}.Input", Fields: []model.Field{
				{Path: "ID", From: model.FromPath, Key: "id", Type: "string", Scalar: model.String},
				{Path: "Limit", From: model.FromQuery, Key: "limit", Type: "int", Scalar: model.Int, Default: &def},
				{Path: "Body", From: model.FromBody, Type: state},
			}}}, Result: model.Result{Kind: model.ResultValue, Error: true}}},
		{"DELETE", model.Call{Func: remove, Params: []model.Param{str}, Result: model.Result{Kind: model.ResultNone, Error: true}}},
	}
	fn := &model.Function{Name: "api", Kind: model.KindRoutes}
	app := &model.App{
		Name: "large", Stage: "dev", Functions: []*model.Function{fn}, Constructors: []*model.Constructor{constructor},
		API: model.API{BinaryTypes: []string{"*/*"}},
	}
	var path *model.Path
	for i := range n {
		if i%len(kinds) == 0 {
			path = &model.Path{Path: fmt.Sprintf("/things%d/{id}", i/len(kinds))}
			app.Paths = append(app.Paths, path)
		}
		kind := kinds[i%len(kinds)]
		m := &model.Method{HTTPMethod: kind.method, Path: path, Status: 200, Function: fn, Call: &kind.call,
			ContentTypes: []string{"application/json"}}
		path.Methods = append(path.Methods, m)
		fn.Methods = append(fn.Methods, m)
	}
	return app
}

// largeModule writes an app of n routes and returns its directory.
func largeModule(t testing.TB, n int) string {
	t.Helper()
	dir := moduleDir(t)
	write(t, filepath.Join(dir, "api", "api.go"), []byte(largeAPI))
	files, err := codegen.Generate(largeApp(n))
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range files {
		write(t, filepath.Join(dir, ".chalicefile", "gen", "dev", name), src)
	}
	return dir
}

// TestLargeAppIsSplit builds an app whose table and functions stand in files of
// their own.
func TestLargeAppIsSplit(t *testing.T) {
	files, err := codegen.Generate(largeApp(1100))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"main.go", "routes.go", "serve1.go", "serve2.go"} {
		if len(files[name]) == 0 {
			t.Errorf("no %s among %d files", name, len(files))
		}
	}
	if n := strings.Count(string(files["routes.go"]), "\n\t\t{Method: "); n != 1100 {
		t.Errorf("%d routes", n)
	}
	buildLarge(t, largeModule(t, 1100))
}

func buildLarge(t testing.TB, dir string) {
	t.Helper()
	_, err := bundle.Build(context.Background(), bundle.Options{
		Dir: dir, Package: "./.chalicefile/gen/dev", Out: filepath.Join(t.TempDir(), "bootstrap"), Environ: os.Environ(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkGenerate is the time to write the code.
func BenchmarkGenerate(b *testing.B) {
	for _, n := range []int{26, 239, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			app := largeApp(n)
			for b.Loop() {
				if _, err := codegen.Generate(app); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBuild is the time that go build takes for a main that has changed,
// all else being in its cache.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{26, 239, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := largeModule(b, n)
			buildLarge(b, dir)
			i := 0
			for b.Loop() {
				i++
				path := filepath.Join(dir, ".chalicefile", "gen", "dev", "change.go")
				if err := os.WriteFile(path, fmt.Appendf(nil, "package main\n\nvar Changed = %d\n", i+os.Getpid()), 0o644); err != nil {
					b.Fatal(err)
				}
				buildLarge(b, dir)
			}
		})
	}
}

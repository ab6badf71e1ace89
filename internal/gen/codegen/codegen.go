// Package codegen writes the typed main of an app: Go code as a careful
// developer would write it by hand, in which nothing is decided at run time
// that the compiler knows.
//
// It sees the model and returns bytes; it touches no disk and runs no compiler.
package codegen

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"strings"
	"sync"

	"github.com/chalicefile/chalicefile/internal/model"
)

// Above this many routes the table and the functions stand in files of their
// own: an editor and the compiler's inliner are happier with several files of a
// few thousand lines.
const (
	manyRoutes     = 200
	routesPerTable = 500
	routesPerFile  = 1000
)

// Main is a generated main package.
type Main struct {
	// Files are its gofmt'd files by relative path ("main.go").
	Files map[string][]byte
	// Handlers says which handler a function of Files is for, by the function's
	// name: what the compiler has against it can so be told where the handler
	// stands in the Chalicefile.
	Handlers map[string]*model.Call
}

// Generate makes the main package of app: relative paths ("main.go") and
// gofmt'd bytes, the same for the same model. Every handler of the app must be
// bound, but for those of a WebSocket API, which no main serves yet.
func Generate(app *model.App) (map[string][]byte, error) {
	m, err := Make(app)
	if err != nil {
		return nil, err
	}
	return m.Files, nil
}

// Make is Generate, and says which function is for which handler.
func Make(app *model.App) (*Main, error) {
	if app == nil {
		return nil, errors.New("codegen: no app: its Chalicefile has errors")
	}
	if err := complete(app); err != nil {
		return nil, err
	}
	g := newGenerator(app)
	g.main()
	for _, fn := range g.functions {
		g.function(fn)
	}
	files, err := g.files()
	return &Main{Files: files, Handlers: g.handlers}, err
}

// complete says which handler is not bound.
func complete(app *model.App) error {
	for _, fn := range served(app) {
		if fn.Kind != model.KindRoutes && fn.Call == nil {
			return fmt.Errorf("codegen: the handler of %s is not bound", fn.Name)
		}
		for _, m := range fn.Methods {
			if m.Call == nil {
				return fmt.Errorf("codegen: the handler of %s %s is not bound", m.HTTPMethod, m.Path.Path)
			}
		}
	}
	return nil
}

// served are the functions that the main has.
func served(app *model.App) []*model.Function {
	var all []*model.Function
	for _, fn := range app.Functions {
		if fn.Kind != model.KindWebSocket {
			all = append(all, fn)
		}
	}
	return all
}

// generator holds what one run of Generate has worked out.
type generator struct {
	app       *model.App
	functions []*model.Function
	aliases   map[string]string             // import path → name in the code
	explicit  map[string]bool               // import paths whose name must be written out
	top       *names                        // names at package level
	values    map[*model.Constructor]string // names of constructed values
	made      map[*model.Constructor]string // names of those that are no pointers, before a pointer is taken
	news      map[*model.Function]string    // names of the functions that make them
	handlers  map[string]*model.Call        // by function of the code
	many      bool

	mainFile, routesFile *file
	serveFiles           []*file
	serving              int // functions in the last of serveFiles
}

func newGenerator(app *model.App) *generator {
	g := &generator{
		app: app, functions: served(app),
		news: map[*model.Function]string{}, handlers: map[string]*model.Call{},
	}
	g.nameImports()
	g.top = g.scope("main", "init")
	g.nameValues()
	routes := 0
	for _, fn := range g.functions {
		routes += len(fn.Methods)
	}
	g.many = routes > manyRoutes
	g.mainFile = g.newFile("main.go")
	g.routesFile = g.mainFile
	if g.many {
		g.routesFile = g.newFile("routes.go")
	}
	return g
}

// serveFile is where the next function of a route goes.
func (g *generator) serveFile() *file {
	if !g.many {
		return g.mainFile
	}
	if g.serving%routesPerFile == 0 {
		g.serveFiles = append(g.serveFiles, g.newFile(fmt.Sprintf("serve%d.go", len(g.serveFiles)+1)))
	}
	g.serving++
	return g.serveFiles[len(g.serveFiles)-1]
}

// files puts the header and the imports before what was written.
func (g *generator) files() (map[string][]byte, error) {
	all := append([]*file{g.mainFile}, g.serveFiles...)
	if g.many {
		all = append(all, g.routesFile)
	}
	formatted, faults := make([][]byte, len(all)), make([]error, len(all))
	var wg sync.WaitGroup
	for i, f := range all {
		wg.Go(func() { formatted[i], faults[i] = format.Source(f.source()) })
	}
	wg.Wait()
	out := make(map[string][]byte, len(all))
	for i, f := range all {
		if faults[i] != nil {
			return nil, fmt.Errorf("codegen: %s is no Go code, which is a fault of this program: %w", f.name, faults[i])
		}
		out[f.name] = formatted[i]
	}
	return out, nil
}

// file is one Go file in the making.
type file struct {
	g    *generator
	name string
	body bytes.Buffer
	used map[string]bool // import paths
}

func (g *generator) newFile(name string) *file {
	return &file{g: g, name: name, used: map[string]bool{}}
}

// p writes formatted code.
func (f *file) p(text string, args ...any) { fmt.Fprintf(&f.body, text, args...) }

// source is the whole file.
func (f *file) source() []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated by chalicefile from the Chalicefile. DO NOT EDIT.\n\n")
	if f.name == "main.go" {
		fmt.Fprintf(&b, "// Command %s serves every Lambda function of the app %s in stage %s:\n",
			commandName(f.g.app.Name), f.g.app.Name, f.g.app.Stage)
		b.WriteString("// _HANDLER names the one that this process is.\n")
	}
	b.WriteString("package main\n\n")
	f.imports(&b)
	b.Write(f.body.Bytes())
	return b.Bytes()
}

func commandName(app string) string { return strings.ToLower(app) }

package project

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// UnsetEnvironment warns of each name that the code of the app's own module
// reads by os.Getenv and that no function's environment sets. (Who asks by
// os.LookupEnv is ready for the answer that there is none.) The findings stand
// at positions in Go files, one a name.
func (p *Project) UnsetEnvironment() diag.List {
	var list diag.List
	if p.App == nil {
		return list
	}
	set := map[string]bool{}
	for _, fn := range p.App.Functions {
		for name := range fn.Settings.Environment {
			set[name] = true
		}
	}
	for _, read := range p.environmentReads() {
		if set[read.name] || fromLambda(read.name) {
			continue
		}
		set[read.name] = true
		list.Add(diag.Finding{
			Code: "environment-unset", Severity: diag.Warning,
			Range:   p.goRange(read.pos.Filename, read.pos.Line, read.pos.Column, len(read.name)+2),
			Message: fmt.Sprintf("the code reads the environment variable %q, which no function's environment sets", read.name),
			Hint:    fmt.Sprintf("set %s under defaults.environment, or in the environment of the function that reads it", read.name),
		})
	}
	list.Sort()
	return list
}

// fromLambda says that Lambda itself sets a variable, or the shell's AWS_*.
func fromLambda(name string) bool {
	return strings.HasPrefix(name, "AWS_") || slices.Contains([]string{
		"_HANDLER", "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
		"LANG", "LD_LIBRARY_PATH", "PATH", "TZ",
	}, name)
}

// environmentRead is one os.Getenv("name").
type environmentRead struct {
	name string
	pos  token.Position // of the argument
}

// environmentReads looks through the packages that the handlers are made of, as
// far as they are of the app's own module and are built for Lambda.
func (p *Project) environmentReads() []environmentRead {
	s := newScanner(p.module)
	for _, c := range calls(p.App) {
		if dir, ok := s.dirOf(c.ImportPath); ok {
			s.reach(dir)
		}
	}
	var dirs []string
	for dir := range s.packages {
		if rel, err := filepath.Rel(p.module.Dir, dir); err == nil && filepath.IsLocal(rel) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	var reads []environmentRead
	for _, dir := range dirs {
		reads = append(reads, readsOf(dir, p.App.Spec.Defaults.BuildTags)...)
	}
	return reads
}

// readsOf looks through one package.
func readsOf(dir string, tags []string) []environmentRead {
	ctx := build.Default
	ctx.GOOS, ctx.CgoEnabled, ctx.BuildTags = "linux", false, append([]string{"lambda.norpc"}, tags...)
	fset := token.NewFileSet()
	var files []*ast.File
	consts := map[string]string{}
	for _, name := range goFiles(dir) {
		if ok, err := ctx.MatchFile(dir, filepath.Base(name)); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		files = append(files, f)
		stringConsts(f, consts)
	}
	var reads []environmentRead
	for _, f := range files {
		reads = append(reads, readsIn(fset, f, consts)...)
	}
	return reads
}

// stringConsts collects the package's constants that are plain strings.
func stringConsts(f *ast.File, into map[string]string) {
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			continue
		}
		for _, s := range d.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					if text, ok := stringLiteral(v.Values[i]); ok {
						into[name.Name] = text
					}
				}
			}
		}
	}
}

func readsIn(fset *token.FileSet, f *ast.File, consts map[string]string) []environmentRead {
	osName := importName(f, "os")
	if osName == "" {
		return nil
	}
	var reads []environmentRead
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Getenv" {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); !ok || x.Name != osName {
			return true
		}
		name, ok := stringLiteral(call.Args[0])
		if id, isName := call.Args[0].(*ast.Ident); isName {
			name, ok = consts[id.Name]
		}
		if ok && name != "" {
			reads = append(reads, environmentRead{name, fset.Position(call.Args[0].Pos())})
		}
		return true
	})
	return reads
}

// importName is what a file calls a package, "" where it does not import it.
func importName(f *ast.File, path string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value != strconv.Quote(path) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path
	}
	return ""
}

func stringLiteral(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// calls are the handlers, constructors and middleware of an app.
func calls(app *model.App) []model.Func {
	var all []model.Func
	for _, c := range app.Constructors {
		all = append(all, c.Func)
	}
	for _, fn := range app.Functions {
		if fn.Call != nil {
			all = append(all, fn.Call.Func)
		}
		for _, m := range fn.Methods {
			if m.Call != nil {
				all = append(all, m.Call.Func)
			}
			for _, mw := range m.Middleware {
				all = append(all, mw.Func)
			}
		}
	}
	return all
}

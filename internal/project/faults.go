package project

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// tellFaults tells what the compiler says at the handler that it is about, with
// the position in the Go code as related.
func (p *Project) tellFaults(e *bundle.BuildError, main *codegen.Main) diag.List {
	var list diag.List
	if len(e.Faults) == 0 {
		list.Err("go-build", diag.Value("app"), "the app does not build: "+oneLine(withoutHeads(e.Output)))
	}
	owners := p.newOwners(main)
	for _, f := range e.Faults {
		at := diag.Value("app")
		if call := owners.of(f); call != nil {
			at = diag.Value(call.Path...)
		}
		list.Err("go-build", at, owners.what(f)+" does not compile: "+oneLine(f.Message)).
			WithRelatedRange(p.goRange(f.File, f.Line, f.Column, 0), strings.TrimSpace(f.Message))
	}
	list = p.loaded.Resolve(p.loaded.App, list)
	p.quote(list)
	return list
}

// quote takes the Go files in which findings say that code does not compile
// into Sources, so that who prints the findings shows the lines, and makes the
// compiler's columns, which count bytes, count characters.
func (p *Project) quote(list diag.List) {
	for _, f := range list.Findings {
		if !slices.Contains([]string{"go-build", "go-package", "go-syntax", "go-type"}, f.Code) {
			continue
		}
		for i := range f.Related {
			p.quoteLine(&f.Related[i].Range)
		}
	}
}

func (p *Project) quoteLine(r *diag.Range) {
	src, ok := p.Sources[r.File]
	if !ok {
		name := filepath.FromSlash(r.File)
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		var err error
		if src, err = os.ReadFile(name); err != nil || filepath.Ext(name) != ".go" {
			return
		}
		p.Sources[r.File] = src
	}
	for range r.Start.Line - 1 {
		_, src, _ = bytes.Cut(src, []byte("\n"))
	}
	line, _, _ := bytes.Cut(src, []byte("\n"))
	before := min(r.Start.Column-1, len(line))
	wide := before - utf8.RuneCount(line[:before])
	r.Start.Column -= wide
	r.End.Column -= wide
}

// withoutHeads leaves out the lines that say which package was compiled.
func withoutHeads(output string) string {
	lines := slices.DeleteFunc(strings.Split(output, "\n"), func(line string) bool { return strings.HasPrefix(line, "# ") })
	return strings.Join(lines, "\n")
}

// oneLine joins the compiler's further lines ("\thave (int)").
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// goRange is a position in a Go file as findings show it: relative to the
// directory of the Chalicefile where it lies below the module.
func (p *Project) goRange(file string, line, column, length int) diag.Range {
	if rel, err := filepath.Rel(p.Dir, file); err == nil && p.inModule(file) {
		file = filepath.ToSlash(rel)
	}
	start := diag.Pos{Line: max(line, 1), Column: max(column, 1)}
	end := start
	end.Column += max(length, 1)
	return diag.Range{File: file, Start: start, End: end}
}

func (p *Project) inModule(file string) bool {
	rel, err := filepath.Rel(p.module.Dir, file)
	return err == nil && filepath.IsLocal(rel)
}

// owners finds the handler that a fault is about.
type owners struct {
	p       *Project
	main    *codegen.Main
	scanner *scanner
	calls   []*model.Call
}

func (p *Project) newOwners(main *codegen.Main) *owners {
	o := &owners{p: p, main: main, scanner: newScanner(p.module)}
	for _, fn := range p.App.Functions {
		if fn.Call != nil {
			o.calls = append(o.calls, fn.Call)
		}
		for _, m := range fn.Methods {
			o.calls = append(o.calls, m.Call)
		}
	}
	return o
}

// of is the handler that f is about: in the generated main the one that the
// function is for, elsewhere the first whose package is or imports the one that
// does not compile; nil where there is none.
func (o *owners) of(f bundle.Fault) *model.Call {
	dir := filepath.Dir(f.File)
	if dir == o.p.GenDir() {
		return o.generated(f)
	}
	for _, exact := range []bool{true, false} {
		for _, c := range o.calls {
			own, ok := o.scanner.dirOf(c.ImportPath)
			if ok && (own == dir || !exact && slices.Contains(o.scanner.reach(own), dir)) {
				return c
			}
		}
	}
	return nil
}

func (o *owners) generated(f bundle.Fault) *model.Call {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", o.main.Files[filepath.Base(f.File)], parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fset.Position(fn.Pos()).Line <= f.Line && f.Line <= fset.Position(fn.End()).Line {
			return o.main.Handlers[fn.Name.Name]
		}
	}
	return nil
}

// what does not compile, in the words of a finding.
func (o *owners) what(f bundle.Fault) string {
	if filepath.Dir(f.File) == o.p.GenDir() {
		return "the code generated for the app"
	}
	if f.Package == "" {
		return "the app"
	}
	if !o.p.inModule(f.File) {
		return "package " + f.Package
	}
	shown := o.p.goRange(filepath.Dir(f.File), 0, 0, 0).File
	if shown != "." && !strings.HasPrefix(shown, "..") {
		shown = "./" + shown
	}
	return "package " + shown
}

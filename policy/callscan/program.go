package callscan

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
)

// program is the code of the app in SSA form: bodies for what was loaded from
// source, declarations for what that imports.
type program struct {
	ssa *ssa.Program
	src *gosrc.Program
	// source are the packages with bodies, what others import first.
	source []*ssa.Package
	isOwn  map[*types.Package]bool
}

func build(src *gosrc.Program) *program {
	p := &program{
		ssa:   ssa.NewProgram(src.Fset, ssa.InstantiateGenerics),
		src:   src,
		isOwn: map[*types.Package]bool{},
	}
	p.ssa.SetNoReturn(exits)
	for _, pkg := range src.Source {
		p.isOwn[pkg.Types] = true
	}
	leaves := map[*types.Package]bool{}
	for _, pkg := range src.Source {
		for _, imported := range pkg.Types.Imports() {
			if !p.isOwn[imported] && !leaves[imported] {
				leaves[imported] = true
				p.ssa.CreatePackage(imported, nil, nil, true)
			}
		}
		p.source = append(p.source, p.ssa.CreatePackage(pkg.Types, pkg.Syntax, pkg.TypesInfo, true))
	}
	for _, pkg := range p.source {
		pkg.Build()
	}
	return p
}

// exits are the functions of the standard library that do not return.
func exits(f *types.Func) bool {
	switch f.FullName() {
	case "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln", "runtime.Goexit":
		return true
	}
	return false
}

// hasBody: the function was loaded from source.
func hasBody(f *ssa.Function) bool { return len(f.Blocks) > 0 }

// owns: the type is declared in a package with bodies, or has no name.
func (p *program) owns(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return !ok || n.Obj().Pkg() != nil && p.isOwn[n.Obj().Pkg()]
}

// method finds a method of T or *T; nil where there is none with a body or
// without.
func (p *program) method(t types.Type, pkg *types.Package, name string) *ssa.Function {
	sel := p.ssa.MethodSets.MethodSet(t).Lookup(pkg, name)
	if sel == nil {
		return nil
	}
	return p.ssa.MethodValue(sel)
}

// function finds what the model says of a Go function.
func (p *program) function(f model.Func) *ssa.Function {
	pkg := p.ssa.ImportedPackage(f.ImportPath)
	if pkg == nil {
		return nil
	}
	if f.Recv == nil {
		return pkg.Func(f.Name)
	}
	t := pkg.Type(f.Recv.TypeName)
	if t == nil {
		return nil
	}
	return p.method(types.NewPointer(t.Type()), pkg.Pkg, f.Name)
}

// root is where a function of the app starts.
type root struct {
	fn   *ssa.Function
	kind string
	// made are the constructors whose results are its first parameters, after a
	// context where offset is 1.
	made   []*ssa.Function
	offset int
}

// roots are those of one Lambda function.
func (p *program) roots(f *model.Function) []root {
	var all []root
	for _, pkg := range p.source {
		if init := pkg.Func("init"); init != nil {
			all = append(all, root{fn: init, kind: "initialiser"})
		}
	}
	b := &rootBuilder{p: p, seen: map[model.Func]bool{}}
	for _, m := range f.Methods {
		for _, w := range m.Middleware {
			b.add(w.Func, "middleware")
		}
		if m.Call != nil {
			b.add(m.Call.Func, "handler")
		}
	}
	for _, s := range f.Socket {
		if s.Call != nil {
			b.add(s.Call.Func, "handler")
		}
	}
	if f.Call != nil {
		b.add(f.Call.Func, "handler")
	}
	return append(all, b.roots...)
}

type rootBuilder struct {
	p     *program
	seen  map[model.Func]bool
	roots []root
}

// add adds a function, after the constructors that it needs.
func (b *rootBuilder) add(f model.Func, kind string) {
	if b.seen[f] {
		return
	}
	b.seen[f] = true
	r := root{fn: b.p.function(f), kind: kind}
	if f.Recv != nil {
		b.construct(f.Recv)
		r.made = []*ssa.Function{b.p.function(f.Recv.Func)}
	}
	if r.fn != nil {
		b.roots = append(b.roots, r)
	}
}

func (b *rootBuilder) construct(c *model.Constructor) {
	if b.seen[c.Func] {
		return
	}
	b.seen[c.Func] = true
	r := root{fn: b.p.function(c.Func), kind: "constructor"}
	if c.TakesContext {
		r.offset = 1
	}
	for _, param := range c.Params {
		b.construct(param)
		r.made = append(r.made, b.p.function(param.Func))
	}
	if r.fn != nil {
		b.roots = append(b.roots, r)
	}
}

// missing names the handlers of which the program has no code.
func (p *program) missing(f *model.Function) []string {
	var names []string
	look := func(c *model.Call) {
		if c != nil && p.function(c.Func) == nil && !slices.Contains(names, c.String()) {
			names = append(names, c.String())
		}
	}
	for _, m := range f.Methods {
		look(m.Call)
	}
	for _, s := range f.Socket {
		look(s.Call)
	}
	look(f.Call)
	return names
}

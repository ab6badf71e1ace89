package handlers

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// targetKey names a function or method.
type targetKey struct{ importPath, typ, name string }

// target is the Go function that references name, looked up once.
type target struct {
	model.Func
	sig *types.Signature
	// missing says why there is no such function; it is told wherever the
	// reference stands.
	missing *problem
	// problems are of the function itself, told once.
	problems problems
	// usable: the signature can be matched.
	usable bool
	// takesContext: the first parameter is a context.Context; params are the
	// others.
	takesContext bool
	params       []*types.Var
	here         note

	route      *routeShape
	middleware *middlewareShape
	checked    map[string]*eventShape // by event source, plain, authorizer, …
}

func (b *binder) target(u *use) *target {
	key := targetKey{u.place.importPath, u.parsed.typ, u.parsed.name}
	t := b.targets[key]
	if t == nil {
		t = &target{checked: map[string]*eventShape{}}
		b.targets[key] = t
		b.resolve(t, u)
	}
	return t
}

// resolve finds the function and what holds for every handler: it is no
// variable, not generic, not variadic, and its receiver can be constructed.
func (b *binder) resolve(t *target, u *use) {
	pkg, p := b.packageOf(u)
	if p != nil {
		t.missing = p
		return
	}
	if pkg == nil {
		return // told as a fault of the package
	}
	var fn *types.Func
	if u.parsed.typ != "" {
		fn = b.method(t, u, pkg)
	} else {
		fn = b.function(t, u, pkg)
	}
	if t.missing != nil && b.broken(pkg.Path()) {
		t.missing = nil // it may stand where the parser gave up
	}
	if fn == nil {
		return
	}
	t.sig = fn.Signature()
	t.Func.ImportPath, t.Func.PackageName, t.Func.Name = pkg.Path(), pkg.Name(), fn.Name()
	b.place(&t.Func, fn)
	t.here = b.noteOf(fn, t.Func.String())
	b.general(t)
}

// packageOf is the package of a use; nil without a problem where its faults
// are told elsewhere.
func (b *binder) packageOf(u *use) (*types.Package, *problem) {
	pkg := b.prog.Package(u.place.importPath)
	if len(pkg.GoFiles) == 0 {
		return nil, b.noPackage(u)
	}
	if pkg.Name == "main" {
		return nil, &problem{
			code:    "handler-package",
			message: fmt.Sprintf("package %s is a main package, which cannot be imported", u.place.shown),
			hint:    "move its handlers into a package of their own",
		}
	}
	if !importable(u.place.importPath, b.main) {
		return nil, &problem{
			code:    "handler-package",
			message: fmt.Sprintf("package %s is internal to another tree: the generated main, which stands beside the Chalicefile, may not import it", u.place.shown),
		}
	}
	return b.prog.Types(u.place.importPath), nil
}

func (b *binder) noPackage(u *use) *problem {
	p := &problem{code: "handler-package", message: fmt.Sprintf("there is no package %s", u.place.shown)}
	words := b.listed(u.place.importPath)
	if u.place.dir != "" {
		if strings.Contains(words, "build constraints exclude all Go files") || hasGoFiles(u.place.dir) {
			p.message = fmt.Sprintf("package %s has no Go files that are built for Lambda", u.place.shown)
			return p
		}
		p.message = fmt.Sprintf("there is no package %s: no Go files in %s", u.place.shown, b.showFile(u.place.dir))
		elem := u.place.shown[strings.LastIndexByte(u.place.shown, '/')+1:]
		if near := diag.Nearest(elem, directories(u.place.dir)); near != "" {
			p.hint = fmt.Sprintf("did you mean %q?", strings.TrimSuffix(u.place.shown, elem)+near)
		}
		return p
	}
	if what, get, ok := strings.Cut(words, "; to add it: "); ok {
		p.message, p.hint = fmt.Sprintf("there is no package %s: %s", u.place.shown, what), "run `"+get+"`"
	} else if words != "" {
		p.message = fmt.Sprintf("package %s cannot be loaded: %s", u.place.shown, words)
	}
	return p
}

// hasGoFiles: there are some, if only tests.
func hasGoFiles(dir string) bool {
	found, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	return len(found) > 0
}

// importable applies the rule of internal directories.
func importable(importPath, from string) bool {
	elems := strings.Split(importPath, "/")
	for i := len(elems) - 1; i >= 0; i-- {
		if elems[i] == "internal" {
			parent := strings.Join(elems[:i], "/")
			return parent != "" && (from == parent || strings.HasPrefix(from, parent+"/"))
		}
	}
	return true
}

// broken: the package has syntax errors, so that names may be missing.
func (b *binder) broken(importPath string) bool {
	return slices.ContainsFunc(b.prog.Faults, func(f gosrc.Fault) bool {
		return f.Package == importPath && f.Kind == gosrc.SyntaxFault
	})
}

func (b *binder) function(t *target, u *use, pkg *types.Package) *types.Func {
	name := u.parsed.name
	switch obj := pkg.Scope().Lookup(name).(type) {
	case *types.Func:
		return obj
	case nil:
		t.missing = &problem{
			code:    "handler-not-found",
			message: fmt.Sprintf("package %s has no exported function %q", u.place.shown, name),
			hint:    b.suggest(pkg, name),
		}
	default:
		t.missing = b.notFunction(obj, u)
	}
	return nil
}

// suggest names what a missing function was meant to be.
func (b *binder) suggest(pkg *types.Package, name string) string {
	lower := strings.ToLower(name[:1]) + name[1:]
	if _, ok := pkg.Scope().Lookup(lower).(*types.Func); ok {
		return fmt.Sprintf("function %s is not exported: rename it %s", lower, name)
	}
	var known, methods []string
	for _, n := range pkg.Scope().Names() {
		switch obj := pkg.Scope().Lookup(n).(type) {
		case *types.Func:
			if obj.Exported() {
				known = append(known, n)
			}
		case *types.TypeName:
			if obj.Exported() && methodOf(obj.Type(), pkg, name) != nil {
				methods = append(methods, n+"."+name)
			}
		}
	}
	if len(methods) == 1 {
		return fmt.Sprintf("did you mean the method %q?", methods[0])
	}
	return diag.DidYouMean(name, known)
}

func (b *binder) notFunction(obj types.Object, u *use) *problem {
	p := &problem{code: "handler-not-function"}
	p.at(b.noteOf(obj, obj.Name()))
	switch obj := obj.(type) {
	case *types.TypeName:
		p.message = fmt.Sprintf("%s of package %s is a type, not a function", obj.Name(), u.place.shown)
		if methods := exportedMethods(obj.Type(), obj.Pkg()); len(methods) > 0 {
			p.hint = fmt.Sprintf("name a method of it: %s.%s", obj.Name(), methods[0])
		}
	case *types.Var:
		p.message = fmt.Sprintf("%s of package %s is a variable, not a function", obj.Name(), u.place.shown)
		p.hint = fmt.Sprintf("declare it as a function: func %s(…)", obj.Name())
	default:
		p.message = fmt.Sprintf("%s of package %s is a constant, not a function", obj.Name(), u.place.shown)
	}
	return p
}

// method finds Type.Name, and the constructor of Type.
func (b *binder) method(t *target, u *use, pkg *types.Package) *types.Func {
	typ, name := u.parsed.typ, u.parsed.name
	obj := pkg.Scope().Lookup(typ)
	if obj == nil {
		var known []string
		for _, n := range pkg.Scope().Names() {
			if tn, ok := pkg.Scope().Lookup(n).(*types.TypeName); ok && tn.Exported() {
				known = append(known, n)
			}
		}
		t.missing = &problem{
			code:    "handler-not-found",
			message: fmt.Sprintf("package %s has no exported type %q", u.place.shown, typ),
			hint:    diag.DidYouMean(typ, known),
		}
		return nil
	}
	tn, ok := obj.(*types.TypeName)
	if !ok {
		t.missing = &problem{
			code:    "handler-not-found",
			message: fmt.Sprintf("%s of package %s is not a type, so that it has no method %q", typ, u.place.shown, name),
		}
		return nil
	}
	fn := methodOf(tn.Type(), pkg, name)
	if fn == nil {
		t.missing = &problem{
			code:    "handler-not-found",
			message: fmt.Sprintf("type %s of package %s has no method %q", typ, u.place.shown, name),
			hint:    diag.DidYouMean(name, exportedMethods(tn.Type(), pkg)),
		}
		return nil
	}
	c := b.constructor(tn)
	t.problems = append(t.problems, c.problems...)
	t.Func.Recv = c.model
	return fn
}

// general checks what no handler may be.
func (b *binder) general(t *target) {
	if t.sig.TypeParams().Len() > 0 {
		t.problems.add("handler-generic", "%s has type parameters, which a handler cannot have", t.Func).at(t.here).
			withHint("declare a function for each type that is needed")
	}
	if t.sig.Variadic() {
		t.problems.add("handler-variadic", "%s is variadic, which a handler cannot be", t.Func).at(t.here).
			withHint("take a slice in place of the last parameter, or leave it out")
	}
	params := t.sig.Params()
	for v := range params.Variables() {
		if invalid(v.Type()) {
			return // told as a type error
		}
		t.params = append(t.params, v)
	}
	for v := range t.sig.Results().Variables() {
		if invalid(v.Type()) {
			return
		}
	}
	if len(t.params) > 0 && isNamed(t.params[0].Type(), "context", "Context") {
		t.takesContext = true
		t.params = t.params[1:]
	}
	t.usable = len(t.problems) == 0
}

// methodOf is the method of a type or of its pointer.
func methodOf(t types.Type, pkg *types.Package, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, name)
	fn, _ := obj.(*types.Func)
	return fn
}

func exportedMethods(t types.Type, pkg *types.Package) []string {
	if !types.IsInterface(t) {
		t = types.NewPointer(t)
	}
	var names []string
	for m := range types.NewMethodSet(t).Methods() {
		if m.Obj().Exported() {
			names = append(names, m.Obj().Name())
		}
	}
	return names
}

// place fills in where a function is declared, and its doc comment.
func (b *binder) place(f *model.Func, fn *types.Func) {
	pos := b.prog.Fset.Position(fn.Pos())
	f.File, f.Line, f.Column = b.showFile(pos.Filename), pos.Line, pos.Column
	if d := b.declarations[fn.Pos()]; d != nil {
		f.Doc = strings.TrimSpace(d.Doc.Text())
	}
}

// noteOf shows where something is declared.
func (b *binder) noteOf(obj types.Object, what string) note {
	return note{
		pos:     b.prog.Fset.Position(obj.Pos()),
		length:  len(obj.Name()),
		message: fmt.Sprintf("%s is declared here", what),
	}
}

// declarations are the functions of packages from source, by the position of
// their name.
type declarations map[token.Pos]*ast.FuncDecl

func index(p *gosrc.Program) declarations {
	all := declarations{}
	for _, pkg := range p.Source {
		for _, file := range pkg.Syntax {
			for _, d := range file.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() {
					all[fn.Name.Pos()] = fn
				}
			}
		}
	}
	return all
}

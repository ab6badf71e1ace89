package handlers

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// constructor is what makes the one value of a type, found once.
type constructor struct {
	model    *model.Constructor // nil where there are problems
	problems problems
	// label is "api.NewAPI", or the type's name before it is found.
	label string
}

// constructor finds the constructor of a named type: New<Type> of its package,
// else New.
func (b *binder) constructor(tn *types.TypeName) *constructor {
	c := b.constructors[tn]
	if c == nil {
		c = &constructor{label: tn.Pkg().Name() + "." + tn.Name()}
		b.constructors[tn] = c
		b.building = append(b.building, c)
		b.findConstructor(c, tn)
		b.building = b.building[:len(b.building)-1]
	}
	return c
}

func (b *binder) findConstructor(c *constructor, tn *types.TypeName) {
	pkg := tn.Pkg()
	typ := pkg.Name() + "." + tn.Name()
	fn, ok := pkg.Scope().Lookup("New" + tn.Name()).(*types.Func)
	if !ok {
		fn, ok = pkg.Scope().Lookup("New").(*types.Func)
		ok = ok && makes(fn, tn) != nil
	}
	if !ok {
		c.problems.add("constructor-missing", "type %s has no constructor: package %s has no function New%s", typ, pkg.Path(), tn.Name()).
			at(b.noteOf(tn, typ)).
			withHint("add func New%s() *%s", tn.Name(), tn.Name())
		return
	}
	c.label = pkg.Name() + "." + fn.Name()
	if !importable(pkg.Path(), b.main) {
		c.problems.add("constructor-signature", "constructor %s stands in package %s, which the generated main may not import", c.label, pkg.Path())
		return
	}
	m := &model.Constructor{TypeName: tn.Name()}
	m.Func = model.Func{ImportPath: pkg.Path(), PackageName: pkg.Name(), Name: fn.Name()}
	b.place(&m.Func, fn)
	b.constructorResults(c, m, fn, tn)
	b.constructorParams(c, m, fn)
	if len(c.problems) == 0 {
		c.model = m
	}
}

// makes is the type that a constructor returns where it fits tn: the type, a
// pointer to it, or what implements it.
func makes(fn *types.Func, tn *types.TypeName) types.Type {
	results := fn.Signature().Results()
	if results.Len() == 0 {
		return nil
	}
	t := results.At(0).Type()
	if types.Identical(deref(t), tn.Type()) || types.IsInterface(tn.Type()) && types.AssignableTo(t, tn.Type()) {
		return t
	}
	return nil
}

func (b *binder) constructorResults(c *constructor, m *model.Constructor, fn *types.Func, tn *types.TypeName) {
	sig := fn.Signature()
	want := fmt.Sprintf("func %s() *%s, with a context.Context as its first parameter and an error as its second result where needed", fn.Name(), tn.Name())
	if sig.TypeParams().Len() > 0 {
		c.problems.add("constructor-signature", "constructor %s has type parameters", c.label).at(b.noteOf(fn, c.label)).withHint("write %s", want)
		return
	}
	results := sig.Results()
	t := makes(fn, tn)
	switch {
	case results.Len() == 1:
	case results.Len() == 2 && isError(results.At(1).Type()):
		m.ReturnsError = true
	default:
		t = nil
	}
	if t == nil {
		c.problems.add("constructor-signature", "constructor %s returns %s, not *%s", c.label, b.show(results), tn.Name()).
			at(b.noteOf(fn, c.label)).withHint("write %s", want)
		return
	}
	if types.IsInterface(tn.Type()) {
		t = tn.Type() // what implements it may not be exported
	}
	m.Type, m.Value = typeExpr(t), !isPointer(t) && !types.IsInterface(t)
}

func (b *binder) constructorParams(c *constructor, m *model.Constructor, fn *types.Func) {
	sig := fn.Signature()
	count := sig.Params().Len()
	if sig.Variadic() {
		count-- // options may be left out
	}
	for i := range count {
		v := sig.Params().At(i)
		if i == 0 && isNamed(v.Type(), "context", "Context") {
			m.TakesContext = true
			continue
		}
		b.constructorParam(c, m, fn, v)
	}
}

func (b *binder) constructorParam(c *constructor, m *model.Constructor, fn *types.Func, v *types.Var) {
	if isNamed(v.Type(), "context", "Context") {
		c.problems.add("constructor-parameter", "parameter %s of constructor %s is a context.Context, but not the first", showName(v), c.label).
			at(b.noteOf(fn, c.label)).withHint("move it to the front")
		return
	}
	named, ok := types.Unalias(deref(v.Type())).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.TypeArgs().Len() > 0 {
		c.problems.add("constructor-parameter", "parameter %s of constructor %s has type %s, which has no constructor", showName(v), c.label, b.showType(v.Type())).
			at(b.noteOf(fn, c.label)).
			withHint("a constructor takes a context.Context and types that have constructors themselves")
		return
	}
	needed := b.constructor(named.Obj())
	if slices.Contains(b.building, needed) {
		c.problems.add("constructor-cycle", "constructors need each other: %s", strings.Join(b.cycle(needed), " needs ")).at(b.noteOf(fn, c.label))
		return
	}
	if needed.model == nil {
		if len(needed.problems) > 0 && needed.problems[0].code == "constructor-missing" {
			p := c.problems.add("constructor-parameter", "parameter %s of constructor %s has type %s, which has no constructor", showName(v), c.label, b.showType(v.Type()))
			p.at(b.noteOf(fn, c.label))
			name, pkg := named.Obj().Name(), named.Obj().Pkg()
			if b.prog.FromSource(b.prog.Package(pkg.Path())) {
				p.withHint("add func New%s() *%s to package %s", name, name, pkg.Name())
			} else {
				p.withHint("take a type of your own that holds it, and give that a constructor")
			}
			return
		}
		c.problems = append(c.problems, needed.problems...)
		return
	}
	m.Params = append(m.Params, needed.model)
	m.Convert = append(m.Convert, conversion(needed.model.Type, v.Type()))
}

// conversion says how the value of a constructor is passed.
func conversion(have model.Type, want types.Type) string {
	if types.IsInterface(want) {
		return ""
	}
	havePointer := strings.HasPrefix(string(have), "*")
	_, wantPointer := types.Unalias(want).(*types.Pointer)
	switch {
	case wantPointer && !havePointer:
		return "&"
	case !wantPointer && havePointer:
		return "*"
	}
	return ""
}

// cycle names the constructors that are under way, from first on and back to it.
func (b *binder) cycle(first *constructor) []string {
	var labels []string
	for _, c := range b.building[slices.Index(b.building, first):] {
		labels = append(labels, c.label)
	}
	return append(labels, first.label)
}

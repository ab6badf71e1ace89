package handlers

import (
	"go/types"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// knownType is a type of handlerkit, aws-lambda-go/events or the standard
// library by the name that source.Shape uses: "events.S3Event",
// "handlerkit.Request", "http.Handler". Nil where the program has no such type.
func (b *binder) knownType(name string) types.Type {
	t, ok := b.known[name]
	if ok {
		return t
	}
	short, typ, _ := strings.Cut(name, ".")
	importPath := map[string]string{
		"handlerkit": handlerkitPath, "events": eventsPath,
		"http": "net/http", "url": "net/url", "json": "encoding/json",
	}[short]
	if pkg := b.prog.Types(importPath); pkg != nil {
		if tn, ok := pkg.Scope().Lookup(typ).(*types.TypeName); ok {
			t = tn.Type()
		}
	}
	b.known[name] = t
	return t
}

// is says that t is the known type of a name, or an instance of it where it is
// generic.
func (b *binder) is(t types.Type, name string) bool {
	want := b.knownType(name)
	if want == nil {
		return false
	}
	if types.Identical(t, want) {
		return true
	}
	have, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	named, ok := types.Unalias(want).(*types.Named)
	return ok && have.Origin() == named.Origin()
}

// isPointerTo says that t is a pointer to the known type.
func (b *binder) isPointerTo(t types.Type, name string) bool {
	p, ok := types.Unalias(t).(*types.Pointer)
	return ok && b.is(p.Elem(), name)
}

// typeArgument is T of Event[T].
func typeArgument(t types.Type) types.Type {
	if n, ok := types.Unalias(t).(*types.Named); ok && n.TypeArgs().Len() == 1 {
		return n.TypeArgs().At(0)
	}
	return nil
}

// isNamed compares by import path and name.
func isNamed(t types.Type, importPath, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == importPath
}

// declaredIn is the import path of the package of a named type.
func declaredIn(t types.Type) string {
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		return n.Obj().Pkg().Path()
	}
	return ""
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// implementsError says that a value of t may be returned as an error.
func implementsError(t types.Type) bool {
	return types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// isAny is an interface without methods.
func isAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

// isBytes is []byte itself, not a type defined by it.
func isBytes(t types.Type) bool {
	s, ok := types.Unalias(t).(*types.Slice)
	if !ok {
		return false
	}
	e, ok := types.Unalias(s.Elem()).(*types.Basic)
	return ok && e.Kind() == types.Uint8
}

// isString is string itself.
func isString(t types.Type) bool {
	basic, ok := types.Unalias(t).(*types.Basic)
	return ok && basic.Kind() == types.String
}

func deref(t types.Type) types.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

func isPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

// scalarOf says how text becomes a value of the type.
func scalarOf(t types.Type) (model.Scalar, bool) {
	if unmarshalsText(t) {
		return model.Text, true
	}
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		return "", false
	}
	switch info := basic.Info(); {
	case info&types.IsString != 0:
		return model.String, true
	case info&types.IsBoolean != 0:
		return model.Bool, true
	case basic.Kind() == types.Uintptr:
		return "", false
	case info&types.IsUnsigned != 0:
		return model.Uint, true
	case info&types.IsInteger != 0:
		return model.Int, true
	case info&types.IsFloat != 0:
		return model.Float, true
	}
	return "", false
}

// unmarshalsText says that a pointer to t is an encoding.TextUnmarshaler.
func unmarshalsText(t types.Type) bool {
	if isPointer(t) || types.IsInterface(t) {
		return false
	}
	sig := methodSignature(t, "UnmarshalText")
	return sig != nil && sig.Params().Len() == 1 && isBytes(sig.Params().At(0).Type()) &&
		sig.Results().Len() == 1 && isError(sig.Results().At(0).Type())
}

// validates says that t or a pointer to it has a method Validate() error.
func validates(t types.Type) bool {
	sig := methodSignature(deref(t), "Validate")
	return sig != nil && sig.Params().Len() == 0 && sig.Results().Len() == 1 && isError(sig.Results().At(0).Type())
}

func methodSignature(t types.Type, name string) *types.Signature {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	if fn, ok := obj.(*types.Func); ok {
		return fn.Signature()
	}
	return nil
}

// typeExpr writes a type with ${import/path} as qualifiers.
func typeExpr(t types.Type) model.Type {
	return model.Type(types.TypeString(t, func(p *types.Package) string { return "${" + p.Path() + "}" }))
}

// showType writes a type as the user's code does.
func (b *binder) showType(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// show writes results: "(State, error)".
func (b *binder) show(results *types.Tuple) string {
	var shown []string
	for v := range results.Variables() {
		shown = append(shown, b.showType(v.Type()))
	}
	if len(shown) == 1 {
		return shown[0]
	}
	if shown == nil {
		return "nothing"
	}
	return "(" + strings.Join(shown, ", ") + ")"
}

// invalid says that a type could not be checked.
func invalid(t types.Type) bool {
	found := false
	walk(t, func(t types.Type) bool {
		if basic, ok := t.(*types.Basic); ok && basic.Kind() == types.Invalid {
			found = true
		}
		return !found
	})
	return found
}

// unnameable is the first thing within t that the generated main, in a package
// of its own, cannot write: a type or field that is not exported, or a type of a
// package that it may not import. Nil if there is none.
func (b *binder) unnameable(t types.Type) types.Object {
	var found types.Object
	walk(t, func(t types.Type) bool {
		switch t := t.(type) {
		case *types.Named:
			found = b.unnameableName(t.Obj())
		case *types.Alias:
			found = b.unnameableName(t.Obj())
		case *types.Struct:
			for f := range t.Fields() {
				if !f.Exported() {
					found = f
				}
			}
		}
		return found == nil
	})
	return found
}

func (b *binder) unnameableName(tn *types.TypeName) types.Object {
	if tn.Pkg() == nil || tn.Exported() && tn.Parent() == tn.Pkg().Scope() && importable(tn.Pkg().Path(), b.main) {
		return nil
	}
	return tn
}

// walk visits the parts of a type as it is written: it does not go into the
// declaration of a named type.
func walk(t types.Type, visit func(types.Type) bool) {
	if t == nil || !visit(t) {
		return
	}
	all := func(list *types.TypeList) {
		for arg := range list.Types() {
			walk(arg, visit)
		}
	}
	switch t := t.(type) {
	case *types.Named:
		all(t.TypeArgs())
	case *types.Alias:
		all(t.TypeArgs())
	case *types.Map:
		walk(t.Key(), visit)
		walk(t.Elem(), visit)
	case *types.Struct:
		for f := range t.Fields() {
			walk(f.Type(), visit)
		}
	case *types.Signature:
		for v := range t.Params().Variables() {
			walk(v.Type(), visit)
		}
		for v := range t.Results().Variables() {
			walk(v.Type(), visit)
		}
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		walk(t.Elem(), visit)
	}
}

// jsonFault says what in a type JSON cannot hold; "" where it can. It looks at
// the type as it is written, not into structs.
func jsonFault(t types.Type) string {
	fault := ""
	walk(t, func(t types.Type) bool {
		if methodSignature(t, "MarshalJSON") != nil || methodSignature(t, "MarshalText") != nil {
			return false
		}
		switch u := t.Underlying().(type) {
		case *types.Chan:
			fault = "channels"
		case *types.Signature:
			fault = "functions"
		case *types.Basic:
			if u.Info()&types.IsComplex != 0 || u.Kind() == types.UnsafePointer {
				fault = "values of type " + u.Name()
			}
		case *types.Map:
			key, basic := u.Key().Underlying().(*types.Basic)
			if methodSignature(u.Key(), "MarshalText") == nil && (!basic || key.Info()&(types.IsString|types.IsInteger) == 0) {
				fault = "maps whose keys are neither strings nor integers"
			}
		case *types.Struct:
			return false
		}
		return fault == ""
	})
	return fault
}

// bare is a name as comparing path parameters sees it: without case, "_" and
// "-".
func bare(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return r
	}, name))
}

// parametersOf are the names in a path: "city" and "rest" of /{city}/{rest+}.
func parametersOf(path string) []string {
	var names []string
	for elem := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(elem, "{"); ok && strings.HasSuffix(name, "}") {
			names = append(names, strings.TrimSuffix(strings.TrimSuffix(name, "}"), "+"))
		}
	}
	return slices.Compact(names)
}

// showName is a parameter as messages name it.
func showName(v *types.Var) string {
	if v.Name() == "" || v.Name() == "_" {
		return "of type " + types.TypeString(v.Type(), func(p *types.Package) string { return p.Name() })
	}
	return `"` + v.Name() + `"`
}

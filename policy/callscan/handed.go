package callscan

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// handOut finds the variables and the types whose values code without a body
// may write because it gets their addresses: json.Unmarshal(data, &config).
func (r *reach) handOut() {
	for _, f := range r.order {
		for _, b := range f.Blocks {
			for _, instr := range b.Instrs {
				if call, ok := instr.(ssa.CallInstruction); ok {
					r.handOutCall(call)
				}
			}
		}
	}
}

func (r *reach) handOutCall(call ssa.CallInstruction) {
	name, writes := r.writer(call)
	if !writes {
		return
	}
	for _, a := range arguments(call) {
		for _, v := range unboxed(a) {
			r.handOutValue(v, name)
		}
	}
}

// unboxed is the value in an interface, or those in the slice of a variadic
// parameter.
func unboxed(v ssa.Value) []ssa.Value {
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return []ssa.Value{v.X}
	case *ssa.ChangeInterface:
		return unboxed(v.X)
	case *ssa.Slice:
		array, ok := v.X.(*ssa.Alloc)
		if !ok {
			return []ssa.Value{v}
		}
		all := []ssa.Value{v}
		for _, ref := range *array.Referrers() {
			i, ok := ref.(*ssa.IndexAddr)
			if !ok {
				continue
			}
			for _, use := range *i.Referrers() {
				if s, ok := use.(*ssa.Store); ok && s.Addr == i {
					all = append(all, unboxed(s.Val)...)
				}
			}
		}
		return all
	}
	return []ssa.Value{v}
}

func (r *reach) handOutValue(v ssa.Value, name string) {
	if !isPointer(v.Type()) {
		return
	}
	switch root, _ := rootOf(v); root := root.(type) {
	case *ssa.Global:
		r.handed[root] = append(r.handed[root], name)
	case *ssa.Alloc, *ssa.FreeVar:
		// The collector sees these; but not what they point to.
		r.handOutType(elem(v.Type()), name, false)
	default:
		r.handOutType(elem(v.Type()), name, true)
	}
}

// handOutType notes a struct of the user's that is written, and those that are
// made for its fields.
func (r *reach) handOutType(t types.Type, name string, itself bool) {
	if r.handedTypes.At(t) != nil {
		return
	}
	if n := named(t); n != nil && (n.Obj().Pkg() == nil || !r.isOwn[n.Obj().Pkg()]) {
		return
	}
	if itself {
		r.handedTypes.Set(t, name)
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if p, ok := f.Type().Underlying().(*types.Pointer); ok && f.Exported() {
				r.handOutType(p.Elem(), name, true)
			}
		}
	}
}

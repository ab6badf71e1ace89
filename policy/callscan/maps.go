package callscan

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

func arrayLen(a *ssa.Alloc) (n int, ok bool) {
	array, ok := elem(a.Type()).Underlying().(*types.Array)
	if !ok || array.Len() > mostValues {
		return 0, false
	}
	return int(array.Len()), true
}

// lookup is m[key].
func (e *evaluator) lookup(v *ssa.Lookup, fr *frame) values {
	if isString(v.X.Type()) {
		return unknown("it is part of another text", v.Pos())
	}
	key, keyKnown := e.eval(v.Index, fr).only()
	var all values
	for _, m := range e.eval(v.X, fr) {
		if m.kind == isNil {
			continue
		}
		_, ok := m.at.root.(*ssa.MakeMap)
		if m.kind != isAddr || !ok {
			all.add(unknown("it is in a map that is not known", v.Pos())...)
			continue
		}
		for _, u := range e.updates(m.at) {
			if k, ok := e.eval(u.Key, e.frameIn(u, m.at)).only(); !ok || !keyKnown || k == key {
				all.add(e.eval(u.Value, e.frameIn(u, m.at))...)
			}
		}
	}
	if len(all) == 0 {
		return zero(v.X.Type().Underlying().(*types.Map).Elem())
	}
	return all
}

// frameIn is the frame of a map's maker where it also fills the map.
func (e *evaluator) frameIn(u *ssa.MapUpdate, at place) *frame {
	if u.Parent() == at.root.Parent() {
		return at.frame
	}
	return nil
}

// updates are the assignments to elements of a map.
func (e *evaluator) updates(at place) []*ssa.MapUpdate {
	all, _ := e.stores.maps.At(at.root.Type().Underlying()).([]*ssa.MapUpdate)
	return slices.DeleteFunc(slices.Clone(all), func(u *ssa.MapUpdate) bool {
		if u.Map == at.root {
			return false
		}
		if _, other := u.Map.(*ssa.MakeMap); other {
			return true
		}
		return !slices.ContainsFunc(e.eval(u.Map, nil), func(v value) bool {
			return v.kind != isAddr && v.kind != isNil || v.at.root == at.root
		})
	})
}

// received is what any code sends through channels of the type.
func (e *evaluator) received(v *ssa.UnOp, fr *frame) values {
	var all values
	for _, c := range e.eval(v.X, fr) {
		made, ok := c.at.root.(*ssa.MakeChan)
		if !ok || c.kind != isAddr || e.passedOn(made) {
			all.add(unknown("it comes out of a channel that is not known", v.Pos())...)
		}
	}
	sent, _ := e.stores.sends.At(v.X.Type().Underlying().(*types.Chan).Elem()).([]ssa.Value)
	for _, s := range sent {
		all.add(e.eval(s, nil)...)
	}
	return all
}

// passedOn says whether code without a body gets a channel.
func (e *evaluator) passedOn(c *ssa.MakeChan) bool {
	return slices.ContainsFunc(receiversOf(c), func(call ssa.CallInstruction) bool {
		return slices.ContainsFunc(e.targets[call], func(f *ssa.Function) bool { return !hasBody(f) })
	})
}

// ranged are the keys (index 1) or values of a map that is ranged over.
func (e *evaluator) ranged(r *ssa.Range, index int, fr *frame) values {
	var all values
	for _, m := range e.eval(r.X, fr) {
		if _, ok := m.at.root.(*ssa.MakeMap); m.kind != isAddr || !ok {
			all.add(unknown("it is in a map that is not known", r.Pos())...)
			continue
		}
		for _, u := range e.updates(m.at) {
			v := u.Value
			if index == 1 {
				v = u.Key
			}
			all.add(e.eval(v, e.frameIn(u, m.at))...)
		}
	}
	return all
}

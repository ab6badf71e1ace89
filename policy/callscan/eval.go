package callscan

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// evaluator finds the values that SSA values of reached code may have: it
// follows them back to where they come from. Into functions that are called it
// goes knowing the call; from a parameter it goes to all calls.
type evaluator struct {
	*reach
	frames map[frameKey]*frame
	known  map[evalKey]values
	busy   map[evalKey]bool
	// loops counts how often a value was met on the way to itself; what was found
	// since then is not whole, and not kept.
	loops int
	steps int
}

type evalKey struct {
	v     ssa.Value
	frame *frame
	at    place
}

func newEvaluator(r *reach) *evaluator {
	return &evaluator{
		reach: r, frames: map[frameKey]*frame{}, known: map[evalKey]values{}, busy: map[evalKey]bool{},
	}
}

// start allows for the steps of one question.
func (e *evaluator) start() { e.steps = mostSteps }

// keep answers from what is known, or by f.
func (e *evaluator) keep(key evalKey, pos token.Pos, f func() values) values {
	if v, ok := e.known[key]; ok {
		return v
	}
	if e.busy[key] {
		e.loops++
		return nil
	}
	if e.steps--; e.steps < 0 {
		e.loops++ // what is found with it is not whole
		return unknown("it is too involved to follow", pos)
	}
	e.busy[key] = true
	before := e.loops
	v := f()
	delete(e.busy, key)
	if e.loops == before || len(e.busy) == 0 {
		e.known[key] = v
	}
	return v
}

// eval finds the values of v in a frame of its function.
func (e *evaluator) eval(v ssa.Value, fr *frame) values {
	if fr != nil && fr.fn != v.Parent() {
		fr = nil
	}
	switch v := v.(type) {
	case *ssa.Const:
		return constantValue(v)
	case *ssa.Global:
		return values{{kind: isAddr, at: place{root: v}}}
	case *ssa.Alloc, *ssa.MakeMap, *ssa.MakeSlice, *ssa.MakeChan:
		return values{{kind: isAddr, at: place{root: v, frame: fr}}}
	case *ssa.Function:
		return values{{kind: isFunc, fn: v}}
	case *ssa.MakeClosure:
		return values{{kind: isFunc, fn: v, frame: fr}}
	}
	return e.keep(evalKey{v: v, frame: fr}, v.Pos(), func() values { return e.evalNew(v, fr) })
}

func constantValue(c *ssa.Const) values {
	if c.Value == nil {
		if _, basic := c.Type().Underlying().(*types.Basic); basic {
			return text("")
		}
		return values{{kind: isNil}}
	}
	switch c.Value.Kind() {
	case constant.String:
		return text(constant.StringVal(c.Value))
	case constant.Bool:
		return truth(constant.BoolVal(c.Value))
	}
	return text(c.Value.ExactString())
}

func (e *evaluator) evalNew(v ssa.Value, fr *frame) values {
	switch v := v.(type) {
	case *ssa.Phi:
		return e.phi(v, fr)
	case *ssa.Parameter:
		return e.parameter(v, fr)
	case *ssa.FreeVar:
		return e.freeVar(v, fr)
	case *ssa.Call:
		return e.call(v, 0, fr)
	case *ssa.Extract:
		return e.extract(v, fr)
	case *ssa.UnOp:
		return e.unary(v, fr)
	case *ssa.BinOp:
		return e.binary(v, fr)
	case *ssa.ChangeType:
		return e.eval(v.X, fr)
	case *ssa.ChangeInterface:
		return e.eval(v.X, fr)
	case *ssa.MakeInterface:
		return e.eval(v.X, fr)
	case *ssa.TypeAssert:
		return e.asserted(e.eval(v.X, fr), v.AssertedType)
	case *ssa.Convert:
		return e.converted(v, fr)
	}
	return e.part(v, fr)
}

// part finds values that are part of others, or addresses of such.
func (e *evaluator) part(v ssa.Value, fr *frame) values {
	var all values
	switch v := v.(type) {
	case *ssa.FieldAddr:
		name := fieldName(v.X.Type(), v.Field)
		for _, x := range e.eval(v.X, fr) {
			all.add(e.fieldAddr(x, v.Field, name)...)
		}
	case *ssa.Field:
		name := fieldName(v.X.Type(), v.Field)
		for _, x := range e.eval(v.X, fr) {
			all.add(e.field(x, v.Field, name)...)
		}
	case *ssa.IndexAddr:
		for _, x := range e.eval(v.X, fr) {
			all.add(e.elementAddr(x, indexText(v.Index))...)
		}
	case *ssa.Index:
		for _, x := range e.eval(v.X, fr) {
			for _, a := range e.elementAddr(x, indexText(v.Index)) {
				all.add(e.deref(a)...)
			}
		}
	case *ssa.Slice:
		for _, x := range e.eval(v.X, fr) {
			if x.kind == isText {
				x = unknown("it is cut out of another text", v.Pos())[0]
			}
			x.at.any = x.at.any || v.Low != nil
			all.add(x)
		}
	case *ssa.Lookup:
		return e.lookup(v, fr)
	default:
		return unknown("it is not followed through this kind of expression", v.Pos())
	}
	return all
}

func fieldName(t types.Type, i int) string {
	if s, ok := elem(t).Underlying().(*types.Struct); ok {
		return s.Field(i).Name()
	}
	return ""
}

func (e *evaluator) fieldAddr(x value, i int, name string) values {
	switch x.kind {
	case isAddr, isObject:
		return values{{kind: isAddr, at: x.at.field(i)}}
	case isNil:
		return nil
	case isLeaf:
		x.text += "." + name
		return values{x}
	}
	return values{x}
}

// field is the value of a field of a struct.
func (e *evaluator) field(x value, i int, name string) values {
	if x.kind == isNil { // the zero struct
		return values{x}
	}
	var all values
	for _, a := range e.fieldAddr(x, i, name) {
		all.add(e.deref(a)...)
	}
	return all
}

func (e *evaluator) elementAddr(x value, index string) values {
	switch x.kind {
	case isAddr, isObject:
		return values{{kind: isAddr, at: x.at.element(index)}}
	case isNil:
		return nil
	case isText:
		return unknown("it is part of another text", x.pos)
	}
	return values{x}
}

// deref is what a pointer points to.
func (e *evaluator) deref(x value) values {
	switch x.kind {
	case isAddr:
		return e.load(x.at)
	case isNil:
		return nil
	case isLeaf:
		return e.output(x)
	}
	return values{x}
}

func (e *evaluator) extract(v *ssa.Extract, fr *frame) values {
	switch t := v.Tuple.(type) {
	case *ssa.Call:
		return e.call(t, v.Index, fr)
	case *ssa.Lookup:
		if v.Index == 0 {
			return e.eval(t, fr)
		}
	case *ssa.UnOp:
		if v.Index == 0 {
			return e.received(t, fr)
		}
	case *ssa.TypeAssert:
		if v.Index == 0 {
			return e.eval(t, fr)
		}
	case *ssa.Next:
		if r, ok := t.Iter.(*ssa.Range); ok && !t.IsString {
			return e.ranged(r, v.Index, fr)
		}
	}
	return unknown("whether it is so is not known", v.Pos())
}

func (e *evaluator) unary(v *ssa.UnOp, fr *frame) values {
	switch v.Op {
	case token.MUL:
		if s := lastStore(v); s != nil {
			return e.eval(s.Val, fr)
		}
		var all values
		for _, a := range e.eval(v.X, fr) {
			all.add(e.deref(a)...)
		}
		return all
	case token.NOT:
		if b, ok := e.condition(v.X, fr); ok {
			return truth(!b)
		}
	case token.ARROW:
		return e.received(v, fr)
	}
	return unknown("it is computed", v.Pos())
}

// lastStore finds the assignment to a variable just before it is read.
func lastStore(load *ssa.UnOp) *ssa.Store {
	if _, ok := load.X.(*ssa.Alloc); !ok {
		return nil
	}
	instrs := load.Block().Instrs
	for i := slices.Index(instrs, ssa.Instruction(load)) - 1; i >= 0; i-- {
		switch at := instrs[i].(type) {
		case *ssa.Store:
			if at.Addr == load.X {
				return at
			}
			if root, _ := rootOf(at.Addr); root == load.X {
				return nil
			} else if _, direct := root.(*ssa.Alloc); !direct {
				return nil
			}
		case ssa.CallInstruction:
			return nil
		}
	}
	return nil
}

func (e *evaluator) binary(v *ssa.BinOp, fr *frame) values {
	before := e.loops
	x, y := e.eval(v.X, fr), e.eval(v.Y, fr)
	if v.Op == token.ADD && isString(v.Type()) {
		if e.loops != before {
			return unknown("it is put together in a loop", v.Pos())
		}
		return concat(x, y)
	}
	if v.Op == token.EQL || v.Op == token.NEQ {
		if equal, ok := equality(x, y); ok {
			return truth(equal == (v.Op == token.EQL))
		}
		return unknown("it is the result of a comparison", v.Pos())
	}
	return unknown("it is computed", v.Pos())
}

func equality(x, y values) (equal, known bool) {
	a, ok := x.only()
	b, ok2 := y.only()
	if ok && ok2 {
		return a == b, true
	}
	if len(x) == 1 && len(y) == 1 {
		if x[0].kind == isBool && y[0].kind == isBool {
			return x[0].bool == y[0].bool, true
		}
		if x[0].kind == isNil || y[0].kind == isNil {
			other := x[0]
			if other.kind == isNil {
				other = y[0]
			}
			switch other.kind {
			case isNil:
				return true, true
			case isAddr, isFunc, isText:
				return false, true
			}
		}
	}
	return false, false
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// condition evaluates a boolean.
func (e *evaluator) condition(v ssa.Value, fr *frame) (truth, known bool) {
	before, steps := e.loops, e.steps
	e.steps = min(e.steps, mostOfCondition)
	allowed := e.steps
	x := e.eval(v, fr)
	e.steps = steps - (allowed - max(e.steps, 0))
	if e.loops != before || len(x) != 1 || x[0].kind != isBool {
		return false, false
	}
	return x[0].bool, true
}

// converted follows conversions between strings and their like.
func (e *evaluator) converted(v *ssa.Convert, fr *frame) values {
	if isString(v.Type()) && isString(v.X.Type()) {
		return e.eval(v.X, fr)
	}
	if from, ok := v.X.Type().Underlying().(*types.Basic); ok && from.Info()&types.IsInteger != 0 && !isString(v.Type()) {
		return e.eval(v.X, fr)
	}
	return unknown("it is converted from "+types.TypeString(v.X.Type(), shortNames), v.Pos())
}

func shortNames(p *types.Package) string { return p.Name() }

// asserted leaves of an interface's values those that can be of a type.
func (e *evaluator) asserted(all values, t types.Type) values {
	if types.IsInterface(t) {
		return all
	}
	var some values
	for _, v := range all {
		if is := e.typeOf(v); is == nil || types.Identical(is, t) {
			some.add(v)
		}
	}
	return some
}

// typeOf is the type of a value; nil where it is not known.
func (e *evaluator) typeOf(v value) types.Type {
	var t types.Type
	switch v.kind {
	case isAddr:
		if _, made := v.at.root.(*ssa.Alloc); !made && v.at.path == "" {
			return nil
		}
		if t = e.typeAt(v.at); t == nil {
			return nil
		}
		if _, array := t.Underlying().(*types.Array); array {
			return nil // it may be a slice of it
		}
		return types.NewPointer(t)
	case isObject:
		return e.typeAt(v.at)
	case isLeaf:
		if v.text != "" {
			return nil
		}
		t = v.call.Type()
		if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
			t = tuple.At(0).Type()
		}
		if types.IsInterface(t) {
			return nil
		}
	}
	return t
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

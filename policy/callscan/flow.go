package callscan

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// phi unites the values of the edges that can be taken.
func (e *evaluator) phi(v *ssa.Phi, fr *frame) values {
	var all values
	for i, edge := range v.Edges {
		if e.takes(v.Block().Preds[i], v.Block(), fr) {
			all.add(e.eval(edge, fr)...)
		}
	}
	return all
}

// takes says whether control can go from a block to one of its successors.
func (e *evaluator) takes(from, to *ssa.BasicBlock, fr *frame) bool {
	if cond, ok := from.Instrs[len(from.Instrs)-1].(*ssa.If); ok && from.Succs[0] != from.Succs[1] {
		if truth, known := e.condition(cond.Cond, fr); known && truth != (to == from.Succs[0]) {
			return false
		}
	}
	return e.feasible(from, fr)
}

// feasible says whether control can come to a block: no condition that
// dominates it speaks against it.
func (e *evaluator) feasible(b *ssa.BasicBlock, fr *frame) bool {
	for at := b; at.Idom() != nil; at = at.Idom() {
		d := at.Idom()
		cond, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok || d.Succs[0] == d.Succs[1] {
			continue
		}
		for i, s := range d.Succs {
			if s == at && len(s.Preds) == 1 {
				if truth, known := e.condition(cond.Cond, fr); known && truth != (i == 0) {
					return false
				}
			}
		}
	}
	return true
}

// parameter is the argument of the frame's call, or of all calls.
func (e *evaluator) parameter(p *ssa.Parameter, fr *frame) values {
	fn := p.Parent()
	index := slices.Index(fn.Params, p)
	if fr != nil {
		if index < len(fr.args) && fr.args[index] != nil {
			return e.passedTo(p, fr.args[index], fr.caller)
		}
		return unknown("parameter "+p.Name()+" of "+e.funcName(fn)+" is not known", p.Pos())
	}
	all := e.rootParameter(fn, index, p)
	for _, s := range e.callers[fn] {
		if args := arguments(s.call); index < len(args) {
			all.add(e.passedTo(p, args[index], nil)...)
		}
	}
	if _, taken := e.taken[fn]; taken {
		all.add(e.dynamicArguments(fn, index, p)...)
	}
	if e.foreign[fn] {
		all.add(e.foreignArguments(fn, index, p)...)
	}
	return all
}

func (e *evaluator) notAnalysed(fn *ssa.Function, p *ssa.Parameter) values {
	return unknown("parameter "+p.Name()+" of "+e.funcName(fn)+" comes from code that is not analysed", p.Pos())
}

// foreignArguments are what code without a body calls a function with: a method
// with what was converted to an interface.
func (e *evaluator) foreignArguments(fn *ssa.Function, index int, p *ssa.Parameter) values {
	if op, ok := inputOf(p.Type()); ok {
		return e.helperInputs(op, fn, p)
	}
	made, _ := e.concreteSet.At(p.Type()).([]ssa.Value)
	if index > 0 || fn.Signature.Recv() == nil || len(made) == 0 {
		return e.notAnalysed(fn, p)
	}
	var all values
	for _, v := range made {
		all.add(e.eval(v, nil)...)
	}
	return all
}

// helperInputs are what the helpers of the SDK call a client with that is not
// the SDK's own: their own inputs.
func (e *evaluator) helperInputs(called operation, fn *ssa.Function, p *ssa.Parameter) values {
	var all values
	for _, o := range e.ops {
		if o.operation == called && o.how != "" && o.args == nil {
			all.add(e.inputs(o)...)
		}
	}
	if len(all) == 0 {
		return e.notAnalysed(fn, p)
	}
	return all
}

// passedTo is an argument of a call, that of a call through an interface being
// of the type that the function is a method of.
func (e *evaluator) passedTo(p *ssa.Parameter, arg ssa.Value, fr *frame) values {
	all := e.eval(arg, fr)
	if types.IsInterface(arg.Type()) {
		return e.asserted(all, p.Type())
	}
	return all
}

// rootParameter is what the generated main hands to a root.
func (e *evaluator) rootParameter(fn *ssa.Function, index int, p *ssa.Parameter) values {
	root, ok := e.roots[fn]
	if !ok {
		return nil
	}
	if made := index - root.offset; made >= 0 && made < len(root.made) {
		if c := root.made[made]; c != nil {
			return e.results(c, 0, e.frameOf(frameKey{target: c}, nil))
		}
	}
	return unknown("parameter "+p.Name()+" of "+e.funcName(fn)+" comes with the event", p.Pos())
}

// arguments are those of a call, the receiver first.
func arguments(call ssa.CallInstruction) []ssa.Value {
	c := call.Common()
	if c.IsInvoke() {
		return append([]ssa.Value{c.Value}, c.Args...)
	}
	return c.Args
}

// dynamicArguments are those of calls of function values that can be fn. Where
// there are none it is called by somebody else.
func (e *evaluator) dynamicArguments(fn *ssa.Function, index int, p *ssa.Parameter) values {
	var all values
	called := false
	for _, s := range e.dynamic {
		c := s.call.Common()
		if index >= len(c.Args) || !sameSignature(fn.Signature, c.Signature()) || !e.mayCall(c.Value, fn) {
			continue
		}
		called = true
		all.add(e.eval(c.Args[index], nil)...)
	}
	if !called && !e.foreign[fn] && len(e.callers[fn]) == 0 {
		return e.notAnalysed(fn, p)
	}
	return all
}

// mayCall says whether a function value can be fn.
func (e *evaluator) mayCall(v ssa.Value, fn *ssa.Function) bool {
	for _, x := range e.eval(v, nil) {
		if x.kind != isFunc {
			return x.kind != isNil
		}
		if f, _ := x.function(); f == fn {
			return true
		}
	}
	return false
}

// function is what a function value calls, and its closure.
func (v value) function() (*ssa.Function, *ssa.MakeClosure) {
	switch f := v.fn.(type) {
	case *ssa.Function:
		return f, nil
	case *ssa.MakeClosure:
		return f.Fn.(*ssa.Function), f
	}
	return nil, nil
}

// freeVar is what the closures bind.
func (e *evaluator) freeVar(v *ssa.FreeVar, fr *frame) values {
	fn := v.Parent()
	index := slices.Index(fn.FreeVars, v)
	if fr != nil && fr.closure != nil {
		return e.eval(fr.closure.Bindings[index], fr.maker)
	}
	var all values
	for _, c := range e.closures[fn] {
		all.add(e.eval(c.Bindings[index], nil)...)
	}
	return all
}

// frameOf is the frame of a call; nil where it would be too deep, or goes round.
func (e *evaluator) frameOf(key frameKey, args []ssa.Value) *frame {
	if f, ok := e.frames[key]; ok {
		return f
	}
	f := &frame{fn: key.target, args: args, frameKey: key}
	for at := key.caller; at != nil; at = at.caller {
		f.depth++
		if at.fn == key.target {
			f = nil
			break
		}
	}
	if f != nil && f.depth >= mostDepth || key.call == nil {
		f = nil
	}
	e.frames[key] = f
	return f
}

// call is a result of a call.
func (e *evaluator) call(call *ssa.Call, result int, fr *frame) values {
	common := call.Common()
	if b, ok := common.Value.(*ssa.Builtin); ok {
		return e.builtin(b.Name(), call, fr)
	}
	if common.IsInvoke() {
		var all values
		for _, target := range e.targets[call] {
			all.add(e.callOf(call, target, nil, nil, result, fr)...)
		}
		if len(all) == 0 {
			return unknown("it is a result of "+common.Method.Name()+", which nothing implements", call.Pos())
		}
		return all
	}
	if callee := common.StaticCallee(); callee != nil {
		closure, _ := common.Value.(*ssa.MakeClosure)
		return e.callOf(call, callee, closure, fr, result, fr)
	}
	var all values
	for _, f := range e.eval(common.Value, fr) {
		switch target, closure := f.function(); {
		case target != nil:
			all.add(e.callOf(call, target, closure, f.frame, result, fr)...)
		case f.kind == isLeaf:
			all.add(e.onceValue(f, result)...)
		case f.kind != isNil:
			all.add(unknown("it is a result of a function that is not known", call.Pos())...)
		}
	}
	return all
}

// callOf is a result of a call of one function.
func (e *evaluator) callOf(call *ssa.Call, target *ssa.Function, closure *ssa.MakeClosure, maker *frame, result int, fr *frame) values {
	args := arguments(call)
	if !hasBody(target) {
		return e.leafResult(call, target, args, result, fr)
	}
	key := frameKey{call: call, target: target, caller: fr, closure: closure, maker: maker}
	return e.results(target, result, e.frameOf(key, args))
}

// results unites what a function's return statements return.
func (e *evaluator) results(fn *ssa.Function, result int, fr *frame) values {
	var all values
	for _, b := range fn.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && result < len(ret.Results) && e.feasible(b, fr) {
			all.add(e.eval(ret.Results[result], fr)...)
		}
	}
	return all
}

// onceValue is the result of what sync.OnceValue and its like return.
func (e *evaluator) onceValue(f value, result int) values {
	switch leafName(f.call) {
	case "sync.OnceValue", "sync.OnceValues", "sync.OnceFunc":
		var all values
		for _, inner := range e.eval(f.call.Call.Args[0], f.frame) {
			if target, closure := inner.function(); target != nil && hasBody(target) {
				key := frameKey{call: f.call, target: target, caller: f.frame, closure: closure, maker: inner.frame}
				all.add(e.results(target, result, e.frameOf(key, nil))...)
			}
		}
		return all
	}
	return unknown("it is a result of a function that "+leafName(f.call)+" made", f.call.Pos())
}

package callscan

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// typeAt is the type of what is at a place; nil where the path does not fit.
func (e *evaluator) typeAt(p place) types.Type {
	t := p.root.Type()
	if _, ok := p.root.(*ssa.MakeSlice); !ok {
		t = elem(t)
	}
	return typeBelow(t, p.path)
}

func typeBelow(t types.Type, path string) types.Type {
	for path != "" && t != nil {
		var step string
		step, path = cutStep(path)
		switch u := t.Underlying().(type) {
		case *types.Struct:
			i := atoi(step[1 : len(step)-1])
			if step[0] != 'f' || i >= u.NumFields() {
				return nil
			}
			t = u.Field(i).Type()
		case *types.Array:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		default:
			return nil
		}
	}
	return t
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 1 << 30
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// load is what is at a place.
func (e *evaluator) load(p place) values {
	t := e.typeAt(p)
	if t == nil {
		return unknown("it is kept where it is not followed", p.root.Pos())
	}
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return values{{kind: isObject, at: p}}
	}
	return e.keep(evalKey{at: p}, p.root.Pos(), func() values { return e.loadNew(p, t) })
}

func (e *evaluator) loadNew(p place, t types.Type) values {
	c := &collector{e: e, home: p.root, seen: map[ssa.Value]bool{}}
	switch root := p.root.(type) {
	case *ssa.Global:
		e.loadGlobal(c, root, p.path)
	case *ssa.Alloc:
		c.collect(root, p.path, p.frame)
	case *ssa.MakeSlice:
		c.collect(root, p.path, p.frame)
	default:
		return unknown("it is kept where it is not followed", p.root.Pos())
	}
	if c.escapes {
		e.indirect(c, p)
	}
	if !c.any || !c.definite {
		c.found.add(zero(t)...)
	}
	return c.found
}

// zero is the zero value of a type.
func zero(t types.Type) values {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return text("")
		case u.Info()&types.IsBoolean != 0:
			return truth(false)
		case u.Info()&types.IsNumeric != 0:
			return text("0")
		}
	}
	return values{{kind: isNil}}
}

func (e *evaluator) loadGlobal(c *collector, g *ssa.Global, path string) {
	if g.Pkg == nil || !e.isOwn[g.Pkg.Pkg] {
		c.found.add(unknown("it is the variable "+g.Name()+" of a package that is not analysed", token.NoPos)...)
		return
	}
	if g.Name() == "init$guard" {
		c.found.add(unknown("whether a package was initialised is not asked", token.NoPos)...)
		return
	}
	c.escapes = true
	for _, s := range e.stores.globals[g] {
		c.whole(s.path, path, s.store.Val, nil)
		c.definite = c.definite || s.store.Parent().Synthetic == "package initializer"
	}
	if why, ok := e.writtenBy(g); ok {
		c.found.add(unknown(why, g.Pos())...)
	}
}

// writtenBy says whether the address of a package variable is handed to code
// without a body that may write it.
func (e *evaluator) writtenBy(g *ssa.Global) (why string, ok bool) {
	for _, w := range e.handed[g] {
		return "it may be written by " + w, true
	}
	return "", false
}

// indirect adds what is assigned through pointers that may point to the place.
func (e *evaluator) indirect(c *collector, p place) {
	root := p.root.Type()
	if _, ok := p.root.(*ssa.MakeSlice); !ok {
		root = elem(root)
	}
	for cut := len(p.path); cut >= 0; cut = strings.LastIndexByte(strings.TrimSuffix(p.path[:cut], "/"), '/') + 1 {
		prefix, rest := p.path[:cut], p.path[cut:]
		t := typeBelow(root, prefix)
		if t == nil {
			break
		}
		e.indirectAt(c, root, t, prefix, rest)
		if cut == 0 {
			break
		}
	}
}

// indirectAt adds what is assigned to a whole that the place is part of: t at
// prefix of root.
func (e *evaluator) indirectAt(c *collector, root, t types.Type, prefix, rest string) {
	for _, s := range storesAt(e.stores.pointees, t) {
		c.assigned(s.Val, rest, nil)
	}
	if why, ok := e.handedTypes.At(t).(string); ok {
		c.found.add(unknown("it may be written by "+why, token.NoPos)...)
	}
	if prefix == "" {
		return
	}
	parent, last := lastStep(prefix)
	if last[0] == '#' {
		for _, s := range storesAt(e.stores.elements, t) {
			c.assigned(s.Val, rest, nil)
		}
		return
	}
	for _, s := range storesAt(e.stores.fields, typeBelow(root, parent)) {
		if fieldStep(s.Addr.(*ssa.FieldAddr).Field) == last {
			c.assigned(s.Val, rest, nil)
		}
	}
}

func lastStep(path string) (parent, step string) {
	i := strings.LastIndexByte(path[:len(path)-1], '/') + 1
	return path[:i], path[i:]
}

// collector gathers what is assigned to a place, from the uses of its address.
type collector struct {
	e     *evaluator
	home  ssa.Value
	found values
	// any: something is assigned; definite: something is assigned wherever the place is made.
	any, definite bool
	// escapes: the address goes where its uses are not followed.
	escapes bool
	seen    map[ssa.Value]bool
}

// collect follows the uses of an address in a frame; path leads from what is
// there to the place.
func (c *collector) collect(addr ssa.Value, path string, fr *frame) {
	refs := addr.Referrers()
	if refs == nil || c.seen[addr] {
		return
	}
	c.seen[addr] = true
	for _, ref := range *refs {
		if _, reached := c.e.from[ref.Parent()]; reached {
			c.use(addr, ref, path, fr)
		}
	}
}

func (c *collector) use(addr ssa.Value, ref ssa.Instruction, path string, fr *frame) {
	switch ref := ref.(type) {
	case *ssa.Store:
		if ref.Addr == addr {
			if !c.e.feasible(ref.Block(), fr) {
				return
			}
			c.assigned(ref.Val, path, fr)
			c.definite = c.definite || c.always(ref)
		} else {
			c.escapes = true
		}
	case *ssa.FieldAddr:
		if step, rest := cutFirst(path); step == fieldStep(ref.Field) {
			c.collect(ref, rest, fr)
		}
	case *ssa.IndexAddr:
		if step, rest := cutFirst(path); step != "" && sameStep(step, "#"+indexText(ref.Index)+"/") {
			c.collect(ref, rest, fr)
		}
	case *ssa.Slice:
		c.escapes = c.escapes || !c.e.onlyRead(addr, ref)
		if step, rest := cutFirst(path); step != "" && step[0] == '#' {
			if ref.Low != nil {
				path = "#*/" + rest
			}
			c.collect(ref, path, fr)
		}
	case *ssa.MakeClosure:
		c.captured(addr, ref, path)
	case *ssa.UnOp, *ssa.Range, *ssa.Field, *ssa.Index, *ssa.BinOp, *ssa.DebugRef, *ssa.If, *ssa.Lookup:
		// These read.
	case ssa.CallInstruction:
		c.passed(ref)
		if b, ok := ref.Common().Value.(*ssa.Builtin); ok && b.Name() == "copy" && ref.Common().Args[0] == addr {
			c.found.add(unknown("it may be overwritten by copy", ref.Pos())...)
		}
	case *ssa.MakeInterface:
		c.boxed(ref)
	default:
		c.escapes = true
	}
}

func cutFirst(path string) (step, rest string) {
	if path == "" {
		return "", ""
	}
	return cutStep(path)
}

// always says whether an assignment happens wherever its place is made, before
// anybody else sees it.
func (c *collector) always(s *ssa.Store) bool {
	home, ok := c.home.(*ssa.Alloc)
	if !ok || home.Block() != s.Block() {
		return false
	}
	instrs := s.Block().Instrs
	at := slices.Index(instrs, ssa.Instruction(s))
	for _, ref := range *home.Referrers() {
		switch ref.(type) {
		case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.DebugRef:
			continue
		}
		if ref.Block() == s.Block() && slices.Index(instrs, ref) < at {
			return false
		}
	}
	return true
}

func (c *collector) captured(addr ssa.Value, closure *ssa.MakeClosure, path string) {
	fn := closure.Fn.(*ssa.Function)
	if _, reached := c.e.from[fn]; !reached {
		return
	}
	for i, b := range closure.Bindings {
		if b == addr {
			c.collect(fn.FreeVars[i], path, nil)
		}
	}
}

// assigned adds what val has at path below it.
func (c *collector) assigned(val ssa.Value, path string, fr *frame) {
	c.any = true
	for _, v := range c.e.eval(val, fr) {
		c.below(v, path)
	}
}

// whole adds an assignment at stored to what is asked for at path.
func (c *collector) whole(stored, path string, val ssa.Value, fr *frame) {
	for stored != "" {
		var a, b string
		a, stored = cutStep(stored)
		b, path = cutFirst(path)
		if b == "" || !sameStep(a, b) {
			return
		}
	}
	c.assigned(val, path, fr)
}

func (c *collector) below(v value, path string) {
	switch {
	case path == "":
		c.found.add(v)
	case v.kind == isObject:
		at := v.at
		at.path += path
		c.found.add(c.e.load(at)...)
	case v.kind == isNil: // the zero struct
	case v.kind == isLeaf:
		c.found.add(unknown(v.reason(), v.call.Pos())...)
	default:
		c.found.add(v)
	}
}

// passed follows an address into a call.
func (c *collector) passed(call ssa.CallInstruction) {
	c.escapes = true
	if name, writes := c.e.writer(call); writes {
		c.found.add(unknown("it may be written by "+name, call.Pos())...)
	}
}

// onlyRead: the slice is that of a variadic parameter of code without a body
// that does not write it.
func (r *reach) onlyRead(array ssa.Value, s *ssa.Slice) bool {
	a, ok := array.(*ssa.Alloc)
	if !ok || a.Comment != "varargs" {
		return false
	}
	for _, ref := range *s.Referrers() {
		call, ok := ref.(ssa.CallInstruction)
		if !ok || len(r.targets[call]) == 0 || slices.ContainsFunc(r.targets[call], func(f *ssa.Function) bool { return hasBody(f) || !reads(f) }) {
			return false
		}
	}
	return true
}

// boxed follows an address that became the value of an interface, also into a
// variadic parameter.
func (c *collector) boxed(i *ssa.MakeInterface) {
	c.escapes = true
	for _, call := range receiversOf(i) {
		c.passed(call)
	}
}

// receiversOf finds the calls that a value is an argument of, be it through
// the slice of a variadic parameter.
func receiversOf(v ssa.Value) []ssa.CallInstruction {
	var calls []ssa.CallInstruction
	refs := v.Referrers()
	if refs == nil {
		return nil
	}
	for _, ref := range *refs {
		switch ref := ref.(type) {
		case ssa.CallInstruction:
			calls = append(calls, ref)
		case *ssa.ChangeInterface:
			calls = append(calls, receiversOf(ref)...)
		case *ssa.Store:
			i, ok := ref.Addr.(*ssa.IndexAddr)
			if !ok || ref.Val != v {
				continue
			}
			if array, ok := i.X.(*ssa.Alloc); ok {
				for _, use := range *array.Referrers() {
					if s, ok := use.(*ssa.Slice); ok {
						calls = append(calls, receiversOf(s)...)
					}
				}
			}
		}
	}
	return calls
}

// writer says whether a call goes to code without a body that may write what
// its arguments point to, and to which.
func (r *reach) writer(call ssa.CallInstruction) (name string, writes bool) {
	if _, builtin := call.Common().Value.(*ssa.Builtin); builtin {
		return "", false
	}
	for _, f := range r.targets[call] {
		if !hasBody(f) && !reads(f) {
			return fullName(f), true
		}
	}
	return "", false
}

// reads: a function without a body that does not write what it gets.
func reads(f *ssa.Function) bool {
	path := packageOf(f)
	switch path {
	case "fmt":
		return !strings.Contains(f.Name(), "can") // Sscan, Fscanf, …
	case "bytes", "cmp", "context", "errors", "log", "log/slog", "maps", "net/http", "net/url", "os", "path",
		"path/filepath", "regexp", "slices", "sort", "strconv", "strings", "sync", "time":
		return true
	case "encoding/json", "encoding/xml", "encoding/gob":
		return strings.HasPrefix(f.Name(), "Marshal") || f.Name() == "Encode"
	}
	return isSDK(path) && !strings.HasPrefix(f.Name(), "Unmarshal")
}

package callscan

import (
	"cmp"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"
)

// reach is what one Lambda function can reach.
type reach struct {
	*program
	env environment
	// from says how each function was reached first; order is that of reaching.
	from  map[*ssa.Function]origin
	order []*ssa.Function
	roots map[*ssa.Function]root

	// concrete are the types that reached code converts to an interface, in the
	// order in which they were met.
	concrete    []types.Type
	concreteSet typeutil.Map // → []ssa.Value: what is converted
	exposed     map[types.Type]bool
	exposedAll  map[types.Type]bool
	// named: methods may be called by their names.
	named     bool
	invokes   []*invocation
	byType    typeutil.Map // interface type → *widening
	widenings []*widening

	// callers are the calls of functions with bodies, dynamic those of function
	// values, taken the functions used as values, closures what makes them.
	callers  map[*ssa.Function][]site
	targets  map[ssa.CallInstruction][]*ssa.Function
	dynamic  []site
	taken    map[*ssa.Function]token.Pos
	foreign  map[*ssa.Function]bool // taken by code without a body
	closures map[*ssa.Function][]*ssa.MakeClosure
	ops      []op
	findings []finding

	stores stores
	// setenv are the names of environment variables that the code sets.
	setenv []ssa.Value
	// handed are the package variables, handedTypes the structs (→ string), that
	// code without a body may write, and which code.
	handed      map[*ssa.Global][]string
	handedTypes typeutil.Map
}

// origin is the way to a function: who calls or uses it, and where.
type origin struct {
	by  *ssa.Function // nil for roots
	pos token.Pos
}

// site is a call. For calls through an interface recv is set.
type site struct {
	call ssa.CallInstruction
}

// invocation is a call through an interface, and what it was resolved to.
type invocation struct {
	call     ssa.CallInstruction
	iface    *types.Interface
	resolved int
}

// widening says that values of an interface become those of another.
type widening struct {
	from *types.Interface
	to   types.Type
}

// op is a call of AWS.
type op struct {
	operation
	how string
	fn  *ssa.Function // that has the call
	pos token.Pos
	// input is the operation's, nil where it is not known; recv is the helper
	// that was made with it.
	input, recv ssa.Value
	// args are values of members where there is no input.
	args map[string]ssa.Value
}

type finding struct {
	code, message, hint string
	pos                 token.Pos
	fn                  *ssa.Function
}

func (p *program) reach(roots []root, env environment) *reach {
	r := &reach{
		program:    p,
		env:        env,
		from:       map[*ssa.Function]origin{},
		roots:      map[*ssa.Function]root{},
		exposed:    map[types.Type]bool{},
		exposedAll: map[types.Type]bool{},
		callers:    map[*ssa.Function][]site{},
		targets:    map[ssa.CallInstruction][]*ssa.Function{},
		taken:      map[*ssa.Function]token.Pos{},
		foreign:    map[*ssa.Function]bool{},
		closures:   map[*ssa.Function][]*ssa.MakeClosure{},
		stores:     newStores(),
		handed:     map[*ssa.Global][]string{},
	}
	for _, root := range roots {
		if _, seen := r.roots[root.fn]; !seen {
			r.roots[root.fn] = root
		}
		r.enter(root.fn, origin{pos: root.fn.Pos()})
		if root.kind != "initialiser" {
			r.exposeSignature(root.fn.Signature)
		}
	}
	for i := 0; i < len(r.order); i++ { //nolint:intrange // reaching one adds more
		r.visit(r.order[i])
	}
	r.unresolved()
	r.handOut()
	return r
}

func (r *reach) enter(f *ssa.Function, from origin) {
	if !hasBody(f) {
		return
	}
	if _, seen := r.from[f]; seen {
		return
	}
	r.from[f] = from
	r.order = append(r.order, f)
}

func (r *reach) visit(f *ssa.Function) {
	for _, b := range liveBlocks(f) {
		for _, instr := range b.Instrs {
			r.instruction(f, instr)
		}
	}
}

// liveBlocks leaves out what stands behind a condition that is a constant.
func liveBlocks(f *ssa.Function) []*ssa.BasicBlock {
	seen := make([]bool, len(f.Blocks))
	var live []*ssa.BasicBlock
	var walk func(*ssa.BasicBlock)
	walk = func(b *ssa.BasicBlock) {
		if seen[b.Index] {
			return
		}
		seen[b.Index] = true
		live = append(live, b)
		succs := b.Succs
		if cond, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); ok {
			if c, ok := cond.Cond.(*ssa.Const); ok && c.Value != nil {
				succs = succs[:1]
				if c.Value.ExactString() == "false" {
					succs = b.Succs[1:]
				}
			}
		}
		for _, s := range succs {
			walk(s)
		}
	}
	walk(f.Blocks[0])
	if f.Recover != nil {
		walk(f.Recover)
	}
	return live
}

func (r *reach) instruction(f *ssa.Function, instr ssa.Instruction) {
	var callee ssa.Value
	switch i := instr.(type) {
	case ssa.CallInstruction:
		callee = i.Common().Value
		r.call(f, i)
	case *ssa.MakeInterface:
		r.convert(f, i)
	case *ssa.ChangeInterface:
		r.widen(f, i.X.Type(), i.Type(), i.Pos())
	case *ssa.TypeAssert:
		if types.IsInterface(i.AssertedType) {
			r.widen(f, i.X.Type(), i.AssertedType, i.Pos())
		}
	case *ssa.MakeClosure:
		fn := i.Fn.(*ssa.Function)
		r.closures[fn] = append(r.closures[fn], i)
		r.take(f, fn, cmp.Or(i.Pos(), fn.Pos()))
	case *ssa.MapUpdate, *ssa.Send, *ssa.Select:
		r.stores.add(i)
	case *ssa.Store:
		r.stores.add(i)
		if field, ok := i.Addr.(*ssa.FieldAddr); ok && !r.owns(elem(field.X.Type())) {
			r.handOver([]ssa.Value{i.Val})
		}
	}
	var buf [8]*ssa.Value
	for _, operand := range instr.Operands(buf[:0]) {
		if fn, ok := (*operand).(*ssa.Function); ok && *operand != callee {
			r.take(f, fn, instr.Pos())
		}
	}
}

// take notes a function used as a value: whoever gets it may call it.
func (r *reach) take(by, fn *ssa.Function, pos token.Pos) {
	if _, seen := r.taken[fn]; !seen {
		r.taken[fn] = pos
		if !hasBody(fn) {
			r.leaf(&leafCall{by: by, fn: fn, pos: pos})
		}
	}
	r.enter(fn, origin{by, pos})
}

func (r *reach) call(f *ssa.Function, call ssa.CallInstruction) {
	common := call.Common()
	switch callee := common.StaticCallee(); {
	case common.IsInvoke():
		in := &invocation{call: call, iface: common.Value.Type().Underlying().(*types.Interface)}
		r.invokes = append(r.invokes, in)
		for _, t := range r.concrete {
			r.resolve(in, t)
		}
	case callee != nil:
		r.target(f, call, callee)
	default:
		if _, builtin := common.Value.(*ssa.Builtin); !builtin {
			r.dynamic = append(r.dynamic, site{call})
		}
	}
}

// target notes that a call goes to a function.
func (r *reach) target(f *ssa.Function, call ssa.CallInstruction, callee *ssa.Function) {
	r.targets[call] = append(r.targets[call], callee)
	if hasBody(callee) {
		r.callers[callee] = append(r.callers[callee], site{call})
		r.enter(callee, origin{f, call.Pos()})
		return
	}
	args := call.Common().Args
	if call.Common().IsInvoke() {
		args = append([]ssa.Value{call.Common().Value}, args...)
	}
	r.handOver(args)
	r.leaf(&leafCall{by: f, fn: callee, call: call, args: args, pos: call.Pos()})
}

// handOver notes the functions that code without a body gets.
func (r *reach) handOver(args []ssa.Value) {
	for _, a := range args {
		for {
			switch v := a.(type) {
			case *ssa.ChangeType:
				a = v.X
				continue
			case *ssa.MakeInterface:
				a = v.X
				continue
			case *ssa.MakeClosure:
				r.foreign[v.Fn.(*ssa.Function)] = true
			case *ssa.Function:
				r.foreign[v] = true
			}
			break
		}
	}
}

// resolve binds a call through an interface to a type that satisfies it.
func (r *reach) resolve(in *invocation, t types.Type) {
	m := in.call.Common().Method
	if r.ssa.MethodSets.MethodSet(t).Lookup(m.Pkg(), m.Name()) == nil || !types.Implements(t, in.iface) {
		return
	}
	if fn := r.method(t, m.Pkg(), m.Name()); fn != nil {
		in.resolved++
		r.target(in.call.Parent(), in.call, fn)
	}
}

// convert notes that a value becomes one of an interface.
func (r *reach) convert(f *ssa.Function, i *ssa.MakeInterface) {
	t, from := i.X.Type(), origin{f, i.Pos()}
	r.hand(t, i.Type(), from)
	before, _ := r.concreteSet.At(t).([]ssa.Value)
	r.concreteSet.Set(t, append(before, i.X))
	if before != nil {
		return
	}
	r.concrete = append(r.concrete, t)
	if r.named {
		r.exposeAll(t, from)
	}
	for _, in := range r.invokes {
		r.resolve(in, t)
	}
	for _, w := range r.widenings {
		if types.Implements(t, w.from) {
			r.hand(t, w.to, from)
		}
	}
}

// widen notes that values of one interface become those of another.
func (r *reach) widen(f *ssa.Function, from, to types.Type, pos token.Pos) {
	i, ok := from.Underlying().(*types.Interface)
	if !ok || r.owns(to) && to.Underlying().(*types.Interface).NumMethods() > 0 {
		return
	}
	seen, _ := r.byType.At(from).(*typeutil.Map)
	if seen == nil {
		seen = &typeutil.Map{}
		r.byType.Set(from, seen)
	}
	if seen.At(to) != nil {
		return
	}
	w := &widening{from: i, to: to}
	seen.Set(to, w)
	r.widenings = append(r.widenings, w)
	for _, t := range r.concrete {
		if types.Implements(t, i) {
			r.hand(t, to, origin{f, pos})
		}
	}
}

// hand notes that code without a body may get a value of type t as an
// interface: it may call the methods of that, and those by which the standard
// library and its like ask values about themselves.
func (r *reach) hand(t, iface types.Type, from origin) {
	i, n := iface.Underlying().(*types.Interface), named(iface)
	if i.NumMethods() > 0 && r.owns(iface) {
		return
	}
	// What a helper of the SDK calls of a client counts where the helper is used.
	helped := n != nil && isSDK(pathOf(n)) && len(clientInterface(iface)) > 0
	for m := range i.Methods() {
		if fn := r.method(t, m.Pkg(), m.Name()); fn != nil && hasBody(fn) && !(helped && isSDK(packageOf(fn))) {
			r.foreign[fn] = true
			r.enter(fn, from)
		}
	}
	if n := named(t); n != nil && i.NumMethods() > 0 {
		r.exposeMethods(n, func(name string) bool { return streams[name] }, from)
	}
	r.expose(t, from)
}

// exposeSignature exposes what the generated main decodes and encodes.
func (r *reach) exposeSignature(sig *types.Signature) {
	for v := range sig.Params().Variables() {
		r.expose(v.Type(), origin{})
	}
	for v := range sig.Results().Variables() {
		r.expose(v.Type(), origin{})
	}
}

// callbacks are methods that are looked for by those who take any value, such
// as encoders; streams those by those who take a reader or a writer.
var (
	callbacks = names("MarshalJSON UnmarshalJSON MarshalText UnmarshalText MarshalBinary UnmarshalBinary MarshalYAML " +
		"UnmarshalYAML MarshalXML UnmarshalXML MarshalDynamoDBAttributeValue UnmarshalDynamoDBAttributeValue String " +
		"GoString Error Format LogValue Scan Value Unwrap Is As Timeout Validate HTTPStatus IsZero")
	streams = names("Read Write Close WriteTo ReadFrom ReadAt WriteAt Seek Flush WriteString ReadByte ServeHTTP")
)

func names(list string) map[string]bool {
	set := map[string]bool{}
	for _, n := range strings.Fields(list) {
		set[n] = true
	}
	return set
}

// expose enters the callbacks of a type and of what its values hold, exposeAll
// all exported methods.
func (r *reach) expose(t types.Type, from origin) {
	r.exposeTo(t, from, r.exposed, func(name string) bool { return callbacks[name] })
}

func (r *reach) exposeAll(t types.Type, from origin) {
	r.exposeTo(t, from, r.exposedAll, token.IsExported)
}

func (r *reach) exposeTo(t types.Type, from origin, seen map[types.Type]bool, which func(string) bool) {
	t = types.Unalias(t)
	if seen[t] {
		return
	}
	seen[t] = true
	below := func(t types.Type) { r.exposeTo(t, from, seen, which) }
	switch u := t.(type) {
	case *types.Named:
		r.exposeMethods(u, which, from)
		if u.Obj().Pkg() != nil && r.isOwn[u.Obj().Pkg()] {
			below(u.Underlying())
		}
	case *types.Pointer:
		below(u.Elem())
	case *types.Slice:
		below(u.Elem())
	case *types.Array:
		below(u.Elem())
	case *types.Map:
		below(u.Key())
		below(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() || f.Embedded() {
				below(f.Type())
			}
		}
	}
}

func (r *reach) exposeMethods(n *types.Named, which func(string) bool, from origin) {
	if types.IsInterface(n) || n.Obj().Pkg() == nil || !r.isOwn[n.Obj().Pkg()] {
		return
	}
	for m := range n.Methods() {
		if !which(m.Name()) {
			continue
		}
		fn := r.method(n, m.Pkg(), m.Name())
		if fn == nil {
			fn = r.method(types.NewPointer(n), m.Pkg(), m.Name())
		}
		if fn != nil && hasBody(fn) {
			r.foreign[fn] = true
			at := from
			if at.by == nil {
				at.pos = fn.Pos()
			}
			r.enter(fn, at)
		}
	}
}

package callscan

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// leafCall is a call of a function without a body, or its use as a value (then
// call is nil).
type leafCall struct {
	by, fn *ssa.Function
	call   ssa.CallInstruction
	args   []ssa.Value // the receiver first
	pos    token.Pos
}

// param is the argument of a parameter, counted without the receiver; nil where
// it is not known.
func (l *leafCall) param(i int) ssa.Value {
	if l.fn.Signature.Recv() != nil {
		i++
	}
	if i < len(l.args) {
		return l.args[i]
	}
	return nil
}

func (l *leafCall) recv() ssa.Value {
	if l.fn.Signature.Recv() != nil && len(l.args) > 0 {
		return l.args[0]
	}
	return nil
}

// input is the first argument that is the input of an operation.
func (l *leafCall) input() ssa.Value {
	for i := range l.fn.Signature.Params().Len() {
		if _, ok := inputOf(l.fn.Signature.Params().At(i).Type()); ok {
			return l.param(i)
		}
	}
	return nil
}

// leaf notes what a function without a body does with AWS.
func (r *reach) leaf(l *leafCall) {
	path := packageOf(l.fn)
	r.byReflection(l, path)
	r.constraints(l)
	switch {
	case path == "reflect":
		r.reflected(l)
		return
	case path == "os" && l.fn.Name() == "Setenv" && len(l.args) > 0:
		r.setenv = append(r.setenv, l.args[0])
		return
	case !isSDK(path):
		return
	}
	if s, ok := special[r.nameOf(l.fn)]; ok {
		r.leafSpecial(l, s)
		return
	}
	if recv := l.fn.Signature.Recv(); recv != nil {
		r.leafMethod(l, recv.Type())
		return
	}
	r.leafFunction(l)
}

func (r *reach) leafSpecial(l *leafCall, s specialCall) {
	if len(s.args) == 0 {
		r.add(l, s.ops, s.how, l.param(1), nil)
		return
	}
	args := map[string]ssa.Value{}
	for member, i := range s.args {
		args[member] = l.param(i)
	}
	// Options may set the other members.
	options, none := l.param(l.fn.Signature.Params().Len() - 1).(*ssa.Const)
	if l.fn.Signature.Variadic() && !(none && options.IsNil()) {
		args["*"] = nil
	}
	r.add(l, s.ops, s.how, nil, args)
}

// nameOf is the key of special.
func (r *reach) nameOf(f *ssa.Function) string {
	name := strings.TrimPrefix(packageOf(f), sdkPath+"/") + "."
	if recv := f.Signature.Recv(); recv != nil {
		if n := named(recv.Type()); n != nil {
			name += n.Obj().Name() + "."
		}
	}
	return name + f.Name()
}

func packageOf(f *ssa.Function) string {
	if obj := f.Object(); obj != nil && obj.Pkg() != nil {
		return obj.Pkg().Path()
	}
	if f.Pkg != nil {
		return f.Pkg.Pkg.Path()
	}
	return ""
}

func (r *reach) leafMethod(l *leafCall, recv types.Type) {
	if _, ok := isClient(recv); ok {
		if op, ok := operationOf(l.fn.Name(), l.fn.Signature); ok {
			r.add(l, []operation{op}, "", l.input(), nil)
		}
		return
	}
	n := named(recv)
	switch {
	case n == nil || l.fn.Signature.Params().Len() == 0 || !isContext(l.fn.Signature.Params().At(0).Type()):
	case n.Obj().Name() == "PresignClient":
		for p := range l.fn.Signature.Params().Variables() {
			if op, ok := inputOf(p.Type()); ok {
				r.add(l, []operation{op}, "presigner "+n.Obj().Pkg().Name()+".PresignClient", l.input(), nil)
			}
		}
	case n.Obj().Name() == "Signer" && pathOf(n) == sdkPath+"/aws/signer/v4":
		r.findings = append(r.findings, finding{
			code: "aws-request-signed", pos: l.pos, fn: l.by,
			message: "a request is signed by hand: what it asks of AWS cannot be told",
			hint:    "state what it needs in iam.statements",
		})
	default:
		if h, ok := helperOf(recv); ok {
			r.add(l, h.ops, h.how, l.input(), nil)
		}
	}
}

// leafFunction handles functions that take a client as an interface: makers of
// helpers do not call yet.
func (r *reach) leafFunction(l *leafCall) {
	results := l.fn.Signature.Results()
	for v := range results.Variables() {
		if _, ok := helperOf(v.Type()); ok {
			return
		}
		if n := named(v.Type()); n != nil && strings.HasPrefix(pathOf(n), sdkPath+"/feature/s3/transfermanager") {
			return
		}
	}
	for p := range l.fn.Signature.Params().Variables() {
		if ops := clientInterface(p.Type()); len(ops) > 0 {
			r.add(l, ops, l.fn.Object().Pkg().Name()+"."+l.fn.Name(), l.input(), nil)
		}
	}
}

func (r *reach) add(l *leafCall, ops []operation, how string, input ssa.Value, args map[string]ssa.Value) {
	for _, o := range ops {
		r.ops = append(r.ops, op{operation: o, how: how, fn: l.by, pos: l.pos, input: input, recv: l.recv(), args: args})
	}
}

// byReflection enters the methods of what is handed to code that may call them
// by their names: templates, and packages of others that take any value, such as
// those for RPC and GraphQL.
func (r *reach) byReflection(l *leafCall, path string) {
	template := path == "text/template" || path == "html/template"
	first, _, _ := strings.Cut(path, "/")
	switch {
	case template && strings.HasPrefix(l.fn.Name(), "Execute"):
		r.named = true
		for _, t := range r.concrete {
			r.exposeAll(t, origin{l.by, l.pos})
		}
	case path == "net/rpc", path == "reflect" && l.fn.Name() == "ValueOf",
		strings.Contains(first, ".") && !isSDK(path) && !below(path, ownPath) && !below(path, lambdaPath):
	default:
		return
	}
	for _, a := range l.args {
		if !takesAny(a.Type()) {
			continue
		}
		for _, v := range unboxed(a) {
			if !types.IsInterface(v.Type()) && v != a {
				r.exposeAll(v.Type(), origin{l.by, l.pos})
			}
		}
	}
}

// takesAny: the type is any, or a list of them.
func takesAny(t types.Type) bool {
	if s, ok := t.Underlying().(*types.Slice); ok {
		t = s.Elem()
	}
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.NumMethods() == 0
}

// Code of ours and of Lambda's calls no methods by their names.
const (
	ownPath    = "github.com/chalicefile/chalicefile"
	lambdaPath = "github.com/aws/aws-lambda-go"
)

// constraints enters the methods by which generic code without a body may call
// values of its type arguments.
func (r *reach) constraints(l *leafCall) {
	hand := func(params *types.TypeParamList, args []types.Type) {
		for i, t := range args {
			if i < params.Len() && !types.IsInterface(t) {
				r.hand(t, params.At(i).Constraint(), origin{l.by, l.pos})
			}
		}
	}
	if o := l.fn.Origin(); o != nil && o.Signature.TypeParams() != nil {
		hand(o.Signature.TypeParams(), l.fn.TypeArgs())
	}
	if recv := l.fn.Signature.Recv(); recv != nil {
		if n := named(recv.Type()); n != nil && n.TypeArgs() != nil {
			hand(n.TypeParams(), slices.Collect(n.TypeArgs().Types()))
		}
	}
}

// reflected tells of clients that are handed to package reflect.
func (r *reach) reflected(l *leafCall) {
	for _, a := range l.args {
		i, ok := a.(*ssa.MakeInterface)
		if !ok {
			continue
		}
		if service, ok := isClient(i.X.Type()); ok {
			r.findings = append(r.findings, finding{
				code: "aws-client-unknown", pos: l.pos, fn: l.by,
				message: "a client of " + service + " is used by reflection: what it calls cannot be told",
				hint:    "call its methods, or state what is needed in iam.statements",
			})
		}
	}
}

// unresolved tells of calls that look like a client's and go nowhere.
func (r *reach) unresolved() {
	for _, in := range r.invokes {
		m := in.call.Common().Method
		if op, ok := operationOf(m.Name(), m.Signature()); ok && in.resolved == 0 {
			r.unknownClient(op, in.call, "no value that satisfies the interface is made in code that the function reaches")
		}
	}
	for _, s := range r.dynamic {
		sig := s.call.Common().Signature()
		if op, ok := calls(sig); ok && len(r.candidates(s)) == 0 {
			r.unknownClient(op, s.call, "no function that it could be is used in code that the function reaches")
		}
	}
}

func (r *reach) unknownClient(op operation, call ssa.CallInstruction, why string) {
	r.findings = append(r.findings, finding{
		code: "aws-client-unknown", pos: call.Pos(), fn: call.Parent(),
		message: "the client of this call of " + op.service + ":" + op.name + " cannot be told: " + why,
		hint:    "state what it needs in iam.statements",
	})
}

// candidates are the functions used as values that a call of a function value
// may go to, by their signatures.
func (r *reach) candidates(s site) []*ssa.Function {
	var found []*ssa.Function
	sig := s.call.Common().Signature()
	for _, fn := range r.order {
		if _, taken := r.taken[fn]; taken && sameSignature(fn.Signature, sig) {
			found = append(found, fn)
		}
	}
	for fn := range r.taken {
		if !hasBody(fn) && sameSignature(fn.Signature, sig) {
			found = append(found, fn)
		}
	}
	return found
}

func sameSignature(a, b *types.Signature) bool {
	return a.Variadic() == b.Variadic() && types.Identical(a.Params(), b.Params()) && types.Identical(a.Results(), b.Results())
}

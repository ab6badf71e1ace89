package callscan

import (
	"cmp"
	"context"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy/actions"
)

// scanner is one run of Scan.
type scanner struct {
	in     Input
	p      *program
	result *Result
}

func scan(ctx context.Context, in Input) (*Result, error) {
	s := &scanner{in: in, result: &Result{}}
	if s.faults() {
		return s.result, nil
	}
	s.oldSDK()
	s.p = build(in.Program)
	for _, f := range in.App.Functions {
		if in.Functions != nil && !slices.Contains(in.Functions, f.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if missing := s.p.missing(f); len(missing) > 0 {
			return nil, fmt.Errorf("callscan: the program has no code of %s", strings.Join(missing, ", "))
		}
		s.result.Functions = append(s.result.Functions, s.function(f))
	}
	s.result.Findings.Sort()
	return s.result, nil
}

func (s *scanner) function(f *model.Function) *Function {
	r := s.p.reach(s.p.roots(f), environment{f.Settings.Environment, f.LambdaName})
	e := newEvaluator(r)
	out := &Function{Name: f.Name}
	for _, o := range r.ops {
		out.Calls = append(out.Calls, s.call(e, o))
	}
	out.Calls = distinct(out.Calls)
	for _, c := range out.Calls {
		if !c.Known {
			s.unknownOperation(c)
		}
	}
	for _, found := range r.findings {
		pos, _ := s.place(r, found.fn, found.pos)
		s.warn(found.code, s.position(pos), found.message, found.hint)
	}
	return out
}

func (s *scanner) call(e *evaluator, o op) *Call {
	c := &Call{Service: o.service, Operation: o.name, How: o.how}
	pos, at := s.place(e.reach, o.fn, o.pos)
	c.Pos, c.Via = s.position(pos), s.via(e.reach, at)
	c.Needs, c.Known = needsOf(o.operation)
	for _, path := range paths(c.Needs) {
		a, reasons := e.argument(o, path)
		arg := Argument{Path: path, Argument: a}
		for _, w := range reasons {
			arg.Reasons = append(arg.Reasons, Reason{w.text, s.position(w.pos)})
		}
		c.Arguments = append(c.Arguments, arg)
	}
	return c
}

// paths are the members of the input that needs depend on.
func paths(needs []actions.Need) []string {
	var all []string
	add := func(path string) {
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	for _, n := range needs {
		for _, t := range n.Resources {
			for _, p := range t.Params() {
				add(p.Path)
			}
		}
		for _, c := range n.When {
			for _, p := range c.Params {
				add(p)
			}
		}
	}
	return all
}

// distinct sorts calls, and leaves out those that say the same.
func distinct(calls []*Call) []*Call {
	key := func(c *Call) string {
		k := fmt.Sprintf("%s %s %s", c.Service, c.Operation, c.How)
		for _, a := range c.Arguments {
			k += fmt.Sprintf(" %s %t %t %q", a.Path, a.Set, a.Unset, a.Values)
		}
		return k
	}
	slices.SortStableFunc(calls, func(a, b *Call) int {
		return cmp.Or(a.Pos.compare(b.Pos), cmp.Compare(key(a), key(b)))
	})
	return slices.CompactFunc(calls, func(a, b *Call) bool { return a.Pos == b.Pos && key(a) == key(b) })
}

func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// String is "api/api.go:12:5".
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// place finds where something is in code that people wrote: wrappers that the
// compiler makes have no position.
func (s *scanner) place(r *reach, fn *ssa.Function, pos token.Pos) (token.Pos, *ssa.Function) {
	for wrapper(fn) {
		from := r.from[fn]
		if from.by == nil {
			break
		}
		pos, fn = from.pos, from.by
	}
	if !pos.IsValid() {
		pos = fn.Pos()
	}
	return pos, fn
}

// via is the way from a root to a function.
func (s *scanner) via(r *reach, fn *ssa.Function) []Step {
	var steps []Step
	for len(steps) < 1000 {
		from := r.from[fn]
		for from.by != nil && wrapper(from.by) && r.from[from.by].by != nil {
			from = r.from[from.by]
		}
		step := Step{Func: r.funcName(fn), Pos: s.position(from.pos)}
		if from.by == nil {
			step.Root = r.roots[fn].kind
			if step.Root == "" {
				step.Root = "decoder"
			}
			step.Pos = s.position(fn.Pos())
		}
		steps = append(steps, step)
		if from.by == nil {
			break
		}
		fn = from.by
	}
	slices.Reverse(steps)
	return steps
}

// wrapper: the compiler made the function, of a method that is promoted or used
// as a value.
func wrapper(fn *ssa.Function) bool {
	for _, kind := range []string{"wrapper for", "bound method wrapper", "thunk for", "instantiation wrapper"} {
		if strings.HasPrefix(fn.Synthetic, kind) {
			return true
		}
	}
	return false
}

// funcName is a function's name with that of its package: "api.API.Get".
func (r *reach) funcName(fn *ssa.Function) string {
	name := fn.RelString(nil)
	name = strings.NewReplacer("(", "", ")", "", "*", "").Replace(name)
	if i := strings.LastIndexByte(name, '/'); i >= 0 && !strings.Contains(name, "[") {
		name = name[i+1:]
	}
	return name
}

func (s *scanner) position(pos token.Pos) Position {
	if !pos.IsValid() {
		return Position{}
	}
	p := s.in.Program.Fset.Position(pos)
	return Position{File: s.file(p.Filename), Line: p.Line, Column: max(p.Column, 1)}
}

// file is relative to the Chalicefile for files of the app's module, absolute
// for others.
func (s *scanner) file(name string) string {
	m := s.in.App.Module
	if in, err := filepath.Rel(m.Dir, name); m.Dir == "" || err != nil || !filepath.IsLocal(in) {
		return filepath.ToSlash(name)
	}
	rel, err := filepath.Rel(m.AppDir, name)
	if err != nil {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(rel)
}

func (p Position) asRange() diag.Range {
	start := diag.Pos{Line: p.Line, Column: p.Column}
	return diag.Range{File: p.File, Start: start, End: diag.Pos{Line: p.Line, Column: p.Column + 1}}
}

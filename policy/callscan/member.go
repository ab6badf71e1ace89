package callscan

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/policy/actions"
)

// argument finds what is known of a member of an operation's input.
func (e *evaluator) argument(o op, path string) (actions.Argument, []why) {
	e.start()
	var all values
	if o.args != nil {
		v, ok := o.args[path]
		_, open := o.args["*"]
		switch {
		case !ok && open:
			return actions.Argument{}, []why{{"the options may set it", o.pos}}
		case !ok:
			return actions.Argument{Unset: true}, nil
		case v == nil:
			all = unknown("its argument is not known", o.pos)
		default:
			all = e.eval(v, nil)
		}
		return e.told(all, o.pos)
	}
	for _, input := range e.inputs(o) {
		all.add(e.memberOf(input, path)...)
	}
	return e.told(all, o.pos)
}

// why is a reason under way.
type why struct {
	text string
	pos  token.Pos
}

// inputs are the values of the operation's input: its argument, or the one that
// its helper was made with.
func (e *evaluator) inputs(o op) values {
	if o.input != nil {
		return e.eval(o.input, nil)
	}
	if o.recv == nil {
		return unknown("the function is used as a value, and its input is not known", o.pos)
	}
	var all values
	for _, made := range e.eval(o.recv, nil) {
		if made.kind != isLeaf {
			all.add(unknown("it is not known how the helper was made", o.pos)...)
			continue
		}
		found := false
		for _, a := range made.call.Call.Args {
			if _, ok := inputOf(a.Type()); ok {
				found = true
				all.add(e.eval(a, made.frame)...)
			}
		}
		if !found {
			all.add(unknown("it is not known with what input the helper calls", o.pos)...)
		}
	}
	return all
}

// memberOf follows a path of package actions from a value:
// "TransactItems[].Put.TableName", "RequestItems{}".
func (e *evaluator) memberOf(v value, path string) values {
	if path == "" {
		return values{v}
	}
	step, rest := path, ""
	if i := strings.IndexAny(path[1:], ".[{"); i >= 0 {
		step, rest = path[:i+1], path[i+1:]
	}
	var all values
	for _, x := range e.stepInto(v, strings.TrimPrefix(step, ".")) {
		all.add(e.memberOf(x, rest)...)
	}
	return all
}

// noElement marks the nil that stands for the elements of an empty list.
const noElement = "no element"

func (e *evaluator) stepInto(v value, step string) values {
	if v.kind == isNil {
		if step == "[]" || step == "{}" {
			v.text = noElement
		}
		return values{v}
	}
	if v.kind != isAddr && v.kind != isObject {
		return values{{kind: isUnknown, why: v.reason(), pos: v.pos}}
	}
	switch step {
	case "[]":
		return e.elementsAt(v)
	case "{}":
		return e.keysAt(v)
	}
	t := e.typeAt(v.at)
	if t == nil {
		return unknown("it is kept where it is not followed", v.pos)
	}
	if isPointer(t) && v.kind == isAddr {
		var all values
		for _, x := range e.load(v.at) {
			all.add(e.stepInto(x, step)...)
		}
		return all
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return unknown("it is kept where it is not followed", v.pos)
	}
	for i := range s.NumFields() {
		if s.Field(i).Name() == step {
			return e.load(v.at.field(i))
		}
	}
	return values{{kind: isNil}} // a helper's input has fewer members
}

// elementsAt are the elements of a slice.
func (e *evaluator) elementsAt(v value) values {
	var all values
	t := e.typeAt(v.at)
	if array, ok := t.Underlying().(*types.Array); ok && !v.at.any && array.Len() <= mostValues {
		for i := range int(array.Len()) {
			all.add(e.load(v.at.element(itoa(i)))...)
		}
		return all
	}
	return e.load(v.at.element("*"))
}

// keysAt are the keys of a map.
func (e *evaluator) keysAt(v value) values {
	var all values
	for _, u := range e.updates(v.at) {
		all.add(e.eval(u.Key, e.frameIn(u, v.at))...)
	}
	return all
}

// told makes of values what package actions takes.
func (e *evaluator) told(all values, pos token.Pos) (actions.Argument, []why) {
	a := actions.Argument{Unset: true, Set: true}
	if len(all) == 0 {
		return actions.Argument{}, []why{{"nothing in the code that the function reaches gives it a value", pos}}
	}
	var flat values
	for _, v := range all {
		flat.add(e.plain(v)...)
	}
	if some := slices.DeleteFunc(slices.Clone(flat), func(x value) bool { return x.text == noElement }); len(some) > 0 {
		flat = some
	}
	var reasons []why
	open := false
	for _, x := range flat {
		if x.kind == isNil || x.kind == isText && x.text == "" && (x.why == "" || len(flat) > 1) {
			a.Set = false
			continue
		}
		a.Unset = false
		if x.kind == isUnknown || x.kind == isLeaf {
			a.Set = false
		}
		if x.why != "" || x.kind == isLeaf {
			reasons = append(reasons, why{x.reason(), x.pos})
		}
		if x.kind != isText || x.text == "" || x.text == unknownPart {
			open = true
			continue
		}
		a.Values = append(a.Values, strings.ReplaceAll(x.text, unknownPart, "*"))
	}
	slices.Sort(a.Values)
	a.Values = slices.Compact(a.Values)
	if open {
		a.Values = nil
	}
	return a, slices.Compact(reasons)
}

// plain takes a pointer to a text for the text.
func (e *evaluator) plain(v value) values {
	if v.kind != isAddr {
		return values{v}
	}
	t := e.typeAt(v.at)
	if t == nil {
		return unknown("it is kept where it is not followed", v.pos)
	}
	if !isString(t) {
		return values{v}
	}
	loaded := e.load(v.at)
	// Of a variable that is given a value, what it was before does not count.
	if len(loaded) > 1 {
		loaded = slices.DeleteFunc(slices.Clone(loaded), func(x value) bool { return x.kind == isText && x.text == "" && x.why == "" })
	}
	return loaded
}

// outputs are members of outputs that name what members of their inputs name.
var outputs = map[operation]map[string]string{
	{"sqs", "GetQueueUrl"}: {".QueueUrl": "QueueName"},
	{"sqs", "CreateQueue"}: {".QueueUrl": "QueueName"},
}

// output is what is at a field of a leaf's result.
func (e *evaluator) output(v value) values {
	if len(v.call.Call.Args) >= 2 && v.text != "" {
		if c := v.call.Call.Signature(); c.Params().Len() >= 2 {
			if o, ok := inputOf(c.Params().At(1).Type()); ok && outputs[o][v.text] != "" {
				args := arguments(v.call)
				var all values
				for _, input := range e.eval(args[2], v.frame) {
					for _, name := range e.memberOf(input, outputs[o][v.text]) {
						all.add(e.plain(name)...)
					}
				}
				return all
			}
		}
	}
	return values{v}
}

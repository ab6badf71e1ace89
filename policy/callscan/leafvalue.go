package callscan

import (
	"go/types"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// fullName is "strings.ToLower" or "(*strings.Builder).String".
func fullName(f *ssa.Function) string {
	if o := f.Origin(); o != nil {
		f = o
	}
	if obj, ok := f.Object().(*types.Func); ok {
		return obj.FullName()
	}
	return f.String()
}

func leafName(call *ssa.Call) string {
	if c := call.Call.StaticCallee(); c != nil {
		return fullName(c)
	}
	if call.Call.IsInvoke() {
		return call.Call.Method.Name()
	}
	return "a function"
}

// textFuncs are functions of one text.
var textFuncs = map[string]func(string) string{
	"strings.ToLower":   strings.ToLower,
	"strings.ToUpper":   strings.ToUpper,
	"strings.TrimSpace": strings.TrimSpace,
	"strings.Clone":     strings.Clone,
	"path.Base":         path.Base,
	"strconv.Quote":     strconv.Quote,
}

// textFuncs2 are functions of two texts.
var textFuncs2 = map[string]func(string, string) string{
	"strings.TrimPrefix": strings.TrimPrefix,
	"strings.TrimSuffix": strings.TrimSuffix,
	"strings.Trim":       strings.Trim,
	"strings.TrimLeft":   strings.TrimLeft,
	"strings.TrimRight":  strings.TrimRight,
}

// passes are functions that return their argument, or a pointer to it.
var passes = map[string]bool{
	sdkPath + "/aws.String": true, sdkPath + "/aws.ToString": true, smithyPath + "/ptr.String": true,
	smithyPath + "/ptr.ToString": true, "strconv.Itoa": true, "strconv.FormatInt": true,
	sdkPath + "/aws.Bool": true, sdkPath + "/aws.ToBool": true,
}

// leafResult is the result of a function without a body.
func (e *evaluator) leafResult(call *ssa.Call, f *ssa.Function, args []ssa.Value, result int, fr *frame) values {
	name := fullName(f)
	leaf := values{{kind: isLeaf, call: call, frame: fr, pos: call.Pos(), text: resultStep(result)}}
	arg := func(i int) values { return e.eval(args[i], fr) }
	if one := textFuncs[name]; one != nil {
		return arg(0).mapText(one)
	}
	if two := textFuncs2[name]; two != nil {
		if second, ok := arg(1).only(); ok {
			return arg(0).mapText(func(s string) string { return two(s, second) })
		}
		return leaf
	}
	switch {
	case passes[name]:
		return arg(0)
	case name == "os.Getenv" || name == "syscall.Getenv" || name == "os.LookupEnv":
		return e.getenv(call, arg(0), result)
	case name == "os.ExpandEnv":
		return e.expandEnv(call, arg(0))
	case name == "fmt.Sprintf":
		return e.sprintf(call, args, fr)
	case name == "fmt.Sprint":
		return e.joined(args[0], "", fr)
	case name == "path.Join":
		return e.joined(args[0], "/", fr)
	case name == "strings.Join":
		if sep, ok := arg(1).only(); ok {
			return e.joined(args[0], sep, fr)
		}
	case name == "strings.ReplaceAll":
		from, ok := arg(1).only()
		to, ok2 := arg(2).only()
		if ok && ok2 {
			return arg(0).mapText(func(s string) string { return strings.ReplaceAll(s, from, to) })
		}
	case name == "cmp.Or":
		return e.or(args[0], fr, leaf)
	}
	return leaf
}

func resultStep(i int) string {
	if i == 0 {
		return ""
	}
	return "#" + itoa(i)
}

func (e *evaluator) builtin(name string, call *ssa.Call, fr *frame) values {
	args := call.Call.Args
	switch name {
	case "append":
		var all values
		for _, a := range args {
			for _, v := range e.eval(a, fr) {
				if v.kind != isNil {
					v.at.any = true
					all.add(v)
				}
			}
		}
		return all
	case "len":
		if s, ok := e.eval(args[0], fr).only(); ok && isString(args[0].Type()) {
			return text(strconv.Itoa(len(s)))
		}
	case "ssa:wrapnilchk":
		return e.eval(args[0], fr)
	}
	return unknown("it is computed", call.Pos())
}

// getenv is what the environment has.
func (e *evaluator) getenv(call *ssa.Call, names values, result int) values {
	var all values
	for _, n := range names {
		if n.kind != isText || strings.Contains(n.text, unknownPart) {
			all.add(unknown("it is an environment variable whose name is not known: "+n.reason(), call.Pos())...)
			continue
		}
		v, set, known := e.env.lookup(n.text)
		if e.sets(n.text) {
			v, known = value{kind: isText, text: unknownPart, why: "the code sets the environment variable " + n.text + " itself"}, false
		}
		v.pos = call.Pos()
		if result == 1 {
			if known {
				all.add(truth(set)...)
			} else {
				all.add(unknown("it is not known whether "+n.text+" is set", call.Pos())...)
			}
			continue
		}
		all.add(v)
	}
	return all
}

// sets says whether reached code may set an environment variable.
func (e *evaluator) sets(name string) bool {
	for _, v := range e.setenv {
		if set, ok := e.eval(v, nil).only(); !ok || set == name {
			return true
		}
	}
	return false
}

func (e *evaluator) expandEnv(call *ssa.Call, in values) values {
	var all values
	for _, x := range in {
		t := x.asText()
		t.text = os.Expand(t.text, func(name string) string {
			v, _, _ := e.env.lookup(name)
			if v.why != "" {
				t.why, t.pos = v.why, call.Pos()
			}
			return v.asText().text
		})
		all.add(t)
	}
	return all
}

// elements are the values of each element of a slice that is written out:
// those of a variadic parameter.
func (e *evaluator) elements(slice ssa.Value, fr *frame) (each []values, ok bool) {
	for _, v := range e.eval(slice, fr) {
		if v.kind == isNil {
			continue
		}
		if v.kind != isAddr || v.at.any || each != nil {
			return nil, false
		}
		a, isAlloc := v.at.root.(*ssa.Alloc)
		if !isAlloc || v.at.path != "" {
			return nil, false
		}
		n, isArray := arrayLen(a)
		if !isArray {
			return nil, false
		}
		for i := range n {
			each = append(each, e.load(v.at.element(itoa(i))))
		}
	}
	return each, true
}

// joined is the elements of a slice put together.
func (e *evaluator) joined(slice ssa.Value, sep string, fr *frame) values {
	before := e.loops
	each, ok := e.elements(slice, fr)
	if !ok || e.loops != before {
		return unknown("it is joined from a list that is not known", slice.Pos())
	}
	all := text("")
	for i, part := range each {
		if i > 0 {
			all = concat(all, text(sep))
		}
		all = concat(all, part)
	}
	return all
}

// or is the first that is not empty.
func (e *evaluator) or(slice ssa.Value, fr *frame, leaf values) values {
	each, ok := e.elements(slice, fr)
	if !ok {
		return leaf
	}
	var all values
	for _, v := range each {
		if s, ok := v.only(); ok {
			if s != "" {
				all.add(v...)
				return all
			}
			continue
		}
		for _, x := range v {
			if x.kind != isText || x.text != "" {
				all.add(x)
			}
		}
	}
	return all
}

// sprintf formats what its verbs allow to be known.
func (e *evaluator) sprintf(call *ssa.Call, args []ssa.Value, fr *frame) values {
	before := e.loops
	format, ok := e.eval(args[0], fr).only()
	each, ok2 := e.elements(args[1], fr)
	if !ok || !ok2 || e.loops != before {
		return unknown("its format or its arguments are not known", call.Pos())
	}
	all := text("")
	for format != "" {
		literal, rest, verb := strings.Cut(format, "%")
		all = concat(all, text(literal))
		if !verb || rest == "" {
			return all
		}
		switch {
		case rest[0] == '%':
			all = concat(all, text("%"))
		case strings.IndexByte("svdq", rest[0]) >= 0 && len(each) > 0:
			v := each[0]
			if rest[0] == 'q' {
				v = v.mapText(strconv.Quote)
			}
			all, each = concat(all, v), each[1:]
		default:
			return concat(all, unknown("the verb %"+rest[:1]+" is not followed", call.Pos()))
		}
		format = rest[1:]
	}
	return all
}

// environment is that of a Lambda function.
type environment struct {
	vars     map[string]string
	function string // its name in AWS
}

// lookup finds a variable; known says whether it is certain that it is set or
// not.
func (env environment) lookup(name string) (v value, set, known bool) {
	if text, ok := env.vars[name]; ok {
		return value{kind: isText, text: text}, true, true
	}
	switch {
	case name == "AWS_LAMBDA_FUNCTION_NAME":
		return value{kind: isText, text: env.function}, true, true
	case strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LAMBDA_") || strings.HasPrefix(name, "_") || lambdaOwn[name]:
		return value{kind: isText, text: unknownPart, why: "the environment variable " + name + " is Lambda's own"}, false, false
	}
	return value{kind: isText, why: "the environment variable " + name + " is not set in the Chalicefile"}, false, true
}

var lambdaOwn = names("TZ PATH LANG LD_LIBRARY_PATH HOME PWD TMPDIR NODE_PATH PYTHONPATH GEM_PATH")

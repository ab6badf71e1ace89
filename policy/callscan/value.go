package callscan

import (
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// kind says what a value is.
type kind int

const (
	// isUnknown is a value of which only the reason is known why it is not.
	isUnknown kind = iota
	// isText is a string (or a pointer to one that a helper such as aws.String
	// made), or a whole number in decimal.
	isText
	isBool
	isNil
	// isAddr is a pointer to a place, or a slice or map whose elements are there.
	isAddr
	// isObject is the struct or array at a place.
	isObject
	// isFunc is a function, or a closure made in a frame.
	isFunc
	// isLeaf is a result of a function without a body, or a field of it.
	isLeaf
)

// unknownPart stands in texts for what is not known.
const unknownPart = "\x00"

// value is one of those that an SSA value may have.
type value struct {
	kind kind
	text string
	bool bool
	at   place
	// fn is a *ssa.Function or *ssa.MakeClosure, of frame; call that of a leaf in
	// frame, and text its field.
	fn    ssa.Value
	call  *ssa.Call
	frame *frame
	// Reason, of what is unknown, and of texts with unknown parts or without
	// text.
	why string
	pos token.Pos
}

// place is somewhere in memory: what root allocates in a frame, and a path of
// fields ("f3/") and elements ("#0/", "#*/") in it.
type place struct {
	root  ssa.Value
	frame *frame
	path  string
	// any: the elements are not those of root in their order.
	any bool
}

func (p place) field(i int) place { return place{p.root, p.frame, p.path + fieldStep(i), false} }

func (p place) element(index string) place {
	if p.any {
		index = "*"
	}
	return place{p.root, p.frame, p.path + "#" + index + "/", false}
}

// frame is a function under the assumption of one call of it. The nil frame
// assumes nothing.
type frame struct {
	fn    *ssa.Function
	args  []ssa.Value // of the parameters, evaluated in caller
	depth int
	frameKey
}

type frameKey struct {
	call    ssa.CallInstruction
	target  *ssa.Function
	caller  *frame
	closure *ssa.MakeClosure // with bindings evaluated in maker
	maker   *frame
}

const (
	mostValues = 24
	mostDepth  = 8
	mostSteps  = 5000
	// mostOfCondition bounds the steps of one condition.
	mostOfCondition = 200
)

// values is a set.
type values []value

func (v *values) add(more ...value) {
	for _, m := range more {
		if slices.Contains(*v, m) {
			continue
		}
		if len(*v) >= mostValues {
			(*v)[len(*v)-1] = value{kind: isUnknown, why: "it has too many values to follow", pos: m.pos}
			return
		}
		*v = append(*v, m)
	}
}

func text(s string) values { return values{{kind: isText, text: s}} }

func truth(b bool) values { return values{{kind: isBool, bool: b}} }

func unknown(why string, pos token.Pos) values {
	return values{{kind: isUnknown, why: why, pos: pos}}
}

// only is the single text of a set without unknown parts.
func (v values) only() (string, bool) {
	if len(v) != 1 || v[0].kind != isText || strings.Contains(v[0].text, unknownPart) {
		return "", false
	}
	return v[0].text, true
}

// asText makes of any value a text, if only an unknown one.
func (v value) asText() value {
	switch v.kind {
	case isText:
		return v
	case isBool:
		v.text = "false"
		if v.bool {
			v.text = "true"
		}
		return value{kind: isText, text: v.text}
	}
	return value{kind: isText, text: unknownPart, why: v.reason(), pos: v.pos}
}

func (v value) reason() string {
	switch {
	case v.why != "":
		return v.why
	case v.kind == isLeaf:
		return "it is a result of " + leafName(v.call)
	}
	return "it is no text"
}

// concat is each text of a before each of b.
func concat(a, b values) values {
	var all values
	for _, x := range a {
		for _, y := range b {
			p, q := x.asText(), y.asText()
			sum := value{kind: isText, text: p.text + q.text, why: p.why, pos: p.pos}
			if sum.why == "" {
				sum.why, sum.pos = q.why, q.pos
			}
			sum.text = strings.ReplaceAll(sum.text, unknownPart+unknownPart, unknownPart)
			all.add(sum)
		}
	}
	return all
}

// mapText applies f to texts that are known.
func (v values) mapText(f func(string) string) values {
	var all values
	for _, x := range v {
		t := x.asText()
		if strings.Contains(t.text, unknownPart) {
			t.text = unknownPart
		} else {
			t.text = f(t.text)
		}
		all.add(t)
	}
	return all
}

func fieldStep(i int) string { return "f" + itoa(i) + "/" }

// cutStep takes the first step of a path.
func cutStep(path string) (step, rest string) {
	i := strings.IndexByte(path, '/')
	return path[:i+1], path[i+1:]
}

func sameStep(a, b string) bool {
	return a == b || a[0] == '#' && b[0] == '#' && (a == "#*/" || b == "#*/")
}

package loader

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// checkSchema holds a file, as written, against the JSON schema: a root file,
// or an included one. The findings have their ranges.
func checkSchema(root *yamltree.Node, include bool) diag.List {
	w := schemaWalk{root: root}
	c := compileSchema()
	if include {
		w.check(c.include, root, place0)
	} else {
		w.check(c.root, root, place0)
	}
	return w.out
}

// where is how a node is reached: its key, or its index in a list.
type where struct {
	key   *yamltree.Node // nil at the root and in a list
	label string         // the nearest key above, for messages; "" at the root
}

var place0 = where{}

// schemaWalk walks a tree with the rules of the schema. Each fault is told
// once: where the kind of a node is wrong, nothing else of it is looked at.
type schemaWalk struct {
	root *yamltree.Node
	out  diag.List
	// strangers are the keys of the last mapping that its schema does not know:
	// parts of that schema ask for them.
	strangers strangers
}

type strangers struct {
	of   *yamltree.Node
	rule *rule // that does not know them
	keys []*yamltree.Node
}

func (w *schemaWalk) check(r *rule, n *yamltree.Node, at where) {
	if r.never {
		return // conditions tells it, at the mapping that has the key
	}
	if !r.kinds.has(n.Kind) {
		w.wrongKind(r, n, at)
		return
	}
	if len(r.enum) > 0 && !inEnum(r.enum, n) {
		w.notInEnum(r, n, at)
		return
	}
	switch n.Kind {
	case yamltree.String:
		w.text(r, n, at)
	case yamltree.Int, yamltree.Float:
		if v, ok := numberOf(n); ok && (v < r.minimum || v > r.maximum) {
			w.outOfRange(r, n, at)
		}
	case yamltree.Sequence:
		w.sequence(r, n, at)
	case yamltree.Mapping:
		w.mapping(r, n, at)
	}
	for _, sub := range r.all {
		w.check(sub, n, at)
	}
	if len(r.oneOf) > 0 {
		w.oneOf(r, n, at)
	}
}

// oneOf chooses among schemas that differ in the kind of node that they take.
func (w *schemaWalk) oneOf(r *rule, n *yamltree.Node, at where) {
	branch := slices.IndexFunc(r.oneOf, func(b *rule) bool { return b.admitted().has(n.Kind) })
	if branch < 0 {
		w.wrongKind(r, n, at)
		return
	}
	w.check(r.oneOf[branch], n, at)
}

// applies says whether the condition of an if holds: that keys stand, and (in
// overlays) are not null.
func applies(condition *rule, n *yamltree.Node) bool {
	for _, key := range condition.required {
		v := n.Get(key)
		if v == nil {
			return false
		}
		if p := condition.properties[key]; p != nil && !p.kinds.has(v.Kind) {
			return false
		}
	}
	return true
}

func (w *schemaWalk) text(r *rule, n *yamltree.Node, at where) {
	switch {
	case n.HasInterpolation():
		if r.pattern != nil && !r.interpolated {
			w.notInterpolated(n, at)
		}
	case r.pattern != nil && !r.pattern().MatchString(n.Text):
		w.noMatch(r, n, at)
	case r.maxLength >= 0 && utf8.RuneCountInString(n.Text) > r.maxLength:
		w.tooLong(r, n, at)
	}
}

func (w *schemaWalk) sequence(r *rule, n *yamltree.Node, at where) {
	if len(n.Items) < r.minItems {
		w.tooFew(n, at)
	}
	if r.maxItems >= 0 && len(n.Items) > r.maxItems {
		w.tooMany(r, n, at)
	}
	if r.items == nil {
		return
	}
	for _, item := range n.Items {
		w.check(r.items, item, where{label: at.label})
	}
}

func (w *schemaWalk) mapping(r *rule, n *yamltree.Node, at where) {
	if len(n.Entries) < r.minEntries && !n.Broken {
		w.tooFew(n, at)
	}
	var unknown []*yamltree.Node
	if r.properties != nil || r.others != nil || r.names != nil || r.closed {
		unknown = w.entries(r, n, at)
	}
	if r.closed {
		w.strangers = strangers{n, r, unknown}
	}
	for _, key := range r.required {
		if n.Get(key) == nil && !n.Broken && !meant(key, unknown, n, r) {
			w.missing(r, key, n, at)
		}
	}
	if r.condition == nil {
		return
	}
	if w.strangers.of == n {
		for _, key := range w.strangers.keys {
			if near := w.strangers.rule.nearest(key.Text, n); near == "" || slices.Contains(r.alternatives(), near) {
				return // a misspelt one of the keys that exclude each other
			}
		}
	}
	w.conditions(r, r, n, at)
}

// entries checks the entries of a mapping, and returns the keys that the schema
// does not know.
func (w *schemaWalk) entries(r *rule, n *yamltree.Node, at where) (unknown []*yamltree.Node) {
	for i := range n.Entries {
		e := &n.Entries[i]
		if r.names != nil {
			w.name(r.names, e.Key, at)
		}
		sub := r.properties[e.Key.Text]
		if sub == nil && r.closed {
			w.unknownKey(r, e.Key, n, at)
			unknown = append(unknown, e.Key)
			continue
		}
		if sub == nil {
			sub = r.others
		}
		if sub != nil {
			w.check(sub, e.Value, where{key: e.Key, label: e.Key.Text})
		}
	}
	return unknown
}

// meant says whether one of the unknown keys seems to be the missing one: then
// one finding is enough.
func meant(key string, unknown []*yamltree.Node, n *yamltree.Node, r *rule) bool {
	return slices.ContainsFunc(unknown, func(u *yamltree.Node) bool {
		near := r.nearest(u.Text, n)
		return near == "" || near == key
	})
}

// conditions follows a chain of if, then and else: of says which keys there
// are, r where in the chain the walk is.
func (w *schemaWalk) conditions(of, r *rule, n *yamltree.Node, at where) {
	branch, given := r.elses, ""
	if applies(r.condition, n) {
		branch, given = r.then, r.condition.required[0]
	}
	if branch == nil {
		return
	}
	for _, key := range branch.required {
		if n.Get(key) == nil {
			if !n.Broken {
				w.noneOf(branch, n, at)
			}
			return
		}
	}
	if branch.condition != nil && !branch.hasAny(n) {
		if last := branch.last(); len(last.required) > 0 && !n.Broken {
			w.noneOf(last, n, at)
			return
		}
	}
	for i := range n.Entries {
		e := &n.Entries[i]
		sub := branch.properties[e.Key.Text]
		if sub == nil || !sub.never && sub.kinds.has(e.Value.Kind) || !of.takes(e) {
			continue
		}
		if given == "" {
			w.misplaced(of, n, r.condition.required[0], branch, sub, e.Key)
			continue
		}
		w.conflict(n, given, branch, e.Key)
	}
	if branch.condition != nil {
		w.conditions(of, branch, n, at)
	}
}

// takes says whether the value of an entry is of a kind that its key may have:
// where it is not, that was told.
func (r *rule) takes(e *yamltree.Entry) bool {
	p := r.properties[e.Key.Text]
	return p == nil || p.admitted().has(e.Value.Kind)
}

// alternatives are the keys that a chain of if, then and else chooses from.
func (r *rule) alternatives() []string {
	var keys []string
	for ; r != nil && r.condition != nil; r = r.elses {
		keys = append(keys, r.condition.required...)
	}
	if r != nil {
		keys = append(keys, r.required...)
	}
	return keys
}

// last is the end of a chain: what holds where none of the conditions does.
func (r *rule) last() *rule {
	for r.condition != nil && r.elses != nil {
		r = r.elses
	}
	return r
}

// hasAny says whether one of the alternatives stands, in a form that makes it
// one.
func (r *rule) hasAny(n *yamltree.Node) bool {
	return slices.ContainsFunc(r.alternatives(), func(key string) bool {
		v := n.Get(key)
		return v != nil && (r.properties[key] == nil || r.properties[key].kinds.has(v.Kind))
	})
}

// name checks the key of an entry. What stands below an unsound one is checked
// all the same.
func (w *schemaWalk) name(r *rule, key *yamltree.Node, at where) {
	for r.pattern == nil && len(r.all) > 0 {
		r = r.all[0]
	}
	if r.pattern != nil && !r.pattern().MatchString(key.Text) {
		w.badName(r, key, at)
	}
}

func inEnum(enum []any, n *yamltree.Node) bool {
	for _, want := range enum {
		switch v := want.(type) {
		case nil:
			if n.Kind == yamltree.Null {
				return true
			}
		case string:
			if n.Kind == yamltree.String && n.Text == v {
				return true
			}
		case bool:
			if n.Kind == yamltree.Bool && boolean(n) == v {
				return true
			}
		default:
			f, ok := numberOf(n)
			if w, err := strconv.ParseFloat(fmt.Sprint(v), 64); ok && err == nil && f == w {
				return true
			}
		}
	}
	return false
}

// numberOf is the value of an Int or a Float.
func numberOf(n *yamltree.Node) (float64, bool) {
	switch n.Kind {
	case yamltree.Int:
		if i, err := strconv.ParseInt(n.Text, 0, 64); err == nil {
			return float64(i), true
		}
		f, err := strconv.ParseFloat(n.Text, 64) // more digits than an int64 has, or leading zeros
		return f, err == nil
	case yamltree.Float:
		f, err := strconv.ParseFloat(n.Text, 64)
		return f, err == nil
	}
	return 0, false
}

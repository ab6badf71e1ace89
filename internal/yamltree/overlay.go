package yamltree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// Stage is the tree of one stage: the root file with its includes, below the
// stage's overlay, interpolated. app is what ${app} becomes. asked says that
// it is the stage that the user means: in others an environment variable that
// is not set is told where their overlays want it, as a warning.
//
// The tree is nil if there is no root or no such stage.
func (c *Composition) Stage(app, name string, asked bool) (*Node, diag.List) {
	var out diag.List
	if c.base == nil {
		return nil, out
	}
	overlay, ok := c.Root.Get("stages").Entry(name)
	if !ok && len(c.Stages) > 0 && name != "dev" {
		c.unknownStage(name, &out)
		return nil, out
	}
	tree, shape := c.base, rootShape(c.options.Kinds)
	if tree.Kind == Mapping && overlay.Value != nil && overlay.Value.Kind == Mapping {
		l := layer{out: &out}
		tree = l.over(tree, overlay.Value, shape)
	}
	in := interpolation{
		out: &out, app: app, stage: name, asked: asked, overlay: overlay.Value,
		region: c.options.Region, account: c.options.Account, env: c.options.LookupEnv,
	}
	tree = in.node(tree, shape)
	out.Sort()
	return tree, out
}

func (c *Composition) unknownStage(name string, out *diag.List) {
	e, _ := c.Root.Entry("stages")
	known := c.Stages
	if !slices.Contains(known, "dev") {
		known = append([]string{"dev"}, known...)
	}
	f := told(out, "unknown-stage", e.Key.Range(), "there is no stage %q", name)
	f.Hint = "the stages are " + strings.Join(known, ", ")
	if near := diag.Nearest(name, known); near != "" {
		f.Hint = fmt.Sprintf("did you mean %q? %s", near, f.Hint)
	}
}

// layer puts an overlay on a tree.
type layer struct {
	out *diag.List
}

// over is base below an overlay: mappings merge, anything else replaces.
func (l *layer) over(base, overlay *Node, s *shape) *Node {
	if s != nil && s.long {
		base, overlay = longForm(base), longForm(overlay)
	}
	if base.Kind != Mapping || overlay.Kind != Mapping {
		return l.fresh(overlay, s)
	}
	if s != nil && s.whole && l.otherKind(base, overlay, s) {
		return l.fresh(overlay, s)
	}
	m := *base
	m.Entries = slices.Clone(base.Entries)
	gone := l.replaced(base, overlay, s)
	several := overlay.setsSeveral(s)
	grown := false
	for _, e := range overlay.Entries {
		key := e.Key.Text
		child := s.child(key)
		i := base.find(key)
		switch {
		case child != nil && child.fixed: // the schema tells
		case e.Value.Kind == Null && (i >= 0 || child == nil || !child.free):
			if i < 0 {
				l.nothing(e.Key)
				continue
			}
			gone = append(gone, i)
		case i >= 0:
			v := l.over(base.Entries[i].Value, e.Value, child)
			if v == e.Value || several && slices.Contains(s.one, key) {
				m.Entries[i].Key = e.Key // what is wrong with it is the overlay's
			}
			m.Entries[i].Value = v
			m.dollar = m.dollar || m.Entries[i].Value.dollar
		default:
			v := l.fresh(e.Value, child)
			m.Entries = append(m.Entries, Entry{e.Key, v})
			m.dollar, grown = m.dollar || v.dollar, true
		}
	}
	m.Broken = base.Broken || overlay.Broken
	if len(gone) > 0 {
		m.Entries = without(m.Entries, gone)
	}
	if len(gone) > 0 || grown {
		m.buildIndex()
	}
	return &m
}

// longForm spells out a method that is a handler alone.
func longForm(n *Node) *Node {
	if n.Kind != String {
		return n
	}
	key := NewString(n, keyHandler)
	return NewMapping(n, Entry{key, n})
}

// otherKind says that an overlay names another key of an exclusive group than
// the base.
func (l *layer) otherKind(base, overlay *Node, s *shape) bool {
	for _, key := range s.one {
		if v := overlay.Get(key); names(key, v) && !names(key, base.Get(key)) {
			return true
		}
	}
	return false
}

// replaced are the entries of base that give way to another of their exclusive
// group.
func (l *layer) replaced(base, overlay *Node, s *shape) (gone []int) {
	if s == nil || len(s.one) == 0 {
		return nil
	}
	sets := func(key string) bool { return names(key, overlay.Get(key)) }
	if !slices.ContainsFunc(s.one, sets) {
		return nil
	}
	for _, key := range s.one {
		if i := base.find(key); i >= 0 && names(key, base.Entries[i].Value) && overlay.find(key) < 0 {
			gone = append(gone, i)
		}
	}
	return gone
}

// setsSeveral says that an overlay itself sets more than one of an exclusive
// group.
func (n *Node) setsSeveral(s *shape) bool {
	if s == nil {
		return false
	}
	set := 0
	for _, key := range s.one {
		if names(key, n.Get(key)) {
			set++
		}
	}
	return set > 1
}

// names says that an entry is one of its exclusive group. A mapping under iam
// is settings of a function; true makes it a kind of authorizer.
func names(key string, v *Node) bool {
	return v != nil && v.Kind != Null && (key != "iam" || v.Kind != Mapping)
}

func without(entries []Entry, gone []int) []Entry {
	kept := entries[:0]
	for i, e := range entries {
		if !slices.Contains(gone, i) {
			kept = append(kept, e)
		}
	}
	return kept
}

// nothing warns about a null that removes nothing: it is a typing error more
// often than not.
func (l *layer) nothing(key *Node) {
	l.out.Add(diag.Finding{
		Code: "nothing-to-remove", Severity: diag.Warning, Range: key.Range(),
		Message: fmt.Sprintf("null removes %s, and there is none without this overlay", key.Text),
		Hint:    "remove the line",
	})
}

// fresh is a part of an overlay that has nothing below it: what it removes is
// not there.
func (l *layer) fresh(n *Node, s *shape) *Node {
	if n.Kind != Mapping || s != nil && s.free || !n.hasNull(s) {
		return n
	}
	m := *n
	m.Entries = nil
	for _, e := range n.Entries {
		child := s.child(e.Key.Text)
		if e.Value.Kind != Null || child != nil && child.free {
			m.Entries = append(m.Entries, Entry{e.Key, l.fresh(e.Value, child)})
		}
	}
	m.buildIndex()
	return &m
}

// hasNull says that a mapping holds a null that only removes.
func (n *Node) hasNull(s *shape) bool {
	for _, e := range n.Entries {
		child := s.child(e.Key.Text)
		if child != nil && child.free {
			continue
		}
		if e.Value.Kind == Null || e.Value.Kind == Mapping && e.Value.hasNull(child) {
			return true
		}
	}
	return false
}

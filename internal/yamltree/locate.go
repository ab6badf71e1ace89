package yamltree

import (
	"strconv"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// made says how the text of a node came from the text in the file.
type made struct {
	raw   string // the text in the file
	whole bool   // parts of the text cannot be told apart
	parts []part // in order; what lies between them was taken as it is
}

// part is an interval of the text in the file that became another text, all in
// characters.
type part struct {
	from, length int // in the file's text
	to, became   int // in the node's text
}

// Locate finds the range of a place in the tree. Where the path goes further
// than the tree, it is the key of the deepest entry that is there (a key that
// is missing is told at the key of its mapping), the scalar that stands there
// as a short form, or the beginning of the root; the result is then false.
func Locate(root *Node, at diag.At) (diag.Range, bool) {
	if root == nil {
		return diag.Range{}, false
	}
	n := root
	var key *Node // of n, unless n is an item of a list
	for i, elem := range at.Path {
		e, next := n.step(elem)
		if next == nil {
			return ancestorRange(root, n, key), false
		}
		n, key = next, e.Key
		if i == len(at.Path)-1 && at.OnKey && e.Key != nil {
			n = e.Key
		}
	}
	switch {
	case at.Length > 0 && n.IsScalar():
		return n.within(at.Offset, at.Length), true
	case n.Start == n.End && key != nil: // a null that is not written
		return key.Range(), true
	}
	return n.Range(), true
}

// step is the child of n that an element of a path means.
func (n *Node) step(elem string) (Entry, *Node) {
	if n.Kind == Sequence {
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Items) {
			return Entry{}, n.Items[i]
		}
		return Entry{}, nil
	}
	e, _ := n.Entry(elem)
	return e, e.Value
}

// ancestorRange is where a finding about a key that n lacks is told.
func ancestorRange(root, n, key *Node) diag.Range {
	switch {
	case n == root:
		r := n.Range()
		r.End = r.Start
		return r
	case n.IsScalar() && n.Start != n.End: // the short form of a mapping
		return n.Range()
	case key != nil:
		return key.Range()
	case n.Kind == Mapping && len(n.Entries) > 0: // an item of a list
		return n.Entries[0].Key.Range()
	}
	return n.Range()
}

// within is the range of an interval of a scalar's text, in characters.
func (n *Node) within(offset, length int) diag.Range {
	from, to := offset, offset+length
	if m := n.made; m != nil {
		if m.whole {
			return n.Range()
		}
		from, to = m.source(from, false), m.source(to, true)
	}
	u := n.unfold()
	if from < 0 || from >= to || to > len(u.at) || n.Start == n.End {
		return n.Range()
	}
	start := int(u.at[from])
	end := int(u.at[to-1])
	if to < len(u.at) && u.at[to] > u.at[to-1] {
		// The last character may be an escape: it ends where its successor
		// starts, but for a line break in between.
		if next := int(u.at[to]); !containsBreak(n.File.text[end:next]) {
			return n.span(start, next)
		}
	}
	_, size := utf8.DecodeRuneInString(n.File.text[end:])
	if to == len(u.at) && n.style == doubleStyle {
		size = int(n.end) - 1 - end
	}
	return n.span(start, end+size)
}

func containsBreak(s string) bool {
	for i := range len(s) {
		if s[i] == '\n' {
			return true
		}
	}
	return false
}

// span is the range between two offsets, counted from the node's own start.
func (n *Node) span(start, end int) diag.Range {
	return diag.Range{File: n.File.Name, Start: n.posFrom(start), End: n.posFrom(end)}
}

func (n *Node) posFrom(off int) diag.Pos {
	pos := n.Start
	for _, c := range n.File.text[n.start:off] {
		if pos.Column++; c == '\n' {
			pos = diag.Pos{Line: pos.Line + 1, Column: 1}
		}
	}
	return pos
}

// source maps an offset in the made text to one in the file's text. Within a
// part it is the part's beginning, or with end its end.
func (m *made) source(off int, end bool) int {
	shift := 0
	for _, p := range m.parts {
		if off < p.to || off == p.to && end {
			break
		}
		if off < p.to+p.became || off == p.to+p.became && end {
			if end {
				return p.from + p.length
			}
			return p.from
		}
		shift = p.from + p.length - p.to - p.became
	}
	return off + shift
}

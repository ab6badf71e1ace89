// Package yamltree is YAML with exact ranges: it parses a Chalicefile into
// nodes that know where they stand, puts includes, the overlay of a stage and
// interpolation on top (as nodes, each keeping its file), finds the range of a
// path, and formats. It is the only importer of goccy/go-yaml, of which it
// takes the tokens: see docs/architecture.md for why not the AST.
//
// Nodes are shared freely: an alias is its anchor's node, and a stage's tree
// is the file's own wherever nothing differs. So nobody changes a node that
// Parse, Compose or Stage returned; whoever needs another one makes it.
package yamltree

import (
	"github.com/chalicefile/chalicefile/loader/diag"
)

// Kind of a node, in YAML 1.2's core schema.
type Kind int

// The kinds.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Mapping
	Sequence
)

// String names the kind as messages do: "a string", "a mapping".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Int:
		return "an integer"
	case Float:
		return "a number"
	case String:
		return "a string"
	case Mapping:
		return "a mapping"
	case Sequence:
		return "a list"
	}
	return "nothing"
}

// File is one YAML file.
type File struct {
	// Name is the slash path relative to the directory of the root
	// Chalicefile, as findings show it.
	Name string
	// Source is the bytes as read.
	Source []byte

	text string // Source without a byte order mark and with LF only; always ends in LF
}

// Node is a value of the tree.
type Node struct {
	Kind Kind
	File *File
	// Start and End say where it stands; End is exclusive. Both are equal for a
	// null that is not written (`key:`).
	Start, End diag.Pos
	// Text of a scalar after quotes and escapes were undone; numbers, booleans
	// and null as written.
	Text string
	// Plain says that a scalar has no quotes and is no block scalar.
	Plain bool
	// Interpolated says that Text is what an interpolation made of the text
	// that stands in the file (RawText).
	Interpolated bool
	// Broken says that entries of this mapping or below it were left out
	// because of syntax errors: what seems to be missing may not be.
	Broken bool
	// bound says that an included file names something of its own here: the
	// prefixes of all files around go in front.
	bound bool
	// Entries of a Mapping, in order; merges (<<) and aliases are resolved.
	Entries []Entry
	// Items of a Sequence.
	Items []*Node

	style       style
	dollar      bool   // a string at or below it holds "${"
	blockIndent uint16 // columns that the lines of a block scalar lose
	start, end  int32  // offsets in File.text
	index       map[string]int32
	made        *made
}

// Entry of a mapping. Key is a scalar.
type Entry struct {
	Key, Value *Node
}

type style uint8

const (
	plainStyle style = iota
	singleStyle
	doubleStyle
	literalStyle
	foldedStyle
	flowStyle  // {…} and […]
	aliasStyle // only in trees for Format
)

// indexFrom is the number of entries from which on a mapping has an index.
const indexFrom = 12

// Get is the value of a key, or nil. It may be called on a nil node.
func (n *Node) Get(key string) *Node {
	e, _ := n.Entry(key)
	return e.Value
}

// Entry is the entry of a key.
func (n *Node) Entry(key string) (Entry, bool) {
	if i := n.find(key); i >= 0 {
		return n.Entries[i], true
	}
	return Entry{}, false
}

func (n *Node) find(key string) int {
	if n == nil || n.Kind != Mapping {
		return -1
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return int(i)
		}
		return -1
	}
	for i := range n.Entries {
		if n.Entries[i].Key.Text == key {
			return i
		}
	}
	return -1
}

// buildIndex makes the index that find uses. Where a key stands twice the
// first entry counts.
func (n *Node) buildIndex() {
	n.index = nil
	if len(n.Entries) < indexFrom {
		return
	}
	n.index = make(map[string]int32, len(n.Entries))
	for i := len(n.Entries) - 1; i >= 0; i-- {
		n.index[n.Entries[i].Key.Text] = int32(i)
	}
}

// IsScalar says that the node is neither a mapping nor a sequence. Nil is none.
func (n *Node) IsScalar() bool {
	return n != nil && n.Kind != Mapping && n.Kind != Sequence
}

// Range of the node.
func (n *Node) Range() diag.Range {
	return diag.Range{File: n.File.Name, Start: n.Start, End: n.End}
}

// RawText is a scalar's text as the file has it: before interpolation, and
// without a prefix that an include put in front.
func (n *Node) RawText() string {
	if n.made != nil {
		return n.made.raw
	}
	return n.Text
}

// HasInterpolation says that a scalar as written holds ${…} (be it escaped or
// unknown): a place that wants a number, a boolean or one of a list refuses it,
// and a pattern lets it pass.
func (n *Node) HasInterpolation() bool {
	return n != nil && n.Kind == String && (n.Interpolated || n.dollar)
}

// Clone copies the mapping or sequence itself, so that its own entries or items
// can be changed; their values are shared with n. A scalar is copied too.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Entries = append([]Entry(nil), n.Entries...)
	c.Items = append([]*Node(nil), n.Items...)
	return &c
}

// NewMapping makes a mapping that stands where at does.
func NewMapping(at *Node, entries ...Entry) *Node {
	n := &Node{Kind: Mapping, File: at.File, Start: at.Start, End: at.End, start: at.start, end: at.end, Entries: entries, Broken: at.Broken}
	for _, e := range entries {
		n.dollar = n.dollar || e.Value.dollar
	}
	n.buildIndex()
	return n
}

// NewSequence makes a sequence that stands where at does.
func NewSequence(at *Node, items ...*Node) *Node {
	n := &Node{Kind: Sequence, File: at.File, Start: at.Start, End: at.End, start: at.start, end: at.end, Items: items}
	for _, i := range items {
		n.dollar = n.dollar || i.dollar
	}
	return n
}

// NewString makes a string that stands where at does, but reads text. Findings
// about a part of it are told at the whole.
func NewString(at *Node, text string) *Node {
	return &Node{
		Kind: String, File: at.File, Start: at.Start, End: at.End, start: at.start, end: at.end,
		Text: text, made: &made{raw: at.RawText(), whole: true},
	}
}

package yamltree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// Parse reads one YAML document. name is how findings show the file. The root
// is nil if there is nothing usable. Entries that have a syntax error are left
// out of the tree, and the mappings above them say so (Broken).
//
// It reads goccy's tokens with a parser of its own: goccy's AST takes time
// quadratic in the entries of a mapping, and reads some documents differently
// from YAML 1.2. Where its tokens do not fit the text, that is a finding.
func Parse(name string, src []byte) (*Node, diag.List) {
	var out diag.List
	f, ok := newFile(name, src, &out)
	if !ok {
		return nil, out
	}
	root := parseFile(f, &out)
	out.Sort()
	return root, out
}

func parseFile(f *File, out *diag.List) *Node {
	return newParser(f, out).document()
}

type parser struct {
	cursor
	out     *diag.List
	anchors map[string]*Node
	open    map[string]bool // anchors of nodes that are being read
	weights map[*Node]weight
	weight  int  // nodes that aliases stand for
	budget  int  // tokens that may be made again
	lost    bool // goccy's tokens make no sense from the last fault on
	faults  int
	errLine int // of the last fault
	depth   int
	slab    []Node
	entries []Entry // stack of the entries of all open mappings
	items   []*Node // the same of sequences
	cst     *cst    // for Format: nothing is resolved
	marker  tok     // --- at the beginning
}

// cst is what Format needs and the tree does not keep.
type cst struct {
	props  map[*Node]props
	dashes map[*Node]tok // of the items of block sequences
}

// props are the properties of a node.
type props struct {
	anchor, tag       string
	anchorTok, tagTok tok
	hasAnchor, hasTag bool
	line              int
	first             bool
	start             int
	from              diag.Pos
}

func newParser(f *File, out *diag.List) *parser {
	p := &parser{out: out}
	p.f, p.src, p.line = f, f.text, 1
	p.toks = tokenize(f.text)
	p.budget = 20_000 + 2*len(p.toks)
	return p
}

// document reads the whole file.
func (p *parser) document() *Node {
	p.advance()
	for p.cur.kind == tkDirective && p.cur.first {
		p.fault("yaml-unsupported", p.cur, "YAML directives are not supported").Hint = "remove the line"
		p.resync(1<<30, p.cur.from.Line)
	}
	if p.cur.kind == tkDocument {
		p.marker = p.cur
		p.advance()
		if !p.cur.first && p.cur.kind == tkScalar && p.isKey() {
			p.fault("yaml-syntax", p.cur, "a mapping cannot start on the line of ---").Hint = "put it on the next line"
		}
	}
	if p.cur.kind == tkEnd || p.cur.kind == tkDocument || p.cur.kind == tkDocumentEnd {
		if p.faults == 0 {
			start := diag.Pos{Line: 1, Column: 1}
			p.f.tell(p.out, "yaml-empty", start, 0, "the file is empty").
				WithHint("a Chalicefile starts with `version: 1`")
		}
	}
	var root *Node
	lost := false // something in front of the root
	for p.cur.kind != tkEnd && p.cur.kind != tkDocument && p.cur.kind != tkDocumentEnd {
		n, ok := p.blockNode(-1, inRoot)
		if ok && root == nil {
			root = n
			root.Broken = root.Broken || lost
		} else if ok && n.Kind == Mapping && root.Kind == Mapping && root.Broken { // after a fault
			p.join(root, n)
		}
		if !ok {
			lost = true
			p.resync(1<<30, p.errLine)
			continue
		}
		if !p.atEnd() {
			p.unexpected(p.cur)
			root.Broken = true
			p.resync(1<<30, p.errLine)
		}
	}
	for p.cur.kind == tkDocumentEnd {
		p.advance()
	}
	if p.cur.kind != tkEnd {
		p.fault("yaml-documents", p.cur, "a Chalicefile is one YAML document, and a second one starts here").Hint =
			"remove the line, or move what follows to a file of its own"
	}
	return root
}

// join adds what follows a fault at the beginning of a line to the root.
func (p *parser) join(root, more *Node) {
	for _, e := range more.Entries {
		if first, ok := root.Entry(e.Key.Text); ok {
			p.duplicate(e.Key, first.Key)
			continue
		}
		root.Entries = append(root.Entries, e)
		root.dollar = root.dollar || e.Value.dollar
	}
	root.buildIndex()
	root.End, root.end = more.End, more.end
}

func (p *parser) atEnd() bool {
	return p.cur.kind == tkEnd || p.cur.kind == tkDocument || p.cur.kind == tkDocumentEnd
}

type parent int

const (
	inRoot parent = iota
	inMapping
	inSequence
)

// absent says that the current token does not belong to the value of an entry
// whose collection is indented by n.
func (p *parser) absent(n int, in parent) bool {
	t := &p.cur
	return p.atEnd() || t.first && t.col <= n && !(in == inMapping && t.kind == tkDash && t.col == n)
}

// blockNode reads a node in block context that belongs below an indentation of
// n.
func (p *parser) blockNode(n int, in parent) (*Node, bool) {
	if !p.descend() {
		return nil, false
	}
	defer p.ascend()
	pr, ok := p.properties(n, in)
	if !ok {
		return nil, false
	}
	if p.absent(n, in) {
		return p.finish(p.null(), pr)
	}
	if p.cur.tabbed {
		p.tabFault()
		return nil, false
	}
	var node *Node
	switch t := p.cur; t.kind {
	case tkDash:
		if !t.first && (in == inMapping || pr.line > 0) {
			p.fault("yaml-syntax", t, "a list cannot start on the line of its key").Hint = "put \"- \" on the next line"
			return nil, false
		}
		node, ok = p.blockSequence(t.col)
	case tkScalar, tkAlias:
		if p.isKey() {
			return p.nestedMapping(n, in, pr)
		}
		if t.kind == tkAlias {
			node, ok = p.alias(false)
		} else {
			node, ok = p.scalar(n)
		}
	case tkOpenSeq, tkOpenMap:
		if node, ok = p.flow(n); ok && p.cur.kind == tkColon && p.cur.from.Line == p.prevTo.Line {
			p.fault("yaml-unsupported", t, "a key must be a string")
			ok = false
		}
	case tkBlock:
		node, ok = p.blockScalar(n)
	default:
		p.unexpected(t)
		return nil, false
	}
	if !ok {
		p.abandon(pr)
		return nil, false
	}
	return p.finish(node, pr)
}

// nestedMapping reads the mapping whose first key is the current token.
func (p *parser) nestedMapping(n int, in parent, pr props) (*Node, bool) {
	t := p.cur
	switch {
	case in == inMapping && !t.first && !t.multi && pr.line == 0:
		p.fault("yaml-syntax", p.colonOf(t), "a value that holds \": \" must be quoted").Hint =
			"quote the value, or put the nested mapping on a line of its own"
		return nil, false
	case pr.line == t.from.Line:
		p.fault("yaml-unsupported", t, "a key cannot have an anchor or a tag").Hint =
			"put it on the line above, behind the key of this mapping"
		return nil, false
	case t.multi && !t.first:
		p.multiKeyFault(t)
		return nil, false
	}
	node, ok := p.blockMapping(t.col)
	if !ok {
		p.abandon(pr)
		return nil, false
	}
	return p.finish(node, pr)
}

// isKey says that the current token is followed by a colon on its last line.
func (p *parser) isKey() bool {
	if p.next >= len(p.toks) {
		return false
	}
	if kind, _ := indicator(p.toks[p.next].Type); kind != tkColon {
		return false
	}
	i := p.cur.end
	for p.src[i] == ' ' || p.src[i] == '\t' {
		i++
	}
	return p.src[i] == ':'
}

func (p *parser) colonOf(t tok) tok {
	i := t.end
	for p.src[i] != ':' {
		i++
	}
	at := p.f.pos(i)
	return tok{start: i, end: i + 1, from: at, to: diag.Pos{Line: at.Line, Column: at.Column + 1}}
}

// blockMapping reads a mapping whose keys stand at column col (from 0).
func (p *parser) blockMapping(col int) (*Node, bool) {
	m := p.node(Mapping)
	b := builder{p: p, node: m, base: len(p.entries)}
	for {
		if !b.blockEntry(col) {
			m.Broken = true
			p.resync(col, p.errLine)
		}
		for !p.atEnd() && p.cur.col > col { // after an entry: a line that is indented too far
			m.Broken = true
			if b.firstWithoutColon() {
				continue
			}
			b.lastBroken()
			p.indentFault()
			p.resync(col, p.errLine)
		}
		if p.atEnd() || p.cur.col < col {
			break
		}
	}
	b.done()
	return m, true
}

// lastBroken says of the last entry that what follows it may have been meant
// for its value.
func (b *builder) lastBroken() {
	if n := len(b.p.entries); n > b.base {
		if v := b.p.entries[n-1].Value; v.Kind == Mapping || v.Kind == Sequence {
			v.Broken = true
		}
	}
}

// firstWithoutColon tells that the value of the last entry is no text but the
// first line of a mapping, which has no colon, and reads that mapping.
func (b *builder) firstWithoutColon() bool {
	p, last := b.p, len(b.p.entries)-1
	if last < b.base || p.cur.kind != tkScalar || !p.isKey() || p.cur.tabbed {
		return false
	}
	key, v := p.entries[last].Key, p.entries[last].Value
	if v.Kind != String || !v.Plain || v.Start.Line == key.End.Line || v.Start.Line != v.End.Line || v.Start.Column-1 != p.cur.col || !p.descend() {
		return false
	}
	defer p.ascend()
	p.withoutColon(int(v.start), int(v.end))
	rest, _ := p.blockMapping(p.cur.col)
	rest.Broken = true
	p.entries[last].Value = rest
	return true
}

// blockEntry reads one entry of a block mapping, or tells why it is none.
func (b *builder) blockEntry(col int) bool {
	p := b.p
	t := p.cur
	switch {
	case t.tabbed:
		p.tabFault()
		return false
	case t.kind != tkScalar || !p.isKey():
		p.noKey(t)
		return false
	case t.multi:
		p.multiKeyFault(t)
		return false
	}
	key, ok := b.key(t)
	p.advance() // the colon
	p.advance()
	value, valueOK := p.blockNode(col, inMapping)
	if !valueOK {
		return false
	}
	if !p.atEnd() && !p.cur.first {
		p.unexpected(p.cur)
		return false
	}
	if ok {
		b.add(key, value)
	}
	return true
}

// blockSequence reads a sequence whose dashes stand at column col.
func (p *parser) blockSequence(col int) (*Node, bool) {
	s := p.node(Sequence)
	base := len(p.items)
	for {
		if !p.blockItem(col) {
			s.Broken = true
			p.resync(col, p.errLine)
		}
		for !p.atEnd() && p.cur.col > col {
			p.indentFault()
			s.Broken = true
			p.resync(col, p.errLine)
		}
		if p.atEnd() || p.cur.col < col || p.cur.kind != tkDash {
			break
		}
	}
	s.Items = slices.Clone(p.items[base:])
	p.items = p.items[:base]
	p.close(s)
	for _, item := range s.Items {
		s.dollar = s.dollar || item.dollar
		s.Broken = s.Broken || item.Broken
	}
	return s, true
}

// blockItem reads one item of a block sequence.
func (p *parser) blockItem(col int) bool {
	if p.cur.tabbed {
		p.tabFault()
		return false
	}
	dash := p.cur
	p.advance()
	item, ok := p.blockNode(col, inSequence)
	if !ok {
		return false
	}
	if !p.atEnd() && !p.cur.first {
		p.unexpected(p.cur)
		return false
	}
	p.items = append(p.items, item)
	if p.cst != nil {
		p.cst.dashes[item] = dash
	}
	return true
}

// scalar reads a plain or quoted scalar.
func (p *parser) scalar(n int) (*Node, bool) {
	t := p.cur
	if t.bad != nil {
		p.told("yaml-syntax", p.f.span(t.bad.off, t.bad.off+t.bad.length), t.bad.why).Hint =
			"write \\\\ for a backslash, or use single quotes"
		return nil, false
	}
	if t.multi && !p.indented(t, n) {
		return nil, false
	}
	if t.style == plainStyle && !p.plainStart(t) {
		return nil, false
	}
	node := p.node(String)
	node.style, node.Plain, node.Text = t.style, t.style == plainStyle, t.value
	if node.Plain && !t.multi {
		p.resolve(node, t)
	}
	node.dollar = strings.Contains(node.Text, "${")
	node.End, node.end = t.to, int32(t.end)
	p.advance()
	return node, true
}

// plainStart tells a plain scalar that begins with a character that begins
// something else: goccy takes some of them.
func (p *parser) plainStart(t tok) bool {
	c, next := p.src[t.start], p.src[t.start+1]
	if !strings.ContainsRune(",[]{}#&*!|>'\"%@`", rune(c)) && (c != '-' && c != '?' && c != ':' || !isBlank(next) && t.value != "-") {
		return true
	}
	p.fault("yaml-syntax", t, fmt.Sprintf("a value cannot start with %s without quotes", p.src[t.start:t.start+1])).Hint =
		"quote it: " + quoted(t.value)
	return false
}

// quoted is text in single quotes, as a hint shows it.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// indented checks that the later lines of a scalar are indented deeper than n:
// goccy does not, and a quote that is not closed swallows the lines below.
func (p *parser) indented(t tok, n int) bool {
	off := t.start
	for {
		eol := strings.IndexByte(p.src[off:t.end], '\n')
		if eol < 0 {
			return true
		}
		off += eol + 1
		rest := p.src[off:]
		spaces := len(rest) - len(strings.TrimLeft(rest, " "))
		if rest[spaces] == '\n' || spaces > n {
			continue
		}
		if t.style == plainStyle {
			p.told("yaml-indentation", p.f.span(off+spaces, lineEnd(p.src, off)),
				"this line is not indented deeper than the key whose value it goes on with")
		} else {
			p.unclosedQuote(t.start)
		}
		return false
	}
}

func lineEnd(src string, off int) int {
	i := strings.IndexByte(src[off:], '\n')
	if i < 0 {
		return len(src)
	}
	return off + len(strings.TrimRight(src[off:off+i], " \t"))
}

// null is a value that is not written.
func (p *parser) null() *Node {
	n := p.node(Null)
	n.Plain = true
	n.Start, n.End = p.prevTo, p.prevTo
	n.start, n.end = int32(p.prevEnd), int32(p.prevEnd)
	return n
}

// node makes a node that starts at the current token.
func (p *parser) node(kind Kind) *Node {
	if len(p.slab) == cap(p.slab) {
		p.slab = make([]Node, 0, 256)
	}
	p.slab = append(p.slab, Node{Kind: kind, File: p.f, Start: p.cur.from, start: int32(p.cur.start)})
	return &p.slab[len(p.slab)-1]
}

// close ends a collection where the last token before the current one ended.
func (p *parser) close(n *Node) {
	n.End, n.end = p.prevTo, int32(p.prevEnd)
	if n.end <= n.start { // nothing of it could be read
		n.End, n.end = n.Start, n.start
	}
}

func (p *parser) descend() bool {
	if p.depth++; p.depth <= maxDepth {
		return true
	}
	p.depth--
	p.fault("yaml-limit", p.cur, fmt.Sprintf("values are nested more than %d levels deep", maxDepth))
	p.stop()
	return false
}

func (p *parser) ascend() { p.depth-- }

// stop ends the reading: nothing that follows makes sense.
func (p *parser) stop() {
	p.toks, p.next, p.budget = nil, 0, -1
	p.moveTo(len(p.src))
	p.cur = tok{kind: tkEnd, start: len(p.src), end: len(p.src), from: p.pos(), to: p.pos()}
}

// resync goes on at the next line after the given one that is indented by col
// at most, which ends what could not be read.
func (p *parser) resync(col, line int) {
	off := p.lineOffset(line + 1)
	for line++; off < len(p.src); line++ {
		rest := p.src[off:]
		spaces := len(rest) - len(strings.TrimLeft(rest, " "))
		if c := rest[spaces]; spaces <= col && c != '\n' && c != '#' && c != '\t' {
			break
		}
		if rest[spaces] == '\t' { // one tab is told; what it opens is lost with it
			line, off = p.blockBelow(off, line)
			continue
		}
		off += 1 + strings.IndexByte(rest, '\n')
	}
	if off >= len(p.src) || p.faults >= maxFaults {
		p.stop()
		return
	}
	if !p.lost && p.skipTo(off) {
		return
	}
	if p.budget < 0 {
		p.stop()
		return
	}
	p.seek(off, line)
	p.budget -= len(p.toks)
	p.lost = false
	p.advance()
}

// skipTo goes on with the tokens at an offset, which is cheaper than to
// tokenize the rest again. It fails where a token reaches across it.
func (p *parser) skipTo(off int) bool {
	for p.cur.start < off {
		if p.cur.kind == tkInvalid || p.cur.kind == tkEnd || p.cur.kind == tkBlock || p.cur.end > off {
			return false
		}
		p.advance()
	}
	return p.cur.kind != tkInvalid
}

// lineOffset is where a line starts.
func (p *parser) lineOffset(line int) int {
	off, at := p.lineStart, p.line
	if line < at {
		off, at = 0, 1
	}
	for ; at < line; at++ {
		i := strings.IndexByte(p.src[off:], '\n')
		if i < 0 {
			return len(p.src)
		}
		off += i + 1
	}
	return off
}

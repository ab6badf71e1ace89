package yamltree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// flow reads the [ or { at the current token, below an indentation of n.
func (p *parser) flow(n int) (*Node, bool) {
	if !p.descend() {
		return nil, false
	}
	defer p.ascend()
	open := p.cur
	var node *Node
	var ok bool
	if open.kind == tkOpenSeq {
		node, ok = p.flowSequence(n, open)
	} else {
		node, ok = p.flowMapping(n, open)
	}
	if !ok {
		p.lost = true // goccy still is inside of the bracket
		return nil, false
	}
	node.style = flowStyle
	p.advance()
	p.close(node)
	return node, true
}

// flowSequence leaves the closing bracket the current token.
func (p *parser) flowSequence(n int, open tok) (*Node, bool) {
	s := p.node(Sequence)
	base := len(p.items)
	p.advance()
	for p.cur.kind != tkCloseSeq {
		item, ok := p.flowItem(n, open)
		if !ok || !p.flowNext(n, open, tkCloseSeq) {
			p.items = p.items[:base]
			return nil, false
		}
		p.items = append(p.items, item)
	}
	s.Items = slices.Clone(p.items[base:])
	p.items = p.items[:base]
	for _, item := range s.Items {
		s.dollar = s.dollar || item.dollar
	}
	return s, true
}

// flowItem reads one item: a node, or `key: value` as a mapping of its own.
func (p *parser) flowItem(n int, open tok) (*Node, bool) {
	if !p.joinColons() {
		return nil, false
	}
	t := p.cur
	m := p.node(Mapping)
	item, ok := p.flowNode(n, open)
	if !ok || p.cur.kind != tkColon {
		return item, ok
	}
	if t.kind != tkScalar || t.multi || p.cur.from.Line != t.from.Line {
		p.unexpected(p.cur)
		return nil, false
	}
	b := builder{p: p, node: m, base: len(p.entries)}
	key, keyOK := b.key(t)
	value, ok := p.flowValue(n, open, t)
	if !ok {
		return nil, false
	}
	if keyOK {
		b.add(key, value)
	}
	b.done()
	m.style = flowStyle
	return m, true
}

// flowMapping leaves the closing bracket the current token.
func (p *parser) flowMapping(n int, open tok) (*Node, bool) {
	m := p.node(Mapping)
	b := builder{p: p, node: m, base: len(p.entries)}
	p.advance()
	for p.cur.kind != tkCloseMap {
		if !p.flowEntry(n, open, &b) || !p.flowNext(n, open, tkCloseMap) {
			p.entries = p.entries[:b.base]
			return nil, false
		}
	}
	b.done()
	return m, true
}

func (p *parser) flowEntry(n int, open tok, b *builder) bool {
	t := p.cur
	if !p.flowInside(n, open) {
		return false
	}
	if t.kind != tkScalar {
		switch t.kind {
		case tkAlias, tkAnchor, tkTag, tkOpenMap, tkOpenSeq:
			p.fault("yaml-unsupported", t, "a key must be a string").Hint = "quote it"
		default:
			p.flowUnexpected(open)
		}
		return false
	}
	key, ok := b.key(t)
	p.advance()
	if t.multi && !p.indented(t, n) {
		return false
	}
	value := p.null()
	if p.cur.kind == tkColon {
		valueOK := false
		if value, valueOK = p.flowValue(n, open, t); !valueOK {
			return false
		}
	}
	if ok {
		b.add(key, value)
	}
	return true
}

// flowValue reads the colon behind the key t, and the value if there is one.
func (p *parser) flowValue(n int, open, t tok) (*Node, bool) {
	colon := p.cur
	next := p.src[colon.end]
	if t.style == plainStyle && !isBlank(next) && !flowEnd(next) {
		p.ambiguousColon(colon)
		return nil, false
	}
	p.advance()
	switch p.cur.kind {
	case tkComma, tkCloseMap, tkCloseSeq:
		return p.null(), true
	}
	return p.flowNode(n, open)
}

// joinColons makes one scalar of arn:aws:iam::aws:policy/x where goccy, inside
// of braces, sees a key, a colon and a value: a plain scalar ends at a colon
// only with a blank or a bracket behind it (YAML 1.2, ns-plain-char).
func (p *parser) joinColons() bool {
	t := p.cur
	if t.kind != tkScalar || t.style != plainStyle || t.multi || !p.innerColon(t.end) {
		return true
	}
	end := t.end
	for end < len(p.src) && !flowEnd(p.src[end]) && (p.src[end] != ':' || p.innerColon(end)) &&
		(p.src[end] != '#' || !isBlank(p.src[end-1])) {
		end++
	}
	end = t.start + len(strings.TrimRight(p.src[t.start:end], " \t"))
	last := t
	for p.cur.end < end && p.cur.kind != tkEnd && p.cur.kind != tkInvalid {
		p.advance()
		last = p.cur
	}
	if last.end != end {
		p.ambiguousColon(t)
		return false
	}
	t.end, t.to, t.value = end, last.to, p.src[t.start:end]
	p.cur = t
	return true
}

// ambiguousColon tells a colon without a space behind it that readers of YAML
// take for different things.
func (p *parser) ambiguousColon(t tok) {
	p.fault("yaml-ambiguous", t, "there is no space behind this colon: some readers of YAML end the key here, others do not").
		Hint = "write a space behind it, or quote the text"
}

// innerColon says that a colon stands at off and goes on with what is before.
func (p *parser) innerColon(off int) bool {
	return off+1 < len(p.src) && p.src[off] == ':' && !isBlank(p.src[off+1]) && !flowEnd(p.src[off+1])
}

// flowEnd says that a plain scalar inside of brackets ends before b.
func flowEnd(b byte) bool { return b == '\n' || strings.IndexByte(",[]{}", b) >= 0 }

// flowNode reads a node inside brackets.
func (p *parser) flowNode(n int, open tok) (*Node, bool) {
	if !p.flowInside(n, open) {
		return nil, false
	}
	pr, ok := p.properties(-1, inRoot)
	if !ok {
		return nil, false
	}
	var node *Node
	switch p.cur.kind {
	case tkScalar:
		if ok = p.joinColons(); ok {
			node, ok = p.scalar(n)
		}
	case tkAlias:
		node, ok = p.alias(true)
	case tkOpenSeq, tkOpenMap:
		node, ok = p.flow(n)
	case tkComma, tkCloseMap, tkCloseSeq:
		if pr.line > 0 {
			node = p.null()
			break
		}
		fallthrough
	default:
		p.flowUnexpected(open)
		ok = false
	}
	if !ok {
		p.abandon(pr)
		return nil, false
	}
	return p.finish(node, pr)
}

// flowNext takes the comma behind an item, or stands at the closing bracket.
func (p *parser) flowNext(n int, open tok, closing tokKind) bool {
	switch p.cur.kind {
	case closing:
		return true
	case tkComma:
		p.advance()
		return p.cur.kind == closing || p.flowInside(n, open)
	}
	if p.flowInside(n, open) {
		p.flowUnexpected(open)
	}
	return false
}

// flowInside checks that the current token can still be inside of the bracket:
// neither the end of the file nor a line indented like the keys around it.
func (p *parser) flowInside(n int, open tok) bool {
	t := p.cur
	if t.tabbed {
		t.first = strings.TrimLeft(p.src[t.start-t.col:t.start], " ") == "" // tabs may indent here
	}
	if !p.atEnd() && !(t.first && t.col <= n && t.kind != tkCloseMap && t.kind != tkCloseSeq) {
		return true
	}
	p.unclosedBracket(open)
	return false
}

func (p *parser) unclosedBracket(open tok) *diag.Finding {
	text := p.src[open.start:open.end]
	f := p.fault("yaml-unclosed", open, fmt.Sprintf("the bracket %s is not closed", text))
	f.Hint = fmt.Sprintf("close it with %s", map[string]string{"[": "]", "{": "}"}[text])
	return f
}

// flowUnexpected tells a token that cannot stand inside of a bracket.
func (p *parser) flowUnexpected(open tok) {
	t := p.cur
	switch t.kind {
	case tkCloseMap, tkCloseSeq:
		p.unclosedBracket(open).WithRelatedRange(p.rangeOf(t), "the bracket that closes here is another")
	case tkComma:
		p.fault("yaml-syntax", t, "there is nothing in front of this comma").Hint = "remove it, or quote the value that it belongs to"
	case tkDash:
		p.fault("yaml-syntax", t, "a list with dashes cannot stand in brackets").Hint = "separate the entries with commas"
	case tkScalar, tkOpenMap, tkOpenSeq, tkAlias, tkBlock:
		f := p.fault("yaml-syntax", t, "a comma or a closing bracket is missing in front of this").
			WithRelatedRange(p.rangeOf(open), "the bracket opens here")
		f.Hint = "quote the value before it if both belong together"
	default:
		p.unexpected(t)
	}
}

// blockScalar reads a literal or folded scalar below an indentation of n.
func (p *parser) blockScalar(n int) (*Node, bool) {
	t := p.cur
	if !p.blockHeaderOK(t) {
		return nil, false
	}
	node := p.node(String)
	h, next := blockHeader(p.src, t.start)
	p.headerComment(t, next)
	indent, ok := p.blockIndent(h, next, n)
	if !ok {
		return nil, false
	}
	end, last := blockEnd(p.src, next, indent)
	if p.next < len(p.toks) { // goccy's own idea of the text
		g := p.toks[p.next]
		kind, _ := indicator(g.Type)
		if g.Error != "" || kind != tkInvalid && last > next {
			p.unexpected(tok{kind: tkInvalid, start: t.start, end: t.end, from: t.from, to: t.to, value: g.Error})
			return nil, false
		}
		if kind == tkInvalid {
			p.next++
		}
	}
	u := unfolder{}
	u.blockText(p.src, next, end, indent, t.value == ">", h.chomp)
	node.Text, node.style, node.blockIndent = string(u.text), literalStyle, uint16(min(indent, 1<<15))
	if t.value == ">" {
		node.style = foldedStyle
	}
	node.dollar = strings.Contains(node.Text, "${")
	if last > next {
		p.moveTo(last)
		p.cur.to, p.cur.end = p.pos(), last
	}
	node.End, node.end = p.cur.to, int32(end)
	p.moveTo(max(end, p.off))
	p.advance()
	return node, true
}

func (p *parser) blockHeaderOK(t tok) bool {
	rest := strings.TrimLeft(p.src[t.start+1:t.end], "+-123456789")
	head := p.src[t.start+1 : t.end]
	if rest == "" && len(head) <= 2 && (len(head) < 2 || (head[0] < '0') != (head[1] < '0')) {
		return true
	}
	p.unexpected(tok{kind: tkInvalid, start: t.start, end: t.end, from: t.from, to: t.to})
	return false
}

// headerComment takes the comment behind a header.
func (p *parser) headerComment(t tok, next int) {
	i := strings.IndexByte(p.src[t.end:next], '#')
	if i < 0 {
		return
	}
	if p.next < len(p.toks) && p.toks[p.next].Type == token.CommentType {
		p.next++
	}
	if p.keep {
		p.comments = append(p.comments, comment{
			text: strings.TrimRight(p.src[t.end+i:next-1], " \t"), start: t.end + i, line: t.from.Line, col: t.end + i - p.lineStart,
		})
	}
}

// blockIndent is how far the text of a block scalar is indented.
func (p *parser) blockIndent(h header, next, n int) (int, bool) {
	if h.indent > 0 {
		return max(n, 0) + h.indent, true
	}
	deepest, deepestAt := 0, 0
	for off := next; off < len(p.src); {
		rest := p.src[off:]
		spaces := len(rest) - len(strings.TrimLeft(rest, " "))
		if rest[spaces] == '\n' {
			if spaces > deepest {
				deepest, deepestAt = spaces, off
			}
			off += spaces + 1
			continue
		}
		if spaces <= n {
			break
		}
		if deepest > spaces {
			p.told("yaml-indentation", p.f.span(deepestAt, deepestAt+deepest),
				"this empty line is indented deeper than the text below it").Hint = "remove its blanks"
			return 0, false
		}
		return spaces, true
	}
	return n + 1 + deepest, true
}

// blockEnd finds where a block scalar ends: after its last line and the blank
// ones that follow it, and last after its last line with text.
func blockEnd(src string, off, indent int) (end, last int) {
	last = off
	for off < len(src) {
		rest := src[off:]
		spaces := len(rest) - len(strings.TrimLeft(rest, " "))
		eol := strings.IndexByte(rest, '\n')
		blank := spaces == eol
		marker := indent == 0 && (strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "..."))
		if !blank && spaces < indent || marker {
			break
		}
		if !blank || spaces > indent {
			last = off + eol
		}
		off += eol + 1
	}
	return off, last
}

package yamltree

import (
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// cursor walks the tokens of goccy's lexer and finds each of them again in the
// text: where a token stands is what the text says, not what the token says
// (its columns are wrong after tabs, tags, folded scalars and comments of
// block scalars), and where both disagree about what comes next nothing is
// read at all.
type cursor struct {
	f    *File
	src  string
	toks token.Tokens
	next int // index of the token after cur

	off       int // end of cur
	line      int // of off, from 1
	lineStart int
	wide      int // bytes on the line before off that begin no character

	cur      tok
	prevTo   diag.Pos // end of the token before cur
	prevEnd  int
	comments []comment
	keep     bool // comments
}

// tok is a token with its place.
type tok struct {
	kind       tokKind
	style      style
	start, end int
	from, to   diag.Pos
	first      bool // nothing but blanks before it on its line
	tabbed     bool // and a tab is among them
	col        int  // bytes before it on its line: the indentation of a first one
	multi      bool // a scalar that spans lines
	value      string
	bad        *badEscape
}

type tokKind uint8

const (
	tkEnd tokKind = iota
	tkScalar
	tkBlock // header of a block scalar
	tkDash
	tkColon
	tkComma
	tkOpenSeq
	tkCloseSeq
	tkOpenMap
	tkCloseMap
	tkQuestion
	tkAnchor
	tkAlias
	tkTag
	tkDirective
	tkDocument
	tkDocumentEnd
	tkInvalid
)

// comment for Format.
type comment struct {
	text  string // from # on
	start int
	line  int
	col   int
	first bool
}

// tokenize is goccy's lexer, which may panic on what it does not expect.
func tokenize(text string) (toks token.Tokens) {
	defer func() {
		if recover() != nil {
			toks = nil
		}
	}()
	return lexer.Tokenize(text)
}

// seek starts over at the beginning of a line.
func (c *cursor) seek(off, line int) {
	c.toks, c.next = tokenize(c.src[off:]), 0
	c.off, c.line, c.lineStart, c.wide = off, line, off, 0
}

// moveTo moves the place to a later offset.
func (c *cursor) moveTo(off int) {
	for i := c.off; i < off; i++ {
		b := c.src[i]
		if b == '\n' {
			c.line, c.lineStart, c.wide = c.line+1, i+1, 0
		} else if b&0xc0 == 0x80 {
			c.wide++
		}
	}
	c.off = off
}

func (c *cursor) pos() diag.Pos {
	return diag.Pos{Line: c.line, Column: c.off - c.lineStart - c.wide + 1}
}

// advance makes the next token that is no comment the current one.
func (c *cursor) advance() {
	c.prevTo, c.prevEnd = c.cur.to, c.cur.end
	for {
		off := c.off
		for off < len(c.src) && (c.src[off] == ' ' || c.src[off] == '\n' || c.src[off] == '\t') {
			off++
		}
		c.moveTo(off)
		t := tok{start: off, from: c.pos(), col: off - c.lineStart}
		indent := strings.TrimLeft(c.src[c.lineStart:off], " ")
		t.first = strings.TrimLeft(indent, "\t ") == ""
		t.tabbed = t.first && indent != ""
		if off == len(c.src) && c.next >= len(c.toks) {
			t.end, t.to, t.kind = off, t.from, tkEnd
			c.cur = t
			return
		}
		if off < len(c.src) && c.src[off] == '#' && c.comment(t) {
			continue
		}
		c.scan(&t)
		c.moveTo(t.end)
		t.to = c.pos()
		c.cur = t
		return
	}
}

// comment takes a comment if goccy sees one here too.
func (c *cursor) comment(t tok) bool {
	if c.next >= len(c.toks) || c.toks[c.next].Type != token.CommentType {
		return false
	}
	if t.start > c.lineStart && c.src[t.start-1] != ' ' && c.src[t.start-1] != '\t' {
		return false
	}
	c.next++
	end := t.start + strings.IndexByte(c.src[t.start:], '\n')
	if c.keep {
		c.comments = append(c.comments, comment{
			text: strings.TrimRight(c.src[t.start:end], " \t"), start: t.start, line: t.from.Line, col: t.col, first: t.first,
		})
	}
	c.moveTo(end)
	return true
}

// scan finds goccy's next token at t.start.
func (c *cursor) scan(t *tok) {
	t.kind, t.end = tkInvalid, t.start
	if c.next >= len(c.toks) || t.start >= len(c.src) {
		return
	}
	g := c.toks[c.next]
	c.next++
	rest := c.src[t.start:]
	switch g.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		c.quoted(t)
	case token.LiteralType, token.FoldedType:
		if rest[0] == '|' || rest[0] == '>' {
			eol := strings.IndexByte(rest, '\n')
			t.kind, t.value, t.end = tkBlock, rest[:1], t.start+len(strings.TrimRight(rest[:eol], " \t"))
			if i := strings.Index(rest[:eol], " #"); i >= 0 {
				t.end = t.start + len(strings.TrimRight(rest[:i], " \t"))
			}
		}
	case token.AnchorType, token.AliasType:
		c.named(t, g)
	case token.TagType:
		if strings.HasPrefix(rest, g.Value) {
			t.kind, t.value, t.end = tkTag, g.Value, t.start+len(g.Value)
		}
	case token.InvalidType:
		t.value = g.Error
	default:
		if kind, text := indicator(g.Type); kind != tkInvalid {
			if strings.HasPrefix(rest, text) {
				t.kind, t.end = kind, t.start+len(text)
			}
			return
		}
		c.plain(t, g.Value)
	}
}

func indicator(t token.Type) (tokKind, string) {
	switch t {
	case token.MappingValueType:
		return tkColon, ":"
	case token.SequenceEntryType:
		return tkDash, "-"
	case token.CollectEntryType:
		return tkComma, ","
	case token.SequenceStartType:
		return tkOpenSeq, "["
	case token.SequenceEndType:
		return tkCloseSeq, "]"
	case token.MappingStartType:
		return tkOpenMap, "{"
	case token.MappingEndType:
		return tkCloseMap, "}"
	case token.MappingKeyType:
		return tkQuestion, "?"
	case token.DirectiveType:
		return tkDirective, "%"
	case token.DocumentHeaderType:
		return tkDocument, "---"
	case token.DocumentEndType:
		return tkDocumentEnd, "..."
	}
	return tkInvalid, ""
}

// plain finds a plain scalar: the same characters but for blanks and line
// breaks, which goccy has folded (and sometimes lost).
func (c *cursor) plain(t *tok, value string) {
	t.style = plainStyle
	if strings.HasPrefix(c.src[t.start:], value) && value != "" {
		t.kind, t.end, t.value = tkScalar, t.start+len(value), c.src[t.start:t.start+len(value)]
		return
	}
	at, i := t.start, 0
	for {
		for i < len(value) && isBlank(value[i]) {
			i++
		}
		if i == len(value) {
			break
		}
		for at < len(c.src) && isBlank(c.src[at]) {
			at++
		}
		if at == len(c.src) || c.src[at] != value[i] {
			return
		}
		at, i = at+1, i+1
	}
	if at == t.start || !foldable(c.src[t.start:at]) {
		return
	}
	u := unfolder{}
	u.plainText(c.src, t.start, at)
	t.kind, t.end, t.value = tkScalar, at, string(u.text)
	t.multi = strings.IndexByte(c.src[t.start:at], '\n') >= 0
}

// foldable says that a plain scalar that spans lines holds neither a comment
// nor a colon that ends a key: goccy overlooks both behind a dash.
func foldable(text string) bool {
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && isBlank(text[i-1]) || isBlank(text[i]) && text[i-1] == ':' {
			return false
		}
	}
	return text[len(text)-1] != ':'
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' }

// quoted finds a quoted scalar.
func (c *cursor) quoted(t *tok) {
	quote := c.src[t.start]
	if quote != '"' && quote != '\'' {
		return
	}
	end := closingQuote(c.src, t.start)
	if end < 0 {
		return
	}
	t.kind, t.style, t.end = tkScalar, singleStyle, end+1
	body := c.src[t.start+1 : end]
	t.multi = strings.IndexByte(body, '\n') >= 0
	if quote == '"' {
		t.style = doubleStyle
	}
	special := "'\n"
	if quote == '"' {
		special = "\\\n"
	}
	if !strings.ContainsAny(body, special) {
		t.value = body
		return
	}
	u := unfolder{}
	if quote == '"' {
		t.bad = u.doubleText(c.src, t.start+1, end)
	} else {
		u.singleText(c.src, t.start+1, end)
	}
	t.value = string(u.text)
}

// closingQuote finds the quote that closes the one at off, or -1.
func closingQuote(src string, off int) int {
	quote := src[off]
	for i := off + 1; i < len(src); i++ {
		switch {
		case src[i] == '\\' && quote == '"':
			i++
		case src[i] != quote:
		case quote == '\'' && i+1 < len(src) && src[i+1] == quote:
			i++
		default:
			return i
		}
	}
	return -1
}

// named finds an anchor or an alias with its name, which is a token of its own
// for goccy.
func (c *cursor) named(t *tok, g *token.Token) {
	sign, kind := byte('&'), tkAnchor
	if g.Type == token.AliasType {
		sign, kind = '*', tkAlias
	}
	if c.src[t.start] != sign {
		return
	}
	t.kind, t.end = kind, t.start+1
	if c.next >= len(c.toks) || isBlank(c.src[t.end]) {
		return
	}
	name := c.toks[c.next]
	if kind, _ := indicator(name.Type); kind == tkInvalid && strings.HasPrefix(c.src[t.end:], name.Value) {
		c.next++
		t.value, t.end = name.Value, t.end+len(name.Value)
	}
}

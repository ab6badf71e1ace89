package yamltree

import (
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// told tells a syntax error; reading goes on at a line after it.
func (p *parser) told(code string, r diag.Range, message string) *diag.Finding {
	p.faults++
	p.errLine = r.Start.Line
	return told(p.out, code, r, "%s", message)
}

// fault tells a syntax error at a token.
func (p *parser) fault(code string, t tok, message string) *diag.Finding {
	return p.told(code, p.rangeOf(t), message)
}

func (p *parser) rangeOf(t tok) diag.Range {
	return diag.Range{File: p.f.Name, Start: t.from, End: t.to}
}

// noKey tells that a mapping goes on with something that is no key.
func (p *parser) noKey(t tok) {
	switch {
	case t.kind == tkDash:
		p.fault("yaml-syntax", t, "a list entry stands where a key is expected").Hint =
			"indent it like the other entries of its list, or write `key: value`"
	case t.kind == tkAlias:
		end := lineEnd(p.src, t.start)
		p.told("yaml-alias", p.f.span(t.start, end), "a key cannot start with * without quotes").Hint =
			"quote the key: " + quotedKey(p.src[t.start:end])
	case t.kind != tkScalar:
		p.unexpected(t)
	default:
		end := lineEnd(p.src, t.start)
		line := p.src[t.start:min(end, t.end)]
		if t.multi {
			line = p.src[t.start:end]
		}
		p.withoutColon(t.start, t.start+len(line))
	}
}

// withoutColon tells that a line of a mapping has no colon, or none with a
// space behind it.
func (p *parser) withoutColon(start, end int) {
	line := p.src[start:end]
	f := p.told("yaml-syntax", p.f.span(start, end), fmt.Sprintf("%q is no `key: value`", line))
	f.Hint = "write a colon and a space behind the key"
	if i := strings.IndexByte(line, ':'); i > 0 && i+1 < len(line) {
		f.Hint = fmt.Sprintf("write a space behind the colon: `%s: %s`", line[:i], line[i+1:])
	}
}

func quotedKey(line string) string {
	if i := strings.Index(line, ": "); i > 0 {
		line = line[:i]
	}
	return quoted(strings.TrimSuffix(line, ":"))
}

// multiKeyFault tells that what precedes a colon spans lines: a line above has
// no colon, or the last one is indented too far.
func (p *parser) multiKeyFault(t tok) {
	if t.style != plainStyle {
		p.unclosedQuote(t.start)
		return
	}
	if t.first {
		p.withoutColon(t.start, lineEnd(p.src, t.start))
		return
	}
	last := strings.LastIndexByte(p.src[:t.end], '\n') + 1
	spaces := len(p.src[last:]) - len(strings.TrimLeft(p.src[last:], " \t"))
	p.told("yaml-indentation", p.f.span(last+spaces, t.end), "this key is indented like no mapping above it").Hint =
		"indent it like the other keys of its mapping"
}

// indentFault tells that a line is indented deeper than the collection whose
// next entry it should be.
func (p *parser) indentFault() {
	t := p.cur
	if t.tabbed {
		p.tabFault()
		return
	}
	if t.kind == tkInvalid {
		p.unexpected(t)
		return
	}
	what := "this line is"
	if t.kind == tkScalar && p.isKey() {
		what = "this key is"
	}
	p.fault("yaml-indentation", t, what+" indented like no entry above it").Hint =
		"indent it like the other entries of its mapping or list"
}

// tabFault tells the tab in the indentation of the current token.
func (p *parser) tabFault() {
	line := strings.LastIndexByte(p.src[:p.cur.start], '\n') + 1
	p.tabAt(line + strings.IndexByte(p.src[line:], '\t'))
}

func (p *parser) tabAt(off int) {
	p.lost = true
	end := off
	for p.src[end] == '\t' {
		end++
	}
	p.told("yaml-tab", p.f.span(off, end), "YAML does not allow tabs in the indentation").Hint = "indent with spaces"
	last, _ := p.blockBelow(end, p.f.pos(end).Line)
	p.errLine = max(p.errLine, last)
}

// blockBelow is the last line, and the offset behind it, of the block that the
// line at an offset opens: nobody knows where such a line belongs if its
// indentation cannot be read.
func (p *parser) blockBelow(off, line int) (last, next int) {
	eol := strings.IndexByte(p.src[off:], '\n')
	if eol < 0 {
		return line, len(p.src)
	}
	text, _, _ := strings.Cut(p.src[off:off+eol], " #")
	off += eol + 1
	last, next = line, off
	if !strings.HasSuffix(strings.TrimRight(text, " \t"), ":") {
		return last, next
	}
	for block := -1; off < len(p.src); line++ {
		rest := p.src[off:]
		spaces := len(rest) - len(strings.TrimLeft(rest, " "))
		off += 1 + strings.IndexByte(rest, '\n')
		if c := rest[spaces]; c == '\n' || c == '#' {
			continue
		}
		if block < 0 {
			block = spaces
		}
		if spaces < block || block == 0 {
			break
		}
		last, next = line+1, off
	}
	return last, next
}

func (p *parser) unclosedQuote(off int) {
	p.lost = true
	p.told("yaml-unclosed", p.f.span(off, off+1), fmt.Sprintf("the quote %s is not closed", p.src[off:off+1])).Hint =
		fmt.Sprintf("close it with %s, and indent later lines of the text deeper than its key", p.src[off:off+1])
}

// unexpected tells a token that cannot stand where it does.
func (p *parser) unexpected(t tok) {
	switch t.kind {
	case tkInvalid:
		p.diagnose(t)
	case tkCloseSeq, tkCloseMap:
		p.fault("yaml-syntax", t, fmt.Sprintf("there is no bracket that this %s closes", p.src[t.start:t.end])).Hint =
			"remove it, or quote the value that it belongs to"
	case tkColon:
		f := p.fault("yaml-syntax", t, "there is no key in front of this colon")
		f.Hint = "write a key, or quote the value that the colon belongs to"
		if p.prevTo.Line == t.from.Line {
			f.Message, f.Hint = "a value that holds \": \" must be quoted", "quote the value"
		}
	case tkQuestion:
		p.fault("yaml-unsupported", t, "keys that are written with ? are not supported").Hint = "write `key: value`"
	case tkDirective:
		p.fault("yaml-syntax", t, "a value cannot start with % without quotes").Hint = "quote the value"
	case tkDash:
		p.fault("yaml-syntax", t, "a list entry cannot stand here").Hint = "put it on a line of its own below the key"
	case tkComma:
		p.fault("yaml-syntax", t, "a comma cannot stand here").Hint = "quote the value that it belongs to"
	default:
		p.fault("yaml-syntax", t, "this cannot follow the value before it").Hint =
			"put all of the value into one pair of quotes, or start a new line"
	}
}

// diagnose tells what is wrong where goccy gave up, or where its tokens do not
// fit the text.
func (p *parser) diagnose(t tok) {
	p.lost = true
	if t.start >= len(p.src) {
		p.fault("yaml-syntax", t, "the file ends in the middle of a value")
		return
	}
	if off := p.tabBelow(t.start); off >= 0 {
		p.tabAt(off)
		return
	}
	switch c := p.src[t.start]; c {
	case '"', '\'':
		p.diagnoseQuote(t)
		return
	case '@', '`', '%', '|', '>', '!':
		line := p.src[t.start:lineEnd(p.src, t.start)]
		f := p.told("yaml-syntax", p.f.span(t.start, t.start+1),
			fmt.Sprintf("a value cannot start with %c without quotes", c))
		f.Hint = "quote it: " + quoted(line)
		if c == '|' || c == '>' {
			f.Message = fmt.Sprintf("this is no header of a block of text: it is %c, and + or - where needed", c)
			f.Hint = "start the text on the next line, or quote the value"
		}
		return
	}
	end := max(lineEnd(p.src, t.start), t.start+1)
	f := p.told("yaml-syntax", p.f.span(t.start, end), "this cannot be read as YAML")
	f.Hint = "quote the values around it"
	if t.value != "" {
		f.Message += ": " + strings.ReplaceAll(t.value, "\t", `\t`)
	}
}

// tabBelow finds a tab in the indentation of the line of off or the next that
// holds anything, or -1.
func (p *parser) tabBelow(off int) int {
	line := strings.LastIndexByte(p.src[:off], '\n') + 1
	for seen := 0; line < len(p.src) && seen < 2; {
		rest := p.src[line:]
		eol := strings.IndexByte(rest, '\n')
		text := strings.TrimLeft(rest[:eol], " \t")
		if text != "" {
			if i := strings.IndexByte(rest[:eol-len(text)], '\t'); i >= 0 {
				return line + i
			}
			seen++
		}
		line += eol + 1
	}
	return -1
}

func (p *parser) diagnoseQuote(t tok) {
	end := closingQuote(p.src, t.start)
	if end < 0 {
		p.unclosedQuote(t.start)
		return
	}
	if p.src[t.start] == '"' {
		u := unfolder{}
		if bad := u.doubleText(p.src, t.start+1, end); bad != nil {
			p.told("yaml-syntax", p.f.span(bad.off, bad.off+bad.length), bad.why).Hint =
				"write \\\\ for a backslash, or use single quotes"
			return
		}
	}
	if strings.Contains(p.src[t.start:end], "\n---") || strings.Contains(p.src[t.start:end], "\n...") {
		p.unclosedQuote(t.start)
		return
	}
	p.told("yaml-syntax", p.f.span(t.start, end+1), "this cannot be read as YAML: "+t.value)
}

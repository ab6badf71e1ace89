package yamltree

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// unfolder collects the text of a scalar, and with trace also where each of its
// characters stands in the source: what a finding within a scalar needs.
type unfolder struct {
	text  []byte
	trace bool
	at    []int32 // offset in the source of each character of text
}

func (u *unfolder) copy(src string, off int) {
	u.text = append(u.text, src...)
	if u.trace {
		for i := range src {
			u.at = append(u.at, int32(off+i))
		}
	}
}

func (u *unfolder) rune(r rune, off int) {
	u.text = utf8.AppendRune(u.text, r)
	if u.trace {
		u.at = append(u.at, int32(off))
	}
}

func (u *unfolder) breaks(n, off int) {
	for range n {
		u.rune('\n', off)
	}
}

// fold writes what line breaks between two lines of a flow scalar become: one
// is a space, more are one less.
func (u *unfolder) fold(breaks, off int) {
	if breaks == 1 {
		u.rune(' ', off)
		return
	}
	u.breaks(breaks-1, off)
}

// skipBreaks counts the line breaks from off on, where blanks and breaks
// stand, and says where the text goes on.
func skipBreaks(src string, off, end int) (breaks, next int) {
	for off < end {
		switch src[off] {
		case '\n':
			breaks++
		case ' ', '\t':
		default:
			return breaks, off
		}
		off++
	}
	return breaks, off
}

// plainText undoes the folding of a plain scalar between two offsets.
func (u *unfolder) plainText(src string, start, end int) {
	for start < end {
		eol := strings.IndexByte(src[start:end], '\n')
		if eol < 0 {
			u.copy(src[start:end], start)
			return
		}
		u.copy(strings.TrimRight(src[start:start+eol], " \t"), start)
		breaks, next := skipBreaks(src, start+eol, end)
		u.fold(breaks, start+eol)
		start = next
	}
}

// singleText undoes what stands between single quotes.
func (u *unfolder) singleText(src string, start, end int) {
	for start < end {
		i := strings.IndexAny(src[start:end], "'\n")
		if i < 0 {
			u.copy(src[start:end], start)
			return
		}
		if src[start+i] == '\'' { // of two
			u.copy(src[start:start+i+1], start)
			start += i + 2
			continue
		}
		u.copy(strings.TrimRight(src[start:start+i], " \t"), start)
		breaks, next := skipBreaks(src, start+i, end)
		u.fold(breaks, start+i)
		start = next
	}
}

// badEscape is an escape that YAML does not have.
type badEscape struct {
	off, length int
	why         string
}

// doubleText undoes what stands between double quotes.
func (u *unfolder) doubleText(src string, start, end int) *badEscape {
	for start < end {
		i := strings.IndexAny(src[start:end], "\\\n")
		if i < 0 {
			u.copy(src[start:end], start)
			return nil
		}
		if src[start+i] == '\n' {
			u.copy(strings.TrimRight(src[start:start+i], " \t"), start)
			breaks, next := skipBreaks(src, start+i, end)
			u.fold(breaks, start+i)
			start = next
			continue
		}
		u.copy(src[start:start+i], start)
		next, bad := u.escape(src, start+i, end)
		if bad != nil {
			return bad
		}
		start = next
	}
	return nil
}

var escapes = map[byte]rune{
	'0': 0, 'a': 7, 'b': 8, 't': 9, '\t': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27,
	' ': ' ', '"': '"', '/': '/', '\\': '\\', 'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

// escape undoes the escape at off and says where the text goes on.
func (u *unfolder) escape(src string, off, end int) (int, *badEscape) {
	c := src[off+1] // a quote that ends the text is never escaped
	if r, ok := escapes[c]; ok {
		u.rune(r, off)
		return off + 2, nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	switch {
	case c == '\n':
		breaks, next := skipBreaks(src, off+1, end)
		u.breaks(breaks-1, off)
		return next, nil
	case digits == 0:
		_, size := utf8.DecodeRuneInString(src[off+1:])
		return 0, &badEscape{off, 1 + size, fmt.Sprintf("there is no escape %s in YAML", src[off:off+1+size])}
	}
	r, ok := hex(src, off+2, end, digits)
	next := off + 2 + digits
	if ok && r >= 0xd800 && r < 0xdc00 && c == 'u' && strings.HasPrefix(src[next:end], `\u`) {
		if low, lowOK := hex(src, next+2, end, 4); lowOK && low >= 0xdc00 && low < 0xe000 {
			r, next = (r-0xd800)<<10+(low-0xdc00)+0x10000, next+6
		}
	}
	if !ok || !utf8.ValidRune(r) {
		return 0, &badEscape{off, 2, fmt.Sprintf("\\%c wants %d hexadecimal digits of a character", c, digits)}
	}
	u.rune(r, off)
	return next, nil
}

func hex(src string, off, end, digits int) (r rune, ok bool) {
	if off+digits > end {
		return 0, false
	}
	for _, c := range []byte(src[off : off+digits]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
		if r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, true
}

// blockText undoes a literal or folded block scalar: content is whole lines,
// indent what each of them loses.
func (u *unfolder) blockText(src string, start, end, indent int, folded bool, chomp byte) {
	blanks, first, more := 0, true, false
	for start < end {
		eol := start + strings.IndexByte(src[start:end], '\n')
		line := src[start:eol]
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		from := start + min(spaces, indent)
		if from == eol {
			blanks++
			start = eol + 1
			continue
		}
		nowMore := src[from] == ' ' || src[from] == '\t'
		switch {
		case first:
			u.breaks(blanks, from)
		case folded && !more && !nowMore:
			u.fold(blanks+1, from)
		default:
			u.breaks(blanks+1, from)
		}
		u.copy(src[from:eol], from)
		first, more, blanks, start = false, nowMore, 0, eol+1
	}
	switch {
	case chomp == '+' && first:
		u.breaks(blanks, end)
	case chomp == '+':
		u.breaks(blanks+1, end)
	case chomp != '-' && !first:
		u.breaks(1, end)
	}
}

// unfold undoes quotes, escapes and folding of a scalar node that stands in its
// file, with a trace.
func (n *Node) unfold() *unfolder {
	u := &unfolder{trace: true}
	src, start, end := n.File.text, int(n.start), int(n.end)
	switch n.style {
	case singleStyle:
		u.singleText(src, start+1, end-1)
	case doubleStyle:
		u.doubleText(src, start+1, end-1)
	case literalStyle, foldedStyle:
		h, next := blockHeader(src, start)
		u.blockText(src, next, end, int(n.blockIndent), n.style == foldedStyle, h.chomp)
	default:
		u.plainText(src, start, end)
	}
	return u
}

// header of a block scalar.
type header struct {
	chomp  byte // '+', '-' or 0
	indent int  // the explicit one, or 0
}

// blockHeader reads the header at off (`|+2 # comment`) and says where the
// line after it starts.
func blockHeader(src string, off int) (h header, next int) {
	eol := off + strings.IndexByte(src[off:], '\n')
	for _, c := range []byte(src[off+1 : eol]) {
		switch {
		case c == '+' || c == '-':
			h.chomp = c
		case c >= '1' && c <= '9':
			h.indent = int(c - '0')
		default:
			return h, eol + 1
		}
	}
	return h, eol + 1
}

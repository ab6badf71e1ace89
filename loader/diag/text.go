package diag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// WriteText writes findings for a person to read: where and what, the line of
// the file, carets below what is meant with the hint behind them, and related
// positions below that.
func WriteText(w io.Writer, l List, o PrintOptions) error {
	t := &textWriter{w: bufio.NewWriter(w), o: o, lines: map[string]*lineIndex{}}
	for _, f := range l.Findings {
		severity := red
		if f.Severity == Warning {
			severity = yellow
		}
		t.head(f.Range, t.paint(severity, f.Severity.String()+":")+" "+t.paint(bold, f.Message)+" ["+f.Code+"]")
		t.excerpt(f.Range, severity, f.Hint)
		for _, r := range f.Related {
			t.head(r.Range, t.paint(cyan, "note:")+" "+r.Message)
			t.excerpt(r.Range, cyan, "")
		}
	}
	return t.w.Flush()
}

// Escape sequences of the colours.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[1;36m"
	reset  = "\x1b[0m"
)

type textWriter struct {
	w     *bufio.Writer
	o     PrintOptions
	lines map[string]*lineIndex
}

func (t *textWriter) paint(color, s string) string {
	if !t.o.Color || s == "" {
		return s
	}
	return color + s + reset
}

func (t *textWriter) head(r Range, text string) {
	where := t.o.file(r.File)
	if r.Start.Line > 0 {
		where += ":" + strconv.Itoa(r.Start.Line) + ":" + strconv.Itoa(r.Start.Column)
	}
	if where != "" {
		where += ": "
	}
	fmt.Fprintf(t.w, "%s%s\n", t.paint(bold, where), text)
}

// excerpt shows the first line of a range, and the hint behind the carets.
func (t *textWriter) excerpt(r Range, color, hint string) {
	line, ok := t.line(r)
	if !ok {
		if hint != "" {
			fmt.Fprintf(t.w, "      %s\n", t.paint(color, hint))
		}
		return
	}
	end := len(line)
	if r.End.Line == r.Start.Line {
		end = r.End.Column - 1
	}
	v := view(line, r.Start.Column-1, end)
	number := fmt.Sprintf("%5d", r.Start.Line)
	carets := strings.Repeat("^", v.length)
	if hint != "" {
		carets += " " + hint
	}
	fmt.Fprintf(t.w, "%s | %s\n", number, v.text)
	fmt.Fprintf(t.w, "%s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", v.before), t.paint(color, carets))
}

// line is the first line of a range, without its end.
func (t *textWriter) line(r Range) ([]rune, bool) {
	if r.Start.Line < 1 || r.Start.Column < 1 {
		return nil, false
	}
	index := t.lines[r.File]
	if index == nil {
		source, ok := t.o.Sources[r.File]
		if !ok {
			return nil, false
		}
		index = newLineIndex(source)
		t.lines[r.File] = index
	}
	return index.line(r.Start.Line)
}

// lineIndex finds lines of a file, which may be long and have many findings.
type lineIndex struct {
	source []byte
	starts []int
}

func newLineIndex(source []byte) *lineIndex {
	x := &lineIndex{source: bytes.TrimPrefix(source, []byte("\ufeff")), starts: []int{0}}
	for i, b := range x.source {
		if b == '\n' {
			x.starts = append(x.starts, i+1)
		}
	}
	return x
}

func (x *lineIndex) line(n int) ([]rune, bool) {
	if n > len(x.starts) {
		return nil, false
	}
	text, _, _ := bytes.Cut(x.source[x.starts[n-1]:], []byte("\n"))
	return []rune(string(bytes.TrimSuffix(text, []byte("\r")))), true
}

// A shown line: its text, and the cells before and below the carets.
type shown struct {
	text           string
	before, length int
}

// How much of a long line is shown, in characters.
const (
	longLine   = 200
	leadInLine = 60
)

// view lays a line out in cells of a terminal, with the characters from start
// to end marked.
func view(line []rune, start, end int) shown {
	start = min(start, len(line))
	end = min(max(end, start), len(line))
	first, last := 0, len(line)
	if len(line) > longLine {
		first = max(0, start-leadInLine)
		last = min(len(line), first+longLine)
		end = min(end, last)
	}
	var v shown
	var text strings.Builder
	if first > 0 {
		text.WriteString("…")
		v.before++
	}
	for i := first; i < last; i++ {
		cell, width := cellOf(line[i])
		text.WriteString(cell)
		switch {
		case i < start:
			v.before += width
		case i < end:
			v.length += width
		}
	}
	if last < len(line) {
		text.WriteString("…")
	}
	v.text = text.String()
	v.length = max(v.length, 1)
	return v
}

// cellOf is how a character is shown, and in how many cells. Nothing that
// moves the cursor gets to the terminal.
func cellOf(r rune) (string, int) {
	switch {
	case r == '\t':
		return "    ", 4
	case unicode.IsControl(r), r == unicode.ReplacementChar, unicode.Is(unicode.Bidi_Control, r):
		return string(unicode.ReplacementChar), 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return string(r), 0
	case unicode.Is(wide, r):
		return string(r), 2
	}
	return string(r), 1
}

// wide are the characters that take two cells (East Asian Width W and F).
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
		{0x2648, 0x2653, 1}, {0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1}, {0x26c4, 0x26c5, 1}, {0x2705, 0x2705, 1},
		{0x270a, 0x270b, 1}, {0x2728, 0x2728, 1}, {0x274c, 0x274c, 1}, {0x2753, 0x2755, 1}, {0x2795, 0x2797, 1},
		{0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b50, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0x33ff, 1}, {0x3400, 0x4dbf, 1},
		{0x4e00, 0xa4cf, 1}, {0xa960, 0xa97c, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1},
		{0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18cff, 1}, {0x1b000, 0x1b2ff, 1}, {0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1},
		{0x1f7e0, 0x1f7eb, 1}, {0x1f900, 0x1f9ff, 1}, {0x1fa70, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}

package yamltree

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// Limits keep hostile input from taking long: an API Gateway with 50,000
// routes is some 7 MB.
const (
	maxBytes   = 32 << 20
	maxDepth   = 100
	maxBlanks  = 1000      // empty lines (or <) in a row: the tokenizer is quadratic in them
	maxTabWork = 1 << 28   // tabs of a line × its length: as above
	maxFaults  = 50        // syntax errors of one file
	maxExpand  = 1_000_000 // nodes that aliases may stand for, all together
)

// newFile prepares the source. Line breaks are unified for the tokenizer, whose
// positions go wrong with CR LF inside quotes; positions stay the same.
func newFile(name string, src []byte, out *diag.List) (*File, bool) {
	f := &File{Name: name, Source: src}
	if len(src) > maxBytes {
		f.tell(out, "yaml-limit", diag.Pos{Line: 1, Column: 1}, 0,
			fmt.Sprintf("the file has %d bytes, more than the %d that a Chalicefile may have", len(src), maxBytes))
		return f, false
	}
	text := bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	f.text = string(text)
	if f.text != "" && f.text[len(f.text)-1] != '\n' {
		f.text += "\n"
	}
	if at, why := unreadable(f.text); at >= 0 {
		hint := "save the file as UTF-8, and write such a character as an escape in double quotes"
		f.tell(out, "yaml-encoding", f.pos(at), 1, why).WithHint(hint)
		return f, false
	}
	if at := f.tooCostly(); at >= 0 {
		f.tell(out, "yaml-limit", f.pos(at), 0, "there are too many blank lines, tabs or < in one place")
		return f, false
	}
	return f, true
}

// unreadable finds what YAML does not allow in a file: the offset, or -1.
func unreadable(text string) (int, string) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c >= 0x20 && c < 0x7f, c == '\n', c == '\t':
			i++
			continue
		case c == '\r':
			return i, "a carriage return without a line feed"
		case c < 0x20 || c == 0x7f:
			return i, fmt.Sprintf("YAML does not allow the control character U+%04X", c)
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i, "the file is not UTF-8 here"
		}
		if r >= 0x80 && r < 0xa0 && r != 0x85 || r == 0xfeff || r == 0xfffe || r == 0xffff {
			return i, fmt.Sprintf("YAML does not allow the character U+%04X", r)
		}
		i += size
	}
	return -1, ""
}

// tooCostly finds a place where goccy's tokenizer would take time quadratic in
// what stands there, or -1.
func (f *File) tooCostly() int {
	if i := strings.Index(f.text, strings.Repeat("<", maxBlanks)); i >= 0 {
		return i
	}
	blanks, start := 0, 0
	for start < len(f.text) {
		end := start + strings.IndexByte(f.text[start:], '\n')
		line := f.text[start:end]
		if len(line) > 1<<12 && strings.Count(line, "\t")*len(line) > maxTabWork {
			return start
		}
		if strings.Trim(line, " \t") == "" {
			if blanks++; blanks > maxBlanks {
				return start
			}
		} else {
			blanks = 0
		}
		start = end + 1
	}
	return -1
}

// pos is the position of an offset in f.text. It walks the file: for findings.
func (f *File) pos(off int) diag.Pos {
	before := f.text[:min(off, len(f.text))]
	line := strings.LastIndexByte(before, '\n') + 1
	return diag.Pos{Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(before[line:])}
}

// span is the range between two offsets.
func (f *File) span(start, end int) diag.Range {
	return diag.Range{File: f.Name, Start: f.pos(start), End: f.pos(end)}
}

func (f *File) tell(out *diag.List, code string, at diag.Pos, columns int, message string) *diag.Finding {
	end := diag.Pos{Line: at.Line, Column: at.Column + columns}
	out.Add(diag.Finding{Code: code, Range: diag.Range{File: f.Name, Start: at, End: end}, Message: message})
	return &out.Findings[len(out.Findings)-1]
}

// told tells an error at a range.
func told(out *diag.List, code string, r diag.Range, format string, args ...any) *diag.Finding {
	out.Add(diag.Finding{Code: code, Range: r, Message: fmt.Sprintf(format, args...)})
	return &out.Findings[len(out.Findings)-1]
}

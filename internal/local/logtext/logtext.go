// Package logtext shows the log of functions as a person reads it best: the
// JSON records of slog become lines of text. All else stays as it is.
package logtext

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Writer hands on whole lines, records as text, with one Write for each of its
// own.
type Writer struct {
	To io.Writer
	// Path shortens the path of a source file as stacks have it; nil leaves it.
	Path func(string) string
	// Function is one whose records need not say that they are its, because
	// what is before them does.
	Function string
}

// Write takes whole lines.
func (w *Writer) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p))
	for line := range bytes.Lines(p) {
		out = w.appendLine(out, line)
	}
	if _, err := w.To.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// appendLine appends a line, as text where it is a record.
func (w *Writer) appendLine(out, line []byte) []byte {
	r, ok := parse(line)
	if !ok {
		return append(out, line...)
	}
	r.simplify()
	return w.appendRecord(out, r)
}

// record is a line of slog.JSONHandler.
type record struct {
	level, message, function string
	attrs                    []attr
}

// attr is an attribute; those of groups have names with dots.
type attr struct {
	name string
	// text is a string's value; raw is the JSON of any other.
	text  string
	raw   json.RawMessage
	isRaw bool
}

// maxGroups is how deep groups are taken apart.
const maxGroups = 8

// parse reads a record. It is one where it has a time, a level in upper case and
// a message, as slog writes them.
func parse(line []byte) (*record, bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' {
		return nil, false
	}
	r := new(record)
	timed, leveled, said := false, false, false
	err := members(line, func(name string, value json.RawMessage) {
		a := attrOf(name, value)
		switch {
		case name == "time" && !timed && !a.isRaw:
			timed = true
		case name == "level" && !leveled && !a.isRaw:
			leveled, r.level = true, a.text
		case name == "msg" && !said && !a.isRaw:
			said, r.message = true, a.text
		case name == "function" && r.function == "" && !a.isRaw:
			r.function = a.text
		case name == "requestId":
			// The line of the request does not have it either.
		default:
			r.attrs = appendAttr(r.attrs, a, 0)
		}
	})
	return r, err == nil && timed && leveled && said && r.level != "" && r.level == strings.ToUpper(r.level)
}

// members calls f with each member of an object, in order.
func members(object []byte, f func(string, json.RawMessage)) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		text, _ := name.(string)
		f(text, value)
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return io.ErrUnexpectedEOF // a line with more than one value is no record
	}
	return nil
}

func attrOf(name string, value json.RawMessage) attr {
	a := attr{name: name}
	if value[0] == '"' && json.Unmarshal(value, &a.text) == nil {
		return a
	}
	a.raw, a.isRaw = value, true
	return a
}

// appendAttr appends an attribute, or those of a group.
func appendAttr(to []attr, a attr, depth int) []attr {
	if !a.isRaw || a.raw[0] != '{' || depth == maxGroups {
		return append(to, a)
	}
	before := len(to)
	err := members(a.raw, func(name string, value json.RawMessage) {
		to = appendAttr(to, attrOf(a.name+"."+name, value), depth+1)
	})
	if err != nil {
		return append(to[:before], a) // it was valid before
	}
	return to
}

// simplify drops the chain of an error that wraps no other: it is the error.
func (r *record) simplify() {
	r.attrs = slices.DeleteFunc(r.attrs, func(a attr) bool {
		return a.name == "chain" && !a.isRaw && !strings.Contains(a.text, "\n")
	})
}

// appendRecord appends a record: a line, and then whatever has lines of its own.
func (w *Writer) appendRecord(out []byte, r *record) []byte {
	out = appendPlain(out, r.level)
	if r.function != "" && r.function != w.Function {
		out = append(out, ' ')
		out = appendPlain(out, r.function)
	}
	first, rest, several := strings.Cut(r.message, "\n")
	out = append(out, ' ')
	out = appendPlain(out, first)
	for _, a := range r.attrs {
		if !a.isBlock() {
			out = appendPlain(append(out, ' '), a.name)
			out = a.appendValue(append(out, '='))
		}
	}
	out = append(out, '\n')
	if several {
		out = appendBlock(out, "  ", strings.Split(rest, "\n"))
	}
	for _, a := range r.attrs {
		if !a.isBlock() {
			continue
		}
		lines := strings.Split(strings.Trim(a.text, "\n"), "\n")
		if a.isStack() {
			lines = w.frames(a.text)
		}
		if len(lines) > 0 {
			out = append(appendPlain(append(out, ' ', ' '), a.name), ":\n"...)
			out = appendBlock(out, "    ", lines)
		}
	}
	return out
}

// isBlock says that the attribute has lines of its own.
func (a attr) isBlock() bool { return !a.isRaw && strings.Contains(a.text, "\n") }

func (a attr) isStack() bool { return a.name == "stack" || strings.HasSuffix(a.name, ".stack") }

func (a attr) appendValue(out []byte) []byte {
	if a.isRaw {
		return appendPlain(out, string(a.raw))
	}
	if a.text == "" || strings.ContainsFunc(a.text, func(r rune) bool { return r == '"' || r == '=' || r == ' ' || !unicode.IsPrint(r) }) {
		return strconv.AppendQuote(out, a.text)
	}
	return append(out, a.text...)
}

func appendBlock(out []byte, indent string, lines []string) []byte {
	for _, line := range lines {
		out = appendPlain(append(out, indent...), line)
		out = append(out, '\n')
	}
	return out
}

// appendPlain appends text without what would steer a terminal.
func appendPlain(out []byte, text string) []byte {
	for _, r := range text {
		if r == '\t' || unicode.IsPrint(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		out = append(out, quoted[1:len(quoted)-1]...)
	}
	return out
}

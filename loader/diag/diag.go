// Package diag is findings: what is wrong in a Chalicefile, where, and what to
// do. A part of the program that knows no positions tells a finding at a Path;
// whoever holds the tree resolves it to a Range, once, at the end.
package diag

import (
	"cmp"
	"slices"
	"strings"
)

// Severity of a finding. Errors make a command fail, warnings do not.
type Severity int

// The severities.
const (
	Error Severity = iota
	Warning
)

// String is "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Path leads from the root of the merged Chalicefile to a node: keys of
// mappings, and decimal indices (from 0) of sequences.
type Path []string

// With returns the path of a node below p. It never shares memory with p.
func (p Path) With(elems ...string) Path {
	return append(slices.Clip(slices.Clone(p)), elems...)
}

// Pos is 1-based; columns count characters (runes).
type Pos struct {
	Line, Column int
}

// Compare orders positions of one file.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Range is from Start up to, not including, End. File is a slash path relative
// to the directory of the root Chalicefile (or as go/token has it, made
// relative, for Go positions). The zero Range is "not resolved".
type Range struct {
	File       string
	Start, End Pos
}

// IsZero says that the range is not known (yet).
func (r Range) IsZero() bool { return r == Range{} }

// At says which part of the node at a Path is meant.
type At struct {
	Path Path
	// OnKey means the key of the last element of Path, not its value.
	OnKey bool
	// Offset and Length are an interval of a scalar's text in characters, after
	// quotes and escapes were undone; Length 0 means the whole node.
	Offset, Length int
}

// Value is the node at path p.
func Value(p ...string) At { return At{Path: p} }

// Key is the key of the entry at path p.
func Key(p ...string) At { return At{Path: p, OnKey: true} }

// Within is an interval of the scalar that a means.
func (a At) Within(offset, length int) At {
	a.Offset, a.Length = offset, length
	return a
}

// Finding is one fault.
type Finding struct {
	// Code in kebab-case: see Codes.
	Code     string
	Severity Severity
	// At is where, unless Range is already known.
	At
	Range Range
	// Message is one sentence without a full stop: what is wrong. Hint is what
	// to do ("did you mean \"GET\"?"), or "".
	Message, Hint string
	Related       []Related
	// Conflict says that At and the first of Related are the two sides of a
	// conflict, in no order: who resolves positions tells it at the later one.
	Conflict bool
}

// Related is another position that a finding speaks of, such as the earlier
// side of a conflict.
type Related struct {
	At
	Range   Range
	Message string
}

// List collects findings. The zero List is ready to use.
type List struct {
	Findings []Finding
}

// Add appends findings.
func (l *List) Add(f ...Finding) { l.Findings = append(l.Findings, f...) }

// Err adds an error.
func (l *List) Err(code string, at At, message string) *Finding {
	return l.add(Finding{Code: code, At: at, Message: message})
}

// Warn adds a warning.
func (l *List) Warn(code string, at At, message string) *Finding {
	return l.add(Finding{Code: code, Severity: Warning, At: at, Message: message})
}

func (l *List) add(f Finding) *Finding {
	l.Findings = append(l.Findings, f)
	return &l.Findings[len(l.Findings)-1]
}

// WithHint sets the hint.
func (f *Finding) WithHint(hint string) *Finding {
	f.Hint = hint
	return f
}

// WithRelated adds a related position in the Chalicefile.
func (f *Finding) WithRelated(at At, message string) *Finding {
	f.Related = append(f.Related, Related{At: at, Message: message})
	return f
}

// WithRelatedRange adds a related position that is already known, such as one
// in Go code.
func (f *Finding) WithRelatedRange(r Range, message string) *Finding {
	f.Related = append(f.Related, Related{Range: r, Message: message})
	return f
}

// AsConflict marks the finding's place and its first related one as the sides
// of a conflict; see Conflict.
func (f *Finding) AsConflict() *Finding {
	f.Conflict = true
	return f
}

// Order puts the later side of a conflict first, once ranges are known.
func (f *Finding) Order() {
	if !f.Conflict || len(f.Related) == 0 {
		return
	}
	other := &f.Related[0]
	if f.Range.File == other.Range.File && f.Range.Start.Compare(other.Range.Start) < 0 {
		f.Range, other.Range = other.Range, f.Range
		f.At, other.At = other.At, f.At
	}
}

// HasErrors says whether any finding is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l.Findings, func(f Finding) bool { return f.Severity == Error })
}

// Sort orders resolved findings by file, position, severity and code, then by
// the Go code that they speak of and by message, and drops those that are told
// twice. Of several faults in Go code that stand at one handler each is told,
// in the order of the code.
func (l *List) Sort() {
	slices.SortStableFunc(l.Findings, compare)
	l.Findings = slices.CompactFunc(l.Findings, func(a, b Finding) bool { return compare(a, b) == 0 })
}

func compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Range.File, b.Range.File),
		a.Range.Start.Compare(b.Range.Start),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Code, b.Code),
		compareGo(a.Related, b.Related),
		cmp.Compare(a.Message, b.Message),
		a.Range.End.Compare(b.Range.End),
	)
}

// compareGo orders by the positions in Go code among related ones. Any others
// do not count: a conflict may have another other side in each stage.
func compareGo(a, b []Related) int {
	for {
		a, b = fromGo(a), fromGo(b)
		if len(a) == 0 || len(b) == 0 {
			return cmp.Compare(len(a), len(b))
		}
		r, q := a[0].Range, b[0].Range
		if c := cmp.Or(cmp.Compare(r.File, q.File), r.Start.Compare(q.Start)); c != 0 {
			return c
		}
		a, b = a[1:], b[1:]
	}
}

// fromGo leaves out what stands before the first position in Go code.
func fromGo(list []Related) []Related {
	for len(list) > 0 && !strings.HasSuffix(list[0].Range.File, ".go") {
		list = list[1:]
	}
	return list
}

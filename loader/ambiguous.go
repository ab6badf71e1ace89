package loader

import (
	"slices"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
)

const ambiguous = "yaml-ambiguous"

// asWritten leaves out what the parser says of numbers as environment
// variables: they are taken as written, so that all readers agree about them.
func asWritten(l diag.List, roots []*yamltree.Node) diag.List {
	doubtful := map[diag.Range]bool{}
	for _, f := range l.Findings {
		if f.Code == ambiguous && f.Severity == diag.Error {
			doubtful[f.Range] = true
		}
	}
	if len(doubtful) == 0 {
		return l
	}
	for _, root := range roots {
		eachEnvironment(root, func(environment *yamltree.Node) {
			for _, e := range environment.Entries {
				if e.Value.Kind == yamltree.Int || e.Value.Kind == yamltree.Float {
					doubtful[e.Value.Range()] = false
				}
			}
		})
	}
	l.Findings = slices.DeleteFunc(l.Findings, func(f diag.Finding) bool {
		dubious, ok := doubtful[f.Range]
		return f.Code == ambiguous && ok && !dubious
	})
	return l
}

// eachEnvironment calls f for each environment of a file: of defaults, of
// functions, and of both in overlays.
func eachEnvironment(root *yamltree.Node, f func(*yamltree.Node)) {
	at := func(settings *yamltree.Node) {
		if n := settings.Get("environment"); n != nil && n.Kind == yamltree.Mapping {
			f(n)
		}
	}
	at(root.Get("defaults"))
	for section := range named {
		if n := root.Get(section); n != nil {
			for _, e := range n.Entries {
				at(e.Value)
			}
		}
	}
	if stages := root.Get("stages"); stages != nil {
		for _, e := range stages.Entries {
			eachEnvironment(e.Value, f)
		}
	}
}

// decided leaves out warnings that a value is ambiguous where an error says
// that it cannot stand.
func decided(l diag.List) diag.List {
	wrong := newFaults(l)
	l.Findings = slices.DeleteFunc(l.Findings, func(f diag.Finding) bool {
		if f.Code != ambiguous || f.Severity != diag.Warning {
			return false
		}
		_, told := slices.BinarySearchFunc(wrong.starts[f.Range.File], f.Range.Start, diag.Pos.Compare)
		return told
	})
	return l
}

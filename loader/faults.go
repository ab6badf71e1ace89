package loader

import (
	"slices"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// faults are where errors were told already.
type faults struct {
	starts map[string][]diag.Pos // by file, sorted
	told   diag.List
	// rootKeys: the top level of some file has a fault at one of its keys or has
	// lost entries, so that a section that seems to be missing may be there.
	rootKeys bool
	// files: some included file is missing, or nothing of it could be read.
	files bool
}

func newFaults(l diag.List) *faults {
	f := &faults{starts: map[string][]diag.Pos{}, told: l}
	for _, finding := range l.Findings {
		if finding.Severity == diag.Error {
			f.starts[finding.Range.File] = append(f.starts[finding.Range.File], finding.Range.Start)
		}
	}
	for _, starts := range f.starts {
		slices.SortFunc(starts, diag.Pos.Compare)
	}
	return f
}

func (f *faults) none() bool { return len(f.starts) == 0 }

// topLevel looks for faults among the keys of a file's, or an overlay's, root.
func (f *faults) topLevel(n *yamltree.Node) {
	if n == nil || n.Kind != yamltree.Mapping {
		return
	}
	f.rootKeys = f.rootKeys || n.Broken ||
		slices.ContainsFunc(n.Entries, func(e yamltree.Entry) bool { return f.at(e.Key) })
}

// included looks whether everything that a file includes was read.
func (f *faults) included(n *yamltree.Node) {
	e, ok := n.Entry("include")
	f.files = f.files || n == nil || ok && (f.at(e.Key) || !f.sound(e.Value))
	f.rootKeys = f.rootKeys || f.files
}

// at says whether an error was told at the start of a node.
func (f *faults) at(n *yamltree.Node) bool {
	_, found := slices.BinarySearchFunc(f.starts[n.File.Name], n.Start, diag.Pos.Compare)
	return found
}

// sound says that no error was told within a node, and nothing of it was lost.
// A nil node is sound.
func (f *faults) sound(n *yamltree.Node) bool {
	if n == nil {
		return true
	}
	if n.Broken || f.within(n) {
		return false
	}
	// What was merged into a mapping stands elsewhere.
	for _, e := range n.Entries {
		if f.at(e.Key) || !f.sound(e.Value) {
			return false
		}
	}
	for _, item := range n.Items {
		if !f.sound(item) {
			return false
		}
	}
	return true
}

func (f *faults) within(n *yamltree.Node) bool {
	starts := f.starts[n.File.Name]
	i, found := slices.BinarySearchFunc(starts, n.Start, diag.Pos.Compare)
	return found || i < len(starts) && starts[i].Compare(n.End) < 0
}

// beyond leaves out what a later step says of the places where an error was
// told: it only follows.
func (f *faults) beyond(later diag.List) diag.List {
	if f.none() {
		return later
	}
	later.Findings = slices.DeleteFunc(later.Findings, func(finding diag.Finding) bool {
		_, told := slices.BinarySearchFunc(f.starts[finding.Range.File], finding.Range.Start, diag.Pos.Compare)
		return told
	})
	return later
}

// notWithin leaves out what is told within a range that was told with a code.
// Such ranges are scalars: none lies within another.
func (f *faults) notWithin(later diag.List, code string) diag.List {
	if len(later.Findings) == 0 {
		return later
	}
	ranges := map[string][]diag.Range{}
	for _, finding := range f.told.Findings {
		if finding.Code == code {
			ranges[finding.Range.File] = append(ranges[finding.Range.File], finding.Range)
		}
	}
	for _, of := range ranges {
		slices.SortFunc(of, func(a, b diag.Range) int { return a.Start.Compare(b.Start) })
	}
	later.Findings = slices.DeleteFunc(later.Findings, func(finding diag.Finding) bool {
		of, at := ranges[finding.Range.File], finding.Range.Start
		i, found := slices.BinarySearchFunc(of, at, func(r diag.Range, p diag.Pos) int { return r.Start.Compare(p) })
		return found || i > 0 && at.Compare(of[i-1].End) < 0
	})
	return later
}

package loader

import (
	"fmt"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// staged is what was told of one stage.
type staged struct {
	name    string
	overlay yamltree.Entry // zero where the stage has none
	found   diag.List
}

// fault is what makes errors of several stages one, be it in words that name
// what the stage makes of it.
type fault struct {
	at   diag.Range
	code string
}

// merged is what was told of all stages, each error once: in the words of the
// stage that is asked for, or of the first. What only the overlays of some stages
// make wrong, but stands elsewhere, gets the overlay as a related position:
// without it, nobody would see why a line of the base is at fault.
func merged(stages []staged, asked string) diag.List {
	by, in, plain := map[fault]string{}, map[fault]int{}, map[fault]bool{}
	for _, s := range stages {
		counted := map[fault]bool{}
		for _, f := range s.found.Findings {
			key := fault{f.Range, f.Code}
			if by[key] == "" || s.name == asked {
				by[key] = s.name
			}
			plain[key] = plain[key] || s.overlay.Key == nil
			if !counted[key] {
				counted[key] = true
				in[key]++
			}
		}
	}
	var out diag.List
	for _, s := range stages {
		for _, f := range s.found.Findings {
			key := fault{f.Range, f.Code}
			if f.Severity == diag.Error {
				if by[key] != s.name {
					continue
				}
				if !plain[key] && in[key] < len(stages) && !concerns(f, s.overlay.Value) {
					f.WithRelatedRange(s.overlay.Key.Range(), fmt.Sprintf("in stage %s, with this overlay", s.name))
				}
			}
			out.Add(f)
		}
	}
	return out
}

// concerns says that a finding, or what it speaks of, stands within a node.
func concerns(f diag.Finding, n *yamltree.Node) bool {
	inside := func(r diag.Range) bool {
		return r.File == n.File.Name && n.Start.Compare(r.Start) <= 0 && r.Start.Compare(n.End) < 0
	}
	for _, other := range f.Related {
		if inside(other.Range) {
			return true
		}
	}
	return inside(f.Range)
}

package gosrc

import "golang.org/x/tools/go/packages"

// Reaching makes a Config.Source that picks packages of others that import,
// directly or not, a package of which wanted is true. A package of which leaf is
// true is neither picked nor looked into.
func Reaching(wanted, leaf func(path string) bool) func(*packages.Package) bool {
	reaches := map[*packages.Package]bool{}
	var look func(*packages.Package) bool
	look = func(p *packages.Package) bool {
		if known, ok := reaches[p]; ok {
			return known
		}
		reaches[p] = false // imports have no cycles; this is for broken code
		found := false
		for path, imported := range p.Imports {
			if wanted(path) || !leaf(path) && look(imported) {
				found = true
				break
			}
		}
		reaches[p] = found
		return found
	}
	return func(p *packages.Package) bool { return !leaf(p.PkgPath) && look(p) }
}

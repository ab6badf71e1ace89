package gosrc

import "golang.org/x/tools/go/packages"

// PackageNames are the names of all packages of the program by import path.
func (p *Program) PackageNames() map[string]string {
	names := map[string]string{}
	packages.Visit(p.Roots, nil, func(pkg *packages.Package) { names[pkg.PkgPath] = pkg.Name })
	return names
}

// Importers are the packages of the program that import one, however far down.
func (p *Program) Importers(importPath string) map[string]bool {
	found := map[string]bool{}
	// What a package imports is visited before it.
	packages.Visit(p.Roots, nil, func(pkg *packages.Package) {
		for _, i := range pkg.Imports {
			if i.PkgPath == importPath || found[i.PkgPath] {
				found[pkg.PkgPath] = true
			}
		}
	})
	return found
}

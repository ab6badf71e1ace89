package gosrc

import "golang.org/x/tools/go/packages"

// PackageNames are the names of all packages of the program by import path.
func (p *Program) PackageNames() map[string]string {
	names := map[string]string{}
	packages.Visit(p.Roots, nil, func(pkg *packages.Package) { names[pkg.PkgPath] = pkg.Name })
	return names
}

// Package gosrc loads a user's Go packages, once: the code of the user's own
// modules from source, everything else from the export data of the build cache,
// which it fills in the way that the later build needs it.
package gosrc

import (
	"cmp"
	"context"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Config says what to load.
type Config struct {
	// Dir is where the go command runs: a directory of the user's module.
	Dir string
	// Packages are the import paths to load from source.
	Packages []string
	// Others are import paths to load too, from source only where they are of
	// the user's own modules.
	Others []string
	// Env is the whole environment of the go command ("KEY=value"). GOOS and the
	// like in it give way to what a build for Lambda sets.
	Env []string
	// BuildTags beside lambda.norpc, with which every app is built.
	BuildTags []string
	// GOOS "" means linux; GOARCH "" what Env or the go command takes.
	GOOS, GOARCH string
	// Overlay replaces the contents of files by absolute path.
	Overlay map[string][]byte
	// Bodies asks for the bodies of functions to be type-checked too, and for
	// TypesInfo. Without it only those of packages that do not compile are, to
	// say why.
	Bodies bool
	// BodiesFor makes Bodies hold only where the program has a package of which
	// it is true; nil makes no difference.
	BodiesFor func(importPath string) bool
	// Source asks for more packages from source: those for which it is true. It
	// is called when the whole graph of imports is known, before anything is
	// type-checked.
	Source func(*packages.Package) bool
}

// Program is the loaded packages.
type Program struct {
	Fset *token.FileSet
	// Roots are Config.Packages in their order; a package that does not exist
	// stands there with no files.
	Roots []*packages.Package
	// Source are the packages that were loaded from source, with Types and
	// Syntax; what another imports stands before it.
	Source []*packages.Package
	// Faults are what the go command, the parser and the type checker say
	// against any package of the program, in the order of Source and then of
	// positions.
	Faults []Fault

	byPath map[string]*packages.Package
	bodies bool
	sizes  types.Sizes
	types  map[string]*types.Package // by path, as export data names them
	// standIns are parsed because they have no export data, but are nobody's
	// business: packages of others that did not compile.
	standIns map[*packages.Package]bool
}

// Package is the loaded package of an import path, also one that is merely
// imported; nil where the program has none. Its Types may be nil: see Types.
func (p *Program) Package(path string) *packages.Package { return p.byPath[path] }

// Types is the type information of a package of the program, read from export
// data where nothing asked for it before; nil where there is none.
func (p *Program) Types(path string) *types.Package {
	pkg := p.byPath[path]
	if pkg == nil {
		return nil
	}
	t, err := p.typesOf(pkg)
	if err != nil {
		return nil
	}
	return t
}

// FromSource says whether a package was loaded from source.
func (p *Program) FromSource(pkg *packages.Package) bool {
	return pkg != nil && pkg.Syntax != nil && !p.standIns[pkg]
}

const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedEmbedFiles |
	packages.NeedImports | packages.NeedDeps | packages.NeedExportFile | packages.NeedModule

// Load runs the go command once and type-checks what it finds. Faults of
// packages are in the program; the error is a *CommandError where the go
// command could not do its work at all.
func Load(ctx context.Context, c Config) (*Program, error) {
	p := &Program{
		Fset:     token.NewFileSet(),
		byPath:   map[string]*packages.Package{},
		types:    map[string]*types.Package{},
		standIns: map[*packages.Package]bool{},
		bodies:   c.Bodies,
	}
	env := environment(c)
	// Sizes of both of Lambda's machines are the same.
	p.sizes = types.SizesFor("gc", cmp.Or(value(env, "GOARCH"), "amd64"))
	roots, err := packages.Load(&packages.Config{
		Mode:       mode,
		Context:    ctx,
		Dir:        c.Dir,
		Env:        env,
		BuildFlags: BuildFlags(c.BuildTags),
		Overlay:    c.Overlay,
	}, slices.Concat(c.Packages, c.Others)...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, commandError(err)
	}
	packages.Visit(roots, nil, func(pkg *packages.Package) { p.byPath[pkg.PkgPath] = pkg })
	for _, path := range c.Packages {
		root := p.byPath[path]
		if root == nil {
			return nil, unlisted(ctx, c, env, path)
		}
		p.Roots = append(p.Roots, root)
	}
	if c.BodiesFor != nil {
		p.bodies = c.Bodies && p.has(c.BodiesFor)
	}
	l := &loader{Program: p, overlay: c.Overlay, dir: c.Dir, ask: c.Source}
	l.choose(roots)
	l.parse()
	l.check()
	l.tellFaults(roots)
	return p, nil
}

func (p *Program) has(wanted func(importPath string) bool) bool {
	for path := range p.byPath {
		if wanted(path) {
			return true
		}
	}
	return false
}

// HasBodies says whether the bodies of functions were type-checked.
func (p *Program) HasBodies() bool { return p.bodies }

// BuildFlags are the flags with which apps are loaded and built, so that both
// share the build cache.
func BuildFlags(tags []string) []string {
	all := map[string]bool{"lambda.norpc": true}
	for _, t := range tags {
		all[t] = true
	}
	return []string{"-trimpath", "-tags=" + strings.Join(slices.Sorted(maps.Keys(all)), ",")}
}

// environment is that of the go command.
func environment(c Config) []string {
	goos := c.GOOS
	if goos == "" {
		goos = "linux"
	}
	env := append(slices.Clone(c.Env), "GOOS="+goos, "CGO_ENABLED=0", "GOPACKAGESDRIVER=off")
	if c.GOARCH != "" {
		env = append(env, "GOARCH="+c.GOARCH)
	}
	return env
}

// value is that of a variable, "" where it is not set.
func value(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

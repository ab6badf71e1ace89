package handlers

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// tellRequirement says where the module does not require what generated mains
// import, or in a version that does not fit. It returns whether it did: faults
// of imports of it then follow from that.
func (b *binder) tellRequirement() bool {
	pkg := b.prog.Package(lambdamainPath)
	if pkg == nil {
		return false
	}
	if len(pkg.GoFiles) == 0 {
		b.tellAll(b.requirement(b.listed(lambdamainPath)))
		return true
	}
	if pkg.Module == nil || pkg.Module.Main || pkg.Module.Replace != nil && pkg.Module.Replace.Version == "" {
		return false
	}
	version := pkg.Module.Version
	if pkg.Module.Replace != nil {
		version = pkg.Module.Replace.Version
	}
	if !fits(b.in.ToolVersion, version) {
		b.tellAll(&problem{
			code: "go-module-version",
			message: fmt.Sprintf("the module %s requires %s %s, which does not fit this chalicefile, %s",
				b.module.Path, modulePath, version, b.in.ToolVersion),
			hint: fmt.Sprintf("run `go get %s@%s`", modulePath, b.in.ToolVersion),
		})
	}
	return false
}

func (b *binder) requirement(words string) *problem {
	get := modulePath
	if released(b.in.ToolVersion) {
		get += "@" + b.in.ToolVersion
	}
	p := &problem{
		code:    "go-module-requirement",
		message: fmt.Sprintf("the module %s does not require %s", b.module.Path, modulePath),
		hint:    fmt.Sprintf("run `go get %s`", get),
	}
	version, required := gosrc.Requires(b.module, modulePath)
	switch {
	case strings.Contains(words, "-mod=vendor"):
		p.message = fmt.Sprintf("the vendor directory of %s lacks packages of %s", b.module.Path, modulePath)
		p.hint = "run `go mod vendor`"
	case strings.Contains(words, "missing go.sum entry"):
		p.message = fmt.Sprintf("the go.sum of %s lacks entries for %s", b.module.Path, modulePath)
	case required && strings.Contains(words, "no required module provides"), strings.Contains(words, "does not contain package"):
		p.code = "go-module-version"
		p.message = strings.TrimSpace(fmt.Sprintf("the module %s requires %s %s", b.module.Path, modulePath, version)) +
			", which does not fit: it has no package handlerkit/lambdamain"
	case !strings.Contains(words, "no required module provides") && words != "":
		p.message = fmt.Sprintf("%s cannot be loaded: %s", modulePath, words)
	}
	return p
}

// listed is what the go command said against a package.
func (b *binder) listed(importPath string) string {
	for _, f := range b.prog.Faults {
		if f.Package == importPath && f.Kind == gosrc.ListFault {
			return f.Message
		}
	}
	return ""
}

var pseudo = regexp.MustCompile(`-(0\.)?\d{14}-[0-9a-f]{12}`)

// released: a version that somebody tagged, and not a checkout or a commit.
func released(v string) bool {
	return semver.IsValid(v) && semver.Build(v) == "" && !pseudo.MatchString(v)
}

// fits says whether mains that this tool generates compile against a version of
// the module: it may be newer, within a major version (or a minor one before
// v1), but not older than the tool's minor version.
func fits(tool, module string) bool {
	if !released(tool) || !released(module) {
		return true
	}
	if semver.Major(tool) != semver.Major(module) {
		return false
	}
	if semver.Major(tool) == "v0" {
		return semver.MajorMinor(tool) == semver.MajorMinor(module)
	}
	return semver.Compare(semver.MajorMinor(module), semver.MajorMinor(tool)) >= 0
}

// tellFaults tells what is wrong with Go packages, at the first handler
// reference that needs the package; the place in Go code is related. What only
// follows from a missing requirement of our own module is left out, and so are
// packages that do not exist: those are told where they are named.
func (b *binder) tellFaults(missing bool) {
	for _, f := range b.prog.Faults {
		if missing && (f.Package == modulePath || strings.HasPrefix(f.Package, modulePath+"/")) {
			continue
		}
		pkg := b.prog.Package(f.Package)
		if f.Pos.Filename == "" && pkg != nil && len(pkg.GoFiles) == 0 && b.named(f.Package) {
			continue
		}
		if f.Kind == gosrc.ListFault {
			f.Package = b.importerIn(f) // the fault is an import's
		}
		b.tellFault(f, b.faultProblem(f))
	}
}

// importerIn is the package of the file that a fault stands in, that of the
// fault itself where there is no file of the user's.
func (b *binder) importerIn(f gosrc.Fault) string {
	for _, pkg := range b.prog.Source {
		if slices.Contains(pkg.CompiledGoFiles, f.Pos.Filename) {
			return pkg.PkgPath
		}
	}
	return f.Package
}

// tellFault tells one fault in the first app that has to do with it: the other
// stages of a file name the same packages, if at other places.
func (b *binder) tellFault(f gosrc.Fault, p *problem) {
	if a, u := b.firstUse(f.Package); u != nil {
		b.tell(a.out, diag.At{Path: u.path}, p)
		return
	}
	b.tellAll(p)
}

// firstUse is the first handler reference to a package; else the first to one
// that imports it, however far down.
func (b *binder) firstUse(importPath string) (*appBinder, *use) {
	needs := map[string]bool{importPath: true}
	for range 2 {
		for _, a := range b.apps {
			for _, u := range a.uses {
				if u.problem == nil && needs[u.place.importPath] {
					return a, u
				}
			}
		}
		needs = b.prog.Importers(importPath)
	}
	return nil, nil
}

func (b *binder) faultProblem(f gosrc.Fault) *problem {
	words := f.Message
	p := &problem{code: "go-package"}
	switch f.Kind {
	case gosrc.SyntaxFault:
		p.code = "go-syntax"
		if !strings.HasPrefix(words, "syntax error") {
			words = "syntax error: " + words
		}
	case gosrc.TypeFault:
		p.code = "go-type"
	default:
		for _, add := range []string{"; to add it: ", "; to add: "} {
			if before, after, ok := strings.Cut(words, add); ok {
				words, p.hint = before, "run `"+after+"`"
				break
			}
		}
	}
	p.message = fmt.Sprintf("package %s does not compile: %s", b.showPackage(f.Package), words)
	if f.Pos.Filename != "" {
		p.at(note{pos: f.Pos, message: words})
	}
	for _, n := range f.More {
		p.at(note{pos: n.Pos, message: n.Message})
	}
	return p
}

// showPackage is "./api" for a package of the module, and the import path of
// any other.
func (b *binder) showPackage(importPath string) string {
	pkg := b.prog.Package(importPath)
	if pkg == nil || len(pkg.GoFiles) == 0 {
		return importPath
	}
	shown := b.showFile(filepath.Dir(pkg.GoFiles[0]))
	switch {
	case filepath.IsAbs(filepath.FromSlash(shown)):
		return importPath
	case shown == ".", strings.HasPrefix(shown, "../"), shown == "..":
		return shown
	}
	return "./" + shown
}

// named says that a handler reference names the package.
func (b *binder) named(importPath string) bool {
	for _, a := range b.apps {
		for _, u := range a.uses {
			if u.place.importPath == importPath {
				return true
			}
		}
	}
	return false
}

// directories are those with Go files beside dir, for a "did you mean".
func directories(dir string) []string {
	matches, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*", "*.go"))
	var names []string
	for _, m := range matches {
		if name := filepath.Base(filepath.Dir(m)); len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}

package codegen

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// Packages that the generated code itself speaks of.
const (
	pkgContext    = "context"
	pkgFmt        = "fmt"
	pkgSlices     = "slices"
	pkgLambda     = "github.com/aws/aws-lambda-go/lambda"
	pkgEvents     = "github.com/aws/aws-lambda-go/events"
	pkgHandlerkit = "github.com/chalicefile/chalicefile/handlerkit"
	pkgLambdamain = "github.com/chalicefile/chalicefile/handlerkit/lambdamain"
)

// nameImports chooses the name of each package that the code may speak of. A
// name does not depend on which of them a file uses in the end.
func (g *generator) nameImports() {
	own := []string{pkgContext, pkgFmt, pkgSlices, pkgLambda, pkgEvents, pkgHandlerkit, pkgLambdamain}
	known := map[string]string{}
	g.packages(known)
	taken := newNames(reserved, []string{"ctx", "req", "err", "main", "init"})
	g.aliases, g.explicit = map[string]string{}, map[string]bool{}
	for _, p := range own {
		g.aliases[p] = taken.pick(path.Base(p))
		delete(known, p)
	}
	for _, p := range slices.Sorted(maps.Keys(known)) {
		name := known[p]
		if name == "" {
			name = guessName(p)
		}
		g.aliases[p] = taken.pick(name, parentName(p)+name)
		// Where the package's own name is not known it is written out, which is
		// right whatever it is.
		g.explicit[p] = g.aliases[p] != path.Base(p) || (known[p] == "" && !standard(p))
	}
}

// packages collects import paths and, where the model has them, package names.
func (g *generator) packages(known map[string]string) {
	fn := func(f model.Func) { known[f.ImportPath] = f.PackageName }
	for _, c := range g.app.Constructors {
		fn(c.Func)
	}
	var types []model.Type
	call := func(c *model.Call) {
		if c == nil {
			return
		}
		fn(c.Func)
		for _, p := range c.Params {
			types = append(types, p.Type, p.Elem)
			for _, field := range p.Fields {
				types = append(types, field.Type)
				for _, a := range field.Allocate {
					types = append(types, a.Type)
				}
			}
		}
	}
	for _, f := range g.functions {
		call(f.Call)
		for _, m := range f.Methods {
			call(m.Call)
			for _, mw := range m.Middleware {
				fn(mw.Func)
			}
		}
	}
	for _, t := range types {
		expand(t, func(importPath string) string {
			if _, ok := known[importPath]; !ok {
				known[importPath] = g.app.PackageNames[importPath]
			}
			return ""
		})
	}
}

// expand replaces the qualifiers ${import/path} of t.
func expand(t model.Type, name func(importPath string) string) string {
	text := string(t)
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		importPath, after, _ := strings.Cut(rest, "}")
		b.WriteString(name(importPath))
		text = after
	}
}

// pkg is the name of a package in f, which then imports it.
func (f *file) pkg(importPath string) string {
	f.used[importPath] = true
	return f.g.aliases[importPath]
}

// typ is a type as f writes it.
func (f *file) typ(t model.Type) string { return expand(t, f.pkg) }

// fun is a function as f writes it: "api.Index", or "apiAPI.GetObject".
func (f *file) fun(fn model.Func) string {
	if fn.Recv != nil {
		return f.g.values[fn.Recv] + "." + fn.Name
	}
	return f.pkg(fn.ImportPath) + "." + fn.Name
}

// kit and lam are names of handlerkit and of lambdamain.
func (f *file) kit(name string) string { return f.pkg(pkgHandlerkit) + "." + name }
func (f *file) lam(name string) string { return f.pkg(pkgLambdamain) + "." + name }

// imports writes the import declaration: the standard library, then the rest.
func (f *file) imports(b *bytes.Buffer) {
	var std, other []string
	for _, p := range slices.Sorted(maps.Keys(f.used)) {
		line := fmt.Sprintf("\t%q\n", p)
		if f.g.explicit[p] {
			line = fmt.Sprintf("\t%s %q\n", f.g.aliases[p], p)
		}
		if standard(p) {
			std = append(std, line)
		} else {
			other = append(other, line)
		}
	}
	b.WriteString("import (\n")
	b.WriteString(strings.Join(std, ""))
	if len(std) > 0 && len(other) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(strings.Join(other, ""))
	b.WriteString(")\n\n")
}

// standard says that a package is of the standard library, and not one whose
// last element is a version.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && !isVersion(path.Base(importPath))
}

// guessName is the name that a package most likely has.
func guessName(importPath string) string {
	name := path.Base(importPath)
	if isVersion(name) && path.Dir(importPath) != "." {
		name = path.Base(path.Dir(importPath))
	}
	name, _, _ = strings.Cut(name, ".")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "go-"), "-go")
	if name = identifier(strings.ToLower(name)); name == "" {
		return "pkg"
	}
	return name
}

func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}

// parentName is what tells packages of one name apart: the element before.
func parentName(importPath string) string {
	return identifier(strings.ToLower(path.Base(path.Dir(importPath))))
}

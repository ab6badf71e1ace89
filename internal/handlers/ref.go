package handlers

import (
	"fmt"
	"go/token"
	"path"
	"regexp"
	"strings"

	"github.com/chalicefile/chalicefile/spec"
)

// reference is a handler reference taken apart.
type reference struct {
	// pkg as written, "" for the default package.
	pkg string
	// typ is set for a method.
	typ, name string
}

// wellFormed is what the JSON schema demands of every handler reference: what
// does not match was told by it.
var wellFormed = regexp.MustCompile(`^(?:[^\s:$]+\.)?\p{Lu}[\p{L}\p{Nd}_]*$`)

// parseReference takes "[package.]Name" or "[package.]Type.Method" apart. The
// names are the last one or two dotted ones after the last slash that start in
// upper case.
func parseReference(text string) (reference, *problem) {
	slash := strings.LastIndexByte(text, '/') + 1
	head, parts := text[:slash], strings.Split(text[slash:], ".")
	dots := 0
	for slash == 0 && dots < len(parts) && parts[dots] == "" {
		dots++ // "..Name" has no names before it
	}
	names := 0
	for names < 2 && names < len(parts) && token.IsExported(parts[len(parts)-1-names]) {
		names++
	}
	if names == 0 {
		return reference{}, badReference(text, "it ends in no exported name")
	}
	rest := strings.Join(parts[:len(parts)-names], ".")
	for _, n := range parts[len(parts)-names:] {
		if !token.IsIdentifier(n) {
			return reference{}, badReference(text, fmt.Sprintf("%q is no name in Go", n))
		}
	}
	r := reference{pkg: head + rest, name: parts[len(parts)-1]}
	if names == 2 {
		r.typ = parts[len(parts)-2]
	}
	if r.pkg == "" {
		if len(parts) > names || slash > 0 {
			return reference{}, badReference(text, "its package is empty")
		}
		return r, nil
	}
	if rest == "" || strings.Contains(r.pkg, "//") || dots > 0 || strings.HasSuffix(r.pkg, "/.") {
		return reference{}, badReference(text, fmt.Sprintf("%q is no package", r.pkg))
	}
	return r, nil
}

func badReference(text, why string) *problem {
	return &problem{
		code:    "handler-reference",
		message: fmt.Sprintf("%q is no handler reference: %s", text, why),
		hint:    "write Name, package.Name or package.Type.Method, such as Index, worker.OnMessage or ./internal/api.API.Get",
	}
}

// exported is name with its first letter in upper case.
func exported(name string) string {
	trimmed := strings.TrimLeft(name, "_")
	if trimmed == "" {
		return name
	}
	switch trimmed {
	case "api", "http", "id", "ip", "json", "uri", "url", "uuid":
		return strings.ToUpper(trimmed)
	}
	return strings.ToUpper(trimmed[:1]) + trimmed[1:]
}

// place is where a package is: an import path, and how people call it.
type place struct {
	importPath string
	// shown is "./api" for a package below the Chalicefile, else the import
	// path or "../shared".
	shown string
	// dir is absolute, "" for packages that were named by import path.
	dir string
}

// locate finds the package of a reference. It looks at no file.
func (b *binder) locate(ref spec.Ref, r reference) (place, *problem) {
	written, from := r.pkg, ref.Dir
	if written == "" {
		written, from = ref.Package, "."
		if written == "" {
			written = "."
		}
	}
	if b.isImportPath(written) {
		written = path.Clean(written)
		return place{importPath: written, shown: written}, nil
	}
	rel := path.Join(from, written)
	shown := rel
	if rel != "." && !strings.HasPrefix(rel, "../") && rel != ".." {
		shown = "./" + rel
	}
	dir, importPath, ok := b.below(rel)
	if !ok {
		return place{}, &problem{
			code:    "handler-package",
			message: fmt.Sprintf("package %s is outside of the module %s", shown, b.module.Path),
			hint:    "a package of another module is named by its import path",
		}
	}
	return place{importPath: importPath, shown: shown, dir: dir}, nil
}

// isImportPath: it does not start with "." and its first element contains a
// dot, or it begins with the module's own path.
func (b *binder) isImportPath(pkg string) bool {
	if strings.HasPrefix(pkg, ".") {
		return false
	}
	first, _, _ := strings.Cut(pkg, "/")
	return strings.Contains(first, ".") || pkg == b.module.Path || strings.HasPrefix(pkg, b.module.Path+"/")
}

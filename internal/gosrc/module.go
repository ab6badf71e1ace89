package gosrc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/chalicefile/chalicefile/internal/model"
)

// ErrNoModule says that neither a directory nor one above it has a go.mod.
var ErrNoModule = errors.New("no go.mod")

// FindModule finds the module that dir (absolute) belongs to by looking for
// go.mod from there upwards, as the go command does. AppDir is dir. The error
// wraps ErrNoModule where there is none.
func FindModule(dir string) (model.Module, error) {
	m := model.Module{AppDir: dir}
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "go.mod")
		src, err := os.ReadFile(name)
		switch {
		case err == nil:
			if m.Path = modfile.ModulePath(src); m.Path == "" {
				return m, fmt.Errorf("%s has no module line: run `go mod edit -module example.com/NAME`", name)
			}
			m.Dir = at
			return m, nil
		case !errors.Is(err, os.ErrNotExist):
			return m, fmt.Errorf("%s cannot be read: %w", name, err)
		case at == filepath.Dir(at):
			return m, fmt.Errorf("%w in %s or above", ErrNoModule, dir)
		}
	}
}

// Requires is the version in which the go.mod of a module requires another.
func Requires(m model.Module, path string) (version string, ok bool) {
	name := filepath.Join(m.Dir, "go.mod")
	src, err := os.ReadFile(name)
	if err != nil {
		return "", false
	}
	f, err := modfile.ParseLax(name, src, nil)
	if err != nil {
		return "", false
	}
	for _, r := range f.Require {
		if r.Mod.Path == path {
			return r.Mod.Version, true
		}
	}
	return "", false
}

// ImportPath is that of a directory of the module; ok is false outside it.
func ImportPath(m model.Module, dir string) (path string, ok bool) {
	rel, err := filepath.Rel(m.Dir, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if rel == "." {
		return m.Path, true
	}
	return m.Path + "/" + filepath.ToSlash(rel), true
}

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

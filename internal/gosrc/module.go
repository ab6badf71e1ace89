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
// go.mod from there upwards, as the go command does: one that somebody left in
// the directory for temporary files does not count. AppDir is dir. The error
// wraps ErrNoModule where there is none.
func FindModule(dir string) (model.Module, error) {
	m := model.Module{AppDir: dir}
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "go.mod")
		src, err := os.ReadFile(name)
		switch {
		case err == nil && at != filepath.Clean(os.TempDir()):
			if m.Path = modfile.ModulePath(src); m.Path == "" {
				return m, fmt.Errorf("%s has no module line: run `go mod edit -module example.com/NAME`", name)
			}
			m.Dir = at
			return m, nil
		case err != nil && !errors.Is(err, os.ErrNotExist):
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

// OutsideWorkspace says that the go command takes a workspace that the module is
// none of, and which go.work that is: it then finds no package of the module.
// env is the environment of the go command.
func OutsideWorkspace(env []string, m model.Module) (work string, outside bool) {
	switch work = value(env, "GOWORK"); work {
	case "off":
		return "", false
	case "":
		if work = findWork(m.AppDir); work == "" {
			return "", false
		}
	}
	src, err := os.ReadFile(work)
	if err != nil {
		return "", false // the go command says it better
	}
	f, err := modfile.ParseWork(work, src, nil)
	if err != nil {
		return "", false
	}
	for _, use := range f.Use {
		dir := filepath.FromSlash(use.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(work), dir)
		}
		if same(dir, m.Dir) {
			return "", false
		}
	}
	return work, true
}

func findWork(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, "go.work")); err == nil && !info.IsDir() {
			return filepath.Join(at, "go.work")
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// same says that two paths are one directory.
func same(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

package project

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostDirs bounds how many directories of a broken app are watched.
const mostDirs = 4000

// watch works out Files and Dirs. Where the packages of the handlers are known
// (roots) it is what they are made of; in a broken app it is every directory of
// the module, as the missing one may appear anywhere.
func (p *Project) watch(roots []string) {
	s := newScanner(p.module)
	p.Files = append(slices.Clone(p.loaded.Files), s.manifest...)
	if len(p.loaded.Files) == 0 {
		p.Files = append(p.Files, filepath.Join(p.Dir, p.File))
	}
	for _, root := range roots {
		if dir, ok := s.dirOf(root); ok {
			s.reach(dir)
		}
	}
	if p.App == nil {
		p.Dirs = directories(p.Dir)
		if p.module.Dir != "" {
			p.Dirs = directories(p.module.Dir)
		}
	}
	for dir, pkg := range s.packages {
		p.Dirs = append(append(p.Dirs, dir), pkg.dirs...)
		p.Files = append(p.Files, pkg.files...)
	}
	slices.Sort(p.Files)
	slices.Sort(p.Dirs)
	p.Files, p.Dirs = slices.Compact(p.Files), slices.Compact(p.Dirs)
	p.Dirs = slices.DeleteFunc(p.Dirs, func(dir string) bool {
		info, err := os.Stat(dir) // that of a handler's package may be missing
		return err != nil || !info.IsDir()
	})
}

// directories are dir and those below it that may hold an app's code.
func directories(dir string) []string {
	var all []string
	// Directories that cannot be read are left out.
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		name := d.Name()
		if path != dir && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor") {
			return fs.SkipDir
		}
		if len(all) == mostDirs {
			return fs.SkipAll
		}
		all = append(all, path)
		return nil
	})
	return all
}

package project

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/chalicefile/chalicefile/internal/model"
)

// scanner reads the Go files of an app's own packages for what they import and
// embed. It needs no go command, takes code that does not compile, and all
// files whatever their build constraints: it may see a little too much, and
// misses nothing.
type scanner struct {
	modules  []localModule
	manifest []string            // go.mod, go.sum and so on of the modules
	packages map[string]*scanned // by directory
}

// localModule is one whose source may change under the developer's hands.
type localModule struct{ path, dir string }

// scanned is one package directory.
type scanned struct {
	dir     string
	imports []string // directories of own packages
	files   []string // embedded files, absolute
	dirs    []string // embedded directories
}

func newScanner(m model.Module) *scanner {
	s := &scanner{packages: map[string]*scanned{}}
	if m.Dir == "" {
		return s
	}
	s.module(m.Path, m.Dir)
	s.workspace(m.Dir)
	// The longest path first: a module may lie in another.
	slices.SortStableFunc(s.modules, func(a, b localModule) int { return len(b.path) - len(a.path) })
	return s
}

// module adds a module and those that it replaces by directories.
func (s *scanner) module(path, dir string) {
	if slices.ContainsFunc(s.modules, func(m localModule) bool { return m.dir == dir }) {
		return
	}
	s.modules = append(s.modules, localModule{path, dir})
	name := filepath.Join(dir, "go.mod")
	s.manifest = append(s.manifest, name, filepath.Join(dir, "go.sum"))
	src, err := os.ReadFile(name)
	if err != nil {
		return // the go command says it better
	}
	if f, err := modfile.Parse(name, src, nil); err == nil {
		s.replaced(dir, f.Replace)
	}
}

func (s *scanner) replaced(dir string, list []*modfile.Replace) {
	for _, r := range list {
		if r.New.Version == "" && modfile.IsDirectoryPath(r.New.Path) {
			s.modules = append(s.modules, localModule{r.Old.Path, absolute(dir, r.New.Path)})
		}
	}
}

// workspace adds the modules of the go.work above dir.
func (s *scanner) workspace(dir string) {
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "go.work")
		src, err := os.ReadFile(name)
		if err == nil {
			s.manifest = append(s.manifest, name, name+".sum")
			if f, err := modfile.ParseWork(name, src, nil); err == nil {
				s.replaced(at, f.Replace)
				for _, use := range f.Use {
					s.used(absolute(at, use.Path))
				}
			}
			return
		}
		if at == filepath.Dir(at) {
			return
		}
	}
}

func (s *scanner) used(dir string) {
	if src, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil {
		s.module(modfile.ModulePath(src), dir)
	}
}

func absolute(dir, path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// dirOf is the directory of an own package.
func (s *scanner) dirOf(importPath string) (string, bool) {
	for _, m := range s.modules {
		if importPath == m.path {
			return m.dir, true
		}
		if rest, ok := strings.CutPrefix(importPath, m.path+"/"); ok {
			return filepath.Join(m.dir, filepath.FromSlash(rest)), true
		}
	}
	return "", false
}

// reach scans the own packages that the package in dir is made of, itself
// first, and returns their directories.
func (s *scanner) reach(dir string) []string {
	seen := map[string]bool{}
	var order []string
	var visit func(dir string)
	visit = func(dir string) {
		if seen[dir] {
			return
		}
		seen[dir] = true
		order = append(order, dir)
		for _, d := range s.scan(dir).imports {
			visit(d)
		}
	}
	visit(dir)
	return order
}

// scan reads one package, once.
func (s *scanner) scan(dir string) *scanned {
	if p := s.packages[dir]; p != nil {
		return p
	}
	p := &scanned{dir: dir}
	s.packages[dir] = p
	for _, name := range goFiles(dir) {
		src, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// An unreadable rest of the file does not matter: imports stand first.
		f, _ := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.SkipObjectResolution)
		if f == nil {
			continue
		}
		s.addImports(p, f)
		p.embed(src)
	}
	return p
}

func (s *scanner) addImports(p *scanned, f *ast.File) {
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if dir, ok := s.dirOf(path); ok && !slices.Contains(p.imports, dir) {
			p.imports = append(p.imports, dir)
		}
	}
}

// goFiles are the Go files of a directory that are no tests.
func goFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") &&
			!strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") && !e.IsDir() {
			names = append(names, filepath.Join(dir, name))
		}
	}
	return names
}

const embedDirective = "//go:embed"

// embed adds the files that a Go file embeds.
func (p *scanned) embed(src []byte) {
	if !bytes.Contains(src, []byte(embedDirective)) {
		return
	}
	for line := range bytes.Lines(src) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(string(line)), embedDirective+" ")
		if !ok {
			continue
		}
		for _, pattern := range embedPatterns(rest) {
			p.embedPattern(strings.TrimPrefix(pattern, "all:"))
		}
	}
}

// embedPatterns splits the arguments of a directive, some of which may be
// quoted as Go strings are.
func embedPatterns(text string) []string {
	var patterns []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			if pattern, err := strconv.Unquote(quoted); err == nil {
				patterns = append(patterns, pattern)
			}
			text = text[len(quoted):]
			continue
		}
		pattern, rest, _ := strings.Cut(text, " ")
		patterns = append(patterns, pattern)
		text = rest
	}
	return patterns
}

func (p *scanned) embedPattern(pattern string) {
	path := filepath.Join(p.dir, filepath.FromSlash(pattern))
	matches, err := filepath.Glob(path)
	if err != nil || len(matches) == 0 {
		matches = []string{path} // missing now
	}
	if strings.ContainsAny(pattern, "*?[") {
		p.dirs = append(p.dirs, filepath.Dir(path)) // where new ones may come
	}
	for _, m := range matches {
		if info, err := os.Stat(m); err == nil && info.IsDir() {
			p.dirs = append(p.dirs, directories(m)...)
			continue
		}
		p.files = append(p.files, m)
	}
}

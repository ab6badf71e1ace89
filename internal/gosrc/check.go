package gosrc

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/types"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// loader is one run of Load.
type loader struct {
	*Program
	overlay map[string][]byte
	dir     string
	ask     func(*packages.Package) bool
	// source are the packages to parse: Program.Source and the stand-ins.
	source []*packages.Package
	// found are the faults of packages that were parsed and checked.
	found map[*packages.Package][]Fault
	mu    sync.Mutex
}

// choose picks what is loaded from source, dependencies first.
func (l *loader) choose(roots []*packages.Package) {
	named := map[*packages.Package]bool{}
	for _, r := range l.Roots {
		named[r] = true
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		if len(p.CompiledGoFiles) == 0 {
			return
		}
		wanted := named[p] || p.Module != nil && p.Module.Main || l.ask != nil && l.ask(p)
		if !wanted && p.ExportFile != "" {
			return
		}
		l.source = append(l.source, p)
		if wanted {
			l.Source = append(l.Source, p)
		} else {
			l.standIns[p] = true
		}
	})
}

// parse reads all files, as many at a time as there are processors.
func (l *loader) parse() {
	l.found = map[*packages.Package][]Fault{}
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, p := range l.source {
		p.Fset = l.Fset
		p.Syntax = make([]*ast.File, len(p.CompiledGoFiles))
		for i, name := range p.CompiledGoFiles {
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				p.Syntax[i] = l.parseFile(p, name)
			})
		}
	}
	wg.Wait()
	for _, p := range l.source {
		files := p.Syntax[:0:0]
		for _, f := range p.Syntax {
			if f != nil {
				files = append(files, f)
			}
		}
		if p.Syntax = files; files == nil {
			p.Syntax = []*ast.File{}
		}
	}
}

func (l *loader) parseFile(p *packages.Package, name string) *ast.File {
	src, ok := l.overlay[name]
	if !ok {
		var err error
		if src, err = os.ReadFile(name); err != nil {
			l.fault(p, Fault{Kind: ListFault, Package: p.PkgPath, Message: err.Error()})
			return nil
		}
	}
	f, err := parser.ParseFile(l.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	var list scanner.ErrorList
	if errors.As(err, &list) { // the second of a file mostly follows from the first
		l.fault(p, Fault{Kind: SyntaxFault, Package: p.PkgPath, Pos: list[0].Pos, Message: "syntax error: " + list[0].Msg})
	}
	return f
}

func (l *loader) fault(p *packages.Package, f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found[p] = append(l.found[p], f)
}

// check type-checks what was parsed, in the order of l.source.
func (l *loader) check() {
	for _, p := range l.source {
		l.checkPackage(p)
	}
}

func (l *loader) checkPackage(p *packages.Package) {
	p.TypesSizes = l.sizes
	p.Types = types.NewPackage(p.PkgPath, p.Name)
	l.types[p.PkgPath] = p.Types
	if l.bodies {
		p.TypesInfo = &types.Info{
			Types:        map[ast.Expr]types.TypeAndValue{},
			Instances:    map[*ast.Ident]types.Instance{},
			Defs:         map[*ast.Ident]types.Object{},
			Uses:         map[*ast.Ident]types.Object{},
			Implicits:    map[ast.Node]types.Object{},
			Selections:   map[*ast.SelectorExpr]*types.Selection{},
			Scopes:       map[ast.Node]*types.Scope{},
			FileVersions: map[*ast.File]string{},
		}
	}
	config := types.Config{
		Importer:         importer{l.Program, p},
		Sizes:            l.sizes,
		IgnoreFuncBodies: l.standIns[p] || p.ExportFile != "" && !l.bodies,
		Error: func(err error) {
			l.typeFault(p, err)
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	// The error is the first of those that config.Error saw.
	_ = types.NewChecker(&config, l.Fset, p.Types, p.TypesInfo).Files(p.Syntax)
	p.IllTyped = len(l.found[p]) > 0
}

func (l *loader) typeFault(p *packages.Package, err error) {
	var te types.Error
	if !errors.As(err, &te) {
		l.fault(p, Fault{Kind: TypeFault, Package: p.PkgPath, Message: err.Error()})
		return
	}
	if strings.HasPrefix(te.Msg, "could not import ") || strings.Contains(te.Msg, "; expected package ") {
		return // the go command says it
	}
	pos := l.Fset.Position(te.Pos)
	if strings.HasPrefix(te.Msg, "\t") {
		// go/types reports further lines of an error as errors of their own.
		l.mu.Lock()
		defer l.mu.Unlock()
		if all := l.found[p]; len(all) > 0 {
			last := &all[len(all)-1]
			last.More = append(last.More, Note{Pos: pos, Message: strings.TrimSpace(te.Msg)})
		}
		return
	}
	// "too many return values\n\thave (string)\n\twant ()"
	first, rest, _ := strings.Cut(te.Msg, "\n\t")
	if rest != "" {
		first += ": " + strings.ReplaceAll(rest, "\n\t", ", ")
	}
	l.fault(p, Fault{Kind: TypeFault, Package: p.PkgPath, Pos: pos, Message: first})
}

// importer imports for one package.
type importer struct {
	p    *Program
	from *packages.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := i.from.Imports[path]
	if pkg == nil {
		return nil, fmt.Errorf("package %s is not in the program", path)
	}
	return i.p.typesOf(pkg)
}

// typesOf reads export data where the package was not type-checked.
func (p *Program) typesOf(pkg *packages.Package) (*types.Package, error) {
	if pkg.PkgPath == "unsafe" {
		return types.Unsafe, nil
	}
	if pkg.Types != nil {
		return pkg.Types, nil
	}
	if pkg.ExportFile == "" {
		return nil, fmt.Errorf("%s could not be compiled", pkg.PkgPath)
	}
	f, err := os.Open(pkg.ExportFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f) //nolint:staticcheck // up to Go 1.27 export data lies inside of archives; it takes what comes after, too
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", pkg.PkgPath, err)
	}
	t, err := gcexportdata.Read(r, p.Fset, p.types, pkg.PkgPath)
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", pkg.PkgPath, err)
	}
	pkg.Types = t
	return t, nil
}

package handlers

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// The packages whose types a signature may speak of.
const (
	modulePath     = "github.com/chalicefile/chalicefile"
	handlerkitPath = modulePath + "/handlerkit"
	lambdamainPath = handlerkitPath + "/lambdamain"
	eventsPath     = "github.com/aws/aws-lambda-go/events"
)

// binder binds apps that are built with the same build tags.
type binder struct {
	in     Input
	dir    string
	module model.Module
	// main is the import path that generated mains have, near enough: it decides
	// which internal packages they may import.
	main string
	prog *gosrc.Program
	apps []*appBinder

	targets      map[targetKey]*target
	constructors map[*types.TypeName]*constructor
	building     []*constructor // under way, outermost first
	declarations declarations
	known        map[string]types.Type // by names such as "handlerkit.Request"
}

// appBinder is one app under way.
type appBinder struct {
	*binder
	app  *model.App
	out  *diag.List
	uses []*use
	// told are the problems of handlers that this app told already.
	told map[*problem]bool
	// toldOf are messages about packages that were told.
	toldOf map[string]bool
	// constructed are those of app.Constructors.
	constructed map[*model.Constructor]bool
}

// Check is Bind, and hands out the loaded program too.
func Check(ctx context.Context, in Input) (*Result, error) {
	r := &Result{Findings: make([]diag.List, len(in.Apps))}
	for n, group := range byBuildTags(in.Apps) {
		b := newBinder(in)
		if n > 0 {
			b.in.Configure = nil
		}
		tags := slices.Clone(in.BuildTags)
		for _, i := range group {
			b.add(in.Apps[i], &r.Findings[i])
			tags = append(tags, buildTags(in.Apps[i])...)
		}
		if err := b.run(ctx, tags); err != nil {
			return nil, err
		}
		if r.Program == nil {
			r.Program = b.prog
		}
	}
	return r, nil
}

func newBinder(in Input) *binder {
	return &binder{
		in:           in,
		dir:          in.Dir,
		targets:      map[targetKey]*target{},
		constructors: map[*types.TypeName]*constructor{},
		known:        map[string]types.Type{},
	}
}

func (b *binder) add(app *model.App, out *diag.List) {
	b.apps = append(b.apps, &appBinder{
		binder: b, app: app, out: out, told: map[*problem]bool{}, toldOf: map[string]bool{}, constructed: map[*model.Constructor]bool{},
	})
}

// byBuildTags groups apps that can be loaded together: nearly always all.
func byBuildTags(apps []*model.App) [][]int {
	var groups [][]int
	of := map[string]int{}
	for i, a := range apps {
		key := strings.Join(buildTags(a), ",")
		g, ok := of[key]
		if !ok {
			g = len(groups)
			of[key] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

func buildTags(a *model.App) []string {
	if a.Spec == nil {
		return nil
	}
	tags := slices.Clone(a.Spec.Defaults.BuildTags)
	slices.Sort(tags)
	return slices.Compact(tags)
}

func (b *binder) run(ctx context.Context, tags []string) error {
	roots, ok := b.prepare()
	if !ok {
		return nil
	}
	config := gosrc.Config{
		Dir: b.dir, Packages: roots, Others: []string{lambdamainPath},
		Env: b.in.Env, BuildTags: tags, GOOS: b.in.GOOS, GOARCH: b.in.GOARCH, Overlay: b.in.Overlay,
	}
	if b.in.Configure != nil {
		config = b.in.Configure(config)
	}
	prog, err := gosrc.Load(ctx, config)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.tellAll(commandProblem(err))
		return nil
	}
	b.finish(prog)
	return nil
}

// prepare finds the module and the packages to load; ok is false where there is
// nothing to load them for.
func (b *binder) prepare() (roots []string, ok bool) {
	module, err := gosrc.FindModule(b.dir)
	if err != nil {
		b.tellAll(moduleProblem(err))
		return nil, false
	}
	b.module = module
	if work, outside := gosrc.OutsideWorkspace(b.in.Env, module); outside {
		b.tellAll(b.workspaceProblem(work))
		return nil, false
	}
	b.main = importPath(module, filepath.Join(b.dir, ".chalicefile", "gen"))
	for _, a := range b.apps {
		if a.app.Module.Dir == "" {
			a.app.Module = module
		}
		a.collect()
	}
	return b.locateUses(), true
}

// finish checks and binds with the loaded packages.
func (b *binder) finish(prog *gosrc.Program) {
	b.prog = prog
	b.declarations = index(prog)
	b.tellFaults(b.tellRequirement())
	for _, a := range b.apps {
		a.bind()
	}
}

func importPath(m model.Module, dir string) string {
	p, _ := gosrc.ImportPath(m, dir)
	return p
}

// below is the directory at a slash path relative to the Chalicefile, and its
// import path; ok is false outside of the module.
func (b *binder) below(rel string) (dir, importPath string, ok bool) {
	dir = filepath.Join(b.dir, filepath.FromSlash(rel))
	importPath, ok = gosrc.ImportPath(b.module, dir)
	return dir, importPath, ok
}

// tellAll tells what hinders the check of every app, at its name.
func (b *binder) tellAll(p *problem) {
	for _, a := range b.apps {
		b.tell(a.out, diag.Value("app"), p)
	}
}

func moduleProblem(err error) *problem {
	if errors.Is(err, gosrc.ErrNoModule) {
		return &problem{
			code:    "go-module-missing",
			message: "the app is in no Go module: there is no go.mod beside the Chalicefile or above it",
			hint:    "run `go mod init example.com/NAME`, then `go get " + modulePath + "`",
		}
	}
	return &problem{code: "go-command", message: err.Error()}
}

func (b *binder) workspaceProblem(work string) *problem {
	p := &problem{
		code:    "go-command",
		message: fmt.Sprintf("the module %s is not in the workspace of %s, so that the go command does not find its packages", b.module.Path, b.shown(work)),
	}
	return p.withHint("run `go work use %s`, or set GOWORK=off", b.shown(b.module.Dir))
}

// shown is a path as seen from the Chalicefile.
func (b *binder) shown(path string) string {
	if rel, err := filepath.Rel(b.dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}

func commandProblem(err error) *problem {
	var ce *gosrc.CommandError
	if !errors.As(err, &ce) {
		return &problem{code: "go-command", message: err.Error()}
	}
	if ce.Missing {
		return &problem{
			code:    "go-command",
			message: "the go command was not found",
			hint:    "install Go from https://go.dev/dl and have it in PATH",
		}
	}
	p := &problem{code: "go-command", message: "the go command cannot load the app: " + strings.Join(strings.Fields(ce.Output), " ")}
	if strings.Contains(ce.Output, "updates to go.mod needed") || strings.Contains(ce.Output, "missing go.sum entry") {
		p.hint = "run `go mod tidy`"
	}
	return p
}

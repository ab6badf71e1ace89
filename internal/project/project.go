// Package project is the pipeline that every command that needs Go code runs:
// it finds the Chalicefile, loads and checks it, binds its handlers, generates
// the typed main, and builds it. It prints nothing and reads no environment:
// both are handed in.
package project

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/handlers"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// Options say which project is meant and what it sees of the world.
type Options struct {
	// Dir is the directory of the Chalicefile, absolute; File its name, "" means
	// Chalicefile.yaml.
	Dir, File string
	// Stage, Region and Account as loader.Options has them.
	Stage, Region, Account string
	// LookupEnv finds ${env.NAME}; nil means that nothing is set.
	LookupEnv func(string) (string, bool)
	// Environ is the environment of the go commands that are run. What would
	// change the bytes of a build (GOFLAGS and so on) is taken out of it.
	Environ []string
	// ToolVersion is the version of this program, against which the app's go.mod
	// is held; "" checks nothing.
	ToolVersion string
	// Target is what the app will be built for, so that loading its Go code
	// warms the build cache for it. The zero Target is Lambda.
	Target Target
	// ReadFile reads Chalicefiles; nil means os.ReadFile.
	ReadFile func(path string) ([]byte, error)
	// Configure completes how the Go code is loaded, for who wants more of
	// Project.Program than the signatures of handlers; nil leaves it.
	Configure func(gosrc.Config) gosrc.Config
}

// Target is what a build is for.
type Target struct {
	// GOOS and GOARCH; "" means those of the machine.
	GOOS, GOARCH string
}

// LambdaArch as Target.GOARCH of Options is the architecture that most of the
// app's functions have in Lambda. (Without it loading takes that of the machine,
// whose packages are in the build cache where the app was run.)
const LambdaArch = "lambda"

// loadArch is the GOARCH to load for.
func (p *Project) loadArch(app *spec.App) string {
	if p.options.Target.GOARCH != LambdaArch {
		return p.options.Target.GOARCH
	}
	return goArch[cmp.Or(app.Defaults.Architecture, "arm64")]
}

// Project is one app of one stage, as far as it could be loaded.
type Project struct {
	// App is bound to its Go functions; nil where there are errors.
	App *model.App
	// Program is the Go code of the handlers' packages; nil where it was not
	// loaded.
	Program *gosrc.Program
	// Dir and File as found; Stage in force.
	Dir, File, Stage string
	// Stages that the Chalicefile declares.
	Stages []string
	// Files (also missing ones) and Dirs are what to watch, absolute: the
	// Chalicefiles, go.mod and its like, embedded files; directories of the Go
	// packages that the app uses. They are known however broken the app is.
	Files, Dirs []string
	// Sources are the bytes of the Chalicefiles by the names that findings show.
	Sources map[string][]byte

	options Options
	loaded  *loader.Result
	module  model.Module
	clean   []string // Environ without what does not count; nil where no go command says
}

// Find looks for a Chalicefile in start (absolute) and above it, as go does
// with go.mod. file is the name to look for, "" for Chalicefile.yaml. The error
// wraps os.ErrNotExist where there is none.
func Find(start, file string) (dir, name string, err error) {
	if file == "" {
		file = loader.DefaultFile
	}
	for at := filepath.Clean(start); ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, file)); err == nil && !info.IsDir() {
			return at, file, nil
		}
		if at == filepath.Dir(at) {
			return "", "", fmt.Errorf("no %s in %s or any directory above it: %w", file, start, os.ErrNotExist)
		}
	}
}

// Load runs the pipeline up to the bound app. The project is never nil; the
// findings are resolved and sorted. What keeps the go command from running is a
// finding too.
func Load(ctx context.Context, o Options) (*Project, diag.List) {
	if o.File == "" {
		o.File = loader.DefaultFile
	}
	if o.Stage == "" {
		o.Stage = loader.DefaultStage
	}
	p := &Project{Dir: o.Dir, File: o.File, Stage: o.Stage, options: o}
	p.loaded = loader.Load(loader.Options{
		Dir: o.Dir, File: o.File, ReadFile: o.ReadFile,
		Stage: o.Stage, Region: o.Region, Account: o.Account, LookupEnv: o.LookupEnv,
	})
	p.Sources = p.loaded.Sources
	findings := diag.List{}
	findings.Add(p.loaded.Findings.Findings...)
	roots := p.bind(ctx, &findings)
	p.quote(findings)
	findings.Sort()
	if findings.HasErrors() {
		p.App = nil
	}
	p.watch(roots)
	return p, findings
}

// bind resolves the app and its handlers, for every stage, and returns the
// import paths of the handlers' packages where they are known.
func (p *Project) bind(ctx context.Context, findings *diag.List) []string {
	specs := p.loaded.Others
	if p.loaded.App != nil {
		p.Stages = p.loaded.App.Stages
		specs = append([]*spec.App{p.loaded.App}, specs...)
	}
	// Where there is no module, those who bind the handlers tell so.
	p.module, _ = gosrc.FindModule(p.Dir)
	if len(specs) == 0 {
		return nil
	}
	environ := p.environment(ctx)
	apps := make([]*model.App, len(specs))
	for i, s := range specs {
		apps[i] = model.Resolve(s, p.module)
	}
	result, err := handlers.Check(ctx, handlers.Input{
		Apps: apps, Dir: p.Dir, Env: environ,
		GOOS: p.options.Target.GOOS, GOARCH: p.loadArch(specs[0]),
		ToolVersion: p.options.ToolVersion, Configure: p.options.Configure,
	})
	if err != nil {
		var list diag.List
		list.Err("go-command", diag.Value("app"), err.Error())
		findings.Add(p.loaded.Resolve(specs[0], list).Findings...)
		return nil
	}
	for i, list := range result.Findings {
		findings.Add(p.loaded.Resolve(specs[i], list).Findings...)
	}
	if p.loaded.App != nil {
		p.App = apps[0]
	}
	if p.Program = result.Program; p.Program == nil {
		return nil
	}
	names := result.Program.PackageNames()
	for _, app := range apps {
		app.PackageNames = names
	}
	return rootPackages(result.Program)
}

// environment is that of all go commands: code is loaded in the one in which it
// will be built. Where the go command cannot say it, whoever needs the go
// command next tells why.
func (p *Project) environment(ctx context.Context) []string {
	clean, err := bundle.Environment(ctx, p.Dir, p.options.Environ)
	if err != nil {
		return p.options.Environ
	}
	p.clean = clean
	return clean
}

func rootPackages(program *gosrc.Program) []string {
	var paths []string
	for _, pkg := range program.Roots {
		paths = append(paths, pkg.PkgPath)
	}
	return paths
}

// Resolve gives findings at paths of the Chalicefile their positions.
func (p *Project) Resolve(list diag.List) diag.List {
	if p.App == nil {
		return list
	}
	return p.loaded.Resolve(p.loaded.App, list)
}

// Generate makes the typed main: paths relative to GenDir, and their bytes.
func (p *Project) Generate() (map[string][]byte, error) {
	return codegen.Generate(p.App)
}

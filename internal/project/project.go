// Package project is the pipeline that every command that needs Go code runs:
// it finds the Chalicefile, loads and checks it, binds its handlers, generates
// the typed main, and builds it. It prints nothing and reads no environment:
// both are handed in.
package project

import (
	"context"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
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
	// is held.
	ToolVersion string
	// ReadFile reads Chalicefiles; nil means os.ReadFile.
	ReadFile func(path string) ([]byte, error)
}

// Project is one app of one stage, as far as it could be loaded.
type Project struct {
	// App is bound to its Go functions; nil where there are errors.
	App *model.App
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
}

// Target is what a build is for.
type Target struct {
	// GOOS and GOARCH; "" means those of the machine.
	GOOS, GOARCH string
}

// Load runs the pipeline up to the bound app. The project is never nil; the
// findings are resolved and sorted. What keeps the go command from running is a
// finding too.
func Load(ctx context.Context, o Options) (*Project, diag.List) {
	return &Project{Dir: o.Dir, File: o.File, options: o}, diag.List{}
}

// Generate makes the typed main: paths relative to GenDir, and their bytes.
func (p *Project) Generate() (map[string][]byte, error) {
	return codegen.Generate(p.App)
}

// GenDir is where WriteGen puts the typed main: absolute, one for each stage.
func (p *Project) GenDir() string { return "" }

// WriteGen writes the typed main. Files that are as they should be are not
// touched.
func (p *Project) WriteGen() error { return nil }

// Build generates, writes and compiles the app. The path is that of a binary
// that no later build changes (old ones go when a few newer ones exist). Faults of
// the code are findings; the error is for all else.
func (p *Project) Build(ctx context.Context, t Target) (string, diag.List, error) {
	return "", diag.List{}, nil
}

// Archive builds the app for Lambda and packs it: one zip for each architecture
// ("arm64", "x86_64") that a function of the app uses.
func (p *Project) Archive(ctx context.Context) (map[string]bundle.Archive, diag.List, error) {
	return nil, diag.List{}, nil
}

// UnsetEnvironment warns of each name that the code of the app's own packages
// reads by os.Getenv or os.LookupEnv and that no function's environment sets.
// The findings stand at positions in Go files.
func (p *Project) UnsetEnvironment() diag.List { return diag.List{} }

// WriteSchema writes .chalicefile/chalicefile.schema.json where it is absent.
func (p *Project) WriteSchema(schema []byte) error { return WriteSchema(p.Dir, schema) }

// WriteSchema writes schema to .chalicefile/chalicefile.schema.json below dir
// where there is none, and the .gitignore beside it.
func WriteSchema(dir string, schema []byte) error { return nil }

// Find looks for a Chalicefile in start and above it, as go does with go.mod.
// file is the name of the file, "" for Chalicefile.yaml.
func Find(start, file string) (dir, name string, err error) { return "", "", nil }

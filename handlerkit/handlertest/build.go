package handlertest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	// What is linked into every app is linked into its tests too, so that go
	// test runs them again when it changes.
	_ "github.com/chalicefile/chalicefile/handlerkit/lambdamain"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// built is an app, ready to be served, or what is wrong with it.
type built struct {
	once   sync.Once
	app    *model.App
	binary string
	fault  string
}

// builds is all that this test binary has built. It is shared by tests on
// purpose: building is what takes the time.
var builds struct {
	mu  sync.Mutex
	all map[string]*built
}

// builtFor builds the app that the options mean, unless that was done before.
func builtFor(t testing.TB, o *options) *built {
	t.Helper()
	start := o.dir
	if start == "" {
		start = "."
	}
	start, err := filepath.Abs(start)
	if err != nil {
		t.Fatal(err)
	}
	dir, file, err := project.Find(start, o.file)
	if err != nil {
		t.Fatal(err)
	}
	key := []string{dir, file, o.stage}
	for _, name := range slices.Sorted(maps.Keys(o.env)) {
		key = append(key, name, o.env[name])
	}
	builds.mu.Lock()
	if builds.all == nil {
		builds.all = map[string]*built{}
	}
	id := strings.Join(key, "\x00")
	b := builds.all[id]
	if b == nil {
		b = new(built)
		builds.all[id] = b
	}
	builds.mu.Unlock()
	// Another test may wait for this build when the one that began it is over.
	b.once.Do(func() { b.build(context.WithoutCancel(t.Context()), dir, file, o) })
	if b.fault != "" {
		t.Fatal(b.fault)
	}
	return b
}

func (b *built) build(ctx context.Context, dir, file string, o *options) {
	p, findings := project.Load(ctx, project.Options{
		Dir: dir, File: file, Stage: o.stage,
		Region:    os.Getenv("AWS_REGION"),
		LookupEnv: o.lookupEnv,
		Environ:   os.Environ(),
		Target:    project.Target{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH},
	})
	observe(p)
	if b.told(p, findings) {
		return
	}
	setEnvironment(p.App, o.env)
	binary, findings, err := p.Build(ctx, project.Target{})
	if err != nil {
		b.fault = fmt.Sprintf("building the app: %v", err)
		return
	}
	if b.told(p, findings) {
		return
	}
	b.app, b.binary = p.App, binary
}

// told says that there are errors, and keeps them for every test to tell.
func (b *built) told(p *project.Project, findings diag.List) bool {
	if !findings.HasErrors() {
		return false
	}
	var text strings.Builder
	fmt.Fprintf(&text, "the app in %s has faults:\n", p.Dir)
	// Writing to a strings.Builder does not fail.
	_ = diag.WriteText(&text, findings, diag.PrintOptions{Sources: p.Sources, Prefix: filepath.ToSlash(p.Dir)})
	b.fault = text.String()
	return true
}

func (o *options) lookupEnv(name string) (string, bool) {
	if value, ok := o.env[name]; ok {
		return value, true
	}
	return os.LookupEnv(name)
}

// setEnvironment gives every function what Env says.
func setEnvironment(app *model.App, env map[string]string) {
	for _, f := range app.Functions {
		merged := maps.Clone(f.Settings.Environment)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, env)
		f.Settings.Environment = merged
	}
}

// observe opens what the build reads. The go command notes which files of the
// module a test opens, and answers from its cache only while they stay the
// same; it does not see what the compiler opens.
func observe(p *project.Project) {
	for _, file := range p.Files {
		touch(file)
	}
	for _, dir := range p.Dirs {
		d, err := os.Open(dir)
		if err != nil {
			continue
		}
		entries, _ := d.ReadDir(-1)
		_ = d.Close()
		for _, e := range entries {
			if e.Type()&fs.ModeType == 0 && filepath.Ext(e.Name()) == ".go" {
				touch(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// touch opens a file; one that is missing counts as seen as well.
func touch(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Close()
	}
}

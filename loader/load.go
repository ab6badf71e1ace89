// Package loader turns the bytes of a Chalicefile into a checked spec.App: it
// composes the files, holds them against the JSON schema, decodes them and
// applies the rules of meaning. Everything that it finds is told in one run.
package loader

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source/all"
	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// DefaultFile is the name of a Chalicefile.
const DefaultFile = "Chalicefile.yaml"

// DefaultStage is the stage where nothing names one.
const DefaultStage = "dev"

// Options say what to load.
type Options struct {
	// Dir is the directory of the root file, absolute; File its name, "" means
	// DefaultFile.
	Dir, File string
	// ReadFile reads a file by absolute path; nil means os.ReadFile. An error
	// that is fs.ErrNotExist means that there is none.
	ReadFile func(path string) ([]byte, error)
	// Stage that is asked for; "" means DefaultStage.
	Stage string
	// Region and Account are what ${region} and ${account} become; "" means
	// us-east-1 and 000000000000.
	Region, Account string
	// LookupEnv finds ${env.NAME}; nil means that nothing is set.
	LookupEnv func(string) (string, bool)
	// SchemaOnly stops after the JSON schema.
	SchemaOnly bool
}

// Result is what Load made of a Chalicefile.
type Result struct {
	// App is the app of Options.Stage, nil where nothing sound is left.
	App *spec.App
	// Others are the apps of every other declared stage, each checked too.
	Others []*spec.App
	// Findings of steps 1 to 3 of all stages: resolved, sorted, none twice.
	Findings diag.List
	// Files is every file that was read, absolute, also those that were
	// missing: what a watcher watches.
	Files []string
	// Sources are the bytes of the files by the names that findings show.
	Sources map[string][]byte

	trees map[*spec.App]*yamltree.Node
}

// Prepare does what the first Load of a process would do before it reads
// anything, which takes some 6 ms: who waits for something else can do it then.
func Prepare() { compileSchema() }

// Load reads a Chalicefile and everything that it includes, and checks it.
func Load(o Options) *Result {
	o = o.withDefaults()
	comp, found := yamltree.Compose(yamltree.ComposeOptions{
		Dir: o.Dir, File: o.File, ReadFile: o.ReadFile, LookupEnv: o.LookupEnv, Region: o.Region, Account: o.Account,
	})
	l := &loading{o: o, comp: comp, result: &Result{Findings: found, Sources: map[string][]byte{}, trees: map[*spec.App]*yamltree.Node{}}}
	if comp != nil {
		l.files()
		l.run()
	}
	l.result.Findings = decided(l.result.Findings)
	l.result.Findings.Sort()
	return l.result
}

func (o Options) withDefaults() Options {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&o.File, DefaultFile)
	set(&o.Stage, DefaultStage)
	set(&o.Region, "us-east-1")
	set(&o.Account, "000000000000")
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	if o.LookupEnv == nil {
		o.LookupEnv = func(string) (string, bool) { return "", false }
	}
	return o
}

// loading is one run of Load.
type loading struct {
	o      Options
	comp   *yamltree.Composition
	result *Result
	// asWritten are the findings of the files as they are, the steps before any
	// stage, and written where they are.
	asWritten diag.List
	written   *faults
}

func (l *loading) files() {
	l.result.Files = l.comp.Paths
	for _, f := range l.comp.Files {
		l.result.Sources[f.Name] = f.Source
	}
}

func (l *loading) run() {
	if l.comp.Root == nil {
		return
	}
	files := []*yamltree.Node{l.comp.Root}
	for _, i := range l.comp.Includes {
		files = append(files, i.Node)
	}
	l.result.Findings = asWritten(l.result.Findings, files)
	read := newFaults(l.result.Findings)
	l.add(read.beyond(checkSchema(l.comp.Root, false)))
	for _, i := range l.comp.Includes {
		if i.Node != nil {
			l.add(read.beyond(checkSchema(i.Node, true)))
		}
	}
	if l.o.SchemaOnly || l.comp.Root.Kind != yamltree.Mapping {
		return
	}
	l.asWritten = diag.List{Findings: slices.Clone(l.result.Findings.Findings)}
	l.written = newFaults(l.asWritten)
	asked := l.askedFor()
	var told []staged
	for _, stage := range l.stages() {
		app, found := l.stage(stage, stage == l.o.Stage)
		overlay, _ := l.comp.Root.Get("stages").Entry(stage)
		told = append(told, staged{stage, overlay, found})
		switch {
		case app == nil:
		case asked && stage == l.o.Stage:
			l.result.App = app
		default:
			l.result.Others = append(l.result.Others, app)
		}
	}
	l.add(merged(told, l.o.Stage))
}

func (l *loading) add(found diag.List) { l.result.Findings.Add(found.Findings...) }

// stages are the one that is asked for and every other that the file has.
func (l *loading) stages() []string {
	if len(l.comp.Stages) == 0 {
		return []string{l.o.Stage}
	}
	all := slices.Clone(l.comp.Stages)
	if !slices.Contains(all, DefaultStage) {
		all = append([]string{DefaultStage}, all...)
	}
	return all
}

// askedFor tells a stage that the file does not have, or that cannot be.
func (l *loading) askedFor() bool {
	stage := l.o.Stage
	where := diag.Range{File: l.comp.RootFile.Name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
	tell := func(code, message, hint string) bool {
		l.result.Findings.Add(diag.Finding{Code: code, Range: where, Message: message, Hint: hint})
		return false
	}
	if known := l.stages(); !slices.Contains(known, stage) {
		if e, ok := l.comp.Root.Entry("stages"); ok {
			where = e.Key.Range()
		}
		hint := diag.DidYouMean(stage, known)
		if hint == "" {
			hint = "add it under stages"
		}
		return tell("unknown-stage", fmt.Sprintf("there is no stage %q: the stages are %s", stage, strings.Join(known, ", ")), hint)
	}
	if !stageName(stage) {
		return tell("invalid-stage", fmt.Sprintf("%q cannot be the name of a stage", stage), "take up to 30 letters, digits, _ and -")
	}
	return true
}

// maxStage is how long the name of a stage may be.
const maxStage = 30

func stageName(s string) bool {
	return s != "" && len(s) <= maxStage && segmentText(s) && !strings.ContainsAny(s, ".:")
}

// stage merges, decodes and checks one stage.
func (l *loading) stage(name string, asked bool) (*spec.App, diag.List) {
	root, found := l.comp.Stage(text(l.comp.Root.Get("app")), name, asked)
	found = l.written.notWithin(found, "misplaced-interpolation")
	if root == nil || root.Kind != yamltree.Mapping {
		return nil, found
	}
	if part := unseen(root, l.comp.Root.Get("stages").Get(name)); part != nil {
		found.Add(l.written.beyond(checkSchema(part, false)).Findings...)
	}
	d := &decoder{context: l.comp.FileContext, sources: all.Events(), structs: structFields{}}
	app := d.app(root)
	app.Stage, app.Region, app.Account, app.Stages = name, l.o.Region, l.o.Account, l.comp.Stages
	l.result.trees[app] = root

	before := diag.List{Findings: slices.Concat(l.asWritten.Findings, found.Findings)}
	c := &checker{
		app: app, root: root, faults: newFaults(before), readFile: l.readNamed, sources: all.List(),
		nearest: map[misspelling]string{}, misspelt: map[string]bool{},
	}
	c.faults.topLevel(l.comp.Root)
	c.faults.topLevel(l.comp.Root.Get("stages").Get(name))
	c.faults.included(l.comp.Root)
	for _, i := range l.comp.Includes {
		c.faults.topLevel(i.Node)
		c.faults.included(i.Node)
	}
	c.check()
	found.Add(l.result.Resolve(app, c.out).Findings...)
	return app, found
}

// readNamed reads a file that the Chalicefile names, and notes it as one to
// watch.
func (l *loading) readNamed(name string) ([]byte, error) {
	path := filepath.Join(l.o.Dir, filepath.FromSlash(name))
	if filepath.IsAbs(name) {
		path = name
	}
	if !slices.Contains(l.result.Files, path) {
		l.result.Files = append(l.result.Files, path)
	}
	return l.o.ReadFile(path)
}

// Resolve gives the findings in l, told at paths of app, their ranges in the
// files, and returns them sorted. app is r.App or one of r.Others.
func (r *Result) Resolve(app *spec.App, l diag.List) diag.List {
	root := r.trees[app]
	out := diag.List{Findings: slices.Clone(l.Findings)}
	for i := range out.Findings {
		f := &out.Findings[i]
		resolve(root, f.At, &f.Range)
		f.Related = slices.Clone(f.Related)
		for j := range f.Related {
			resolve(root, f.Related[j].At, &f.Related[j].Range)
		}
		f.Order()
	}
	out.Sort()
	return out
}

func resolve(root *yamltree.Node, at diag.At, r *diag.Range) {
	if r.IsZero() && root != nil {
		*r, _ = yamltree.Locate(root, at)
	}
}

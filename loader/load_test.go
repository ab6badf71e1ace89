package loader_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// load loads an app of files in txtar form.
func load(files string, change ...func(*loader.Options)) *loader.Result {
	o := options(txtar.Parse([]byte(files)))
	for _, f := range change {
		f(&o)
	}
	return loader.Load(o)
}

func codesOf(l diag.List) string {
	var codes []string
	for _, f := range l.Findings {
		codes = append(codes, f.Code)
	}
	return strings.Join(codes, " ")
}

const withStages = `
-- Chalicefile.yaml --
version: 1
app: shop
routes: { /: { GET: Index } }
include: [{ file: more.yaml }, { file: gone.yaml }]
iam: { autogen_policy: false, policy_file: policy.json }
defaults: { environment: { STAGE: '${stage} ${region} ${account} ${env.X}' } }
stages:
  prod: { defaults: { memory_size: 512 } }
  test: {}
-- more.yaml --
routes: { /more: { GET: More } }
-- policy.json --
{"Statement": []}
`

func TestLoadStages(t *testing.T) {
	r := load(withStages, func(o *loader.Options) {
		o.Stage, o.Region, o.Account = "prod", "eu-west-1", "123456789012"
		o.LookupEnv = func(name string) (string, bool) { return "x", name == "X" }
	})
	if got := codesOf(r.Findings); got != "include-not-found" {
		t.Errorf("findings: %s", got)
	}
	if r.App.Stage != "prod" || *r.App.Defaults.MemorySize != 512 || r.App.Defaults.Environment["STAGE"] != "prod eu-west-1 123456789012 x" {
		t.Errorf("app: %+v", r.App)
	}
	var others []string
	for _, app := range r.Others {
		others = append(others, app.Stage)
	}
	if !slices.Equal(others, []string{"dev", "test"}) || !slices.Equal(r.App.Stages, []string{"prod", "test"}) {
		t.Errorf("others %q, stages %q", others, r.App.Stages)
	}
	for _, want := range []string{"/app/Chalicefile.yaml", "/app/more.yaml", "/app/gone.yaml", "/app/policy.json"} {
		if !slices.Contains(r.Files, want) {
			t.Errorf("%s is not among the files to watch: %q", want, r.Files)
		}
	}
	if len(r.Sources) != 2 || !strings.HasPrefix(string(r.Sources["more.yaml"]), "routes:") {
		t.Errorf("sources: %v", r.Sources)
	}
}

func TestLoadDefaults(t *testing.T) {
	app := load("-- Chalicefile.yaml --\nversion: 1\napp: shop\nroutes: { /: { GET: Index } }\n").App
	if app == nil || app.Stage != "dev" || app.Region != "us-east-1" || app.Account != "000000000000" || app.Package != "." {
		t.Errorf("app: %+v", app)
	}
	if want := (spec.Ref{Text: "Index", Dir: ".", Package: "."}); app.Routes[0].Methods[0].Handler != want {
		t.Errorf("handler: %+v", app.Routes[0].Methods[0].Handler)
	}
}

func TestLoadUnknownStage(t *testing.T) {
	r := load(withStages, func(o *loader.Options) { o.Stage = "prdo" })
	if r.App != nil || len(r.Others) != 3 || !strings.Contains(codesOf(r.Findings), "unknown-stage") {
		t.Errorf("app %v, %d others, %s", r.App, len(r.Others), codesOf(r.Findings))
	}
}

func TestLoadSchemaOnly(t *testing.T) {
	r := load("-- Chalicefile.yaml --\nversion: 2\napp: shop\nroutes: { /: { GET: Index, authorizer: nobody } }\n", func(o *loader.Options) { o.SchemaOnly = true })
	if got := codesOf(r.Findings); r.App != nil || got != "invalid-value" {
		t.Errorf("app %v, findings %s", r.App, got)
	}
}

func TestLoadNothing(t *testing.T) {
	for _, src := range []string{"[]\n", "x\n", "", "a: [\n"} {
		r := load("-- Chalicefile.yaml --\n" + src)
		if r.App != nil && src != "a: [\n" || !r.Findings.HasErrors() {
			t.Errorf("%q: app %v, findings %s", src, r.App, codesOf(r.Findings))
		}
	}
}

// What later steps tell at paths is told at the place of the file that wrote it.
func TestResolve(t *testing.T) {
	r := load(withStages)
	var l diag.List
	l.Err("b", diag.Value("routes", "/more", "GET"), "in another file").WithRelatedRange(diag.Range{File: "api.go"}, "the function")
	l.Err("a", diag.Key("routes", "/", "GET"), "a key").WithRelated(diag.Value("app"), "the app")
	l.Err("a", diag.Key("routes", "/", "GET"), "a key")
	got := r.Resolve(r.App, l)
	if len(got.Findings) != 2 {
		t.Fatalf("findings: %+v", got)
	}
	a, b := got.Findings[0], got.Findings[1]
	if a.Range.File != "Chalicefile.yaml" || a.Range.Start != (diag.Pos{Line: 3, Column: 16}) || a.Related[0].Range.Start != (diag.Pos{Line: 2, Column: 6}) {
		t.Errorf("a: %+v", a)
	}
	if b.Range.File != "more.yaml" || b.Range.Start != (diag.Pos{Line: 1, Column: 25}) || b.Related[0].Range.File != "api.go" {
		t.Errorf("b: %+v", b)
	}
	if l.Findings[0].Range != (diag.Range{}) || !l.Findings[1].Related[0].Range.IsZero() {
		t.Error("the list that was given has changed")
	}
}

// jsonSpec is a spec as a golden: without what is not set, raw JSON readable.
func jsonSpec(t *testing.T, app *spec.App) string {
	t.Helper()
	b, err := json.Marshal(app)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if b, err = json.MarshalIndent(readable(v), "", "  "); err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

func readable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil || value == "" {
				delete(v, key)
				continue
			}
			v[key] = readable(value)
		}
	case []any:
		for i := range v {
			v[i] = readable(v[i])
		}
	case string:
		if raw, err := base64.StdEncoding.DecodeString(v); err == nil && json.Valid(raw) {
			return json.RawMessage(raw)
		}
	}
	return v
}

// Whatever the bytes are, every finding has a place, a known code and words,
// and is told once.
func FuzzLoad(f *testing.F) {
	for _, file := range fixtures(f, "testdata") {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if src := fileOf(archive, loader.DefaultFile); len(src) < 2000 {
			f.Add(src)
		}
	}
	known := map[string]bool{}
	for _, c := range loader.Codes() {
		known[c.Code] = true
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		r := loader.Load(loader.Options{Dir: appDir, ReadFile: func(name string) ([]byte, error) {
			if name == appDir+"/"+loader.DefaultFile {
				return src, nil
			}
			return nil, fs.ErrNotExist
		}})
		for i, finding := range r.Findings.Findings {
			if !known[finding.Code] || finding.Message == "" || finding.Range.File == "" || finding.Range.Start.Line < 1 || finding.Range.Start.Column < 1 ||
				finding.Range.End.Compare(finding.Range.Start) < 0 {
				t.Errorf("finding %+v", finding)
			}
			if i > 0 && slices.Equal([]string{finding.Code, finding.Message}, []string{r.Findings.Findings[i-1].Code, r.Findings.Findings[i-1].Message}) &&
				finding.Range == r.Findings.Findings[i-1].Range {
				t.Errorf("told twice: %+v", finding)
			}
		}
		if r.App == nil && !r.Findings.HasErrors() {
			t.Error("no app and no errors")
		}
	})
}

func TestUnreadable(t *testing.T) {
	r := loader.Load(loader.Options{Dir: appDir, ReadFile: func(string) ([]byte, error) { return nil, errors.New("the disk is gone") }})
	if r.App != nil || codesOf(r.Findings) != "file-unreadable" || !slices.Contains(r.Files, "/app/Chalicefile.yaml") {
		t.Errorf("%+v", r)
	}
}

package desired

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

var update = flag.Bool("update", false, "write what the fixtures want")

// TestFixtures makes graphs of Chalicefiles. A fixture holds the files, the
// graph and the findings wanted, and the document of the REST API.
func TestFixtures(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { fixture(t, name) })
	}
}

func fixture(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, rest := map[string][]byte{}, archive.Files[:0:0]
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, "want") {
			files[f.Name] = f.Data
			rest = append(rest, f)
		}
	}
	in := load(t, files)
	graph, findings := Graph(in)
	sound(t, graph)
	got := []txtar.File{{Name: "want", Data: []byte(text(graph) + told(findings))}}
	for _, r := range graph.Of(resource.KindRestAPI) {
		got = append(got, txtar.File{Name: "want.json", Data: pretty(t, r.(*resource.RestAPI).Document)})
	}
	if *update {
		archive.Files = append(rest, got...)
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, g := range got {
		for _, f := range archive.Files {
			if f.Name == g.Name && !bytes.Equal(f.Data, g.Data) {
				t.Errorf("%s: got\n%s\nwant\n%s", f.Name, g.Data, f.Data)
			}
		}
	}
	if want := len(rest) + len(got); len(archive.Files) != want {
		t.Errorf("the fixture has %d files, want %d (go test -update writes it)", len(archive.Files), want)
	}
}

var owner = resource.Owner{App: "shop", Stage: "dev", Partition: "aws", Region: "us-west-2", Account: "123456789012"}

const root = "/app"

// load resolves the app of files, with a policy for each function and code for
// each architecture.
func load(t *testing.T, files map[string][]byte) Input {
	t.Helper()
	read := func(path string) ([]byte, error) {
		rel, err := filepath.Rel(root, path)
		if data, ok := files[filepath.ToSlash(rel)]; err == nil && ok {
			return data, nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	loaded := loader.Load(loader.Options{
		Dir: root, ReadFile: read, Region: owner.Region, Account: owner.Account,
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	if loaded.App == nil || loaded.Findings.HasErrors() {
		t.Fatalf("the Chalicefile does not load: %+v", loaded.Findings)
	}
	app := model.Resolve(loaded.App, model.Module{Dir: root, AppDir: root})
	in := Input{App: app, Owner: owner, ReadFile: read, Policies: map[string]policy.Document{}, Code: map[string]*resource.Code{
		"arm64": {SHA256: "hash-of-arm64"}, "x86_64": {SHA256: "hash-of-x86_64"},
	}}
	in.Owner.App = app.Name
	for _, fn := range app.Functions {
		in.Policies[fn.Name] = policy.Document{Statements: []policy.Statement{{
			Effect: policy.Allow, Action: []string{"logs:PutLogEvents"}, Resource: []string{"logs of " + fn.Name},
		}}}
	}
	return in
}

func chalicefile(text string) map[string][]byte {
	return map[string][]byte{"Chalicefile.yaml": []byte("version: 1\napp: shop\n" + text)}
}

// text is a graph for people.
func text(g *resource.Graph) string {
	var b strings.Builder
	for _, r := range g.Resources {
		fmt.Fprintf(&b, "%s\n", r.ID())
		for _, id := range r.DependsOn() {
			fmt.Fprintf(&b, "  after %s\n", id)
		}
		for _, p := range r.Properties(nil) {
			switch {
			case p.Name == "document", p.Name == "runtime", p.Value == p.Default, strings.HasPrefix(p.Name, "tags.chalicefile:"):
			case p.Secret:
				fmt.Fprintf(&b, "  %s = (secret)\n", p.Name)
			default:
				fmt.Fprintf(&b, "  %s = %s\n", p.Name, oneLine(p.Value))
			}
		}
	}
	for _, x := range g.External {
		fmt.Fprintf(&b, "external %s for %s at %s\n", x.ID, x.For, x.Path)
	}
	return b.String()
}

func oneLine(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) == nil {
		return b.String()
	}
	return text
}

func told(list diag.List) string {
	var b strings.Builder
	for _, f := range list.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s (%s)\n", f.Severity, f.Code, strings.Join(f.Path, "/"), f.Message, f.Hint)
	}
	return b.String()
}

func pretty(t *testing.T, document []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, document, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}

// sound holds that each resource stands after those that it depends on, all in
// the graph, and has the owner's tags where it has any.
func sound(t *testing.T, g *resource.Graph) {
	t.Helper()
	before := map[resource.ID]bool{}
	for _, r := range g.Resources {
		if before[r.ID()] {
			t.Errorf("%s stands twice", r.ID())
		}
		for _, id := range r.DependsOn() {
			if !before[id] {
				t.Errorf("%s depends on %s, which does not stand before", r.ID(), id)
			}
		}
		before[r.ID()] = true
		tags := map[string]string{}
		for _, p := range r.Properties(nil) {
			if key, ok := strings.CutPrefix(p.Name, "tags."); ok {
				tags[key] = p.Value
			}
		}
		if len(tags) > 0 && !g.Owner.Owns(tags) {
			t.Errorf("%s has the tags %v", r.ID(), tags)
		}
	}
}

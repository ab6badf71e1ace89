package loader

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/schema"
)

// oracle is the schema as jsonschema validates with it.
type oracle struct{ root, include *jsonschema.Schema }

func newOracle(t testing.TB) oracle {
	t.Helper()
	const url = "chalicefile.schema.json"
	jc := jsonschema.NewCompiler()
	jc.Draft = jsonschema.Draft7
	if err := jc.AddResource(url, bytes.NewReader(schema.JSON)); err != nil {
		t.Fatal(err)
	}
	root, err := jc.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	include, err := jc.Compile(url + "#/definitions/include")
	if err != nil {
		t.Fatal(err)
	}
	return oracle{root, include}
}

// agree holds the loader's verdict on a file equal to jsonschema's.
func (o oracle) agree(t *testing.T, root *yamltree.Node, include bool) bool {
	t.Helper()
	s := o.root
	if include {
		s = o.include
	}
	found, err := checkSchema(root, include), s.Validate(root.Interface())
	if len(found.Findings) > 0 != (err != nil) {
		t.Errorf("checkSchema says:\n%sjsonschema says: %v", written(found), err)
		return false
	}
	return true
}

// examples are the Chalicefiles of the examples.
func examples(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../examples/*/Chalicefile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestExamplesFitSchema(t *testing.T) {
	o := newOracle(t)
	for _, file := range examples(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root := parse(t, string(src))
		if found := checkSchema(root, false); len(found.Findings) > 0 {
			t.Errorf("%s:\n%s", file, written(found))
		}
		o.agree(t, root, false)
	}
}

// fixtureSources are the YAML files of the fixtures.
func fixtureSources(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	all := map[string]string{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".yaml") {
				all[file+":"+f.Name] = string(f.Data)
			}
		}
	}
	return all
}

// TestVerdictsAreJSONSchemas holds the loader's walk against jsonschema on
// every fixture, be its file a root or an included one.
func TestVerdictsAreJSONSchemas(t *testing.T) {
	o := newOracle(t)
	held := 0
	for name, src := range fixtureSources(t) {
		root, found := yamltree.Parse("Chalicefile.yaml", []byte(src))
		if root == nil || found.HasErrors() || beyondJSON(root) {
			continue // what stands is not what was meant
		}
		held++
		t.Run(name, func(t *testing.T) {
			o.agree(t, root, false)
			o.agree(t, root, true)
		})
	}
	if held < 20 {
		t.Errorf("only %d fixtures were compared", held)
	}
}

// beyondJSON says that a tree has what the two see in different ways: a float
// that is whole, which JSON schema takes for an integer, numbers that JSON has
// not, a mapping that lost entries, and ${…} where nothing is interpolated.
func beyondJSON(n *yamltree.Node) bool {
	if n == nil {
		return false
	}
	if n.Broken || n.Kind == yamltree.Float || n.HasInterpolation() && strings.Contains(n.Text, "${") {
		return true
	}
	if _, ok := numberOf(n); n.Kind == yamltree.Int && !ok {
		return true
	}
	for _, e := range n.Entries {
		if beyondJSON(e.Value) {
			return true
		}
	}
	for _, item := range n.Items {
		if beyondJSON(item) {
			return true
		}
	}
	return false
}

func FuzzCheckSchema(f *testing.F) {
	for _, src := range fixtureSources(f) {
		f.Add(src)
	}
	o := newOracle(f)
	f.Fuzz(func(t *testing.T, src string) {
		root, found := yamltree.Parse("Chalicefile.yaml", []byte(src))
		if root == nil {
			return
		}
		for _, l := range [][]string{codesOf(checkSchema(root, false)), codesOf(checkSchema(root, true))} {
			for _, code := range l {
				if !known[code] {
					t.Errorf("told %s, which is no finding of the schema", code)
				}
			}
		}
		if !found.HasErrors() && !beyondJSON(root) {
			o.agree(t, root, false)
			o.agree(t, root, true)
		}
	})
}

func codesOf(l diag.List) []string {
	var codes []string
	for _, f := range l.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// known are the codes that the schema step tells.
var known = map[string]bool{
	"exclusive-keys": true, "invalid-at": true, "invalid-cron": true, "invalid-name": true, "invalid-path": true, "invalid-rate": true,
	"invalid-value": true, "misplaced-interpolation": true, "misplaced-key": true, "missing-key": true, "out-of-range": true,
	"unknown-key": true, "wrong-type": true,
}

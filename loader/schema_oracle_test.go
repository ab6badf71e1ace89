package loader

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/schema"
)

// oracle is the schema as jsonschema validates with it.
type oracle struct{ root, include *jsonschema.Schema }

func newOracle(t testing.TB) oracle {
	t.Helper()
	jc, err := newSchemaCompiler(schema.JSON)
	if err != nil {
		t.Fatal(err)
	}
	root, err := jc.Compile(schemaURL)
	if err != nil {
		t.Fatal(err)
	}
	include, err := jc.Compile(schemaURL + "#/definitions/include")
	if err != nil {
		t.Fatal(err)
	}
	return oracle{root, include}
}

// agree holds the loader's verdict on a file equal to jsonschema's.
func (o oracle) agree(t *testing.T, root *yamltree.Node, include bool) {
	t.Helper()
	s := o.root
	if include {
		s = o.include
	}
	found, err := checkSchema(root, include), s.Validate(root.Interface())
	if len(found.Findings) > 0 != (err != nil) {
		t.Errorf("checkSchema says:\n%sjsonschema says: %v", written(found), err)
	}
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

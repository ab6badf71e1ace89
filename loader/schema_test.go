package loader

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/schema"
)

// written is findings as the tests have them: line:column-column code: message
// (hint) [related].
func written(l diag.List) string {
	l.Sort()
	var b strings.Builder
	for _, f := range l.Findings {
		r := f.Range
		end := fmt.Sprint(r.End.Column)
		if r.End.Line != r.Start.Line {
			end = fmt.Sprintf("%d:%s", r.End.Line, end)
		}
		fmt.Fprintf(&b, "%d:%d-%s %s: %s", r.Start.Line, r.Start.Column, end, f.Code, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, " (%s)", f.Hint)
		}
		for _, rel := range f.Related {
			fmt.Fprintf(&b, " [%d:%d %s]", rel.Range.Start.Line, rel.Range.Start.Column, rel.Message)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func parse(t testing.TB, src string) *yamltree.Node {
	t.Helper()
	root, found := yamltree.Parse("Chalicefile.yaml", []byte(src))
	if root == nil || found.HasErrors() {
		t.Fatalf("does not parse: %v", found.Findings)
	}
	return root
}

// routes is a file with n routes: half of them in the short form.
func manyRoutes(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\napp: big\npackage: ./api\nroutes:\n")
	for i := range n {
		if i%2 == 0 {
			fmt.Fprintf(&b, "  /things%d/{thing_id}/parts:\n    GET: API.GetThing%d\n    POST: API.PutThing%d\n", i, i, i)
			continue
		}
		fmt.Fprintf(&b, "  /things%d/{thing_id}:\n    cors: true\n    GET:\n      handler: API.Thing%d\n      api_key_required: true\n      content_types: [application/json]\n", i, i)
	}
	return []byte(b.String())
}

func BenchmarkCheckSchema(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		root := parse(b, string(manyRoutes(n)))
		compileSchema()
		b.Run(fmt.Sprint("routes=", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if l := checkSchema(root, false); len(l.Findings) > 0 {
					b.Fatal(written(l))
				}
			}
		})
	}
}

// TestCompileRefuses what a rule does not say: it would be passed over.
func TestCompileRefuses(t *testing.T) {
	for _, s := range []string{
		`{"not": {}}`, `{"format": "uri"}`, `{"unheardOf": 1}`, `{"items": [{}]}`, `{"type": "text"}`, `{"type": ["string", 1]}`,
		`{"minimum": "1"}`, `{"pattern": 1}`, `{"required": [1]}`, `{"propertyNames": 1}`, `{"$ref": "#/definitions/none"}`, `{"$ref": "other.json"}`,
		`{"properties": {"a": {"items": {"anyOf": []}}}}`,
	} {
		if _, err := compile(fmt.Appendf(nil, `{"definitions": {"include": %s}}`, s)); err == nil {
			t.Errorf("%s compiles", s)
		}
	}
}

// BenchmarkCompileSchema is what each run of the tool pays once, beside what it
// would pay if jsonschema compiled it.
func BenchmarkCompileSchema(b *testing.B) {
	b.Run("by=us", func(b *testing.B) {
		for b.Loop() {
			if _, err := compile(schema.JSON); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by=jsonschema", func(b *testing.B) {
		for b.Loop() {
			newOracle(b)
		}
	})
}

// BenchmarkJSONSchema is the same by jsonschema's own Validate, to compare.
func BenchmarkJSONSchema(b *testing.B) {
	oracle := newOracle(b)
	root := parse(b, string(manyRoutes(10_000)))
	for b.Loop() {
		if err := oracle.root.Validate(root.Interface()); err != nil {
			b.Fatal(err)
		}
	}
}

package house

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/yamltree"
)

// TestExamplesFormatted holds the Chalicefiles of the examples to the layout
// that `chalicefile fmt` gives them.
func TestExamplesFormatted(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "examples", "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, found := yamltree.Format(filepath.Base(file), src)
		if len(found.Findings) > 0 {
			t.Errorf("%s: %+v", file, found.Findings)
		} else if !bytes.Equal(src, want) {
			t.Errorf("%s: run go run ./cmd/chalicefile -C %s fmt", file, filepath.Dir(file))
		}
	}
}

// TestFixturesFormatted lays out every Chalicefile of the fixtures: none is
// refused, and what comes out is laid out.
func TestFixturesFormatted(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join(root, "loader", "testdata", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if filepath.Ext(f.Name) != ".yaml" {
				continue
			}
			once, found := yamltree.Format(f.Name, f.Data)
			if found.HasErrors() {
				if found.Findings[0].Code == "format-refused" {
					t.Errorf("%s: %s is refused", name, f.Name)
				}
				continue
			}
			if again, _ := yamltree.Format(f.Name, once); !bytes.Equal(once, again) {
				t.Errorf("%s: %s is laid out as\n%s\nand then as\n%s", name, f.Name, once, again)
			}
		}
	}
}

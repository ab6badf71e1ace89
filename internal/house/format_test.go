package house

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

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

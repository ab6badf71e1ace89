package house

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples does with every example what a person does first: it is valid
// without a finding, builds, serves, and has tests, which go test runs.
func TestExamples(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(root, "examples", "*", "Chalicefile.yaml"))
	if err != nil || len(dirs) < 3 {
		t.Fatalf("%d examples, %v", len(dirs), err)
	}
	bin := t.TempDir()
	buildTool(t, bin)
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			example(t, dir, filepath.Join(bin, "chalicefile"))
			w := &walker{t: t, doc: dir, dir: dir, bin: bin}
			defer w.stopLocal()
			if got := w.startLocal(); got != "Serving on http://localhost:8000\n" {
				t.Error(got)
			}
			if !hasTests(t, dir) {
				t.Error("no tests")
			}
		})
	}
}

func example(t *testing.T, dir, tool string) {
	t.Helper()
	run := func(args ...string) string {
		cmd := exec.Command(tool, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CHALICEFILE_STAGE=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("chalicefile %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if got := run("validate", "--strict"); got != "Chalicefile.yaml is valid\n" {
		t.Error(got)
	}
	out := t.TempDir()
	zips := strings.Fields(run("build", "--out", out))
	if len(zips) == 0 {
		t.Error("build names no zip")
	}
	for _, zip := range zips {
		if !filepath.IsAbs(zip) {
			zip = filepath.Join(dir, zip)
		}
		if info, err := os.Stat(zip); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", zip, err)
		}
	}
}

func hasTests(t *testing.T, dir string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		found = found || strings.HasSuffix(path, "_test.go")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

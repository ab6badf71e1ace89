package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// languageServer is the command of npm's yaml-language-server, installed by
// testdata/editor's lock file into a cache outside of the repository. Where
// node or npm is missing the test is skipped, but never in CI.
func languageServer(t *testing.T) []string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		skipOutsideCI(t, "node is not installed: what editors do with the schema is not tested")
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		skipOutsideCI(t, "npm is not installed: what editors do with the schema is not tested")
	}
	dir := filepath.Join(cacheDir(t), "editor-"+lockHash(t))
	script := filepath.Join(dir, "node_modules", "yaml-language-server", "bin", "yaml-language-server")
	if _, err := os.Stat(script); err != nil {
		install(t, npm, dir)
	}
	return []string{node, script, "--stdio"}
}

func skipOutsideCI(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why + "; CI must have it")
	}
	t.Skip(why)
}

func cacheDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("CHALICEFILE_TEST_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatalf("no cache directory, set CHALICEFILE_TEST_CACHE: %v", err)
	}
	return filepath.Join(dir, "chalicefile-test")
}

var packageFiles = [...]string{"package.json", "package-lock.json"}

func lockHash(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	for _, name := range packageFiles {
		src, err := os.ReadFile(filepath.Join("testdata", "editor", name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(src)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// install makes dir beside its place and renames it, so that a test that is
// stopped, or another one at the same time, leaves nothing half done.
func install(t *testing.T, npm, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	for _, name := range packageFiles {
		src, err := os.ReadFile(filepath.Join("testdata", "editor", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, name), src, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.Rename(work, dir); err != nil {
		if _, there := os.Stat(filepath.Join(dir, "node_modules")); there != nil {
			t.Fatal(err)
		}
	}
}

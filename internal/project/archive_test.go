package project

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestArchiveIsMadeOnce makes an archive of the same inputs once, and another of
// whatever gets into the binary.
func TestArchiveIsMadeOnce(t *testing.T) {
	files := helloWorld(t)
	files["api/text.go"] = "package api\n\nimport _ \"embed\"\n\n//go:embed text.txt\nvar text string\n"
	files["api/api.go"] = "package api\n\nfunc Index() string { return text }\n"
	files["api/text.txt"] = "one"
	dir := module(t, files)
	make := func() []byte {
		t.Helper()
		p := load(t, Options{Dir: dir})
		archives, findings, err := p.Archive(t.Context())
		if err != nil || findings.HasErrors() {
			t.Fatalf("%v %+v", err, findings.Findings)
		}
		return archives["arm64"].Bytes
	}
	first := make()
	built := filepath.Join(dir, toolDir, "build", "dev-linux-arm64")
	if err := os.RemoveAll(built); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(make(), first) {
		t.Error("the same inputs make another archive")
	}
	if _, err := os.Stat(built); !os.IsNotExist(err) {
		t.Errorf("the same inputs were built again: %v", err)
	}
	write(t, dir, map[string]string{"api/text.txt": "two"})
	second := make()
	if bytes.Equal(second, first) {
		t.Error("an embedded file does not count")
	}
	write(t, dir, map[string]string{"api/text.txt": "one"})
	if !bytes.Equal(make(), first) {
		t.Error("what was there before makes another archive")
	}
	write(t, dir, map[string]string{"Chalicefile.yaml": files["Chalicefile.yaml"] + "functions:\n  other: { handler: Index }\n"})
	if bytes.Equal(make(), first) {
		t.Error("the generated main does not count")
	}
}

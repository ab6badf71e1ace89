package deploytest

import (
	"strings"
	"testing"
)

// TestTheRealBuild deploys what the real go command builds, in which a change of
// the code is a change of the zip.
func TestTheRealBuild(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.real = true
	l.run(t, 0, "validate", "--strict")
	l.run(t, 0, "build", "--out", t.TempDir())
	l.run(t, 0, "validate", "--file", "small.yaml")
	l.run(t, 0, "validate", "--file", "changed.yaml")
}

// TestMemo holds the go command that remembers to the real one.
func TestMemo(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	policy := l.run(t, 0, "gen-policy").stdout
	first := l.run(t, 0, "generate", "--print").stdout
	l.run(t, 0, "build", "--out", t.TempDir())
	took := l.run(t, 0, "build", "--out", t.TempDir()).took
	t.Log("a build takes", took)
	l.real = true
	if got := l.run(t, 0, "gen-policy").stdout; got != policy {
		t.Errorf("the policy is\n%s\nwant\n%s", policy, got)
	}
	if got := l.run(t, 0, "generate", "--print").stdout; got != first || !strings.Contains(got, "OnUpload") {
		t.Errorf("the main is\n%s\nwant\n%s", first, got)
	}
}

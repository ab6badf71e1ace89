package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// tree is a directory of an app: Chalicefile.yaml, api/api.go.
func tree(t *testing.T) (dir string, w *Watcher) {
	t.Helper()
	before := runtime.NumGoroutine()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "api"), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "Chalicefile.yaml"), "a: 1")
	write(t, filepath.Join(dir, "api", "api.go"), "package api")
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"Chalicefile.yaml", "api/api.go"} {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	w = New()
	t.Cleanup(func() {
		w.Close()
		for i := 0; runtime.NumGoroutine() > before && i < 200; i++ {
			time.Sleep(10 * time.Millisecond)
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines before, %d after", before, n)
		}
	})
	w.Mark(time.Now())
	w.Set([]string{filepath.Join(dir, "Chalicefile.yaml"), filepath.Join(dir, "more", "missing.yaml")}, []string{filepath.Join(dir, "api")})
	return dir, w
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// changed waits for a change; a slow machine gets its time.
func changed(t *testing.T, w *Watcher) {
	t.Helper()
	select {
	case <-w.Changes():
	case <-time.After(30 * time.Second):
		t.Fatal("the change goes unnoticed")
	}
	w.Mark(time.Now())
}

// still sees that nothing counts as a change.
func still(t *testing.T, w *Watcher) {
	t.Helper()
	w.look()
	select {
	case <-w.Changes():
		t.Fatal("a change, where there is none")
	default:
	}
}

func TestChanges(t *testing.T) {
	dir, w := tree(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	still(t, w)
	write(t, in("Chalicefile.yaml"), "a: 22")
	changed(t, w)
	t.Log("an editor that saves by renaming")
	write(t, in(".swap"), "a: 333")
	if err := os.Rename(in(".swap"), in("Chalicefile.yaml")); err != nil {
		t.Fatal(err)
	}
	changed(t, w)
	write(t, in("Chalicefile.yaml"), "a: 4444")
	changed(t, w)
	t.Log("files come and go")
	write(t, in("api/more.go"), "package api")
	changed(t, w)
	if err := os.Remove(in("api/more.go")); err != nil {
		t.Fatal(err)
	}
	changed(t, w)
	t.Log("a missing file appears, its directory too")
	if err := os.Mkdir(in("more"), 0o777); err != nil {
		t.Fatal(err)
	}
	still(t, w)
	write(t, in("more/missing.yaml"), "b: 1")
	changed(t, w)
	t.Log("a directory is made anew")
	if err := os.RemoveAll(in("api")); err != nil {
		t.Fatal(err)
	}
	changed(t, w)
	if err := os.Mkdir(in("api"), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, in("api/api.go"), "package api // again")
	changed(t, w)
	write(t, in("api/api.go"), "package api // and again")
	changed(t, w)
}

func TestWhatDoesNotCount(t *testing.T) {
	dir, w := tree(t)
	for _, name := range []string{"api/api_test.go", "api/.api.go.swp", "api/api.go~", "api/_x.go", "api/README.md", "other.yaml", ".chalicefile"} {
		write(t, filepath.Join(dir, name), "x")
	}
	still(t, w)
	if err := os.Chmod(filepath.Join(dir, "Chalicefile.yaml"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestChangesWhileBuilding has files change between Mark and Set.
func TestChangesWhileBuilding(t *testing.T) {
	dir, w := tree(t)
	file := filepath.Join(dir, "Chalicefile.yaml")
	w.Mark(time.Now())
	w.mu.Lock()
	w.state[file] = stamp{size: 1} // as if it had been another
	w.mu.Unlock()
	w.Set([]string{file}, nil)
	changed(t, w)
	w.Mark(time.Now())
	fresh := filepath.Join(dir, "fresh.go")
	write(t, fresh, "x")
	w.Set([]string{file, fresh}, nil)
	changed(t, w)
	w.Mark(time.Now())
	w.Set([]string{file, fresh}, nil)
	still(t, w)
}

// TestWithoutEvents polls.
func TestWithoutEvents(t *testing.T) {
	dir, w := tree(t)
	w.mu.Lock()
	for d := range w.watched {
		w.events.Remove(d)
	}
	w.mu.Unlock()
	write(t, filepath.Join(dir, "Chalicefile.yaml"), "a: polled")
	changed(t, w)
}

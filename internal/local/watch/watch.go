// Package watch tells when one of a set of files has changed. The events of the
// file system only wake it: what counts is whether a file's size or time differs
// from before, so that editors which save by renaming, touch without a change,
// or leave backups behind do not confuse it, and it works, more slowly, where
// there are no events at all.
package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen before the files are looked at: a save
	// is several events.
	quiet = 40 * time.Millisecond
	// pollEvery is for file systems without events.
	pollEvery = time.Second
	// coarse bounds how far the times of a file system lag behind the clock.
	coarse = 20 * time.Millisecond
)

// stamp tells one state of a file from another; a missing file's is zero.
type stamp struct {
	size int64
	time time.Time
	mode os.FileMode
}

// Watcher watches a set of files.
type Watcher struct {
	changes chan struct{}
	stop    chan struct{}
	done    chan struct{}
	events  *fsnotify.Watcher // nil where the system has none to give

	mu          sync.Mutex
	files, dirs []string
	state       map[string]stamp
	marked      time.Time
	watched     map[string]bool
}

// New makes a watcher of nothing.
func New() *Watcher {
	w := &Watcher{
		changes: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
		watched: map[string]bool{},
	}
	if events, err := fsnotify.NewWatcher(); err == nil {
		w.events = events // without them, polling does
	}
	go w.run()
	return w
}

// Changes gets a value when files have changed since the last Mark.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// Close ends the watcher.
func (w *Watcher) Close() {
	close(w.stop)
	<-w.done
	if w.events != nil {
		w.events.Close()
	}
}

// Mark takes the files as they are now for known; it is called before they are
// read. Now is the time.
func (w *Watcher) Mark(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marked = now
	w.state = scan(w.files, w.dirs)
	select {
	case <-w.changes:
	default:
	}
}

// Set says which files (be they missing) and which directories of Go files to
// watch from now on. What has changed since Mark counts as a change.
func (w *Watcher) Set(files, dirs []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.state
	w.files, w.dirs = slices.Clone(files), slices.Clone(dirs)
	w.watch()
	w.state = scan(w.files, w.dirs)
	for path, now := range w.state {
		old, known := before[path]
		if known && old != now || !known && now.time.After(w.marked.Add(-coarse)) {
			w.signal()
			return
		}
	}
}

func (w *Watcher) signal() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

// run waits for events, and looks at the files when they have gone quiet.
func (w *Watcher) run() {
	defer close(w.done)
	var events <-chan fsnotify.Event
	var errs <-chan error
	if w.events != nil {
		events, errs = w.events.Events, w.events.Errors
	}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	settle := time.NewTimer(time.Hour)
	settle.Stop()
	defer settle.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-events:
			settle.Reset(quiet)
		case <-errs: // an overflow of events, most likely
			settle.Reset(quiet)
		case <-settle.C:
			w.look()
		case <-poll.C:
			w.look()
		}
	}
}

// look compares the files with what they were.
func (w *Watcher) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == nil {
		return
	}
	now := scan(w.files, w.dirs)
	changed := len(now) != len(w.state)
	for path, s := range now {
		if old, ok := w.state[path]; !ok || old != s {
			changed = true
		}
	}
	w.state = now
	w.watch()
	if changed {
		w.signal()
	}
}

// watch asks for the events of the directories that matter: of a missing one,
// those of the nearest above it. Watching a directory and not a file survives
// its replacement.
func (w *Watcher) watch() {
	if w.events == nil {
		return
	}
	wanted := map[string]bool{}
	for _, d := range w.dirs {
		wanted[existing(d)] = true
	}
	for _, f := range w.files {
		wanted[existing(filepath.Dir(f))] = true
		if target, err := filepath.EvalSymlinks(f); err == nil && target != f {
			wanted[filepath.Dir(target)] = true
		}
	}
	for d := range w.watched {
		if !wanted[d] {
			_ = w.events.Remove(d) // gone already, or not of interest
			delete(w.watched, d)
		}
	}
	for d := range wanted {
		// Again also where it is watched: it may have been made anew. A failure
		// leaves it to the polling.
		if w.events.Add(d) == nil {
			w.watched[d] = true
		}
	}
}

// existing is the nearest directory that is there.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		dir = parent
	}
}

// scan looks at each file, and at those of the directories that Go compiles.
func scan(files, dirs []string) map[string]stamp {
	state := make(map[string]stamp, len(files))
	for _, f := range files {
		state[f] = stampOf(os.Stat(f))
	}
	for _, d := range dirs {
		entries, err := os.ReadDir(d)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if compiled(e.Name()) {
				path := filepath.Join(d, e.Name())
				state[path] = stampOf(os.Stat(path))
			}
		}
	}
	return state
}

func stampOf(info os.FileInfo, err error) stamp {
	if err != nil || info.IsDir() {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime(), info.Mode()}
}

// compiled says that a file of a package's directory goes into a build.
func compiled(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	switch filepath.Ext(name) {
	case ".go", ".s", ".S", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".syso":
		return true
	}
	return false
}

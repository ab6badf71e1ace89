package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// writeJSON writes the JSON view of a result.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// failed marks an error as none of usage.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// debugf says with --debug what begins, and when its result is called, how
// long that took.
func (s *session) debugf(format string, args ...any) func() {
	if !s.debug {
		return func() {}
	}
	what := fmt.Sprintf(format, args...)
	fmt.Fprintf(s.Stderr, "debug: %s\n", what)
	start := time.Now()
	return func() {
		fmt.Fprintf(s.Stderr, "debug: %s: %s\n", what, time.Since(start).Round(time.Millisecond))
	}
}

// display is how a person in the working directory writes a path.
func (s *session) display(path string) string {
	work, err := s.workDir()
	if err != nil {
		return path
	}
	return relative(work, path)
}

// relative is path as seen from base, where that is not longer.
func relative(base, path string) string {
	rel, err := filepath.Rel(base, path)
	if err != nil || (len(rel) > len(path) && strings.HasPrefix(rel, "..")) {
		return path
	}
	return rel
}

// count is "1 error", "2 errors".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// writeFileAtomically replaces a file as a whole or not at all.
func writeFileAtomically(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone once it was renamed
	if _, err := tmp.Write(data); err != nil {
		_ = tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), mode); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

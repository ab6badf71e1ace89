package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
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

// writeFileAtomically replaces a file as a whole or not at all. A new one may be
// read by whom the user lets read what is new.
func writeFileAtomically(path string, data []byte) error {
	return replaceFile(path, data, 0)
}

// replaceFile is writeFileAtomically with a mode, 0 for that of new files.
func replaceFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := createBeside(path)
	if err != nil {
		return cannotWrite(path, err)
	}
	_, err = tmp.Write(data)
	if mode != 0 {
		err = errors.Join(err, tmp.Chmod(mode))
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the error is the one above
		return cannotWrite(path, err)
	}
	return nil
}

// createBeside makes a new file in the directory of path. (os.CreateTemp makes
// files that nobody else may read.)
func createBeside(path string) (*os.File, error) {
	for {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%08x", filepath.Base(path), rand.Uint32()))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

func cannotWrite(path string, err error) error {
	return fmt.Errorf("%s cannot be written: %w", path, reason(err))
}

// reason is what the system says without the path, which may be that of a
// temporary file.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

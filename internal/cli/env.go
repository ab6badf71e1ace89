package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"
)

// Env is all that the command line sees of the world. Everything below it is
// handed what it needs of it.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// StdinIsTerminal and so on say where a person is at the other end.
	StdinIsTerminal, StdoutIsTerminal, StderrIsTerminal bool
	// Dir is the working directory, absolute.
	Dir string
	// Environ is the environment as os.Environ has it.
	Environ []string
	// Build says which build of the program this is.
	Build BuildInfo
}

// ProcessEnv is the environment of this process.
func ProcessEnv() Env {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // told where a command needs it
	}
	return Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdinIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		StdoutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Dir:              dir,
		Environ:          os.Environ(),
		Build:            readBuildInfo(),
	}
}

// LookupEnv finds a variable of the environment.
func (e Env) LookupEnv(name string) (string, bool) {
	for i := len(e.Environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e.Environ[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// Getenv is the value of a variable, "" where it is not set.
func (e Env) Getenv(name string) string {
	value, _ := e.LookupEnv(name)
	return value
}

// plain says that nobody wants colours or live progress.
func (e Env) plain() bool {
	return e.Getenv("NO_COLOR") != "" || e.Getenv("CI") != "" || e.Getenv("TERM") == "dumb"
}

// colorStdout and colorStderr say whether colours may be written there.
func (e Env) colorStdout() bool { return e.StdoutIsTerminal && !e.plain() }
func (e Env) colorStderr() bool { return e.StderrIsTerminal && !e.plain() }

// canAsk says that a question would be seen and could be answered.
func (e Env) canAsk() bool {
	return e.StdinIsTerminal && e.StderrIsTerminal && e.Getenv("CI") == ""
}

// abs is path as seen from dir, which is absolute.
func abs(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// errWriter remembers the first error of an output, so that a full disk does
// not pass for a success.
type errWriter struct {
	io.Writer
	err error
}

func (w *errWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = errors.Join(w.err, err)
	return n, err
}

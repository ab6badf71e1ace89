package bundle

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// BuildError is what the Go compiler (or the go command) says against the code.
type BuildError struct {
	// Output is all of it, as it was said.
	Output string
	// Faults are the lines of it that stand at a position in a Go file.
	Faults []Fault
}

// Fault is one fault at a position.
type Fault struct {
	// Package is the import path that was compiled, "" where it is not said.
	Package string
	// File is absolute. Column is 0 where there is none.
	File         string
	Line, Column int
	// Message may have several lines.
	Message string
}

// Error is what the compiler said.
func (e *BuildError) Error() string { return "go build: " + strings.TrimSpace(e.Output) }

// position is "file.go:12:6: message" or "file.go:12: message".
var position = regexp.MustCompile(`^(.+?\.(?:go|mod|work|s)):(\d+)(?::(\d+))?: (.+)$`)

// parseOutput reads the output of go build, which was run in dir.
func parseOutput(dir, output string) *BuildError {
	e := &BuildError{Output: output}
	pkg := ""
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		if name, ok := strings.CutPrefix(line, "# "); ok {
			pkg, _, _ = strings.Cut(name, " ")
			continue
		}
		m := position.FindStringSubmatch(line)
		switch {
		case m != nil:
			e.Faults = append(e.Faults, fault(dir, pkg, m))
		case strings.HasPrefix(line, "\t") && len(e.Faults) > 0:
			last := &e.Faults[len(e.Faults)-1]
			last.Message += "\n" + line
		}
	}
	return e
}

func fault(dir, pkg string, m []string) Fault {
	file := filepath.FromSlash(m[1])
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	line, _ := strconv.Atoi(m[2])   // digits; too many of them are line 0
	column, _ := strconv.Atoi(m[3]) // "" is column 0
	return Fault{Package: pkg, File: filepath.Clean(file), Line: line, Column: column, Message: m[4]}
}

package diag

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// formats in the order in which usage lists them.
var formats = []string{"text", "json", "sarif", "github"}

// Formats are the names of formats that Print knows.
func Formats() []string { return append([]string(nil), formats...) }

// PrintOptions are the same for every format; each takes what it needs.
type PrintOptions struct {
	// Sources are the files by the names that ranges show, for the text
	// format's lines; a file that is not there is shown without its line.
	Sources map[string][]byte
	// Color marks up the text format for a terminal.
	Color bool
	// Prefix is a slash path put before relative file names, such as the app's
	// directory where findings are read from elsewhere.
	Prefix string
	// ToolVersion stands in the SARIF format.
	ToolVersion string
}

// Print writes resolved, sorted findings in one of Formats.
func Print(w io.Writer, format string, l List, o PrintOptions) error {
	switch format {
	case "text":
		return WriteText(w, l, o)
	case "json":
		return WriteJSON(w, l, o)
	case "sarif":
		return WriteSARIF(w, l, o)
	case "github":
		return WriteGitHub(w, l, o)
	}
	return fmt.Errorf("unknown format %q: take one of %s", format, strings.Join(formats, ", "))
}

// file is a file's name as a reader sees it.
func (o PrintOptions) file(name string) string {
	if o.Prefix == "" || name == "" || path.IsAbs(name) {
		return name
	}
	return path.Join(o.Prefix, name)
}

// Summary says how many errors and warnings there are: "1 error, 2 warnings",
// "no findings".
func (l List) Summary() string {
	var errors, warnings int
	for _, f := range l.Findings {
		if f.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	var parts []string
	for _, c := range []struct {
		n    int
		noun string
	}{{errors, "error"}, {warnings, "warning"}} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.noun)
		case c.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", c.n, c.noun))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// What workflow commands of GitHub Actions need escaped, in the message and,
// more, in a property.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WriteGitHub writes findings as workflow commands, which GitHub Actions shows
// beside the lines of a change.
func WriteGitHub(w io.Writer, l List, o PrintOptions) error {
	out := bufio.NewWriter(w)
	for _, f := range l.Findings {
		var props []string
		set := func(name string, value any) {
			props = append(props, name+"="+githubProperty.Replace(fmt.Sprint(value)))
		}
		if f.Range.File != "" {
			set("file", o.file(f.Range.File))
		}
		if start, end := f.Range.Start, f.Range.End; start.Line > 0 {
			set("line", start.Line)
			// GitHub takes columns only for a range of one line.
			switch {
			case end.Line > start.Line:
				set("endLine", end.Line)
			case end.Column > start.Column:
				set("endLine", end.Line)
				set("col", start.Column)
				set("endColumn", end.Column)
			default:
				set("col", start.Column)
			}
		}
		set("title", f.Code)
		message := f.Message
		if f.Hint != "" {
			message += "\n" + f.Hint
		}
		for _, r := range f.Related {
			message += fmt.Sprintf("\n%s: %s", o.place(r.Range), r.Message)
		}
		fmt.Fprintf(out, "::%s %s::%s\n", f.Severity, strings.Join(props, ","), githubData.Replace(message))
	}
	return out.Flush()
}

// place is FILE:LINE:COLUMN.
func (o PrintOptions) place(r Range) string {
	return fmt.Sprintf("%s:%d:%d", o.file(r.File), r.Start.Line, r.Start.Column)
}

package logtext

import "strings"

// framework are the beginnings of functions that stand in every stack and tell
// nobody anything: what calls handlers, and what a panic goes through.
var framework = [...]string{
	"github.com/chalicefile/chalicefile/handlerkit/",
	"github.com/chalicefile/chalicefile/handlerkit.",
	"github.com/aws/aws-lambda-go/lambda.",
	"runtime.", "runtime/debug.", "panic(", "created by ",
}

// generated is where the app's main is.
const generated = "/.chalicefile/gen/"

// frames are those of a stack that are the app's or of a library, each as
// "api/cities.go:12  api.StateOfCity". A text that is no stack of Go's keeps its
// lines.
func (w *Writer) frames(stack string) []string {
	lines := strings.Split(strings.Trim(stack, "\n"), "\n")
	var kept []string
	found := false
	for i := 0; i+1 < len(lines); i++ {
		file, ok := strings.CutPrefix(lines[i+1], "\t")
		if !ok || lines[i] == "" || lines[i][0] == '\t' {
			continue
		}
		found = true
		if frame := w.frame(lines[i], file); frame != "" {
			kept = append(kept, frame)
		}
		i++
	}
	if !found {
		return lines
	}
	return kept
}

// frame is one frame, "" where nobody needs it.
func (w *Writer) frame(function, file string) string {
	for _, prefix := range framework {
		if strings.HasPrefix(function, prefix) {
			return ""
		}
	}
	if strings.HasPrefix(function, "main.") && strings.Contains(file, generated) {
		return ""
	}
	if i := strings.LastIndexByte(function, '('); i > 0 {
		function = function[:i] // without the arguments
	}
	function = function[strings.LastIndexByte(function, '/')+1:]
	if i := strings.LastIndex(file, " +0x"); i >= 0 {
		file = file[:i]
	}
	if w.Path != nil {
		file = w.Path(file)
	}
	return file + "  " + function
}

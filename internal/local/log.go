package local

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/logtext"
	"github.com/chalicefile/chalicefile/internal/model"
)

// functionLog takes what functions write.
func (s *Server) functionLog() io.Writer {
	if !s.options.LogText {
		return s.log
	}
	return FunctionLog(s.log, s.options.App, "")
}

// FunctionLog makes a writer that shows what functions of an app write as text
// for people: JSON records as lines, source files as seen from the Chalicefile.
// Records of the function named, if any, do not say that they are its.
func FunctionLog(to io.Writer, app *model.App, named string) io.Writer {
	module := app.Module
	return &logtext.Writer{To: to, Function: named, Path: func(file string) string {
		inModule, ok := strings.CutPrefix(file, module.Path+"/")
		if !ok || module.Path == "" || module.Dir == "" || module.AppDir == "" {
			return file
		}
		rel, err := filepath.Rel(module.AppDir, filepath.Join(module.Dir, filepath.FromSlash(inModule)))
		if err != nil {
			return file
		}
		return filepath.ToSlash(rel)
	}}
}

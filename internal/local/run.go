package local

import (
	"context"

	"github.com/chalicefile/chalicefile/internal/model"
)

// Build is one run of the pipeline from the Chalicefile to a binary.
type Build struct {
	App    *model.App
	Binary string
	// Files (also missing ones) and directories of Go packages to watch,
	// absolute; they are to be told however broken the app is.
	Files, Dirs []string
}

// RunOptions are Options without App and Binary, which the build makes.
type RunOptions struct {
	Options
	// Watch says that a change of the files leads to a new build.
	Watch bool
	// Started is called once the server answers.
	Started func(*Server)
	// Reloaded, where it is set, is called after each further build: with nil
	// when the new generation serves, else with what build or Swap returned
	// (the old one then goes on serving).
	Reloaded func(error)
}

// Run builds, serves, and builds again when files change, until ctx ends, which
// is no error. Where the first build fails, its error is returned.
func Run(ctx context.Context, build func(context.Context) (Build, error), o RunOptions) error {
	return nil
}

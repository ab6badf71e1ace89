package local

import (
	"context"

	"github.com/chalicefile/chalicefile/internal/local/watch"
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
	var w *watch.Watcher
	if o.Watch {
		w = watch.New()
		defer w.Close()
		w.Mark(o.Now())
	}
	b, err := build(ctx)
	if err != nil {
		return interrupted(ctx, err)
	}
	o.App, o.Binary = b.App, b.Binary
	s, err := Start(ctx, o.Options)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer s.Close()
	if o.Started != nil {
		o.Started(s)
	}
	if w == nil {
		<-ctx.Done()
		return nil
	}
	w.Set(b.Files, b.Dirs)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.Changes():
			reload(ctx, s, w, build, o.Reloaded)
		}
	}
}

// interrupted drops an error that only says that ctx has ended.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// reload builds and swaps; files that change meanwhile begin it anew.
func reload(ctx context.Context, s *Server, w *watch.Watcher, build func(context.Context) (Build, error), told func(error)) {
	for {
		w.Mark(s.options.Now())
		attempt, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			b, err := build(attempt)
			if attempt.Err() == nil && (b.Files != nil || b.Dirs != nil) {
				w.Set(b.Files, b.Dirs)
			}
			if err == nil && attempt.Err() == nil {
				err = s.Swap(attempt, b.App, b.Binary)
			}
			done <- err
		}()
		again := false
		var err error
		select {
		case err = <-done:
		case <-w.Changes():
			again = true
			cancel()
			<-done
		}
		cancel()
		if again {
			continue
		}
		if ctx.Err() == nil && told != nil {
			told(err)
		}
		return
	}
}

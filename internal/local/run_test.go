package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/spec"
)

// TestRun changes a file under a running server, first to something broken.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "path")
	save := func(text string) {
		// By renaming, as many editors do.
		if err := os.WriteFile(file+".new", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	save("/one")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	binary := localtest.Binary(t)
	errBroken := errors.New("it is broken")
	build := func(context.Context) (Build, error) {
		b := Build{Binary: binary, Files: []string{file}}
		data, err := os.ReadFile(file)
		if err != nil {
			return b, err
		}
		if string(data) == "broken" {
			return b, errBroken
		}
		b.App = localtest.App(func(s *spec.App) { s.Routes = []spec.Route{localtest.Route("GET", string(data))} })
		return b, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, reloaded, done := make(chan *Server, 1), make(chan error, 10), make(chan error)
	go func() {
		done <- Run(ctx, build, RunOptions{
			Options: Options{Addr: "127.0.0.1:0", Now: time.Now}, Watch: true,
			Started: func(s *Server) { started <- s }, Reloaded: func(err error) { reloaded <- err },
		})
	}()
	s := <-started
	serves := func(path string, want int) {
		t.Helper()
		if status, body := get(t, s.URL()+path); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	serves("/one", 200)
	save("broken")
	if err := <-reloaded; !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	serves("/one", 200)
	save("/two")
	if err := <-reloaded; err != nil {
		t.Errorf("%v", err)
	}
	serves("/two", 200)
	serves("/one", 403)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("%v", err)
	}
}

// TestRunStartsABuildAnew has the file change while it is being built.
func TestRunStartsABuildAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	var builds atomic.Int64
	cut := make(chan bool, 1)
	write := func() {
		n := strconv.Itoa(int(builds.Load()))
		if err := os.WriteFile(file, []byte(strings.Repeat("x", len(n))+n), 0o666); err != nil {
			t.Error(err)
		}
	}
	write()
	binary := localtest.Binary(t)
	build := func(ctx context.Context) (Build, error) {
		b := Build{Binary: binary, Files: []string{file}, App: localtest.App()}
		if builds.Add(1) == 2 {
			write()
			<-ctx.Done()
			cut <- true
			return b, ctx.Err()
		}
		return b, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, reloaded, done := make(chan *Server, 1), make(chan error, 10), make(chan error)
	go func() {
		done <- Run(ctx, build, RunOptions{
			Options: Options{Addr: "127.0.0.1:0", Now: time.Now}, Watch: true,
			Started: func(s *Server) { started <- s }, Reloaded: func(err error) { reloaded <- err },
		})
	}()
	<-started
	write()
	<-cut
	if err := <-reloaded; err != nil {
		t.Errorf("%v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunTellsWhyItDoesNotStart(t *testing.T) {
	bad := errors.New("bad")
	err := Run(context.Background(), func(context.Context) (Build, error) { return Build{}, bad }, RunOptions{Options: Options{Now: time.Now}, Watch: true})
	if !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Run(ctx, func(context.Context) (Build, error) { return Build{}, ctx.Err() }, RunOptions{Options: Options{Now: time.Now}}); err != nil {
		t.Errorf("an end that was wished for: %v", err)
	}
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tidy completes go.mod and go.sum of a new project. The checksums of the
// checkout save looking them up; where the go command cannot do it (it has no
// network, and in its cache what builds, but not the tests of that), what the
// checkout builds with is required, which builds and tests as well.
func tidy(ctx context.Context, s *session, p newProject, dir string) error {
	if err := seedSums(p, dir); err != nil {
		return err
	}
	err := goModTidy(ctx, s, dir)
	if err == nil || ctx.Err() != nil || p.Source == "" || errors.Is(err, errNoGo) {
		return err
	}
	s.debugf("go mod tidy failed, taking what the checkout builds with: %v", err)()
	if requireUsed(ctx, s, p, dir) != nil || goCommand(ctx, s, dir, "list", "-deps", "-test", `-f={{""}}`, "./...") != nil {
		return err
	}
	return ctx.Err()
}

func seedSums(p newProject, dir string) error {
	if p.Source == "" {
		return nil
	}
	sums, err := os.ReadFile(filepath.Join(p.Source, "go.sum"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o666)
}

func goModTidy(ctx context.Context, s *session, dir string) error {
	defer s.step("go mod tidy")()
	return goCommand(ctx, s, dir, "mod", "tidy")
}

// goCommand runs the go command in the directory of a new project.
func goCommand(ctx context.Context, s *session, dir string, args ...string) error {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// The project is a module of its own, whatever lies above it.
	cmd.Env = append(s.Environ[:len(s.Environ):len(s.Environ)], "GOWORK=off", "GOFLAGS=-mod=mod")
	cmd.Stderr = &stderr
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return errNoGo
	}
	return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
}

var errNoGo = errors.New("there is no go command on the PATH; install Go " + goVersion + " or newer from https://go.dev/dl")

// workspace is the go.work that dir lies below, "" where there is none: the go
// command then refuses modules that the workspace does not list.
func workspace(ctx context.Context, s *session, dir string) string {
	cmd := exec.CommandContext(ctx, "go", "env", "GOWORK")
	cmd.Dir, cmd.Env = dir, s.Environ
	out, err := cmd.Output()
	if work := strings.TrimSpace(string(out)); err == nil && work != "off" {
		return work
	}
	return ""
}

// requireUsed writes a go.mod that requires what the packages that every app
// imports are made of, in the versions of the checkout.
func requireUsed(ctx context.Context, s *session, p newProject, dir string) error {
	const module = `-f={{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}`
	cmd := exec.CommandContext(ctx, "go", "list", "-mod=readonly", "-deps", module, "./handlerkit/handlertest", "./handlerkit/lambdamain")
	cmd.Dir = p.Source
	cmd.Env = append(s.Environ[:len(s.Environ):len(s.Environ)], "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	modules := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			modules[line] = true
		}
	}
	path := filepath.Join(dir, "go.mod")
	mod, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.Write(mod)
	b.WriteString("\nrequire (\n")
	for _, m := range slices.Sorted(maps.Keys(modules)) {
		fmt.Fprintf(&b, "\t%s // indirect\n", m)
	}
	b.WriteString(")\n")
	return os.WriteFile(path, []byte(b.String()), 0o666)
}

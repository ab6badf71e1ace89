package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// tidy completes go.mod and go.sum of a new project. The checksums of the
// checkout save looking them up; where the go command cannot do it (it has no
// network, and not everything in its cache), everything that the checkout
// requires is required, which builds as well.
func tidy(ctx context.Context, s *session, p newProject, dir string) error {
	if err := seedSums(p, dir); err != nil {
		return err
	}
	err := goModTidy(ctx, s, dir)
	if err == nil || ctx.Err() != nil || p.Source == "" || errors.Is(err, errNoGo) {
		return err
	}
	s.debugf("go mod tidy failed, taking what the checkout requires: %v", err)()
	if err := requireAll(p, dir); err != nil {
		return err
	}
	if goCommand(ctx, s, dir, "list", "-deps", "-test", `-f={{""}}`, "./...") != nil {
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

var requireLine = regexp.MustCompile(`(?m)^(?:require)?\s+([a-z][^\s]*\.[^\s]+ v[^\s]+)`)

// requireAll writes a go.mod that requires all that the checkout does.
func requireAll(p newProject, dir string) error {
	mod, err := os.ReadFile(filepath.Join(p.Source, "go.mod"))
	if err != nil {
		return err
	}
	own, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	var b strings.Builder
	b.Write(own)
	b.WriteString("\nrequire (\n")
	for _, m := range requireLine.FindAllSubmatch(mod, -1) {
		fmt.Fprintf(&b, "\t%s // indirect\n", m[1])
	}
	b.WriteString(")\n")
	return os.WriteFile(filepath.Join(dir, "go.mod"), []byte(b.String()), 0o666)
}

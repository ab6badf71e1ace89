// Task runs what people do in this repository: go run ./internal/task VERB.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const usage = `usage: go run ./internal/task VERB

  test      all tests, of every module here; installs what they need beside Go
  lint      gofmt, go vet and, where it is installed, golangci-lint
  golden    rewrites golden files and generated documents from what the code does now
  bench     the benchmarks that docs/performance.md quotes
`

// modules are the directories with a go.mod of their own.
var modules = []string{".", "examples/guestbook", "internal/bench"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "task:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		fmt.Fprint(os.Stderr, usage)
		return errors.New("want one verb")
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	r := runner{ctx, root}
	switch args[0] {
	case "test":
		return r.test()
	case "lint":
		return r.lint()
	case "golden":
		return r.golden()
	case "bench":
		return r.bench()
	}
	fmt.Fprint(os.Stderr, usage)
	return fmt.Errorf("unknown verb %q", args[0])
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/chalicefile/chalicefile").Output()
	if err != nil {
		return "", fmt.Errorf("run this inside the checkout: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

type runner struct {
	ctx  context.Context
	root string
}

// test runs everything that CI runs. The race detector needs a C compiler, so
// it is demanded in CI only.
func (r runner) test() error {
	if err := r.lint(); err != nil {
		return err
	}
	for _, module := range modules {
		args := []string{"test", "-timeout", "45m"}
		if os.Getenv("CI") == "true" && module != "internal/bench" {
			args = append(args, "-race")
		}
		if err := r.run(module, "go", append(args, "./...")...); err != nil {
			return err
		}
	}
	return nil
}

func (r runner) lint() error {
	out, err := r.output(".", "gofmt", "-l", ".")
	if err != nil {
		return err
	}
	if unformatted := strings.Fields(out); len(unformatted) > 0 {
		return fmt.Errorf("not formatted, run gofmt -w: %s", strings.Join(unformatted, " "))
	}
	for _, module := range modules {
		if err := r.run(module, "go", "vet", "./..."); err != nil {
			return err
		}
	}
	if _, err := exec.LookPath("golangci-lint"); err != nil {
		return nil
	}
	return r.run(".", "golangci-lint", "run")
}

// golden rewrites the golden files of the packages that have an -update flag.
func (r runner) golden() error {
	var with []string
	err := filepath.WalkDir(r.root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if dir := filepath.Dir(path); strings.Contains(string(text), `flag.Bool("update"`) && !slices.Contains(with, dir) {
			with = append(with, dir)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, dir := range with {
		if err := r.run(dir, "go", "test", ".", "-update"); err != nil {
			return err
		}
	}
	return nil
}

func (r runner) bench() error {
	if err := r.run(".", "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./..."); err != nil {
		return err
	}
	return r.run("internal/bench", "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./...")
}

func (r runner) run(dir, name string, args ...string) error {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.root, dir)
	}
	start := time.Now()
	fmt.Fprintf(os.Stderr, "== %s %s (%s)\n", name, strings.Join(args, " "), rel(r.root, dir))
	cmd := exec.CommandContext(r.ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
	err := cmd.Run()
	fmt.Fprintf(os.Stderr, "== %s\n", time.Since(start).Round(time.Second))
	if err != nil {
		return fmt.Errorf("%s %s in %s: %w", name, strings.Join(args, " "), rel(r.root, dir), err)
	}
	return nil
}

func (r runner) output(dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(r.ctx, name, args...)
	cmd.Dir, cmd.Stderr = filepath.Join(r.root, dir), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}

func rel(root, dir string) string {
	if r, err := filepath.Rel(root, dir); err == nil {
		return r
	}
	return dir
}

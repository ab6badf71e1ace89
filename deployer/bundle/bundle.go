// Package bundle compiles a generated main and packs it for Lambda, byte for
// byte the same for the same input on any machine.
package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Options say what to build.
type Options struct {
	// Dir is where the go command runs, absolute: a directory of the app's module.
	Dir string
	// Package is the main package, relative to Dir: "./.chalicefile/gen/dev".
	Package string
	// Out is the path of the binary, absolute.
	Out string
	// GOOS and GOARCH; "" means those of the machine.
	GOOS, GOARCH string
	// Tags are build tags beside lambda.norpc.
	Tags []string
	// Environ is the environment of the caller. What in it would change the
	// bytes of the build does not count.
	Environ []string
	// Clean is what Environment made of Environ, for who has it already.
	Clean []string
	// Overlay is the path of a file for go build -overlay, or "".
	Overlay string
}

// Binary is a compiled program.
type Binary struct {
	Path         string
	GOOS, GOARCH string
	Size         int64
}

// ErrNoGo says that there is no go command.
var ErrNoGo = errors.New("the go command was not found: install Go (https://go.dev/dl) and put it on the PATH")

// norpc leaves out of aws-lambda-go what only the old go1.x runtime needs.
const norpc = "lambda.norpc"

// Build compiles. What the Go compiler says against the code is a *BuildError.
func Build(ctx context.Context, o Options) (Binary, error) {
	goCommand, err := findGo(o.Environ)
	if err != nil {
		return Binary{}, err
	}
	bin := Binary{Path: o.Out, GOOS: orDefault(o.GOOS, runtime.GOOS), GOARCH: orDefault(o.GOARCH, runtime.GOARCH)}
	env := o.Clean
	if env == nil {
		if env, err = Environment(ctx, o.Dir, o.Environ); err != nil {
			return Binary{}, err
		}
	}
	env = append(slices.Clip(env), "GOOS="+bin.GOOS, "GOARCH="+bin.GOARCH)
	var out bytes.Buffer
	cmd := command(ctx, goCommand, o.Dir, env, arguments(o)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return Binary{}, failure(ctx, err, o.Dir, out.Bytes())
	}
	info, err := os.Stat(o.Out)
	if err != nil {
		return Binary{}, fmt.Errorf("go build made no binary: %w", err)
	}
	bin.Size = info.Size()
	return bin, nil
}

// arguments of the go command. The flags are a promise: what is built locally
// is what is deployed.
func arguments(o Options) []string {
	args := append(append([]string{"build"}, flags(o)...), "-o", o.Out)
	if o.Overlay != "" {
		args = append(args, "-overlay", o.Overlay)
	}
	return append(args, o.Package)
}

// flags are those that a binary depends on.
func flags(o Options) []string {
	return []string{
		"-trimpath", "-buildvcs=false",
		"-tags", strings.Join(append([]string{norpc}, o.Tags...), ","),
		"-ldflags=-s -w -buildid=",
	}
}

// failure tells faults of the code from all else that may stop a go command.
func failure(ctx context.Context, err error, dir string, output []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("go build could not be run: %w", err)
	}
	return parseOutput(dir, string(output))
}

// command is a go command that ends, with all that it started, when ctx does.
func command(ctx context.Context, goCommand, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, goCommand, args...)
	cmd.Dir, cmd.Env = dir, env
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// findGo looks for the go command on the PATH of environ.
func findGo(environ []string) (string, error) {
	name := "go"
	if runtime.GOOS == "windows" {
		name = "go.exe"
	}
	for _, dir := range filepath.SplitList(lookup(environ, "PATH")) {
		if dir == "" || !filepath.IsAbs(dir) {
			continue // a relative PATH is not for finding compilers
		}
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() &&
			(runtime.GOOS == "windows" || info.Mode()&0o111 != 0) {
			return path, nil
		}
	}
	return "", ErrNoGo
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Package cli is the command line: one file a command, each a struct of flags,
// a function that makes its cobra command, and one that runs it. Data goes to
// standard output, all else to standard error; what fails says what, where and
// what to do.
package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// The exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// errSilent ends a command with status 1 whose reason has been told already.
var errSilent = errors.New("the reason has been told")

// statusError ends a command with a status and without a word.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// failure is an error of a command that was used rightly. What cobra returns
// and is none is wrong usage.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// usageError is wrong usage that only the command itself can see.
type usageError struct{ text string }

func (u usageError) Error() string { return u.text }

func usagef(format string, args ...any) error {
	return usageError{fmt.Sprintf(format, args...)}
}

// Run carries out one command line and returns the exit status. When ctx ends
// because of a signal, the command ends as soon as it can.
func Run(ctx context.Context, env Env, args []string) (status int) {
	stdout := &errWriter{Writer: env.Stdout}
	env.Stdout = stdout
	s := &session{Env: env}
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(env.Stderr, "chalicefile: a fault of chalicefile itself, please report it: %v\n", p)
			fmt.Fprintf(env.Stderr, "%s\n%s", env.Build, debug.Stack())
			status = exitFailed
		}
	}()
	root := newRoot(s)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if err == nil && stdout.err != nil {
		err = failure{fmt.Errorf("writing to standard output: %w", stdout.err)}
	}
	return s.conclude(ctx, command.CommandPath(), err)
}

// conclude tells an error and chooses the status.
func (s *session) conclude(ctx context.Context, commandPath string, err error) int {
	var failed failure
	var misused usageError
	var status statusError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &misused), !errors.As(err, &failed):
		fmt.Fprintf(s.Stderr, "chalicefile: %v\n", err)
		fmt.Fprintf(s.Stderr, "Run \"%s --help\" for usage.\n", commandPath)
		return exitUsage
	case errors.Is(err, errSilent):
		return exitFailed
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(s.Stderr, "chalicefile: %v\n", err)
	return exitFailed
}

package gosrc

import (
	"cmp"
	"context"
	"errors"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// FaultKind says who found a fault.
type FaultKind int

// The kinds of faults.
const (
	// ListFault: the go command cannot find or load a package.
	ListFault FaultKind = iota
	// SyntaxFault: a file is no Go code.
	SyntaxFault
	// TypeFault: the code does not type-check or compile.
	TypeFault
)

// Fault is one thing wrong with a package.
type Fault struct {
	Kind FaultKind
	// Package is its import path.
	Package string
	// Pos may lack line and file where the fault is of a package as a whole.
	Pos     token.Position
	Message string
	// More are other positions that the fault speaks of.
	More []Note
}

// Note is a further line of a fault.
type Note struct {
	Pos     token.Position
	Message string
}

// CommandError is what the go command says when it cannot do its work.
type CommandError struct {
	// Output is its own words, without the leading "go: ".
	Output string
	// Missing: there is no go command.
	Missing bool
	err     error
}

// Error is the whole text.
func (e *CommandError) Error() string {
	if e.Missing {
		return "the go command was not found: install Go from https://go.dev/dl and have it in PATH"
	}
	return "go list: " + e.Output
}

// Unwrap is the error of go/packages.
func (e *CommandError) Unwrap() error { return e.err }

func commandError(err error) error {
	if errors.Is(err, exec.ErrNotFound) || strings.Contains(err.Error(), exec.ErrNotFound.Error()) {
		return &CommandError{Missing: true, err: err}
	}
	text := err.Error()
	// "err: exit status 1: stderr: go: no such file …"
	if _, after, ok := strings.Cut(text, "stderr: "); ok {
		text = after
	}
	text = strings.TrimPrefix(strings.TrimSpace(text), "go: ")
	return &CommandError{Output: strings.TrimSpace(text), err: err}
}

// unlisted says why the go command lists nothing: with -e, which go/packages
// gives it, it calls a broken go.mod a success, and a build cache that it cannot
// have as well.
func unlisted(ctx context.Context, c Config, env []string, path string) error {
	args := append([]string{"list", "-deps", "-export", `-f={{""}}`}, BuildFlags(c.BuildTags)...)
	cmd := exec.CommandContext(ctx, "go", slices.Concat(args, []string{"--"}, c.Packages, c.Others)...)
	cmd.Dir, cmd.Env = c.Dir, env
	out, err := cmd.CombinedOutput()
	if err == nil {
		err = errors.New("the go command lists no package " + path)
	}
	text := strings.TrimPrefix(strings.TrimSpace(string(out)), "go: ")
	return &CommandError{Output: cmp.Or(text, err.Error()), err: err}
}

// tellFaults gathers what is wrong in the whole program: also packages that are
// merely imported may fail.
func (l *loader) tellFaults(roots []*packages.Package) {
	var all []Fault
	packages.Visit(roots, nil, func(p *packages.Package) {
		found := l.found[p]
		if l.standIns[p] {
			found = nil
		}
		var listed []Fault
		for _, e := range p.Errors {
			listed = append(listed, l.listFaults(p, e)...)
		}
		// What the compiler says was found again by the type checker, better.
		if len(found) > 0 {
			listed = slices.DeleteFunc(listed, func(f Fault) bool { return f.Kind != ListFault })
		}
		faults := append(listed, found...)
		// A file that is no Go code makes the types a guess.
		if slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == SyntaxFault }) {
			faults = slices.DeleteFunc(faults, func(f Fault) bool { return f.Kind == TypeFault })
		}
		slices.SortStableFunc(faults, comparePositions)
		all = append(all, faults...)
	})
	l.Faults = slices.CompactFunc(all, func(a, b Fault) bool {
		return a.Pos == b.Pos && a.Message == b.Message && a.Package == b.Package
	})
}

func comparePositions(a, b Fault) int {
	return cmp.Or(
		cmp.Compare(a.Pos.Filename, b.Pos.Filename),
		cmp.Compare(a.Pos.Line, b.Pos.Line),
		cmp.Compare(a.Pos.Column, b.Pos.Column),
	)
}

var position = regexp.MustCompile(`^(.+?\.go):(\d+)(?::(\d+))?(?:: (.*))?$`)

// listFaults takes apart what the go command says against one package: the
// compiler's output starts with "# path" and has a fault a line.
func (l *loader) listFaults(p *packages.Package, e packages.Error) []Fault {
	kind := ListFault
	lines := strings.Split(strings.TrimSpace(e.Msg), "\n")
	if !strings.HasPrefix(lines[0], "# ") {
		f := Fault{Kind: kind, Package: p.PkgPath, Message: strings.Join(strings.Fields(e.Msg), " ")}
		if m := position.FindStringSubmatch(e.Pos); m != nil {
			f.Pos = l.position(m)
		} else if m := position.FindStringSubmatch(f.Message); m != nil && m[4] != "" {
			f.Pos, f.Message = l.position(m), m[4]
		}
		if e.Kind == packages.ParseError {
			f.Kind = SyntaxFault
		}
		return []Fault{f}
	}
	var faults []Fault
	for _, line := range lines[1:] {
		m := position.FindStringSubmatch(line)
		switch {
		case m != nil && m[4] != "":
			kind = TypeFault
			if strings.HasPrefix(m[4], "syntax error") {
				kind = SyntaxFault
			}
			faults = append(faults, Fault{Kind: kind, Package: p.PkgPath, Pos: l.position(m), Message: m[4]})
		case len(faults) > 0 && strings.HasPrefix(line, "\t"):
			faults[len(faults)-1].Message += " " + strings.TrimSpace(line)
		}
	}
	if len(faults) == 0 {
		faults = append(faults, Fault{Kind: TypeFault, Package: p.PkgPath, Message: strings.TrimSpace(strings.Join(lines[1:], " "))})
	}
	return faults
}

// position is that of a match of the regular expression; relative names are
// relative to where the go command ran.
func (l *loader) position(m []string) token.Position {
	name := m[1]
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.dir, name)
	}
	line, _ := strconv.Atoi(m[2])
	column, _ := strconv.Atoi(m[3])
	return token.Position{Filename: name, Line: line, Column: column}
}

package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// findings are what was found in the files of one project.
type findings struct {
	// dir is the project's, to which the names of files are relative; file is
	// the Chalicefile, absolute.
	dir, file string
	sources   map[string][]byte
	list      diag.List
}

// printFindings writes findings for a person to standard error.
func (s *session) printFindings(f findings) error {
	return diag.WriteText(s.Stderr, f.list, diag.PrintOptions{
		Sources: f.sources, Color: s.colorStderr(), Prefix: s.prefix(f.dir, outputText),
	})
}

// printValidated writes findings as the result of a command.
func (s *session) printValidated(f findings, format string) error {
	return diag.Print(s.Stdout, format, f.list, diag.PrintOptions{
		Sources: f.sources, Color: s.colorStdout(), Prefix: s.prefix(f.dir, format), ToolVersion: s.Build.Version,
	})
}

// prefix is what goes before the names of files of a project in dir. People
// and editors read them from the working directory (that of -C, where it is
// given, as go and git do it). Who shows findings beside a change wants them
// from the root of the checkout, wherever the command ran.
func (s *session) prefix(dir, format string) string {
	base, err := s.workDir()
	if err != nil {
		return ""
	}
	if format == formatSARIF || format == formatGitHub {
		base = s.Dir
		if workspace := s.Getenv("GITHUB_WORKSPACE"); workspace != "" && within(workspace, dir) {
			base = workspace
		}
	}
	prefix, err := filepath.Rel(base, dir)
	if err != nil || prefix == "." {
		return ""
	}
	return filepath.ToSlash(prefix)
}

// within says that dir is at or below root.
func within(root, dir string) bool {
	rel, err := filepath.Rel(root, dir)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// tellAll writes findings to standard error; with errors among them, the
// command has failed.
func (s *session) tellAll(f findings) error {
	if len(f.list.Findings) == 0 {
		return nil
	}
	if err := s.printFindings(f); err != nil {
		return err
	}
	if !f.list.HasErrors() {
		return nil
	}
	fmt.Fprintln(s.Stderr, f.list.Summary())
	return errSilent
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// completeNewProject asks for what the command line does not say, where nobody
// said anything and somebody can answer.
func completeNewProject(ctx context.Context, s *session, f *newProjectFlags, args []string) (name string, err error) {
	work, err := s.workDir()
	if err != nil {
		return "", err
	}
	asked := len(args) == 0 && s.canAsk()
	switch {
	case len(args) > 0 && args[0] != "":
		name = args[0]
	case !asked:
		return "", usagef("new-project needs NAME, the directory to make")
	default:
		if name, err = askNewProject(ctx, s, f, work); err != nil {
			return "", err
		}
	}
	if f.module == "" {
		f.module = defaultModule(filepath.Base(abs(work, name)))
	}
	return name, nil
}

// askNewProject asks until the answers do; what the flags say is not asked.
func askNewProject(ctx context.Context, s *session, f *newProjectFlags, work string) (name string, err error) {
	q := newPrompt(s.Env)
	name, err = q.askUntil(ctx, "Name of the project", "", func(answer string) error {
		if answer == "" {
			return usagef("a project needs a name, that of the directory to make")
		}
		dir := abs(work, answer)
		return errors.Join(checkAppName(filepath.Base(dir)), checkVacant(s, dir))
	})
	if err != nil {
		return "", err
	}
	if !f.hasTemplate {
		if f.template, err = q.choose(ctx, "Template", templateNames()); err != nil {
			return "", err
		}
	}
	if f.module == "" {
		f.module, err = q.askUntil(ctx, "Path of the Go module", defaultModule(filepath.Base(abs(work, name))), checkModule)
	}
	return name, err
}

func defaultModule(app string) string { return "example.com/" + strings.ToLower(app) }

func checkNewProject(s *session, p newProject, dir string) error {
	if err := checkAppName(p.App); err != nil {
		return err
	}
	if err := checkModule(p.Module); err != nil {
		return usagef("--module: %v", err)
	}
	return checkVacant(s, dir)
}

var appName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)

func checkAppName(name string) error {
	if !appName.MatchString(name) {
		return usagef("%q cannot be the name of an app: it begins with a letter, then come letters, digits, _ and -, at most 40 characters in all", name)
	}
	return nil
}

// checkModule refuses paths that the go command does not take, and those of
// what every app requires.
func checkModule(path string) error {
	if err := module.CheckImportPath(path); err != nil || strings.Contains(path, "...") {
		return usagef("%q is no path of a Go module, such as example.com/helloworld", path)
	}
	if _, _, ok := module.SplitPathVersion(path); !ok {
		return usagef("%q ends in a version that no Go module has: the first that is part of a path is v2", path)
	}
	for _, taken := range []string{modulePath, "github.com/aws/aws-lambda-go"} {
		if path == taken || strings.HasPrefix(path, taken+"/") {
			return usagef("%q belongs to a module that every app requires", path)
		}
	}
	if slices.Contains([]string{"main", "std", "cmd"}, strings.Split(path, "/")[0]) {
		return usagef("%q means something else to the go command", path)
	}
	return nil
}

// checkVacant refuses a place where something is.
func checkVacant(s *session, dir string) error {
	shown := s.display(dir)
	if shown == "." {
		shown = dir
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return fmt.Errorf("%s exists and is a link to nothing", shown)
		}
		return nil
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read by this user", shown)
	case err != nil:
		return fmt.Errorf("%s exists and is no directory", shown)
	case len(entries) > 0:
		return fmt.Errorf("%s exists and is not empty; choose another name, or remove it", shown)
	}
	return nil
}

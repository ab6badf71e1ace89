package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/schema"
)

type newProjectFlags struct {
	template string
	module   string
	source   string
	output   string
	// asked says which of the above the command line gave.
	hasTemplate bool
}

func newNewProject(s *session) *cobra.Command {
	var f newProjectFlags
	cmd := &cobra.Command{
		Use:   "new-project NAME",
		Short: "Make a directory with an app that builds, tests and runs as it is",
		Long: `Makes the directory NAME with an app that builds, tests and runs as it is; "."
is the working directory, where that is empty. Without NAME it asks for name,
template and module on a terminal. The path goes to standard output, what to do
next to standard error. The templates:

  rest    a REST API and its test
  events  functions run by a schedule, an SQS queue and an S3 bucket
  full    both, with an authorizer, CORS, a constructor and a stage`,
		Example: `  chalicefile new-project helloworld
  chalicefile new-project shop --template full --module github.com/me/shop`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil // asked for
			}
			return arguments("NAME, the directory to make")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.hasTemplate = changed(cmd.Flags(), "template")
			return action(func(ctx context.Context, args []string) error {
				return runNewProject(ctx, s, f, args)
			})(cmd, args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	choiceVar(cmd, &f.template, "template", "what the app begins with", templateNames()...)
	cmd.Flags().StringVar(&f.module, "module", "", "`PATH` of the Go module (default example.com/NAME)")
	cmd.Flags().StringVar(&f.source, "source", "", "`DIR` of the checkout of chalicefile to build against, where no release exists")
	_ = cmd.MarkFlagDirname("source")
	outputVar(cmd, &f.output)
	return cmd
}

// newProject is what the templates are filled with.
type newProject struct {
	App      string
	Module   string
	Template string
	// Version of chalicefile that go.mod requires; Source is the checkout that
	// stands in for it, "" for a release.
	Version, Source string
	// Go is the version of the language.
	Go string
	// Modeline of the Chalicefile.
	Modeline string
}

// Replacement is Source as go.mod writes a path.
func (p newProject) Replacement() string {
	if strings.ContainsAny(p.Source, " \t\"'`(),") {
		return strconv.Quote(p.Source)
	}
	return p.Source
}

// Bucket is the app's name as the name of an S3 bucket may have it.
func (p newProject) Bucket() string {
	return strings.ToLower(strings.ReplaceAll(p.App, "_", "-"))
}

// goVersion is the version of Go that a new go.mod asks for.
const goVersion = "1.26"

func runNewProject(ctx context.Context, s *session, f newProjectFlags, args []string) error {
	name, err := completeNewProject(ctx, s, &f, args)
	if err != nil {
		return err
	}
	work, err := s.workDir()
	if err != nil {
		return err
	}
	dir := abs(work, name)
	p := newProject{App: filepath.Base(dir), Module: f.module, Template: f.template, Go: goVersion, Modeline: defaultModeline}
	if err := checkNewProject(s, p, dir); err != nil {
		return err
	}
	if p.Version, p.Source, err = requirement(s, f.source); err != nil {
		return err
	}
	if err := makeProject(ctx, s, p, dir); err != nil {
		return err
	}
	if f.output == outputJSON {
		return writeJSON(s.Stdout, madeProject{s.display(dir), p.App, p.Module, p.Template})
	}
	shown := s.display(dir)
	fmt.Fprintf(s.Stderr, "Made %s from the template %q. What to do next:\n\n%s  go test ./...\n  chalicefile %s\n\n",
		p.App, p.Template, changeDirectory(shown), firstCommand(p.Template))
	if work := workspace(ctx, s, dir); work != "" {
		fmt.Fprintf(s.Stderr, "It lies in the workspace of %s; add it there with: go work use %s\n\n", s.display(work), shown)
	}
	_, err = fmt.Fprintln(s.Stdout, shown)
	return err
}

// madeProject is the JSON view of a new project.
type madeProject struct {
	Path     string `json:"path"`
	App      string `json:"app"`
	Module   string `json:"module"`
	Template string `json:"template"`
}

// changeDirectory is how a person gets to a directory, as a line of a shell.
func changeDirectory(dir string) string {
	switch {
	case dir == ".":
		return ""
	case strings.ContainsAny(dir, " \t'\"\\$&;()*?<>|`~#!"):
		dir = "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	}
	return "  cd " + dir + "\n"
}

// firstCommand is what a person wants to see first of a template.
func firstCommand(template string) string {
	if template == "events" {
		return "invoke on_message --local --event sqs"
	}
	return "local"
}

// requirement is what go.mod says about chalicefile: the release that this
// program is, or a checkout.
func requirement(s *session, source string) (version, checkout string, err error) {
	const none = "v0.0.0-00010101000000-000000000000"
	if source != "" {
		work, err := s.workDir()
		if err != nil {
			return "", "", err
		}
		checkout = abs(work, source)
		if !isCheckout(checkout) {
			return "", "", fmt.Errorf("--source: %s is no checkout of %s", source, modulePath)
		}
		return none, checkout, nil
	}
	if s.Build.Released {
		return s.Build.Version, "", nil
	}
	if s.Build.source == "" || !isCheckout(s.Build.source) {
		return "", "", errors.New("this build of chalicefile is no release and does not know where its source is; say --source DIR, a checkout of " + modulePath)
	}
	return none, s.Build.source, nil
}

// isCheckout says that dir holds the source of this program.
func isCheckout(dir string) bool {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && bytes.HasPrefix(mod, []byte("module "+modulePath+"\n"))
}

// makeProject writes everything beside its place first, so that there is a
// whole project in the end, or nothing.
func makeProject(ctx context.Context, s *session, p newProject, dir string) error {
	parent, exists := filepath.Dir(dir), false
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		parent, exists = dir, true // it may be where a shell stands, or a link elsewhere
	}
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return fmt.Errorf("%s cannot be made: %w", s.display(dir), reason(err))
	}
	tmp, err := makeTemp(parent, "."+p.App+"-new-")
	if err != nil {
		return fmt.Errorf("%s cannot be made: %w", s.display(dir), reason(err))
	}
	defer func() { _ = os.RemoveAll(tmp) }() // gone once it was renamed
	if err := writeTemplate(p, tmp); err != nil {
		return err
	}
	if err := project.WriteSchema(tmp, schema.JSON); err != nil {
		return err
	}
	if err := tidy(ctx, s, p, tmp); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if exists {
		return moveInto(dir, tmp)
	}
	return os.Rename(tmp, dir)
}

// makeTemp makes a directory that others may see as far as the user lets them
// see what is new: os.MkdirTemp hides it.
func makeTemp(parent, prefix string) (string, error) {
	hidden, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", err
	}
	if err := os.Remove(hidden); err != nil {
		return "", err
	}
	return hidden, os.Mkdir(hidden, 0o777)
}

// moveInto fills a directory that exists.
func moveInto(dir, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

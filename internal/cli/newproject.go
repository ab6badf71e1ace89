package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
		Long: `Makes the directory NAME with an app that builds, tests and runs as it is. On a
terminal it asks for what the command line does not say.

  rest    a REST API: two routes and their test
  events  functions run by a schedule, an SQS queue and an S3 bucket
  full    both, with an authorizer, CORS, a constructor and a stage`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.hasTemplate = changed(cmd.Flags(), "template")
			return action(func(ctx context.Context, args []string) error {
				return runNewProject(ctx, s, f, args)
			})(cmd, args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	choiceVar(cmd, &f.template, "template", "what the app begins with", templateNames()...)
	cmd.Flags().StringVar(&f.module, "module", "", "`path` of the Go module (default example.com/NAME)")
	cmd.Flags().StringVar(&f.source, "source", "", "checkout of chalicefile in `DIR` to build against, where no release exists")
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
	if err := checkNewProject(p, dir, name); err != nil {
		return err
	}
	if p.Version, p.Source, err = requirement(s, f.source); err != nil {
		return err
	}
	if err := makeProject(ctx, s, p, dir); err != nil {
		return err
	}
	if f.output == outputJSON {
		return writeJSON(s.Stdout, map[string]string{"path": dir, "app": p.App, "module": p.Module, "template": p.Template})
	}
	shown := s.display(dir)
	fmt.Fprintf(s.Stderr, "Made %s from the template %q. What to do next:\n\n  cd %s\n  go test ./...\n  chalicefile %s\n\n", p.App, p.Template, shown, firstCommand(p.Template))
	if work := workspace(ctx, s, dir); work != "" {
		fmt.Fprintf(s.Stderr, "It lies in the workspace of %s; add it there with: go work use %s\n\n", s.display(work), shown)
	}
	_, err = fmt.Fprintln(s.Stdout, shown)
	return err
}

// firstCommand is what a person wants to see first of a template.
func firstCommand(template string) string {
	if template == "events" {
		return "invoke on_message --local --event sqs"
	}
	return "local"
}

// completeNewProject asks for what the command line does not say, where
// somebody can answer.
func completeNewProject(ctx context.Context, s *session, f *newProjectFlags, args []string) (string, error) {
	q := newPrompt(s.Env)
	name, asked := "", len(args) == 0 && s.canAsk()
	switch {
	case len(args) > 0:
		name = args[0]
	case asked:
		answer, err := q.ask(ctx, "Name of the project", "")
		if err != nil {
			return "", err
		}
		name = answer
	}
	if name == "" {
		return "", usagef("new-project needs NAME, the directory to make")
	}
	if asked && !f.hasTemplate {
		answer, err := q.choose(ctx, "Template", templateNames())
		if err != nil {
			return "", err
		}
		f.template = answer
	}
	if f.module == "" {
		f.module = "example.com/" + strings.ToLower(filepath.Base(name))
		if asked {
			answer, err := q.ask(ctx, "Path of the Go module", f.module)
			if err != nil {
				return "", err
			}
			f.module = answer
		}
	}
	return name, nil
}

var (
	appName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)
	moduleName = regexp.MustCompile(`^[A-Za-z0-9_~][A-Za-z0-9._~-]*(/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*$`)
)

func checkNewProject(p newProject, dir, name string) error {
	if !appName.MatchString(p.App) {
		return usagef("%q cannot be the name of an app: it begins with a letter, then come letters, digits, _ and -, at most 40 characters in all", p.App)
	}
	if !moduleName.MatchString(p.Module) {
		return usagef("--module: %q is no path of a Go module, such as example.com/%s", p.Module, strings.ToLower(p.App))
	}
	if p.Module == modulePath || strings.HasPrefix(p.Module, modulePath+"/") {
		return usagef("--module: %q belongs to chalicefile itself", p.Module)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s exists and is no directory", name)
	case len(entries) > 0:
		return fmt.Errorf("%s exists and is not empty; choose another name, or remove it", name)
	}
	return nil
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
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "."+p.App+"-new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // gone once it was renamed
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
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
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(tmp, dir)
}

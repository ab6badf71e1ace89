package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/policygen"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/loader"
)

// The formats of validate beside text and json.
const (
	formatSARIF  = "sarif"
	formatGitHub = "github"
)

type validateFlags struct {
	stage      string
	format     string
	strict     bool
	schemaOnly bool
}

func newValidate(s *session) *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the Chalicefile and the Go functions that it names",
		Long: `Checks the Chalicefile, every stage of it, and the Go functions that it names.
Findings go to standard output, a summary to standard error. The exit status is
1 with an error among the findings, with --strict also with a warning.`,
		Example: `  chalicefile validate
  chalicefile validate --format github --strict   # in GitHub Actions`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runValidate(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	choiceVar(cmd, &f.format, "format", "format of the findings", outputText, outputJSON, formatSARIF, formatGitHub)
	cmd.Flags().BoolVar(&f.strict, "strict", false, "let a warning fail as an error does")
	cmd.Flags().BoolVar(&f.schemaOnly, "schema-only", false, "stop after the JSON schema: no rules, no Go code")
	return cmd
}

func runValidate(ctx context.Context, s *session, f validateFlags) error {
	found, err := validate(ctx, s, f)
	if err != nil {
		return err
	}
	if err := s.printValidated(found, f.format); err != nil {
		return err
	}
	if len(found.list.Findings) == 0 {
		fmt.Fprintf(s.Stderr, "%s is valid\n", s.display(found.file))
		return nil
	}
	fmt.Fprintln(s.Stderr, found.list.Summary())
	if found.list.HasErrors() || f.strict {
		return errSilent
	}
	return nil
}

func validate(ctx context.Context, s *session, f validateFlags) (findings, error) {
	options, err := s.options(f.stage)
	if err != nil {
		return findings{}, err
	}
	found := findings{dir: options.Dir, file: filepath.Join(options.Dir, options.File)}
	defer s.step(fmt.Sprintf("checking %s, stage %s", s.display(found.file), options.Stage))()
	if f.schemaOnly {
		r := loader.Load(loader.Options{
			Dir: options.Dir, File: options.File, Stage: options.Stage, Region: options.Region,
			LookupEnv: options.LookupEnv, SchemaOnly: true,
		})
		found.list, found.sources = r.Findings, r.Sources
		return found, nil
	}
	options.Configure = policygen.ConfigureCheck
	p, list := project.Load(ctx, options)
	found.list, found.sources = list, p.Sources
	if p.App == nil || ctx.Err() != nil {
		return found, ctx.Err()
	}
	policies, err := policygen.Check(ctx, p.App, p.Program)
	if err != nil {
		return found, err
	}
	found.list.Add(p.Resolve(policies).Findings...)
	found.list.Sort()
	return found, nil
}

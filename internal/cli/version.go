package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

type versionFlags struct{ output string }

func newVersion(s *session) *cobra.Command {
	var f versionFlags
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Which build of chalicefile this is",
		Long: `Writes the release ("devel" for a build that is none), the commit where it is
known, and the version of Go and the platform that it was built with and for.`,
		Example: `  chalicefile version
  chalicefile version --output json`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runVersion(ctx, s, f)
		}),
	}
	outputVar(cmd, &f.output)
	return cmd
}

func runVersion(_ context.Context, s *session, f versionFlags) error {
	if f.output == outputJSON {
		return writeJSON(s.Stdout, s.Build)
	}
	_, err := fmt.Fprintln(s.Stdout, s.Build)
	return err
}

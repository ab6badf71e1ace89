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
		Args:  arguments(),
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

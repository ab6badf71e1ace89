package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type planFlags struct {
	stage    string
	exitCode bool
	adopt    bool
	noPolicy bool
	aws      awsFlags
	output   string
}

// exitChanges is the status of plan --exit-code where there is something to do.
const exitChanges = 3

// errChanges ends plan --exit-code where there is something to do.
var errChanges = statusError(exitChanges)

func newPlan(s *session) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "What deploy would do, without doing it",
		Long: `Builds the app, reads what exists in AWS, and shows the difference: what deploy
would create (+), update (~), replace (±), delete (-) and leave as it is (=).
Nothing is changed. With --exit-code the exit status is 3 where there is
something to do.`,
		Example: `  chalicefile plan
  chalicefile plan --stage prod --exit-code`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runPlan(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	s.awsVars(cmd, &f.aws)
	cmd.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit with status 3 where there is something to do")
	cmd.Flags().BoolVar(&f.adopt, "adopt", false, "plan to take over what has the right name and belongs to nobody or somebody else")
	cmd.Flags().BoolVar(&f.noPolicy, "no-autogen-policy", false, "take policies from policy_file instead of generating them")
	outputVar(cmd, &f.output)
	return cmd
}

func runPlan(ctx context.Context, s *session, f planFlags) error {
	d, err := newDeployment(ctx, s, f.stage, f.aws)
	if err != nil {
		return err
	}
	defer d.progress.close()
	d.fromFile, d.job.Adopt = f.noPolicy, f.adopt
	if err := d.deploys(ctx); err != nil {
		return err
	}
	end := d.progress.begin("reading what exists in AWS")
	plan, err := d.job.Plan(ctx)
	end()
	d.progress.close()
	if err != nil {
		return d.explain(err)
	}
	if f.output == outputJSON {
		err = writeJSON(s.Stdout, viewPlan(plan))
	} else {
		s.printPlan(plan)
	}
	if err == nil && f.exitCode && !plan.Empty() {
		return errChanges
	}
	return err
}

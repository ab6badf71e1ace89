package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/deployer"
)

type deployFlags struct {
	stage       string
	yes         bool
	noPolicy    bool
	adopt       bool
	lockTimeout time.Duration
	aws         awsFlags
	output      string
}

// defaultLockTimeout is how long deploy and delete wait for another run: longer
// than the minute for which a run that was killed elsewhere holds the lock.
const defaultLockTimeout = 90 * time.Second

func newDeploy(s *session) *cobra.Command {
	var f deployFlags
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Make AWS equal to the Chalicefile",
		Long: `Builds the app, reads what exists in AWS, and creates, updates and deletes what
differs, side by side where nothing depends on the other. With nothing to do,
nothing is changed. Where an update changes what a function may do, or the REST
API must be replaced, it asks first. URLs and ARNs go to standard output. Where
a step fails, or deploy was killed, running it again goes on from there.`,
		Example: `  chalicefile deploy
  chalicefile deploy --stage prod --yes --profile production`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runDeploy(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	s.awsVars(cmd, &f.aws)
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "answer every question with yes")
	flags.BoolVar(&f.noPolicy, "no-autogen-policy", false, "take policies from policy_file instead of generating them")
	flags.BoolVar(&f.adopt, "adopt", false, "take over what has the right name and belongs to nobody or somebody else")
	lockTimeoutVar(cmd, &f.lockTimeout)
	connectionTimeoutVar(cmd, &f.aws)
	outputVar(cmd, &f.output)
	return cmd
}

// lockTimeoutVar binds --lock-timeout.
func lockTimeoutVar(cmd *cobra.Command, p *time.Duration) {
	cmd.Flags().DurationVar(p, "lock-timeout", defaultLockTimeout, "how `LONG` to wait where another deploy or delete of the stage runs")
	_ = cmd.RegisterFlagCompletionFunc("lock-timeout", cobra.NoFileCompletions)
}

// connectionTimeoutVar binds --connection-timeout.
func connectionTimeoutVar(cmd *cobra.Command, f *awsFlags) {
	cmd.Flags().DurationVar(&f.timeout, "connection-timeout", 0, "how `LONG` to wait for AWS to begin to answer (default 1m0s)")
	_ = cmd.RegisterFlagCompletionFunc("connection-timeout", cobra.NoFileCompletions)
}

// checkTimeouts refuses times that run backwards.
func checkTimeouts(lock time.Duration, f awsFlags) error {
	if lock < 0 || f.timeout < 0 {
		return usagef("--lock-timeout and --connection-timeout are not less than 0s")
	}
	return nil
}

func runDeploy(ctx context.Context, s *session, f deployFlags) error {
	if err := checkTimeouts(f.lockTimeout, f.aws); err != nil {
		return err
	}
	d, err := newDeployment(ctx, s, f.stage, f.aws)
	if err != nil {
		return err
	}
	defer d.progress.close()
	d.fromFile, d.job.Adopt, d.job.LockTimeout = f.noPolicy, f.adopt, f.lockTimeout
	if err := d.deploys(ctx); err != nil {
		return err
	}
	q := &questions{s: s, yes: f.yes}
	d.job.Confirm = func(ctx context.Context, plan *deployer.Plan) error {
		defer d.progress.pause()()
		return q.confirm(ctx, plan)
	}
	outcome, err := d.run(ctx)
	if outcome == nil || outcome.Plan == nil {
		return d.explain(err)
	}
	if len(outcome.Done) > 0 {
		err = errors.Join(err, d.writePolicy())
	}
	if f.output == outputJSON {
		if writeErr := writeJSON(s.Stdout, d.viewOutcome(outcome)); writeErr != nil {
			return writeErr
		}
	} else if err == nil {
		d.printDeployed(outcome)
	}
	return d.conclude(ctx, outcome, err, "deploy")
}

// run runs the job, with a word on the reading before it.
func (d *deployment) run(ctx context.Context) (*deployer.Outcome, error) {
	end := d.progress.begin("reading what exists in AWS")
	ended := false
	stop := func() {
		if !ended {
			ended = true
			end()
		}
	}
	defer stop()
	confirm := d.job.Confirm
	d.job.Confirm = func(ctx context.Context, plan *deployer.Plan) error {
		stop()
		return confirm(ctx, plan)
	}
	outcome, err := d.job.Run(ctx)
	stop()
	d.progress.close()
	if outcome == nil && ctx.Err() != nil {
		fmt.Fprintln(d.s.Stderr, "Interrupted: nothing was changed")
	}
	return outcome, err
}

// conclude tells what failed and what was not tried.
func (d *deployment) conclude(ctx context.Context, o *deployer.Outcome, err error, command string) error {
	again := fmt.Sprintf("run \"chalicefile %s\" again to go on from there", d.command(command))
	if ctx.Err() != nil {
		d.printFailures(o)
		fmt.Fprintf(d.s.Stderr, "Interrupted: %d of the %s ended; %s\n", len(o.Done), count(len(o.Plan.Steps)-counts(o.Plan)[deployer.OpNothing], "step"), again)
		return ctx.Err()
	}
	if len(o.Failed) == 0 {
		return d.explain(err)
	}
	d.printFailures(o)
	if others := errorsBut(err, deployer.ErrFailed); others != nil {
		fmt.Fprintf(d.s.Stderr, "%v\n", others)
	}
	fmt.Fprintf(d.s.Stderr, "What was done stays: %s\n", again)
	return errSilent
}

// command is a command line of the stage.
func (d *deployment) command(name string) string {
	if d.stageFlag != "" {
		return name + " --stage " + d.stageFlag
	}
	return name
}

package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/internal/resource"
)

type deleteFlags struct {
	stage       string
	yes         bool
	logs        bool
	lockTimeout time.Duration
	aws         awsFlags
	output      string
}

func newDelete(s *session) *cobra.Command {
	var f deleteFlags
	cmd := &cobra.Command{
		Use:   "delete",
		Short: "Remove all that deploy made",
		Long: `Removes all that deploy made of a stage, in the reverse order, and names each
thing on standard output. It shows first what that is, and asks. What deploy did
not make stays: buckets, queues, topics and tables, and what others added to
them. So do the functions' log groups, but with --logs. The Go code need not
compile. Running it again, also after it was killed, is safe.`,
		Example: `  chalicefile delete
  chalicefile delete --stage test --yes --logs`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runDelete(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	s.awsVars(cmd, &f.aws)
	cmd.Flags().BoolVar(&f.yes, "yes", false, "delete without asking")
	cmd.Flags().BoolVar(&f.logs, "logs", false, "delete the functions' log groups too, with what is in them")
	lockTimeoutVar(cmd, &f.lockTimeout)
	connectionTimeoutVar(cmd, &f.aws)
	outputVar(cmd, &f.output)
	return cmd
}

func runDelete(ctx context.Context, s *session, f deleteFlags) error {
	if err := checkTimeouts(f.lockTimeout, f.aws); err != nil {
		return err
	}
	d, err := newDeployment(ctx, s, f.stage, f.aws)
	if err != nil {
		return err
	}
	defer d.progress.close()
	d.deletes()
	d.job.Logs, d.job.LockTimeout = f.logs, f.lockTimeout
	d.progress.quiet = true
	d.job.Observe = func(e deployer.Event) {
		if e.Kind == deployer.EventStarted && f.output == outputText {
			resume := d.progress.pause()
			fmt.Fprintln(s.Stdout, "Deleting "+title(e.Step))
			resume()
		}
		d.progress.observe(e)
	}
	asked := false
	d.job.Confirm = func(ctx context.Context, plan *deployer.Plan) error {
		if asked {
			return nil
		}
		defer d.progress.pause()()
		asked = true
		if err := d.confirmDelete(ctx, plan, f.yes); err != nil {
			return err
		}
		return project.Prepare(d.aws.Options.Dir) // the record goes there
	}
	outcome, err := d.run(ctx)
	if outcome == nil || outcome.Plan == nil {
		return d.explain(err)
	}
	if f.output == outputJSON {
		if writeErr := writeJSON(s.Stdout, d.viewOutcome(outcome)); writeErr != nil {
			return writeErr
		}
	}
	if err == nil {
		d.printDeleted(outcome)
	}
	return d.conclude(ctx, outcome, err, "delete")
}

// confirmDelete lists what goes, and asks.
func (d *deployment) confirmDelete(ctx context.Context, plan *deployer.Plan, yes bool) error {
	if yes {
		return nil
	}
	fmt.Fprintf(d.s.Stderr, "This deletes %s:\n\n", d.where())
	for _, s := range plan.Steps {
		if s.Op == deployer.OpDelete {
			fmt.Fprintf(d.s.Stderr, "  %s\n", describe(s.ID))
		}
	}
	fmt.Fprintln(d.s.Stderr)
	return d.s.confirm(ctx, "delete", noByDefault)
}

// title is what is deleted: "Rest API: duvw4kwyl3".
func title(s *deployer.Step) string {
	if s.Live != nil && s.Live.Title != "" {
		return s.Live.Title
	}
	return describe(s.ID)
}

// printDeleted says that there was nothing, and what stays.
func (d *deployment) printDeleted(o *deployer.Outcome) {
	if len(o.Done) == 0 {
		fmt.Fprintf(d.s.Stderr, "There is nothing to delete of %s\n", d.where())
	}
	stay := 0
	for id := range o.Attributes {
		if id.Kind == resource.KindLogGroup {
			stay++
		}
	}
	if stay > 0 {
		fmt.Fprintf(d.s.Stderr, "%s: --logs deletes what is logged too\n", stayed(stay))
	}
}

func stayed(n int) string {
	if n == 1 {
		return "1 log group stays"
	}
	return fmt.Sprintf("%d log groups stay", n)
}

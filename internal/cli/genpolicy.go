package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/policygen"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/loader/diag"
)

type genPolicyFlags struct {
	stage    string
	function string
	explain  bool
	output   string
}

func newGenPolicy(s *session) *cobra.Command {
	var f genPolicyFlags
	cmd := &cobra.Command{
		Use:   "gen-policy",
		Short: "The IAM policy of each function, from the AWS calls that it can reach",
		Long: `Writes the IAM policy that deploy gives the role of a function: the calls of AWS
that its code can reach, what the Chalicefile implies (its event source, its
network, its logs), and what iam states. An app of one function gets its policy,
one of several an object of policies by function name. Nothing is deployed, and
region and account are "*". With --explain, not the policies but the reasons are
written: which call in which file needs each action, and why each "*" is one.`,
		Example: `  chalicefile gen-policy
  chalicefile gen-policy --stage prod --function api --explain`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runGenPolicy(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	cmd.Flags().StringVar(&f.function, "function", "", "`NAME` of the one function whose policy is wanted")
	_ = cmd.RegisterFlagCompletionFunc("function", s.completeFunction)
	cmd.Flags().BoolVar(&f.explain, "explain", false, "say which call in which file needs each action")
	outputVar(cmd, &f.output)
	return cmd
}

func runGenPolicy(ctx context.Context, s *session, f genPolicyFlags) error {
	p, policies, err := generatePolicies(ctx, s, f)
	if err != nil {
		return err
	}
	if f.explain {
		return s.explain(p, policies, f.output)
	}
	if f.function != "" && policies[0].Origin == policygen.Role {
		return fmt.Errorf("the function %s runs as the role %s, which deploy does not change: it has no policy of the app's", f.function, policies[0].RoleARN)
	}
	return s.printPolicies(policies)
}

// generatePolicies tells all findings on standard error; with errors among them
// there are no policies.
func generatePolicies(ctx context.Context, s *session, f genPolicyFlags) (*project.Project, []*policygen.Policy, error) {
	options, err := s.options(f.stage)
	if err != nil {
		return nil, nil, err
	}
	options.Configure = policygen.Configure
	end := s.step(fmt.Sprintf("loading %s, stage %s", s.display(filepath.Join(options.Dir, options.File)), options.Stage))
	p, list := project.Load(ctx, options)
	end()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if p.App == nil {
		return nil, nil, s.tell(p, list)
	}
	in := policygen.Input{App: p.App, Program: p.Program}
	if f.function != "" {
		function, err := findFunction(p.App, f.function)
		if err != nil {
			return nil, nil, err
		}
		in.Functions = []string{function.Name}
	}
	end = s.step("looking for calls of AWS")
	result, err := policygen.Generate(ctx, in)
	end()
	if err != nil {
		return nil, nil, err
	}
	if result.Findings.HasErrors() { // what keeps from a policy is more than what will keep a deploy
		list.Findings = slices.DeleteFunc(list.Findings, func(f diag.Finding) bool { return f.Code == "policy-file" })
	}
	list.Add(p.Resolve(result.Findings).Findings...)
	list.Sort()
	return p, result.Policies, s.tell(p, list)
}

// printPolicies writes policies, and tells of functions that have none.
func (s *session) printPolicies(policies []*policygen.Policy) error {
	for _, p := range policies {
		if p.Origin == policygen.Role {
			fmt.Fprintf(s.Stderr, "The function %s has no policy: it runs as the role %s\n", p.Function.Name, p.RoleARN)
		}
	}
	_, err := s.Stdout.Write(policygen.JSON(policies))
	return err
}

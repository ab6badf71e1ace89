package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value   *string
	allowed []string
}

type choiceError struct{ text string }

func (e choiceError) Error() string { return e.text }

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c choice) Set(value string) error {
	if !slices.Contains(c.allowed, value) {
		return choiceError{fmt.Sprintf("%q is not one of %s", value, strings.Join(c.allowed, ", "))}
	}
	*c.value = value
	return nil
}

// choiceVar binds a flag that takes one of allowed; the first is the default.
func choiceVar(cmd *cobra.Command, p *string, name, usage string, allowed ...string) {
	*p = allowed[0]
	cmd.Flags().Var(choice{p, allowed}, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp))
}

// The formats of --output.
const (
	outputText = "text"
	outputJSON = "json"
)

// outputVar binds --output, which every command with a result has.
func outputVar(cmd *cobra.Command, p *string) {
	choiceVar(cmd, p, "output", "format of the result", outputText, outputJSON)
}

// stageVar binds --stage.
func stageVar(s *session, cmd *cobra.Command, p *string) {
	cmd.Flags().StringVar(p, "stage", "", "`NAME` of the stage (default $CHALICEFILE_STAGE, else dev)")
	_ = cmd.RegisterFlagCompletionFunc("stage", s.completeStage)
}

// changed says whether a flag was given.
func changed(flags *pflag.FlagSet, name string) bool {
	f := flags.Lookup(name)
	return f != nil && f.Changed
}

// didYouMean is `; did you mean "x"?`, or "" where nothing is near.
func didYouMean(name string, candidates []string, prefix string) string {
	near := diag.Nearest(name, candidates)
	for _, c := range candidates {
		if near == "" && len(name) > 1 && strings.HasPrefix(c, name) {
			near = c
		}
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", prefix+near)
}

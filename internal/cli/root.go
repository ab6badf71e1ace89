package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// session is one command line as it runs: the environment and the flags that
// every command has.
type session struct {
	Env
	projectDir string
	file       string
	debug      bool
}

const rootLong = `chalicefile turns Go functions, named in a Chalicefile.yaml, into a REST API and
event handlers on AWS Lambda.

The Chalicefile is looked for in the working directory and above it. The stage
is --stage, else CHALICEFILE_STAGE, else "dev".`

// usageTemplate is cobra's, without what this program has none of.
const usageTemplate = `Usage:
  {{.UseLine}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if (or (eq .Name "help") .IsAvailableCommand)}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Global flags:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

"chalicefile help COMMAND" says more about a command.{{end}}
`

func newRoot(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:   "chalicefile [-C DIR] [--file NAME] [--debug] COMMAND",
		Short: "REST APIs and event handlers of Go functions on AWS Lambda",
		Long:  rootLong,
		Example: `  chalicefile new-project helloworld
  chalicefile -C helloworld local`,
		Version:               s.Build.String(),
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		CompletionOptions:     cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:                  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && cmd.ArgsLenAtDash() == 0:
				return usagef("the command comes first, without --: chalicefile %s", strings.Join(args, " "))
			case len(args) > 0:
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetIn(s.Stdin)
	root.SetOut(s.Stdout)
	root.SetErr(s.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.SetUsageTemplate(usageTemplate)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().BoolP("version", "v", false, "what the command version says")
	s.bind(root.PersistentFlags())
	_ = root.MarkPersistentFlagDirname("project-dir")
	_ = root.MarkPersistentFlagFilename("file", "yaml", "yml")
	root.AddCommand(
		newNewProject(s),
		newValidate(s),
		newFmt(s),
		newSchema(s),
		newGenerate(s),
		newBuild(s),
		newLocal(s),
		newInvoke(s),
		newGenPolicy(s),
		newPlan(s),
		newDeploy(s),
		newDelete(s),
		newURL(s),
		newLogs(s),
		newCompletion(s),
		newVersion(s),
	)
	for _, c := range root.Commands() {
		s.completeRest(c)
	}
	return root
}

func (s *session) bind(flags *pflag.FlagSet) {
	flags.StringVarP(&s.projectDir, "project-dir", "C", "", "run as if started in `DIR`")
	flags.StringVar(&s.file, "file", "", "`NAME` of the Chalicefile (default Chalicefile.yaml)")
	flags.BoolVar(&s.debug, "debug", false, "say on standard error what is done and how long it takes")
}

// action makes what a command runs of a function of this package: its errors
// are failures, unless they are told to be wrong usage.
func action(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := run(cmd.Context(), args); err != nil {
			return failure{err}
		}
		return nil
	}
}

// arguments checks the number of arguments and names the missing one.
func arguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			if len(names) == 0 {
				return usagef("%s takes no argument, but got %q", cmd.Name(), args[0])
			}
			return usagef("%s takes one argument, %s, but got %q as well", cmd.Name(), names[0], args[1])
		}
		if len(args) < len(names) {
			return usagef("%s needs %s", cmd.Name(), names[len(args)])
		}
		return nil
	}
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND]",
		DisableFlagsInUseLine: true,
		Short:                 "Help about a command",
		Long:                  "Says what a command does, with its flags and an example; without COMMAND, which commands there are.",
		Example:               "  chalicefile help local",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || topic == nil || len(rest) > 0 || (len(args) > 0 && topic == cmd.Root()) {
				return unknownCommand(cmd.Root(), strings.Join(args, " "))
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range cmd.Root().Commands() {
				if len(args) == 0 && c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usagef("unknown command %q%s", name, didYouMean(name, names, ""))
}

// flagError says what is wrong with a flag, and which one was meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		name := unknown.GetSpecifiedName()
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		return usagef("unknown flag --%s%s", name, didYouMean(name, names, "--"))
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return usagef("--%s: %s", invalid.GetFlag().Name, invalidValue(invalid))
	}
	var missing *pflag.ValueRequiredError
	if errors.As(err, &missing) {
		return usagef("--%s needs a value", missing.GetFlag().Name)
	}
	return usageError{err.Error()}
}

func invalidValue(invalid *pflag.InvalidValueError) string {
	var choice choiceError
	if errors.As(invalid.Unwrap(), &choice) {
		return choice.Error()
	}
	switch invalid.GetFlag().Value.Type() {
	case "int", "uint16":
		return fmt.Sprintf("%q is not a number that fits", invalid.GetValue())
	case "duration":
		return fmt.Sprintf("%q is no duration, such as 30s or 2m", invalid.GetValue())
	case "bool":
		return fmt.Sprintf("%q is neither true nor false", invalid.GetValue())
	}
	return fmt.Sprintf("%q: %v", invalid.GetValue(), invalid.Unwrap())
}

package cli

import (
	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/spec"
)

const completionLong = `Writes a script to standard output that completes commands, flags, stages and
names of functions in a shell. To have it in every new one:

  bash:        chalicefile completion bash > /etc/bash_completion.d/chalicefile
  zsh:         chalicefile completion zsh > "${fpath[1]}/_chalicefile"
  fish:        chalicefile completion fish > ~/.config/fish/completions/chalicefile.fish
  powershell:  chalicefile completion powershell >> $PROFILE`

// completionExample is for the shell that is open.
const completionExample = "  source <(chalicefile completion bash)"

func newCompletion(s *session) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "A completion script for a shell",
		Long:      completionLong,
		Example:   completionExample,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := arguments("the name of a shell: bash, zsh, fish or powershell")(cmd, args); err != nil {
				return err
			}
			if err := (choice{new(string), shells}).Set(args[0]); err != nil {
				return usageError{"shell " + err.Error() + didYouMean(args[0], shells, "")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(writeCompletion(s, cmd.Root(), args[0]))
		},
	}
}

func writeCompletion(s *session, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(s.Stdout, true)
	case "zsh":
		return root.GenZshCompletion(s.Stdout)
	case "fish":
		return root.GenFishCompletion(s.Stdout, true)
	}
	return root.GenPowerShellCompletionWithDesc(s.Stdout)
}

// completeStage completes the names of the stages that the Chalicefile has.
func (s *session) completeStage(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	app := s.peek()
	if app == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return append([]string{loader.DefaultStage}, app.Stages...), cobra.ShellCompDirectiveNoFileComp
}

// completeFunction completes the names of the functions of the app.
func (s *session) completeFunction(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	app := s.peek()
	if app == nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return functionNames(app), cobra.ShellCompDirectiveNoFileComp
}

// peek reads the Chalicefile for a completion: quickly, and without a word
// where that fails.
func (s *session) peek() *spec.App {
	dir, file, err := s.locate()
	if err != nil {
		return nil
	}
	return loader.Load(loader.Options{Dir: dir, File: file, LookupEnv: s.LookupEnv}).App
}

// functionNames are the names of the Lambda functions of an app.
func functionNames(app *spec.App) []string {
	var names []string
	if len(app.Routes) > 0 {
		names = append(names, "api")
	}
	for _, f := range app.Functions {
		if f.Name != "api" && f.Name != "websocket" {
			names = append(names, f.Name)
		}
	}
	for _, x := range app.Schedules {
		names = append(names, x.Name)
	}
	for _, e := range app.Events {
		names = append(names, e.Name)
	}
	for _, a := range app.Authorizers {
		if a.Handler != nil {
			names = append(names, a.Name)
		}
	}
	return names
}

package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
)

type generateFlags struct {
	stage  string
	print  bool
	output string
}

func newGenerate(s *session) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write the typed main that build and local compile",
		Long: `Writes the program that build and local compile, below .chalicefile/gen, and
the paths of its files to standard output. Nobody needs to run it: build and
local do so themselves.`,
		Example: `  chalicefile generate
  chalicefile generate --print`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runGenerate(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	cmd.Flags().BoolVar(&f.print, "print", false, "write the program itself to standard output, and no file")
	outputVar(cmd, &f.output)
	return cmd
}

// generatedFile is the JSON view of one file.
type generatedFile struct {
	Path    string `json:"path"`
	Content string `json:"content,omitempty"`
}

func runGenerate(ctx context.Context, s *session, f generateFlags) error {
	p, err := s.load(ctx, f.stage)
	if err != nil {
		return err
	}
	files, err := p.Generate()
	if err != nil {
		return err
	}
	if !f.print {
		if err := p.WriteGen(); err != nil {
			return err
		}
	}
	var view []generatedFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := generatedFile{Path: name}
		if f.print {
			file.Content = string(files[name])
		} else {
			file.Path = s.display(filepath.Join(p.GenDir(), filepath.FromSlash(name)))
		}
		view = append(view, file)
	}
	if f.output == outputJSON {
		return writeJSON(s.Stdout, map[string]any{"files": view})
	}
	return printGenerated(s, view, f.print)
}

// printGenerated writes paths, or sources: one file as it is, several as a
// txtar archive, which tells them apart.
func printGenerated(s *session, files []generatedFile, contents bool) error {
	for _, file := range files {
		var err error
		switch {
		case !contents:
			_, err = fmt.Fprintln(s.Stdout, file.Path)
		case len(files) == 1:
			_, err = fmt.Fprint(s.Stdout, file.Content)
		default:
			_, err = fmt.Fprintf(s.Stdout, "-- %s --\n%s", file.Path, file.Content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

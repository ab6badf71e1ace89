package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/project"
)

type buildFlags struct {
	stage  string
	out    string
	output string
}

func newBuild(s *session) *cobra.Command {
	var f buildFlags
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Build the deployment zip",
		Long: `Compiles the app for Lambda and packs it, once for each architecture that its
functions use, into APP-STAGE-ARCHITECTURE.zip. The same input gives the same
bytes on any machine. The paths go to standard output.`,
		Example: `  chalicefile build
  chalicefile build --stage prod --out dist`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runBuild(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	cmd.Flags().StringVar(&f.out, "out", "", "write the zips to `DIR` (default .chalicefile/build beside the Chalicefile)")
	_ = cmd.MarkFlagDirname("out")
	outputVar(cmd, &f.output)
	return cmd
}

// builtArchive is the view of one zip.
type builtArchive struct {
	Path         string `json:"path"`
	Architecture string `json:"architecture"`
	// Functions that it holds, by their names in the Chalicefile.
	Functions []string `json:"functions"`
	Size      int      `json:"size"`
	// SHA256 is base64, as Lambda's CodeSha256 has it.
	SHA256 string `json:"sha256"`
}

func runBuild(ctx context.Context, s *session, f buildFlags) error {
	p, err := s.loadFor(ctx, f.stage, project.Target{GOOS: "linux", GOARCH: project.LambdaArch})
	if err != nil {
		return err
	}
	archives, err := archive(ctx, s, p, f.out)
	if err != nil {
		return err
	}
	if f.output == outputJSON {
		return writeJSON(s.Stdout, map[string]any{"archives": archives})
	}
	for _, a := range archives {
		if _, err := fmt.Fprintln(s.Stdout, a.Path); err != nil {
			return err
		}
	}
	return nil
}

func archive(ctx context.Context, s *session, p *project.Project, out string) ([]builtArchive, error) {
	end := s.step("building for Lambda")
	built, findings, err := p.Archive(ctx)
	end()
	if err != nil {
		return nil, err
	}
	if err := s.tell(p, findings); err != nil {
		return nil, err
	}
	dir, err := outDir(s, p, out)
	if err != nil {
		return nil, err
	}
	var archives []builtArchive
	for _, arch := range slices.Sorted(maps.Keys(built)) {
		path := filepath.Join(dir, fmt.Sprintf("%s-%s-%s.zip", p.App.Name, p.Stage, arch))
		if err := writeFileAtomically(path, built[arch].Bytes); err != nil {
			return nil, err
		}
		archives = append(archives, builtArchive{
			Path: s.display(path), Architecture: arch, Functions: functionsFor(p.App, arch),
			Size: len(built[arch].Bytes), SHA256: built[arch].SHA256,
		})
	}
	return archives, nil
}

func outDir(s *session, p *project.Project, out string) (string, error) {
	dir := filepath.Join(p.Dir, ".chalicefile", "build")
	if out != "" {
		work, err := s.workDir()
		if err != nil {
			return "", err
		}
		dir = abs(work, out)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("%s cannot be made: %w", s.display(dir), reason(err))
	}
	return dir, nil
}

func functionsFor(app *model.App, arch string) []string {
	var names []string
	for _, f := range app.Functions {
		if f.Settings.Architecture == arch {
			names = append(names, f.Name)
		}
	}
	return names
}

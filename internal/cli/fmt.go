package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader"
)

type fmtFlags struct {
	check  bool
	output string
}

func newFmt(s *session) *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt",
		Short: "Give the Chalicefile its one canonical layout",
		Long: `Rewrites the Chalicefile, and the files that it includes, in one canonical
layout. Comments stay. The names of the files that changed go to standard
output; with --check, those of the files that would, and the exit status is 1.`,
		Example: `  chalicefile fmt
  chalicefile fmt --check   # in CI`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runFmt(ctx, s, f)
		}),
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "change no file; exit with 1 where one would change")
	outputVar(cmd, &f.output)
	return cmd
}

// formattedFile is a file whose layout is not, or was not, the canonical one.
type formattedFile struct {
	Path string `json:"path"`
	data []byte
	abs  string
}

func runFmt(_ context.Context, s *session, f fmtFlags) error {
	dir, file, err := s.locate()
	if err != nil {
		return err
	}
	s.writeAbsentSchema(dir, file)
	files, err := unformatted(s, dir, file)
	if err != nil {
		return err
	}
	for _, file := range files {
		if f.check {
			continue
		}
		if err := rewrite(file.abs, file.data); err != nil {
			return err
		}
	}
	if f.output == outputJSON {
		if files == nil {
			files = []formattedFile{}
		}
		if err := writeJSON(s.Stdout, map[string]any{"files": files}); err != nil {
			return err
		}
	} else {
		for _, file := range files {
			if _, err := fmt.Fprintln(s.Stdout, file.Path); err != nil {
				return err
			}
		}
	}
	if f.check && len(files) > 0 {
		fmt.Fprintf(s.Stderr, "%s not in the canonical layout; \"chalicefile fmt\" rewrites it\n", count(len(files), "file"))
		return errSilent
	}
	return nil
}

// unformatted lists the files of an app that are not in the canonical layout,
// with the bytes that they should have.
func unformatted(s *session, dir, file string) ([]formattedFile, error) {
	var files []formattedFile
	told := findings{dir: dir, file: filepath.Join(dir, file), sources: map[string][]byte{}}
	for _, path := range loader.Load(loader.Options{Dir: dir, File: file, LookupEnv: s.LookupEnv, SchemaOnly: true}).Files {
		src, err := os.ReadFile(path)
		if err != nil {
			if path == told.file {
				return nil, err
			}
			continue // an include that is missing is for validate to tell
		}
		name := filepath.ToSlash(relative(dir, path))
		told.sources[name] = src
		formatted, list := yamltree.Format(name, src)
		told.list.Add(list.Findings...)
		if !list.HasErrors() && !bytes.Equal(src, formatted) {
			files = append(files, formattedFile{Path: s.display(path), data: formatted, abs: path})
		}
	}
	return files, s.tellAll(told)
}

// rewrite replaces a file and keeps its mode; a symbolic link stays one.
func rewrite(path string, data []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	return replaceFile(target, data, info.Mode().Perm())
}

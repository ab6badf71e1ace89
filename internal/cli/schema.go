package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/schema"
)

// defaultSchemaFile is where the modeline of a new project points.
const defaultSchemaFile = ".chalicefile/chalicefile.schema.json"

// defaultModeline tells editors where the schema is.
const defaultModeline = "# yaml-language-server: $schema=" + defaultSchemaFile

type schemaFlags struct {
	write  bool
	output string
}

func newSchema(s *session) *cobra.Command {
	var f schemaFlags
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "The JSON schema of the Chalicefile, for editors",
		Long: `Writes the JSON schema of the Chalicefile to standard output; with --write, to
the file that the modeline of the Chalicefile names, and that file's path to
standard output. The modeline is a comment near its top:

  ` + defaultModeline,
		Example: `  chalicefile schema > chalicefile.schema.json
  chalicefile schema --write`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runSchema(ctx, s, f)
		}),
	}
	cmd.Flags().BoolVar(&f.write, "write", false, "write it where the modeline of the Chalicefile points")
	outputVar(cmd, &f.output)
	return cmd
}

func runSchema(_ context.Context, s *session, f schemaFlags) error {
	if !f.write {
		if dir, file, err := s.locate(); err == nil {
			s.writeAbsentSchema(dir, file)
		}
		_, err := s.Stdout.Write(schema.JSON)
		return err
	}
	dir, file, err := s.locate()
	if err != nil {
		return err
	}
	target, err := schemaTarget(filepath.Join(dir, file))
	if err != nil {
		return err
	}
	if target == "" {
		target = filepath.FromSlash(defaultSchemaFile)
		fmt.Fprintf(s.Stderr, "%s has no modeline that points editors to the schema; put this above its first line:\n%s\n", file, defaultModeline)
	}
	path := abs(dir, target)
	if err := writeSchema(dir, path); err != nil {
		return err
	}
	if f.output == outputJSON {
		return writeJSON(s.Stdout, map[string]string{"path": s.display(path)})
	}
	_, err = fmt.Fprintln(s.Stdout, s.display(path))
	return err
}

var modeline = regexp.MustCompile(`^#\s*yaml-language-server:\s*\$schema=(\S+)`)

// schemaTarget is the file that the modeline of a Chalicefile names, relative
// to the Chalicefile or absolute; "" where it has no modeline.
func schemaTarget(chalicefile string) (string, error) {
	src, err := os.ReadFile(chalicefile)
	if err != nil {
		return "", err
	}
	for line := range bytes.Lines(bytes.TrimPrefix(src, []byte("\ufeff"))) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			break
		}
		m := modeline.FindSubmatch(line)
		if m == nil {
			continue
		}
		target, _, _ := strings.Cut(string(m[1]), "#")
		if strings.Contains(target, "://") && !strings.HasPrefix(target, "file://") {
			return "", fmt.Errorf("the modeline of %s points to %s, which is no file; to have a local one, write\n%s",
				filepath.Base(chalicefile), target, defaultModeline)
		}
		return filepath.FromSlash(strings.TrimPrefix(target, "file://")), nil
	}
	return "", nil
}

// writeAbsentSchema writes the schema where the modeline points if nothing is
// there. It never leaves the app's directory unasked, and a directory that
// cannot be written is no reason to fail: only editors miss it.
func (s *session) writeAbsentSchema(dir, file string) {
	target, err := schemaTarget(filepath.Join(dir, file))
	if err != nil || !filepath.IsLocal(target) || filepath.Ext(target) != ".json" {
		return
	}
	path := filepath.Join(dir, target)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err := writeSchema(dir, path); err != nil {
		s.debugf("the schema is not written: %v", err)()
	}
}

// writeSchema replaces the schema at path. In the tool's own directory it comes
// with the list of what is not committed.
func writeSchema(dir, path string) error {
	if filepath.Dir(path) == filepath.Join(dir, filepath.Dir(filepath.FromSlash(defaultSchemaFile))) {
		if err := project.Prepare(dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return cannotWrite(path, err)
	}
	return writeFileAtomically(path, schema.JSON)
}

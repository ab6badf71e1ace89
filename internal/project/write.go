package project

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Names below the directory of a Chalicefile.
const (
	toolDir    = ".chalicefile"
	schemaFile = "chalicefile.schema.json"
	// ignored is .chalicefile/.gitignore: what is made anew by every build is
	// not committed, the schema and the policies are.
	ignored = "gen/\nbuild/\ndeployed/\n"
)

// GenDir is where WriteGen puts the typed main: absolute, one for each stage,
// so that two stages can be built at once.
func (p *Project) GenDir() string {
	return filepath.Join(p.Dir, toolDir, "gen", stageDir(p.Stage))
}

// stageDir is a directory name that the go command takes for any stage.
func stageDir(stage string) string {
	if strings.HasPrefix(stage, "-") || strings.HasPrefix(stage, "_") {
		return "_" + stage
	}
	return stage
}

// WriteGen writes the typed main. Files that are as they should be are not
// touched, so that neither go's cache nor a watcher sees a change.
func (p *Project) WriteGen() error {
	files, err := p.Generate()
	if err != nil {
		return err
	}
	return p.writeGen(files)
}

func (p *Project) writeGen(files map[string][]byte) error {
	if err := Prepare(p.Dir); err != nil {
		return err
	}
	dir := p.GenDir()
	for name, src := range files {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), src); err != nil {
			return err
		}
	}
	return removeStale(dir, files)
}

// removeStale removes what an earlier version of the app had and this has not.
func removeStale(dir string, files map[string][]byte) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("generated code: %w", err)
	}
	for _, e := range entries {
		if _, ok := files[e.Name()]; ok || e.IsDir() || !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("generated code: %w", err)
		}
	}
	return nil
}

// Prepare makes .chalicefile below dir with its .gitignore, where there is none.
func Prepare(dir string) error {
	path := filepath.Join(dir, toolDir, ".gitignore")
	if _, err := os.Stat(path); err == nil {
		return nil // a user may have added to it
	}
	return writeFile(path, []byte(ignored))
}

// WriteSchema writes .chalicefile/chalicefile.schema.json where it is absent.
func (p *Project) WriteSchema(schema []byte) error { return WriteSchema(p.Dir, schema) }

// WriteSchema writes schema to .chalicefile/chalicefile.schema.json below dir
// where there is none, and the .gitignore beside it.
func WriteSchema(dir string, schema []byte) error {
	path := filepath.Join(dir, toolDir, schemaFile)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := Prepare(dir); err != nil {
		return err
	}
	return writeFile(path, schema)
}

// writeFile writes beside and renames: nobody ever reads half a file. One that
// is as it should be is left alone.
func writeFile(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w", dir, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

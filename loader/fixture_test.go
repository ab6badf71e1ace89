package loader_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
)

var update = flag.Bool("update", false, "write what is found into the fixtures and docs/findings.md")

// TestFixtures loads the app in each archive of testdata and compares what is
// told, in the text format, with its file "want". Lines "stage: NAME",
// "env: NAME=VALUE" and "unreadable: FILE" of an archive's comment are options;
// the rest of it says what the fixture is about. A file "want.json" is the app
// as it was decoded.
func TestFixtures(t *testing.T) {
	for _, file := range fixtures(t, "testdata") {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := loader.Load(options(archive))
			got := printed(t, r)
			var decoded []byte
			if fileOf(archive, "want.json") != nil {
				decoded = []byte(jsonSpec(t, r.App))
			}
			if *update {
				setFile(archive, "want", got)
				if decoded != nil {
					setFile(archive, "want.json", decoded)
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(fileOf(archive, "want")); string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if want := string(fileOf(archive, "want.json")); string(decoded) != want {
				t.Errorf("spec:\n%s\nwant\n%s", decoded, want)
			}
		})
	}
}

func fixtures(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// appDir is where the apps of fixtures seem to lie.
const appDir = "/app"

func options(archive *txtar.Archive) loader.Options {
	env := map[string]string{}
	unreadable := map[string]bool{}
	o := loader.Options{
		Dir: appDir,
		ReadFile: func(name string) ([]byte, error) {
			if unreadable[filepath.ToSlash(name)] {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			for _, f := range archive.Files {
				if path.Join(appDir, f.Name) == filepath.ToSlash(name) {
					return f.Data, nil
				}
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		LookupEnv: func(name string) (string, bool) {
			v, ok := env[name]
			return v, ok
		},
	}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "stage":
			o.Stage = value
		case "unreadable":
			unreadable[path.Join(appDir, value)] = true
		case "env":
			name, value, _ := strings.Cut(value, "=")
			env[name] = value
		}
	}
	return o
}

func printed(t *testing.T, r *loader.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := diag.WriteText(&b, r.Findings, diag.PrintOptions{Sources: r.Sources}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fileOf(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setFile(archive *txtar.Archive, name string, data []byte) {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			archive.Files[i].Data = data
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
}

// firstLine is the line of a finding in the text format.
var firstLine = regexp.MustCompile(`(?m)^(?:\S.*:\d+:\d+: )?(error|warning): .* \[([a-z0-9-]+)\]$`)

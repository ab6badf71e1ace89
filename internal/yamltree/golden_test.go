package yamltree

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/loader/diag"
)

var update = flag.Bool("update", false, "write what comes out into testdata as what is wanted")

// golden runs f over the archives of a directory of testdata. f gets the files
// that are input and returns those that are wanted, by name.
func golden(t *testing.T, dir string, f func(t *testing.T, in map[string]string) map[string]string) {
	archives, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata/%s: %v", dir, err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in, want := map[string]string{}, map[string]string{}
			for _, file := range ar.Files {
				if rest, ok := strings.CutPrefix(file.Name, "want/"); ok {
					want[rest] = string(file.Data)
				} else {
					in[file.Name] = string(file.Data)
				}
			}
			got := f(t, in)
			if *update {
				rewrite(t, name, ar, got)
				return
			}
			for file, text := range got {
				if text != want[file] {
					t.Errorf("%s:\ngot:\n%s\nwant:\n%s", file, text, want[file])
				}
				delete(want, file)
			}
			for file := range want {
				t.Errorf("%s did not come out", file)
			}
		})
	}
}

func rewrite(t *testing.T, name string, ar *txtar.Archive, got map[string]string) {
	kept := ar.Files[:0]
	for _, file := range ar.Files {
		if !strings.HasPrefix(file.Name, "want/") {
			kept = append(kept, file)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(got)) {
		kept = append(kept, txtar.File{Name: "want/" + file, Data: []byte(got[file])})
	}
	ar.Files = kept
	if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// findings as the archives have them: one a line, with hint and related.
func findings(l diag.List) string {
	var b strings.Builder
	for _, f := range l.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s\n", where(f.Range), f.Severity, f.Code, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, "\thint: %s\n", f.Hint)
		}
		for _, r := range f.Related {
			fmt.Fprintf(&b, "\t%s %s\n", where(r.Range), r.Message)
		}
	}
	return b.String()
}

func where(r diag.Range) string {
	if r.Start.Line == r.End.Line {
		return fmt.Sprintf("%s:%d:%d-%d", r.File, r.Start.Line, r.Start.Column, r.End.Column)
	}
	return fmt.Sprintf("%s:%d:%d-%d:%d", r.File, r.Start.Line, r.Start.Column, r.End.Line, r.End.Column)
}

func pretty(n *Node) string {
	if n == nil {
		return "nothing\n"
	}
	var b bytes.Buffer
	if err := json.Indent(&b, n.JSON(), "", "  "); err != nil {
		return err.Error()
	}
	return b.String() + "\n"
}

func TestParse(t *testing.T) {
	golden(t, "parse", func(t *testing.T, in map[string]string) map[string]string {
		got := map[string]string{}
		for name, text := range in {
			root, l := Parse(name, []byte(text))
			got[name] = string(root.JSON()) + "\n" + findings(l)
		}
		return got
	})
}

func TestCompose(t *testing.T) {
	golden(t, "compose", func(t *testing.T, in map[string]string) map[string]string {
		env := map[string]string{}
		for line := range strings.Lines(in["env"]) {
			k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			env[k] = v
		}
		c, l := Compose(ComposeOptions{
			Dir: string(filepath.Separator) + "app",
			ReadFile: func(path string) ([]byte, error) {
				rel, err := filepath.Rel(string(filepath.Separator)+"app", path)
				if text, ok := in[filepath.ToSlash(rel)]; ok && err == nil {
					return []byte(text), nil
				}
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			},
			LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
			Region:    "eu-west-1", Account: "123456789012",
		})
		got := map[string]string{"findings": findings(l)}
		stages := append([]string{"dev"}, c.Stages...)
		if extra, ok := in["stage"]; ok {
			stages = []string{strings.TrimSpace(extra)}
		}
		for i, stage := range stages {
			tree, l := c.Stage("demo", stage, i == 0)
			got[stage] = pretty(tree) + findings(l)
		}
		var files strings.Builder
		for _, f := range c.Files {
			dir, pkg := c.FileContext(f)
			fmt.Fprintf(&files, "%s: dir %s, package %s\n", f.Name, dir, pkg)
		}
		got["files"] = files.String()
		return got
	})
}

func TestFormat(t *testing.T) {
	golden(t, "format", func(t *testing.T, in map[string]string) map[string]string {
		got := map[string]string{}
		for name, text := range in {
			laid, l := Format(name, []byte(text))
			got[name] = string(laid) + findings(l)
			again, _ := Format(name, laid)
			if string(again) != string(laid) {
				t.Errorf("%s: a second time it becomes\n%s", name, again)
			}
		}
		return got
	})
}

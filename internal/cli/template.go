package cli

import (
	"bytes"
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// templates are directories by the name of a template, and "all" for what
// every project has. A file's name ends in .tmpl; "dot-" stands for a leading
// dot, which an embedded file may not have.
//
//go:embed templates
var templates embed.FS

// templateNames are those that new-project offers; the first is the default.
func templateNames() []string { return []string{"rest", "events", "full"} }

// writeTemplate writes the files of a template, filled in, below dir.
func writeTemplate(p newProject, dir string) error {
	for _, name := range []string{"all", p.Template} {
		root := "templates/" + name
		err := fs.WalkDir(templates, root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return writeTemplateFile(p, path, filepath.Join(dir, targetName(strings.TrimPrefix(path, root+"/"))))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// targetName is the name of a template's file in the project.
func targetName(name string) string {
	elems := strings.Split(strings.TrimSuffix(name, ".tmpl"), "/")
	for i, e := range elems {
		if rest, ok := strings.CutPrefix(e, "dot-"); ok {
			elems[i] = "." + rest
		}
	}
	return filepath.Join(elems...)
}

func writeTemplateFile(p newProject, name, target string) error {
	text, err := templates.ReadFile(name)
	if err != nil {
		return err
	}
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Parse(string(text))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	return os.WriteFile(target, b.Bytes(), 0o666)
}

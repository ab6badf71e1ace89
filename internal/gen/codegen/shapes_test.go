package codegen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/project"
)

var update = flag.Bool("update", false, "write the goldens")

// shape is one file of testdata: an app, its golden main (main.go), and cases
// with what the functions answer.
type shape struct {
	name, path string
	archive    *txtar.Archive
	app        *model.App
	main       []byte
	cases      []testCase
}

// testCase is one line "> function event" and the lines below it.
type testCase struct {
	line     string
	function string
	payload  string
	want     string
	isHTTP   bool
}

// TestShapes generates the main of every app in testdata, compares it with its
// golden, vets all of them as they are, and runs the cases of all in one
// program: one build, however many shapes there are.
func TestShapes(t *testing.T) {
	dir := moduleDir(t)
	shapes := readShapes(t, dir)
	var wg sync.WaitGroup
	for _, s := range shapes {
		wg.Go(func() { s.generate(t, dir) })
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, s := range shapes {
		s.readCases(t)
	}
	vetted := make(chan string)
	go func() { vetted <- vet(dir, shapes) }()
	got := run(t, dir, shapes)
	if fault := <-vetted; fault != "" {
		t.Errorf("go vet: %s", fault)
	}
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) { s.compare(t, got[s.name]) })
	}
}

// moduleDir makes a module that requires this one from its source.
func moduleDir(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(gomod), "module github.com/chalicefile/chalicefile\n", "module example.com/shapes\n", 1) +
		"\nrequire github.com/chalicefile/chalicefile v0.0.0\n\nreplace github.com/chalicefile/chalicefile => " + root + "\n"
	write(t, filepath.Join(dir, "go.mod"), []byte(text))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), sum)
	return dir
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readShapes(t *testing.T, dir string) []*shape {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no shapes: %v", err)
	}
	var shapes []*shape
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := &shape{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: archive}
		for _, f := range archive.Files {
			if f.Name != "main.go" && f.Name != "cases" {
				write(t, filepath.Join(dir, s.name, f.Name), f.Data)
			}
		}
		shapes = append(shapes, s)
	}
	return shapes
}

// file is a part of the archive, made where it is missing.
func (s *shape) file(name string) *txtar.File {
	for i := range s.archive.Files {
		if s.archive.Files[i].Name == name {
			return &s.archive.Files[i]
		}
	}
	s.archive.Files = append(s.archive.Files, txtar.File{Name: name})
	return &s.archive.Files[len(s.archive.Files)-1]
}

func (s *shape) generate(t *testing.T, dir string) {
	p, findings := project.Load(context.Background(), project.Options{
		Dir: filepath.Join(dir, s.name), Environ: os.Environ(),
	})
	if findings.HasErrors() {
		t.Errorf("%s: %+v", s.name, findings.Findings)
		return
	}
	s.app = p.App
	files, err := codegen.Generate(p.App)
	if err != nil || len(files) != 1 {
		t.Errorf("%s: %d files, %v", s.name, len(files), err)
		return
	}
	s.main = files["main.go"]
	again, err := codegen.Generate(p.App)
	if err != nil || !bytes.Equal(again["main.go"], s.main) {
		t.Errorf("%s: generated twice, and not the same", s.name)
	}
	write(t, filepath.Join(dir, s.name, ".chalicefile", "gen", "dev", "main.go"), s.main)
}

// vet checks the mains as they are.
func vet(dir string, shapes []*shape) string {
	args := []string{"vet", "-tags", "lambda.norpc"}
	for _, s := range shapes {
		args = append(args, "./"+s.name+"/.chalicefile/gen/dev")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out)
	}
	return ""
}

const runner = `package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/chalicefile/chalicefile/handlerkit/lambdamain"
%s)

var apps = map[string]func() lambdamain.App{
%s}

type one struct{ Shape, Function, Payload string }

func main() {
	var in []one
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	handlers := map[string]lambda.Handler{}
	out := make([]string, len(in))
	for i, c := range in {
		out[i] = run(handlers, c)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

func run(handlers map[string]lambda.Handler, c one) string {
	h := handlers[c.Shape+" "+c.Function]
	for _, f := range apps[c.Shape]().Functions {
		if f.Name != c.Function || h != nil {
			continue
		}
		var err error
		if h, err = f.New(context.Background()); err != nil {
			return "init error: " + err.Error()
		}
		handlers[c.Shape+" "+c.Function] = h
	}
	if h == nil {
		return "no such function"
	}
	out, err := h.Invoke(context.Background(), []byte(c.Payload))
	if err != nil {
		text := err.Error()
		if told, ok := err.(messages.InvokeResponse_Error); ok {
			text = told.Message
		}
		first, _, _ := strings.Cut(text, "\n")
		return "error: " + first
	}
	return string(out)
}
`

// run builds all mains into one program, with their functions main turned into
// one that returns the app, and feeds it all cases.
func run(t *testing.T, dir string, shapes []*shape) map[string][]string {
	t.Helper()
	var imports, apps strings.Builder
	var in []map[string]string
	for _, s := range shapes {
		src := strings.Replace(string(s.main), "\npackage main\n", "\npackage shape_"+s.name+"\n", 1)
		src = strings.Replace(src, "func main() {\n\tlambdamain.Main(", "func App() lambdamain.App {\n\treturn (", 1)
		write(t, filepath.Join(dir, "all", s.name, "main.go"), []byte(src))
		fmt.Fprintf(&imports, "\tshape_%s \"example.com/shapes/all/%s\"\n", s.name, s.name)
		fmt.Fprintf(&apps, "\t%q: shape_%s.App,\n", s.name, s.name)
		for _, c := range s.cases {
			in = append(in, map[string]string{"Shape": s.name, "Function": c.function, "Payload": c.payload})
		}
	}
	write(t, filepath.Join(dir, "all", "main.go"), fmt.Appendf(nil, runner, imports.String(), apps.String()))
	stdin, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "-tags", "lambda.norpc", "./all")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var out []string
	if err := json.Unmarshal(stdout, &out); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	got := map[string][]string{}
	for i, c := range in {
		got[c["Shape"]] = append(got[c["Shape"]], out[i])
	}
	return got
}

// compare holds main.go and the cases against the archive, or updates it.
func (s *shape) compare(t *testing.T, got []string) {
	var cases strings.Builder
	for i, c := range s.cases {
		answer := got[i]
		if c.isHTTP && !strings.HasPrefix(answer, "error: ") {
			answer = describeAnswer(t, answer)
		}
		if !*update && answer != c.want {
			t.Errorf("> %s\ngot  %s\nwant %s", c.line, answer, c.want)
		}
		fmt.Fprintf(&cases, "> %s\n%s\n", c.line, answer)
	}
	if *update {
		s.file("cases").Data = []byte(cases.String())
		s.file("main.go").Data = s.main
		if err := os.WriteFile(s.path, txtar.Format(s.archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if golden := s.file("main.go").Data; !bytes.Equal(golden, s.main) {
		t.Errorf("main.go is not as in %s (go test -update writes it):\n%s", s.path, firstDifference(golden, s.main))
	}
}

func firstDifference(want, got []byte) string {
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, a[i], strings.Join(b[i:min(i+1, len(b))], ""))
		}
	}
	return fmt.Sprintf("%d lines more", len(b)-len(a))
}

// describeAnswer is the status, the body and the headers that are not the usual
// ones of a proxy response.
func describeAnswer(t *testing.T, payload string) string {
	t.Helper()
	var res struct {
		StatusCode        int
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Body              string
		IsBase64Encoded   bool
	}
	if err := json.Unmarshal([]byte(payload), &res); err != nil {
		t.Errorf("%v in %s", err, payload)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d", res.StatusCode)
	if res.IsBase64Encoded {
		b.WriteString(" base64")
	}
	if res.Body != "" {
		// A trace has paths and line numbers.
		first, rest, _ := strings.Cut(res.Body, "\n")
		b.WriteString(" " + first)
		if rest != "" {
			b.WriteString(" …")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(res.Headers)) {
		if name != "Content-Type" || res.Headers[name] != "application/json" {
			fmt.Fprintf(&b, "\n%s: %s", name, res.Headers[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(res.MultiValueHeaders)) {
		for _, v := range res.MultiValueHeaders[name] {
			if name != "Content-Type" || v != "application/json" {
				fmt.Fprintf(&b, "\n%s: %s", name, v)
			}
		}
	}
	return b.String()
}

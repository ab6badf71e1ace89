package callscan

import (
	"flag"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/actions"
)

var update = flag.Bool("update", false, "write what is found into the suite")

const module = "example.com/programs"

// TestSuite runs the programs of testdata/*.txtar, which share one module: all
// are loaded at once, and each is scanned as if it were alone.
//
// A program is a directory of a txtar file; its package at the top has the
// handlers. "//scan:function NAME HANDLER…" says which functions there are (by
// default one, api, with the handler Handle), "//scan:env NAME=VALUE" what the
// Chalicefile sets.
func TestSuite(t *testing.T) {
	suites := readSuites(t)
	dir := unpack(t, suites)
	var roots []string
	for _, s := range suites {
		for _, p := range s.programs {
			roots = append(roots, module+"/"+p)
		}
	}
	all := load(t, dir, roots)
	count := 0
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			for _, p := range s.programs {
				count++
				t.Run(p, func(t *testing.T) { s.check(t, p, scanOne(t, dir, all, p)) })
			}
		})
		s.write(t)
	}
	if count < 60 {
		t.Errorf("the suite has %d programs, want at least 60", count)
	}
}

// suite is one txtar file.
type suite struct {
	name     string
	archive  *txtar.Archive
	programs []string
}

func readSuites(t testing.TB) []*suite {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no suites", err)
	}
	var all []*suite
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s := &suite{name: strings.TrimSuffix(filepath.Base(f), ".txtar"), archive: a}
		for _, f := range a.Files {
			program, _, _ := strings.Cut(f.Name, "/")
			if !slices.Contains(s.programs, program) {
				s.programs = append(s.programs, program)
			}
		}
		all = append(all, s)
	}
	return all
}

func (s *suite) want(program string) *txtar.File {
	for i := range s.archive.Files {
		if s.archive.Files[i].Name == program+"/want" {
			return &s.archive.Files[i]
		}
	}
	return nil
}

func (s *suite) check(t *testing.T, program, got string) {
	want := s.want(program)
	if *update {
		if want == nil {
			last := 0
			for i, f := range s.archive.Files {
				if strings.HasPrefix(f.Name, program+"/") {
					last = i + 1
				}
			}
			s.archive.Files = slices.Insert(s.archive.Files, last, txtar.File{Name: program + "/want"})
			want = s.want(program)
		}
		want.Data = []byte(got)
		return
	}
	if want == nil {
		t.Fatalf("no want; found:\n%s", got)
	}
	if string(want.Data) != got {
		t.Errorf("found:\n%s\nwant:\n%s", got, want.Data)
	}
}

func (s *suite) write(t *testing.T) {
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", s.name+".txtar"), txtar.Format(s.archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// unpack makes the module of the programs in a new directory.
func unpack(t testing.TB, suites []*suite) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS("testdata/programs")); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), append(mod, fmt.Sprintf("\nreplace github.com/chalicefile/chalicefile => %s\n", root)...))
	for _, s := range suites {
		for _, f := range s.archive.Files {
			if strings.HasSuffix(f.Name, ".go") {
				write(t, filepath.Join(dir, f.Name), f.Data)
			}
		}
	}
	return dir
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, dir string, roots []string) *gosrc.Program {
	t.Helper()
	p, err := gosrc.Load(t.Context(), Configure(gosrc.Config{
		Dir: dir, Packages: roots, Env: append(os.Environ(), "GOFLAGS=-mod=mod", "GOSUMDB=off"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// only leaves of a program what one of its roots imports.
func only(p *gosrc.Program, path string) *gosrc.Program {
	root := p.Package(path)
	within := map[*packages.Package]bool{}
	packages.Visit([]*packages.Package{root}, nil, func(pkg *packages.Package) { within[pkg] = true })
	one := *p
	one.Roots = []*packages.Package{root}
	one.Source = slices.DeleteFunc(slices.Clone(p.Source), func(pkg *packages.Package) bool { return !within[pkg] })
	one.Faults = slices.DeleteFunc(slices.Clone(p.Faults), func(f gosrc.Fault) bool { return !within[p.Package(f.Package)] })
	return &one
}

func scanOne(t *testing.T, dir string, all *gosrc.Program, name string) string {
	t.Helper()
	p := only(all, module+"/"+name)
	app := appOf(t, p, filepath.Join(dir, name))
	app.Module.Dir = dir
	r, err := Scan(t.Context(), Input{App: app, Program: p})
	if err != nil {
		t.Fatal(err)
	}
	return show(r)
}

// appOf makes the model that the directives of a program ask for.
func appOf(t testing.TB, p *gosrc.Program, dir string) *model.App {
	t.Helper()
	app := &model.App{Module: model.Module{Path: module, AppDir: dir}}
	env := map[string]string{}
	root := p.Roots[0]
	for _, f := range root.Syntax {
		for _, group := range f.Comments {
			for _, c := range group.List {
				text, ok := strings.CutPrefix(c.Text, "//scan:")
				if !ok {
					continue
				}
				words := strings.Fields(text)
				switch words[0] {
				case "function":
					app.Functions = append(app.Functions, functionOf(t, p, words[1], words[2:]))
				case "env":
					name, value, _ := strings.Cut(words[1], "=")
					env[name] = value
				default:
					t.Fatalf("no directive %q", text)
				}
			}
		}
	}
	if len(app.Functions) == 0 {
		app.Functions = []*model.Function{functionOf(t, p, "api", []string{"Handle"})}
	}
	for _, f := range app.Functions {
		f.Settings.Environment = env
	}
	return app
}

func functionOf(t testing.TB, p *gosrc.Program, name string, refs []string) *model.Function {
	f := &model.Function{Name: name, LambdaName: "programs-dev-" + name}
	root := p.Roots[0]
	var between []*model.Middleware
	for _, ref := range refs {
		fn := model.Func{ImportPath: root.PkgPath, PackageName: root.Name, Name: ref}
		ref, isMiddleware := strings.CutPrefix(ref, "middleware:")
		if typeName, method, ok := strings.Cut(ref, "."); ok {
			fn.Recv, ref = constructorOf(t, p, root.Types, typeName), method
		}
		fn.Name = ref
		if isMiddleware {
			between = append(between, &model.Middleware{Func: fn})
			continue
		}
		f.Methods = append(f.Methods, &model.Method{Call: &model.Call{Func: fn}, Middleware: between})
	}
	return f
}

func constructorOf(t testing.TB, p *gosrc.Program, pkg *types.Package, typeName string) *model.Constructor {
	t.Helper()
	fn, ok := pkg.Scope().Lookup("New" + typeName).(*types.Func)
	if !ok {
		t.Fatalf("no constructor of %s", typeName)
	}
	c := &model.Constructor{
		Func:     model.Func{ImportPath: pkg.Path(), PackageName: pkg.Name(), Name: fn.Name()},
		TypeName: typeName,
	}
	for v := range fn.Signature().Params().Variables() {
		if isContext(v.Type()) {
			c.TakesContext = true
			continue
		}
		n := named(v.Type())
		c.Params = append(c.Params, constructorOf(t, p, n.Obj().Pkg(), n.Obj().Name()))
	}
	return c
}

var anywhere = actions.Place{Partition: "aws", Region: "*", Account: "*"}

// show writes what was found: the calls, a line each with what is known of their
// inputs and why not more; the merged statements; the findings.
func show(r *Result) string {
	var b strings.Builder
	for _, f := range r.Functions {
		fmt.Fprintf(&b, "function %s\n", f.Name)
		for _, c := range f.Calls {
			showCall(&b, c)
		}
		for _, s := range policy.Merge(policy.Document{Statements: f.Statements(anywhere)}).Statements {
			fmt.Fprintf(&b, "\t%s %s on %s\n", strings.ToLower(s.Effect), strings.Join(s.Action, " "), strings.Join(s.Resource, " "))
		}
	}
	for _, f := range r.Findings.Findings {
		fmt.Fprintf(&b, "%s %s:%d:%d: %s (%s)\n", f.Severity, f.Range.File, f.Range.Start.Line, f.Range.Start.Column, f.Message, f.Code)
	}
	return b.String()
}

func showCall(b *strings.Builder, c *Call) {
	fmt.Fprintf(b, "\t%s %s.%s", c.Pos, c.Service, c.Operation)
	if c.How != "" {
		fmt.Fprintf(b, " by %s", c.How)
	}
	for _, a := range c.Arguments {
		if len(a.Values) > 0 {
			fmt.Fprintf(b, " %s=%s", a.Path, strings.Join(a.Values, "|"))
		}
	}
	b.WriteByte('\n')
	told := map[string]bool{}
	for _, a := range c.Arguments {
		for _, r := range a.Reasons {
			line := fmt.Sprintf("\t\t%s: %s\n", a.Path, r.Text)
			if !told[line] && (len(a.Values) == 0 || slices.ContainsFunc(a.Values, func(v string) bool { return strings.Contains(v, "*") })) {
				b.WriteString(line)
			}
			told[line] = true
		}
	}
}

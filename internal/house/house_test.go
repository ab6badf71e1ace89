// Package house holds the repository to its own rules: who may import whom,
// what is not called below the command line, and that every dependency has its
// reason written down. It reads the files itself, so that go test does not
// answer from its cache.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/chalicefile/chalicefile/"
)

// source is one Go file that is not a test.
type source struct {
	pkg, file string // slash paths relative to the root
	fset      *token.FileSet
	ast       *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			switch base := d.Name(); {
			case rel == ".":
			case base == "testdata", base == "node_modules", strings.HasPrefix(base, "."), rel == "internal/bench", rel == "examples":
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{path.Dir(rel), rel, fset, f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files below %s: not the repository", len(all), root)
	}
	return all
}

// rule says what the packages of a room may import; "std" is the standard
// library, a path ends in /... for all below it, and "!" forbids.
type rule struct {
	room   string // package, or a prefix with /...
	may    []string
	reason string
}

var rules = []rule{
	{"spec", []string{"std"}, "the Chalicefile as data: everybody reads it, so it may know nobody"},
	{"router", []string{"std"}, "it is linked into users' binaries"},
	{"policy", []string{"std"}, "IAM documents as data"},
	{"policy/callscan", []string{"std", "golang.org/x/tools/...", module + "policy", module + "policy/actions", module + "internal/gosrc", module + "internal/model", module + "loader/diag"}, "it reads code and tells what it calls"},
	{"loader/diag", []string{"std"}, "findings are told by every room"},
	{"handlerkit", []string{"std", "github.com/aws/aws-lambda-go/...", module + "handlerkit/internal/..."}, "it is linked into users' binaries"},
	{"handlerkit/lambdamain", []string{"std", "github.com/aws/aws-lambda-go/...", module + "handlerkit", module + "handlerkit/internal/...", module + "router"}, "it is linked into users' binaries"},
	{"internal/source/...", []string{"std", module + "spec", module + "loader/diag", module + "policy", module + "internal/resource", module + "internal/source/..."}, "a source knows neither YAML nor the SDK nor go/types"},
	{"internal/model", []string{"std", module + "spec", module + "loader/diag"}, "the resolved app needs neither go/types nor YAML"},
	{"internal/resource", []string{"std", module + "policy"}, "what must exist, for the deployer and for templates: no SDK, no template language"},
	{"deployer/desired", []string{"std", module + "spec", module + "loader/diag", module + "policy", module + "internal/model", module + "internal/resource", module + "internal/source/..."}, "a graph is made of the resolved app: neither the SDK nor go/types nor YAML"},
	{"internal/gen/...", []string{"std", module + "spec", module + "internal/model", module + "internal/gen/...", module + "internal/source/..."}, "generators turn a model into bytes and touch no disk"},
}

// only says which packages alone may import something.
var only = []struct {
	imported, room, reason string
}{
	{"github.com/goccy/go-yaml/...", "internal/yamltree", "positions of YAML are understood in one place"},
	{"golang.org/x/tools/go/packages", "internal/gosrc", "packages are loaded once"},
	{"golang.org/x/tools/go/ssa/...", "policy/callscan", "code is followed in one place"},
	{"github.com/spf13/cobra", "internal/cli", "commands are the command line's"},
	{"github.com/fsnotify/fsnotify", "internal/local/watch", "one watcher"},
	{"github.com/santhosh-tekuri/jsonschema/v5", "tests", "the loader compiles the schema itself: the library is its oracle, and linked it costs every start of the tool 2 ms"},
	{module + "internal/cli", "cmd/chalicefile", "nothing stands on the command line"},
}

// never forbids what would turn the order of the rooms upside down.
var never = []struct {
	room, imported, reason string
}{
	{"loader", module + "deployer/...", "loading knows nothing of deploying"},
	{"loader", module + "internal/gen/...", "loading generates nothing"},
	{"loader", module + "internal/local/...", "loading serves nothing"},
	{"loader", module + "internal/gosrc", "Go sources are read after the Chalicefile"},
	{"handlerkit/handlertest", "github.com/aws/aws-sdk-go-v2/...", "tests of users need no SDK"},
	{"handlerkit/handlertest", module + "internal/cli", "handlertest is a library"},
	{"deployer", "github.com/aws/aws-sdk-go-v2/...", "plans know no SDK"},
}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, imp := range s.ast.Imports {
			imported, _ := strconv.Unquote(imp.Path.Value)
			where := s.fset.Position(imp.Pos()).String()
			for _, r := range rules {
				if covers(r.room, s.pkg) && !slices.ContainsFunc(r.may, func(m string) bool { return covers(m, imported) || m == "std" && isStd(imported) }) && !neverBuilt(s) {
					t.Errorf("%s: %s may not import %s: %s", where, s.pkg, imported, r.reason)
				}
			}
			for _, o := range only {
				if covers(o.imported, imported) && !covers(o.room, s.pkg) {
					t.Errorf("%s: only %s imports %s: %s", where, o.room, imported, o.reason)
				}
			}
			for _, n := range never {
				if n.room == s.pkg && covers(n.imported, imported) {
					t.Errorf("%s: %s may not import %s: %s", where, s.pkg, imported, n.reason)
				}
			}
			if strings.HasPrefix(imported, "github.com/aws/aws-sdk-go-v2") && !covers("deployer/aws", s.pkg) && !covers("internal/remote", s.pkg) {
				t.Errorf("%s: only deployer/aws and internal/remote import the SDK, not %s", where, s.pkg)
			}
		}
	}
}

func covers(pattern, pkg string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == prefix || strings.HasPrefix(pkg, prefix+"/")
	}
	return pattern == pkg
}

func isStd(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// neverBuilt: handlerkit names lambdamain in a file that is never built, so
// that go mod tidy and vendoring keep it.
func neverBuilt(s source) bool {
	for _, c := range s.ast.Comments {
		if c.Pos() < s.ast.Package && strings.Contains(c.List[0].Text, "//go:build never") {
			return true
		}
	}
	return false
}

// banned calls, with what to use in their place. Rooms in allowed may.
var banned = []struct {
	pkg     string
	names   []string
	allowed []string
	instead string
}{
	{"os", []string{"Getenv", "LookupEnv", "Environ", "Getwd", "Exit"}, []string{"internal/cli", "cmd/chalicefile", "internal/task", "internal/awstest", "handlerkit/...", "schema/..."}, "take it from the caller: internal/cli hands it down"},
	{"time", []string{"Now", "Since"}, []string{"internal/cli", "cmd/chalicefile", "internal/task", "internal/awstest", "handlerkit/..."}, "take a now func() time.Time from the caller"},
	{"fmt", []string{"Print", "Printf", "Println"}, []string{"cmd/chalicefile"}, "write to the io.Writer of the caller: fmt.Fprint"},
	{"log", []string{"Print", "Printf", "Println", "Fatal", "Fatalf"}, nil, "return an error, or write to the caller's io.Writer"},
	{"ioutil", []string{"ReadAll", "ReadFile", "WriteFile", "TempDir"}, nil, "the functions of io and os"},
}

func TestBannedCalls(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || pkg.Obj != nil {
				return true
			}
			for _, b := range banned {
				if pkg.Name == b.pkg && slices.Contains(b.names, sel.Sel.Name) && !slices.ContainsFunc(b.allowed, func(a string) bool { return covers(a, s.pkg) }) {
					t.Errorf("%s: %s.%s is not used here; %s", s.fset.Position(sel.Pos()), b.pkg, sel.Sel.Name, b.instead)
				}
			}
			return true
		})
	}
}

// longFunctions and longFiles have a reason to be longer than the rest.
var (
	longFunctions = map[string]string{}
	longFiles     = map[string]string{}
)

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if ast.IsGenerated(s.ast) {
			continue
		}
		lines := s.fset.Position(s.ast.End()).Line
		if lines > 600 && longFiles[s.file] == "" {
			t.Errorf("%s has %d lines, want at most 600", s.file, lines)
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s: no init functions: make an explicit list", s.fset.Position(f.Pos()))
			}
			from, to := s.fset.Position(f.Pos()).Line, s.fset.Position(f.End()).Line
			if table := len(f.Body.List) == 1; table {
				continue // one literal: a table may be as long as it has rows
			}
			if to-from+1 > 60 && longFunctions[s.file+":"+f.Name.Name] == "" {
				t.Errorf("%s: %s has %d lines, want at most 60", s.fset.Position(f.Pos()), f.Name.Name, to-from+1)
			}
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if !slices.Contains([]string{"spec", "loader", "loader/diag", "handlerkit", "handlerkit/lambdamain", "handlerkit/handlertest", "router", "internal/model", "internal/source", "deployer/desired"}, s.pkg) {
			continue
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || exportedReceiver(d.Recv)) {
					t.Errorf("%s: %s has no doc comment", s.fset.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: %s has no doc comment", s.fset.Position(ts.Pos()), ts.Name.Name)
					}
				}
			}
		}
	}
}

func exportedReceiver(recv *ast.FieldList) bool {
	name := ""
	ast.Inspect(recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return ast.IsExported(name)
}

func TestDependenciesHaveReasons(t *testing.T) {
	mod := read(t, "go.mod")
	if strings.Contains(mod, "\nreplace ") {
		t.Error("go.mod has a replace: go install …@latest refuses it")
	}
	doc := read(t, "docs/dependencies.md")
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\s*([a-z][^\s]*\.[^\s]+/[^\s]+) v[^\s]+( // indirect)?$`).FindAllStringSubmatch(mod, -1) {
		if m[2] == "" && !strings.Contains(doc, "`"+m[1]+"`") {
			t.Errorf("docs/dependencies.md has no reason for %s", m[1])
		}
	}
}

func TestArchitectureNamesEveryRoom(t *testing.T) {
	doc := read(t, "docs/architecture.md")
	told := map[string]bool{}
	for _, s := range sources(t) {
		if told[s.pkg] {
			continue
		}
		told[s.pkg] = true
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(path.Base(s.pkg)) + `\b`).MatchString(doc) {
			t.Errorf("docs/architecture.md does not name %s", s.pkg)
		}
	}
}

func TestReadmeNamesTheCommandsOfCI(t *testing.T) {
	readme, ci := read(t, "README.md"), read(t, ".ci/run")
	for _, command := range []string{"go run ./cmd/chalicefile -C examples/helloworld local", "go run ./internal/task test"} {
		if !strings.Contains(readme, command) {
			t.Errorf("README.md does not say %q", command)
		}
	}
	if !strings.Contains(ci, "go run ./internal/task test") {
		t.Error(".ci/run does not call the README's test command")
	}
}

func TestChangelogLinesBeginWithAVerb(t *testing.T) {
	for i, line := range strings.Split(read(t, "CHANGELOG.md"), "\n") {
		if text, ok := strings.CutPrefix(line, "- "); ok && !regexp.MustCompile(`^(Add|Change|Fix|Remove|Deprecate|Speed up) `).MatchString(text) {
			t.Errorf("CHANGELOG.md:%d: begin with Add, Change, Fix, Remove, Deprecate or Speed up", i+1)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

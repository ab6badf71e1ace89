package callscan

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
)

// scanText scans a program of one file with the handler Handle.
func scanText(t *testing.T, text string) (*Result, *gosrc.Program) {
	t.Helper()
	dir := unpack(t, []*suite{{archive: &txtar.Archive{Files: []txtar.File{{Name: "one/main.go", Data: []byte(text)}}}}})
	p := load(t, dir, []string{module + "/one"})
	app := &model.App{Module: model.Module{Dir: dir, AppDir: filepath.Join(dir, "one"), Path: module}, Functions: []*model.Function{{
		Name:    "api",
		Methods: []*model.Method{{Call: &model.Call{Func: model.Func{ImportPath: module + "/one", PackageName: "one", Name: "Handle"}}}},
	}}}
	r, err := Scan(t.Context(), Input{App: app, Program: p})
	if err != nil {
		t.Fatal(err)
	}
	return r, p
}

func TestCodeThatDoesNotCompileIsAFinding(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"types":  {"package one\n\nfunc Handle() { undefined() }\n", "error main.go:3:17: undefined: undefined (go-type)\n"},
		"syntax": {"package one\n\nfunc Handle() { ( }\n", "error main.go:3:19: expected operand, found '}' (go-syntax)\n"},
		"import": {"package one\n\nimport \"example.com/programs/none\"\n\nfunc Handle() { none.F() }\n", "(go-package)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := scanText(t, c.text)
			if got := show(r); !strings.HasSuffix(got, c.want) || r.Functions != nil {
				t.Errorf("found %d functions and\n%s\nwant\n%s", len(r.Functions), got, c.want)
			}
		})
	}
}

func TestWaysAndReasonsAreTold(t *testing.T) {
	r, _ := scanText(t, `package one

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

type store interface{ get(ctx context.Context, table string) }

type table struct{ *dynamodb.Client }

func (t table) get(ctx context.Context, name string) {
	t.GetItem(ctx, &dynamodb.GetItemInput{TableName: &name})
}

type wrapped struct{ table }

func read(s store, name string) { func() { s.get(context.Background(), name) }() }

func Handle(name string) {
	read(wrapped{table{dynamodb.New(dynamodb.Options{})}}, name)
}
`)
	var b strings.Builder
	for _, c := range r.Functions[0].Calls {
		for _, s := range c.Via {
			fmt.Fprintf(&b, "%s %s %s\n", s.Root, s.Func, s.Pos)
		}
		fmt.Fprintf(&b, "%s %s.%s\n", c.Pos, c.Service, c.Operation)
		for _, a := range c.Arguments {
			for _, reason := range a.Reasons {
				fmt.Fprintf(&b, "%s: %s %s\n", a.Path, reason.Text, reason.Pos)
			}
		}
	}
	want := `handler one.Handle main.go:21:6
 one.read main.go:22:6
 one.read$1 main.go:19:35
 one.table.get main.go:19:49
main.go:14:11 dynamodb.GetItem
TableName: parameter name of one.Handle comes with the event main.go:21:13
`
	if b.String() != want {
		t.Errorf("told\n%s\nwant\n%s", b.String(), want)
	}
}

func TestScanRefusesProgramsWithoutBodies(t *testing.T) {
	_, p := scanText(t, "package one\n\nfunc Handle() {}\n")
	for _, pkg := range p.Source {
		pkg.TypesInfo = nil
	}
	r, err := Scan(t.Context(), Input{App: &model.App{}, Program: p})
	if err != nil || len(r.Findings.Findings) == 0 || r.Functions != nil {
		t.Error(r, err)
	}
	if _, err := Scan(t.Context(), Input{}); err == nil {
		t.Error("no error without a program")
	}
}

func TestUnknownOperationsAreTold(t *testing.T) {
	s := &scanner{result: &Result{}}
	c := &Call{Service: "s3", Operation: "Nothing", Pos: Position{File: "api.go", Line: 3, Column: 5}}
	s.unknownOperation(c)
	s.unknownOperation(c)
	want := "warning api.go:3:5: the operation Nothing of s3 is not known: what it needs cannot be told (aws-operation-unknown)\n"
	if got := show(s.result); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

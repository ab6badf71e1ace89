package policygen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/actions"
	"github.com/chalicefile/chalicefile/policy/callscan"
)

var update = flag.Bool("update", false, "write what the fixtures want")

// TestFixtures makes policies of Chalicefiles alone: what they imply and state.
// A fixture holds the files, the policies wanted, and the findings.
func TestFixtures(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { fixture(t, name) })
	}
}

func fixture(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, rest := map[string][]byte{}, archive.Files[:0:0]
	for _, f := range archive.Files {
		if f.Name != "want" {
			files[f.Name] = f.Data
			rest = append(rest, f)
		}
	}
	got := result(t, files)
	if *update {
		archive.Files = append(rest, txtar.File{Name: "want", Data: []byte(got)})
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, f := range archive.Files {
		if f.Name == "want" && string(f.Data) != got {
			t.Errorf("got\n%s\nwant\n%s", got, f.Data)
		}
	}
}

const root = "/app"

// load resolves an app; it knows no Go code.
func load(t *testing.T, files map[string][]byte) (*model.App, func(string) ([]byte, error)) {
	t.Helper()
	read := func(path string) ([]byte, error) {
		rel, err := filepath.Rel(root, path)
		if data, ok := files[filepath.ToSlash(rel)]; err == nil && ok {
			return data, nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	loaded := loader.Load(loader.Options{Dir: root, ReadFile: read, LookupEnv: func(string) (string, bool) { return "", false }})
	if loaded.App == nil {
		t.Fatalf("the Chalicefile does not load: %+v", loaded.Findings)
	}
	return model.Resolve(loaded.App, model.Module{Dir: root, AppDir: root}), read
}

func result(t *testing.T, files map[string][]byte) string {
	app, read := load(t, files)
	r, err := Generate(context.Background(), Input{App: app, ReadFile: read})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range r.Policies {
		fmt.Fprintf(&b, "%s: %s %s%s\n", p.Function.Name, p.Origin, p.RoleARN, p.File)
		if p.Origin == Role || p.Document.Statements == nil {
			continue
		}
		b.Write(p.Document.JSON())
		for _, reason := range p.Reasons {
			for _, c := range reason.Because {
				fmt.Fprintf(&b, "%s %s on %s: %s (%s %s)\n", reason.Effect, reason.Action, strings.Join(reason.Resources, " "), c.Text, c.Kind, strings.Join(c.At.Path, "/"))
			}
		}
	}
	for _, f := range r.Findings.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s (%s)\n", f.Severity, f.Code, strings.Join(f.Path, "/"), f.Message, f.Hint)
	}
	return b.String()
}

// A policy of many tables is too large; statements become one without allowing
// more where that is enough, by service where it is not.
func TestSizes(t *testing.T) {
	for name, c := range map[string]struct {
		statement func(i int) string
		want      string
		allows    bool // what no statement allowed
	}{
		"same actions": {func(i int) string {
			return fmt.Sprintf(`{ Effect: Allow, Action: ["dynamodb:GetItem"], Resource: "arn:aws:dynamodb:*:*:table/table-number-%d" }`, i)
		}, "statements with the same actions are one now", false},
		"other actions": {func(i int) string {
			return fmt.Sprintf(`{ Effect: Allow, Action: ["dynamodb:Action%d"], Resource: "arn:aws:dynamodb:*:*:table/table-%d" }`, i, i)
		}, "allows each of their actions on each of their resources", true},
		"many services": {func(i int) string {
			return fmt.Sprintf(`{ Effect: Allow, Action: ["service%d:Get"], Resource: "arn:aws:service%d:*:*:the-table-of-the-service-%d" }`, i, i, i)
		}, "still too many", false},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			b.WriteString("version: 1\napp: big\nfunctions: { f: { handler: F } }\niam:\n  statements:\n")
			for i := range 80 {
				fmt.Fprintf(&b, "    - %s\n", c.statement(i))
			}
			app, _ := load(t, map[string][]byte{"Chalicefile.yaml": b.Bytes()})
			list, err := Check(context.Background(), app, nil)
			if err != nil || len(list.Findings) != 1 {
				t.Fatalf("%v, %+v", err, list.Findings)
			}
			f := list.Findings[0]
			if f.Code != "policy-too-large" || f.Severity != diag.Warning || !strings.Contains(f.Hint, c.want) {
				t.Errorf("%+v", f)
			}
			r, err := Generate(context.Background(), Input{App: app})
			if err != nil {
				t.Fatal(err)
			}
			d := r.Policies[0].Document
			if !strings.Contains(f.Hint, "still") && !fits(d) {
				t.Errorf("it has %d characters", d.Size())
			}
			if d.Allows("dynamodb:Action1", "arn:aws:dynamodb:*:*:table/table-2") != c.allows {
				t.Errorf("it allows what it should not, or the other way round:\n%s", d.JSON())
			}
		})
	}
}

// What a call needs is allowed on what it names, and a "*" is explained.
func TestCall(t *testing.T) {
	app, _ := load(t, map[string][]byte{"Chalicefile.yaml": []byte("version: 1\napp: a\nfunctions: { f: { handler: F } }\n")})
	put, _ := actions.Lookup("dynamodb", "PutItem")
	list, _ := actions.Lookup("s3", "ListBuckets")
	at := callscan.Position{File: "api/api.go", Line: 3, Column: 4}
	for _, c := range []struct {
		call *callscan.Call
		want string
	}{
		{&callscan.Call{Service: "dynamodb", Operation: "PutItem", Needs: put.Needs, Arguments: []callscan.Argument{
			{Path: "TableName", Argument: actions.Argument{Set: true, Values: []string{"t"}}}}},
			"dynamodb:PutItem [arn:aws:dynamodb:eu-west-1:*:table/t] []"},
		{&callscan.Call{Service: "dynamodb", Operation: "PutItem", Needs: put.Needs, Arguments: []callscan.Argument{
			{Path: "TableName", Reasons: []callscan.Reason{{Text: "it comes from the event", Pos: at}}}}},
			"dynamodb:PutItem [*] [{TableName it comes from the event api/api.go:3:4}]"},
		{&callscan.Call{Service: "dynamodb", Operation: "PutItem", Needs: put.Needs},
			"dynamodb:PutItem [*] [{TableName its value is not known :0:0}]"},
		{&callscan.Call{Service: "s3", Operation: "ListBuckets", Needs: list.Needs},
			"s3:ListAllMyBuckets [*] [{ AWS knows no resources for s3:ListAllMyBuckets: it is allowed on all or on none :0:0}]"},
	} {
		g := &generator{Input: Input{App: app}, at: placeOf(Input{App: app, Place: source.Place{Region: "eu-west-1"}}), result: &Result{}}
		b := &builder{generator: g, function: app.Functions[0]}
		b.call(c.call)
		var got []string
		for _, r := range b.sortedReasons() {
			got = append(got, fmt.Sprintf("%s %v %v", r.Action, r.Resources, r.Because[0].Wide))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), c.want)
		}
	}
}

// With a place, ARNs are of it; an id of the WebSocket API narrows.
func TestPlace(t *testing.T) {
	app, _ := load(t, map[string][]byte{"Chalicefile.yaml": []byte(`
version: 1
app: a
websocket: { default: D }
iam:
  statements: [{ Effect: Allow, Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:${region}:${account}:q' }]
`)})
	r, err := Generate(context.Background(), Input{App: app, WebSocketAPI: "abc", Place: source.Place{Partition: "${P}", Region: "${R}", Account: "${A}"}})
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, s := range r.Policies[0].Document.Statements {
		text = append(text, s.Resource...)
	}
	want := "arn:${P}:execute-api:${R}:${A}:abc/*/@connections/*\narn:${P}:logs:${R}:${A}:log-group:/aws/lambda/a-dev-websocket:*\narn:aws:sqs:${R}:${A}:q"
	if got := strings.Join(text, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What is written for several functions is read as a policy file again.
func TestJSON(t *testing.T) {
	app, _ := load(t, map[string][]byte{"Chalicefile.yaml": []byte(`
version: 1
app: a
functions:
  f: { handler: F, tracing: true }
  g: { handler: G }
  h: { handler: H, iam: { role_arn: 'arn:aws:iam::123456789012:role/h' } }
`)})
	made, err := Generate(context.Background(), Input{App: app})
	if err != nil {
		t.Fatal(err)
	}
	text := JSON(made.Policies)
	var by map[string]json.RawMessage
	if err := json.Unmarshal(text, &by); err != nil || len(by) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	read, err := Generate(context.Background(), Input{App: app, FromFile: true, ReadFile: func(string) ([]byte, error) { return text, nil }})
	if err != nil || len(read.Findings.Findings) > 0 {
		t.Fatalf("%v, %+v", err, read.Findings)
	}
	if again := JSON(read.Policies); !bytes.Equal(text, again) {
		t.Errorf("written\n%s\nread\n%s", text, again)
	}
	if got := string(JSON(made.Policies[1:2])); !strings.HasPrefix(got, "{\n  \"Version\"") {
		t.Errorf("one policy is written as %s", got)
	}
	if got := string(JSON(made.Policies[2:])); got != "{}\n" {
		t.Errorf("no policy is written as %s", got)
	}
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-isob-east-1": "aws-iso-b"} {
		if got := partition(region); got != want {
			t.Errorf("%s is in %s, want %s", region, got, want)
		}
	}
}

// Policies are the same from run to run, and what IAM takes.
func TestPoliciesAreSound(t *testing.T) {
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, f := range archive.Files {
			files[f.Name] = f.Data
		}
		app, read := load(t, files)
		first, err := Generate(context.Background(), Input{App: app, ReadFile: read})
		if err != nil {
			t.Fatal(err)
		}
		second, err := Generate(context.Background(), Input{App: app, ReadFile: read})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range first.Policies {
			if !bytes.Equal(p.Document.JSON(), second.Policies[i].Document.JSON()) {
				t.Errorf("%s: %s differs from run to run", name, p.Function.Name)
			}
			if _, err := policy.ParseIdentity(p.Document.JSON()); p.Origin == Generated && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestStatementsThatIAMRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		`{"Effect":"Allow","Action":"s3","Resource":"*"}`:               `"s3" is no action: write "service:Name", as in "s3:GetObject"`,
		`{"Effect":"Allow","Action":"s3:GetObject"}`:                    `Resource is missing: name the ARNs, or "*"`,
		`{"Effect":"Allow","Action":"s3:GetObject","Resource":"photo"}`: `"photo" is no ARN: write "arn:…", or "*"`,
	} {
		if _, err := parseStatement([]byte(raw)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", raw, err, want)
		}
	}
	if _, err := parseStatement([]byte(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`)); err != nil {
		t.Error(err)
	}
}

// Files that are no policies are faults, once, whatever they hold.
func FuzzPolicyFile(f *testing.F) {
	f.Add([]byte(`{"Statement":[]}`))
	f.Add([]byte(`{"f":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		app, _ := load(t, map[string][]byte{"Chalicefile.yaml": []byte("version: 1\napp: a\nfunctions: { f: { handler: F } }\n")})
		r, err := Generate(context.Background(), Input{App: app, FromFile: true, ReadFile: func(string) ([]byte, error) { return data, nil }})
		if err != nil {
			t.Fatal(err)
		}
		if r.Policies[0].Document.Statements == nil && !r.Findings.HasErrors() {
			if doc, err := policy.ParseIdentity(data); err != nil || len(doc.Statements) > 0 {
				var by map[string]json.RawMessage
				if json.Unmarshal(data, &by) == nil && by["f"] != nil {
					return // an empty policy for the function
				}
				t.Errorf("no policy, no finding: %s", data)
			}
		}
	})
}

// A file that cannot be read is a fault with the reason.
func TestUnreadableFile(t *testing.T) {
	app, _ := load(t, map[string][]byte{"Chalicefile.yaml": []byte("version: 1\napp: a\nfunctions: { f: { handler: F } }\n")})
	r, err := Generate(context.Background(), Input{App: app, FromFile: true, ReadFile: func(string) ([]byte, error) { return nil, errors.New("no light") }})
	if err != nil || !r.Findings.HasErrors() || !strings.Contains(r.Findings.Findings[0].Message, "no light") {
		t.Errorf("%v, %+v", err, r.Findings)
	}
}

package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// workspace is a directory with the schema, in which documents seem to lie.
func workspace(t *testing.T) (c *lspClient, uri string) {
	t.Helper()
	command := languageServer(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), JSON, 0o644); err != nil {
		t.Fatal(err)
	}
	uri = "file://" + filepath.ToSlash(dir)
	c = startServer(t, command...)
	c.initialize(t, uri)
	return c, uri
}

const modeline = "# yaml-language-server: $schema=" + File + "\n"

const start = "version: 1\napp: shop\n"

// TestEditorCompletes asks for completions where | stands. want are labels with
// what is inserted; several places also say what must not be proposed.
func TestEditorCompletes(t *testing.T) {
	c, root := workspace(t)
	for i, test := range []struct {
		text string
		want map[string]string
		not  []string
	}{
		{"|", map[string]string{
			"A new app": "version: 1\napp: ${1:helloworld}\npackage: ${2:./api}\nroutes:\n  /:\n    GET: ${3:Index}",
			"version":   "version: 1", "events": "events: ", "api": "api:\n  stage_name: ${1:api}\n  debug: true",
		}, nil},
		{start + "routes:\n  |\n", map[string]string{"A route": "/${1:cities}/{${2:city}}:\n  GET: ${3:StateOfCity}"}, []string{"GET"}},
		{start + "routes:\n  /a:\n    |\n", map[string]string{
			"GET": "GET: ", "ANY": "ANY: ", "cors": "cors: ", "GET: {handler: Handler, …}": "GET:\n  handler: ${1:GetObject}\n  api_key_required: true",
		}, []string{"handler", "version"}},
		{start + "routes:\n  /a:\n    GET: |\n", map[string]string{"StateOfCity": "StateOfCity", "handler: …": "\n  handler: ${1:StateOfCity}"}, []string{"[object Object]"}},
		{start + "routes:\n  /a:\n    GET:\n      |\n", map[string]string{"handler": "handler: ", "status": "status: ", "content_types": "content_types:\n  - ${1:application/json}"}, []string{"GET", "cors"}},
		{start + "routes:\n  /a:\n    cors: |\n", map[string]string{"true": "true", "false": "false", "allow_origin: …": "\n  allow_origin: ${1:https://example.com}\n  max_age: 600"}, []string{"[object Object]"}},
		{start + "routes:\n  /a:\n    cors:\n      |\n", map[string]string{"allow_origin": "allow_origin: ", "max_age": "max_age: ${1:600}"}, nil},
		{start + "authorizers:\n  users:\n    |\n", map[string]string{"iam: true": "iam: true", "handler": "handler: ", "ttl": "ttl: ", "memory_size": "memory_size: "}, []string{"build_tags"}},
		{start + "schedules:\n  |\n", map[string]string{"A rate": "${1:periodic_task}:\n  rate: ${2:5 minutes}\n  handler: ${3:PeriodicTask}"}, nil},
		{start + "schedules:\n  tick:\n    handler: Tick\n    |\n", map[string]string{"rate": "rate: ${1:5 minutes}", "cron": "cron: ${1:0 18 ? * MON-FRI *}", "at": "at: ${1:2026-12-24T18:00:00}", "timeout": "timeout: "}, []string{"handler"}},
		{start + "events:\n  on_upload:\n    |\n", map[string]string{"s3: …": "s3:\n  bucket: ${1:mybucket}\n  prefix: ${2:images/}\nhandler: ${9:Handle}", "sqs": "sqs:\n  queue: ${1:my-queue-name}", "handler": "handler: "}, nil},
		{start + "events:\n  on_upload:\n    handler: A\n    s3:\n      bucket: photos\n      events:\n        - |\n", map[string]string{"s3:ObjectCreated:Put": "s3:ObjectCreated:Put", "s3:ObjectRemoved:*": "s3:ObjectRemoved:*"}, nil},
		{start + "defaults:\n  architecture: |\n", map[string]string{"arm64": "arm64", "x86_64": "x86_64"}, nil},
		{start + "defaults:\n  |\n", map[string]string{"memory_size": "memory_size: ", "environment": "environment:\n  ${1:TABLE}: ${2:things}", "build_tags": "build_tags:\n  - ${1}"}, []string{"handler"}},
		{start + "stages:\n  prod:\n    |\n", map[string]string{"defaults": "defaults:\n  memory_size: 256\n  timeout: 30", "routes": "routes:\n  /${1:cities}/{${2:city}}:\n    GET: ${3:StateOfCity}"}, []string{"version", "app", "include", "stages"}},
		{start + "stages:\n  prod:\n    routes:\n      /a:\n        GET:\n          |\n", map[string]string{"handler": "handler: ", "status": "status: "}, nil},
		{start + "iam:\n  statements:\n    - |\n", map[string]string{"Effect": "Effect: ", "A statement": "Effect: Allow\n  Action: ${1:s3:GetObject}\n  Resource: ${2:arn:aws:s3:::mybucket/*}"}, nil},
	} {
		text, at := cursor(t, modeline+test.text)
		uri := fmt.Sprintf("%s/complete%d.yaml", root, i)
		c.open(t, uri, text)
		inserts := map[string][]string{}
		for _, item := range c.complete(t, uri, at) {
			inserts[item.Label] = append(inserts[item.Label], item.InsertText)
		}
		for label, want := range test.want {
			if !slices.Contains(inserts[label], want) {
				t.Errorf("%q: %q inserts %q, want %q", test.text, label, inserts[label], want)
			}
		}
		for _, label := range test.not {
			if inserts[label] != nil {
				t.Errorf("%q: %q is proposed", test.text, label)
			}
		}
	}
}

func TestEditorShows(t *testing.T) {
	c, root := workspace(t)
	const file = "Source: [chalicefile.schema.json]"
	for i, test := range []struct {
		text string
		want []string
	}{
		{"version: 1\napp|: shop\n", []string{"Name of the app", "Example:", "helloworld"}},
		{start + "routes|:\n  /a:\n    GET: A\n", []string{"The REST API", "```yaml", "/cities/{city}:"}},
		{start + "routes:\n  /a|:\n    GET: A\n", []string{"What answers each method"}},
		{start + "routes:\n  /a:\n    GET|: A\n", []string{"What answers `GET`", "StateOfCity"}},
		{start + "routes:\n  /a:\n    GET|:\n      handler: A\n", []string{"What answers `GET`"}},
		{start + "routes:\n  /a:\n    GET:\n      handler|: A\n", []string{"Exported Go function", "worker.OnMessage"}},
		{start + "routes:\n  /a:\n    GET:\n      handler: A\n      status|: 201\n", []string{"HTTP status of a success", "Default: `200`"}},
		{start + "routes:\n  /a:\n    cors|: true\n    GET: A\n", []string{"Cross-origin requests"}},
		{start + "cors|: true\n", []string{"CORS of every path that does not set its own"}},
		{start + "events:\n  on_message:\n    handler: A\n    sqs|:\n      queue: q\n", []string{"Messages of a queue"}},
		{start + "events:\n  on_message:\n    handler: A\n    sqs:\n      queue: q\n      batch_size|: 5\n", []string{"How many messages", "Default: `10`"}},
		{start + "schedules:\n  tick:\n    handler: A\n    rate|: 1 hour\n", []string{"Every so often", "5 minutes"}},
		{start + "functions:\n  f:\n    handler: A\n    architecture|: arm64\n", []string{"Processor", "Allowed Values", "AWS Graviton", "Default: `arm64`"}},
		{start + "stages:\n  prod:\n    defaults:\n      timeout|: 5\n", []string{"Seconds after which", "Default: `30`"}},
		{start + "iam:\n  statements:\n    - Effect|: Allow\n      Action: '*'\n      Resource: '*'\n", []string{"Whether it allows or denies"}},
	} {
		text, at := cursor(t, modeline+test.text)
		uri := fmt.Sprintf("%s/hover%d.yaml", root, i)
		c.open(t, uri, text)
		got := c.hover(t, uri, at)
		for _, want := range append(test.want, file) {
			if !strings.Contains(got, want) {
				t.Errorf("%q shows\n%s\nwithout %q", test.text, got, want)
			}
		}
		if strings.HasPrefix(got, "#### ") {
			t.Errorf("%q has a title:\n%s", test.text, got)
		}
	}
}

func TestEditorAcceptsExamples(t *testing.T) {
	c, root := workspace(t)
	files, err := filepath.Glob("../examples/*/Chalicefile.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	diagnose := make([]func() []lspDiagnostic, len(files))
	for i, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// An example's own modeline points to where new-project puts the schema.
		text := ownModeline.ReplaceAllString(string(src), "# as it is")
		diagnose[i] = c.open(t, fmt.Sprintf("%s/example%d.yaml", root, i), modeline+text)
	}
	for i, file := range files {
		for _, d := range diagnose[i]() {
			t.Errorf("%s:%d: %s", file, d.Range.Start.Line, d.Message)
		}
	}
}

var ownModeline = regexp.MustCompile(`(?m)^# yaml-language-server:.*$`)

// TestEditorFindsWhatTheLoaderFinds opens the loader's fixtures of the schema:
// where the loader tells something that the schema says, the editor does.
func TestEditorFindsWhatTheLoaderFinds(t *testing.T) {
	c, root := workspace(t)
	codes := []string{"exclusive-keys", "invalid-name", "invalid-path", "invalid-value", "misplaced-interpolation", "misplaced-key", "missing-key", "out-of-range", "unknown-key", "wrong-type"}
	files, err := filepath.Glob("../loader/testdata/schema-*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, code := range codes {
		files = append(files, filepath.Join("../loader/testdata", code+".txtar"))
	}
	told := regexp.MustCompile(`(?m)^Chalicefile\.yaml:(\d+):\d+: error: .* \[(?:` + strings.Join(codes, "|") + `)\]$`)
	archives := make([]*txtar.Archive, len(files))
	diagnose := make([]func() []lspDiagnostic, len(files))
	for i, file := range files {
		if archives[i], err = txtar.ParseFile(file); err != nil {
			t.Fatal(err)
		}
		diagnose[i] = c.open(t, fmt.Sprintf("%s/fixture%d.yaml", root, i), modeline+content(archives[i], "Chalicefile.yaml"))
	}
	for i, file := range files {
		lines := map[string]bool{}
		for _, d := range diagnose[i]() {
			lines[strconv.Itoa(d.Range.Start.Line)] = true // the modeline makes up for counting from 0
		}
		if len(lines) == 0 {
			t.Errorf("%s: the editor finds nothing", file)
		}
		for _, m := range told.FindAllStringSubmatch(content(archives[i], "want"), -1) {
			if at := filepath.Base(file) + ":" + m[1]; !lines[m[1]] && beyondSchema[at] == "" {
				t.Errorf("%s: the editor has nothing, the loader says %s", at, m[0])
			}
		}
	}
}

// beyondSchema are findings of the loader that no editor can have, and why.
var beyondSchema = map[string]string{
	"invalid-path.txtar:4":       "a pattern does not know whether two parameters have one name",
	"schema-overlay.txtar:24":    "what an overlay makes incomplete shows in the merged file",
	"schema-wrong-type.txtar:12": "to JSON schema 30.0 is an integer",
}

func content(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// TestEditorKnowsIncludedFiles takes the definition that an included file's
// modeline points to.
func TestEditorKnowsIncludedFiles(t *testing.T) {
	c, root := workspace(t)
	line := "# yaml-language-server: $schema=" + File + "#/definitions/include\n"
	if d := c.open(t, root+"/included1.yaml", line+"package: ./admin\nroutes:\n  /a: { GET: A }\n")(); len(d) > 0 {
		t.Errorf("findings on a sound file: %v", d)
	}
	if d := c.open(t, root+"/included2.yaml", line+"app: shop\nroutes:\n  /a: { GET: A }\n")(); len(d) != 1 || d[0].Range.Start.Line != 1 {
		t.Errorf("app in an included file: %v", d)
	}
}

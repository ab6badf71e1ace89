// Command policy compares which actions of AWS two tools find in the programs
// of policy/callscan/testdata: callscan, whose findings stand beside the
// programs and are held by its tests, and iam-policy-autopilot from PyPI.
//
//	cd internal/bench && go run ./policy
//
// With -time 9 it measures chalicefile gen-policy and validate instead.
//
// The peer's second half, from operations to actions, asks a service of AWS over
// the network. To need none, and to compare what the tools find in the code and
// nothing else, the operations that the peer extracts are looked up in the
// product's own table, in the peer's favour: what an operation needs only with
// certain arguments counts for it where it is right, and never against it. It
// leaves out calls whose input lacks a required member, as those of the small
// programs do: they are completed for it.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/policy/actions"
)

const peer = "iam-policy-autopilot"

func main() {
	suite := flag.String("suite", "../../policy/callscan/testdata", "`directory` of the programs")
	venv := flag.String("venv", filepath.Join(os.TempDir(), "chalicefile-bench-venv"), "`directory` of a Python environment, made where it is absent")
	version := flag.String("version", "0.3.0", "`version` of the peer")
	rounds := flag.Int("time", 0, "instead, measure gen-policy and validate this many `times`")
	verbose := flag.Bool("v", false, "tell the differences of each program")
	flag.Parse()
	if *rounds > 0 {
		if err := measure(os.Stdout, *suite, *rounds); err != nil {
			fmt.Fprintln(os.Stderr, "policy:", err)
			os.Exit(1)
		}
		return
	}
	if err := compare(os.Stdout, *suite, *venv, *version, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		os.Exit(1)
	}
}

// program is one of the suite.
type program struct {
	name  string
	files map[string]string // Go files by name
	want  string            // what callscan's test holds it to
}

// row of the table.
type row struct {
	name                        string
	programs, actions           int
	missing, tooMany, different int
	narrow, resources           int
}

func (r *row) add(o row) {
	r.programs += o.programs
	r.actions += o.actions
	r.missing += o.missing
	r.tooMany += o.tooMany
	r.different += o.different
	r.narrow += o.narrow
	r.resources += o.resources
}

func compare(out io.Writer, suite, venv, version string, verbose bool) error {
	tool, err := install(venv, version)
	if err != nil {
		return err
	}
	lib, err := goFiles(filepath.Join(suite, "programs", "lib"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(suite, "*.txtar"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no programs in %s: %v", suite, err)
	}
	fmt.Fprintf(out, "| programs | | actions needed | callscan: missing | too many | on named resources | %s: missing | too many | programs that differ |\n", peer)
	fmt.Fprintln(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	total := row{name: "all"}
	for _, file := range files {
		r := row{name: strings.TrimSuffix(filepath.Base(file), ".txtar")}
		programs, err := read(file)
		if err != nil {
			return err
		}
		for _, p := range programs {
			one, err := run(out, tool, p, lib, verbose)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			r.add(one)
		}
		r.print(out)
		total.add(r)
	}
	total.print(out)
	return nil
}

func (r row) print(out io.Writer) {
	fmt.Fprintf(out, "| %s | %d | %d | 0 | 0 | %d of %d | %d | %d | %d |\n",
		r.name, r.programs, r.actions, r.narrow, r.resources, r.missing, r.tooMany, r.different)
}

// install makes the Python environment and returns the peer's program.
func install(venv, version string) (string, error) {
	tool := filepath.Join(venv, "bin", peer)
	if _, err := os.Stat(tool); err == nil {
		return tool, nil
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", venv},
		{filepath.Join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", peer + "==" + version},
	} {
		if output, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, output)
		}
	}
	return tool, nil
}

// read takes a txtar file apart: the first element of a name is the program's.
func read(file string) ([]*program, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var programs []*program
	var p *program
	name := ""
	for line := range strings.Lines(string(data)) {
		if marker, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(marker, " --\n") {
			first, rest, _ := strings.Cut(strings.TrimSuffix(marker, " --\n"), "/")
			if p == nil || p.name != first {
				p = &program{name: first, files: map[string]string{}}
				programs = append(programs, p)
			}
			name = rest
			continue
		}
		switch {
		case p == nil: // the comment of the file
		case name == "want":
			p.want += line
		case strings.HasSuffix(name, ".go"):
			p.files[name] += line
		}
	}
	return programs, nil
}

func goFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			var src []byte
			src, err = os.ReadFile(path)
			rel, _ := filepath.Rel(dir, path)
			files[filepath.ToSlash(rel)] = string(src)
		}
		return err
	})
	return files, err
}

// needed are the actions of all functions of a program, and how many of them
// are allowed on named resources.
func (p *program) needed() (all map[string]bool, narrow, resources int) {
	all = map[string]bool{}
	for line := range strings.Lines(p.want) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "allow ")
		if !ok {
			continue
		}
		names, on, _ := strings.Cut(rest, " on ")
		for _, action := range strings.Fields(names) {
			all[action] = true
			resources++
			if on != "*" {
				narrow++
			}
		}
	}
	return all, narrow, resources
}

func run(out io.Writer, tool string, p *program, lib map[string]string, verbose bool) (row, error) {
	r := row{name: p.name, programs: 1}
	needed, narrow, resources := p.needed()
	r.actions, r.narrow, r.resources = len(needed), narrow, resources
	found, conditional, err := extract(tool, p, lib)
	if err != nil {
		return r, err
	}
	var missing, tooMany []string
	for _, action := range slices.Sorted(maps.Keys(needed)) {
		if !found[action] && !conditional[action] {
			missing = append(missing, action)
		}
	}
	for _, action := range slices.Sorted(maps.Keys(found)) {
		if !needed[action] {
			tooMany = append(tooMany, action)
		}
	}
	r.missing, r.tooMany = len(missing), len(tooMany)
	if len(missing)+len(tooMany) > 0 {
		r.different = 1
		if verbose {
			fmt.Fprintf(out, "%s: missing %q, too many %q\n", p.name, missing, tooMany)
		}
	}
	return r, nil
}

// extract runs the peer on the files of a program and of the modules of others
// that it imports.
func extract(tool string, p *program, lib map[string]string) (found, conditional map[string]bool, err error) {
	dir, err := os.MkdirTemp("", "chalicefile-bench-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	args := []string{"extract-sdk-calls"}
	write := func(name, src string) {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		err = os.WriteFile(path, []byte(complete(src)), 0o644)
		args = append(args, path)
	}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		if write(name, p.files[name]); err != nil {
			return nil, nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lib)) {
		if !p.imports("example.com/lib/" + filepath.ToSlash(filepath.Dir(name))) {
			continue
		}
		if write("lib_"+name, lib[name]); err != nil {
			return nil, nil, err
		}
	}
	cmd := exec.Command(tool, args...)
	cmd.Env = append(os.Environ(), "DISABLE_IAM_POLICY_AUTOPILOT_TELEMETRY=true")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("%w\n%s", err, stderr.Bytes())
	}
	var calls []call
	if err := json.Unmarshal(output, &calls); err != nil {
		return nil, nil, fmt.Errorf("%w: %s", err, output)
	}
	found, conditional = actionsOf(calls)
	return found, conditional, nil
}

func (p *program) imports(path string) bool {
	for _, src := range p.files {
		if strings.Contains(src, `"`+path+`"`) {
			return true
		}
	}
	return false
}

// call is what the peer extracts.
type call struct {
	Name             string
	PossibleServices []string
}

// packageOf are services whose names in botocore are not those of their
// packages.
var packageOf = map[string]string{"stepfunctions": "sfn", "events": "eventbridge", "logs": "cloudwatchlogs"}

// actionsOf looks operations up in the product's table.
func actionsOf(calls []call) (found, conditional map[string]bool) {
	found, conditional = map[string]bool{}, map[string]bool{}
	for _, c := range calls {
		for _, service := range c.PossibleServices {
			if pkg, ok := packageOf[service]; ok {
				service = pkg
			}
			op, ok := actions.Lookup(strings.ReplaceAll(service, "-", ""), c.Name)
			if !ok {
				found[service+":"+c.Name] = true
			}
			for _, need := range op.Needs {
				if len(need.When) == 0 {
					found[need.Action] = true
				} else {
					conditional[need.Action] = true
				}
			}
		}
	}
	return found, conditional
}

// required are members of inputs that AWS wants, and the programs leave out.
var required = map[string][]string{
	"GetItem": {"TableName", "Key"}, "PutItem": {"TableName", "Item"}, "DeleteItem": {"TableName", "Key"}, "UpdateItem": {"TableName", "Key"},
	"BatchGetItem": {"RequestItems"}, "BatchWriteItem": {"RequestItems"}, "Query": {"TableName"}, "Scan": {"TableName"},
	"DeleteTable": {"TableName"}, "DescribeTable": {"TableName"}, "TransactWriteItems": {"TransactItems"}, "TransactGetItems": {"TransactItems"},
	"ExecuteStatement": {"Statement"},
	"SendMessage":      {"QueueUrl", "MessageBody"}, "DeleteMessage": {"QueueUrl", "ReceiptHandle"}, "ReceiveMessage": {"QueueUrl"},
	"ChangeMessageVisibility": {"QueueUrl", "ReceiptHandle", "VisibilityTimeout"}, "GetQueueUrl": {"QueueName"},
	"Publish": {"Message"}, "PutEvents": {"Entries"},
	"PutObject": {"Bucket", "Key"}, "GetObject": {"Bucket", "Key"}, "DeleteObject": {"Bucket", "Key"}, "HeadObject": {"Bucket", "Key"},
	"CopyObject": {"Bucket", "Key", "CopySource"}, "ListObjectsV2": {"Bucket"}, "DeleteBucket": {"Bucket"}, "HeadBucket": {"Bucket"},
	"CreateFunction": {"FunctionName", "Role", "Code"}, "Invoke": {"FunctionName"}, "AssumeRole": {"RoleArn", "RoleSessionName"},
	"GetParameter": {"Name"}, "PutParameter": {"Name", "Value"}, "GetSecretValue": {"SecretId"}, "StartExecution": {"StateMachineArn"},
	"Encrypt": {"KeyId", "Plaintext"}, "Decrypt": {"CiphertextBlob"},
}

var literal = regexp.MustCompile(`\.([A-Z]\w*)Input\{`)

// complete writes the required members into the literals of inputs that lack
// them.
func complete(src string) string {
	var b strings.Builder
	at := 0
	for _, m := range literal.FindAllStringSubmatchIndex(src, -1) {
		b.WriteString(src[at:m[1]])
		at = m[1]
		inside := src[at : at+closing(src[at:])]
		for _, member := range required[src[m[2]:m[3]]] {
			if !strings.Contains(inside, member+":") {
				fmt.Fprintf(&b, "%s: nil, ", member)
			}
		}
	}
	return b.String() + src[at:]
}

// closing is where the literal ends whose inside text begins with.
func closing(text string) int {
	depth := 1
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return len(text)
}

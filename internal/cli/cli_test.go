package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run runs a command line in dir and returns the status and what it wrote.
func run(t *testing.T, env Env, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if env.Stdin == nil {
		env.Stdin = strings.NewReader("")
	}
	if env.Stdout == nil {
		env.Stdout = &stdout
	}
	env.Stderr = &stderr
	env.Build = readBuildInfo()
	status := Run(t.Context(), env, args)
	return status, stdout.String(), stderr.String()
}

func TestNewProjectAsksOnATerminal(t *testing.T) {
	dir := t.TempDir()
	env := Env{
		Dir: dir, Environ: os.Environ(), StdinIsTerminal: true, StderrIsTerminal: true,
		Stdin: strings.NewReader("Asked\nevents\n\n"),
	}
	// CI says that nobody is there, and this test may run in CI.
	env.Environ = append(env.Environ, "CI=")
	status, stdout, stderr := run(t, env, "new-project")
	const asked = "Name of the project: Template (rest, events, full) [rest]: Path of the Go module [example.com/asked]: Made Asked"
	if status != 0 || stdout != "Asked\n" || !strings.HasPrefix(stderr, asked) {
		t.Fatalf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "Asked", "go.mod"))
	if err != nil || !strings.HasPrefix(string(mod), "module example.com/asked\n") {
		t.Errorf("go.mod = %s, %v", mod, err)
	}
}

// A wrong answer is told, and asked for again.
func TestNewProjectAsksAgain(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "taken", "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	env := Env{
		Dir: dir, Environ: append(os.Environ(), "CI="), StdinIsTerminal: true, StderrIsTerminal: true,
		Stdin: strings.NewReader("\n2x\ntaken\nnew\nrst\nrest\nfmt/\n\n"),
	}
	status, stdout, stderr := run(t, env, "new-project")
	const want = `Name of the project: a project needs a name, that of the directory to make
Name of the project: "2x" cannot be the name of an app: it begins with a letter, then come letters, digits, _ and -, at most 40 characters in all
Name of the project: taken exists and is not empty; choose another name, or remove it
Name of the project: Template (rest, events, full) [rest]: "rst" is not one of rest, events, full; did you mean "rest"?
Template (rest, events, full) [rest]: Path of the Go module [example.com/new]: "fmt/" is no path of a Go module, such as example.com/helloworld
Path of the Go module [example.com/new]: Made new`
	if status != 0 || stdout != "new\n" || !strings.HasPrefix(stderr, want) {
		t.Errorf("status %d, stdout %q, stderr %s", status, stdout, stderr)
	}
	env.Stdin = strings.NewReader("")
	const nobody = "Name of the project: \nchalicefile: the question was not answered; say it on the command line\n"
	if status, _, stderr := run(t, env, "new-project"); status != 2 || !strings.HasPrefix(stderr, nobody) {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

func TestNewProjectAsksNobodyElse(t *testing.T) {
	for _, env := range []Env{{}, {StdinIsTerminal: true}, {StderrIsTerminal: true}, {StdinIsTerminal: true, StderrIsTerminal: true, Environ: []string{"CI=true"}}} {
		env.Dir = t.TempDir()
		if status, stdout, _ := run(t, env, "new-project"); status != 2 || stdout != "" {
			t.Errorf("%+v: status %d, stdout %q", env, status, stdout)
		}
	}
}

func TestInterruptEndsAQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, answer := io.Pipe()
	defer answer.Close()
	var stderr bytes.Buffer
	env := Env{Dir: t.TempDir(), Stdin: in, Stdout: io.Discard, Stderr: &stderr, StdinIsTerminal: true, StderrIsTerminal: true}
	if status := Run(ctx, env, []string{"new-project"}); status != 130 {
		t.Errorf("status %d, stderr %q", status, &stderr)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAFullDiskIsNoSuccess(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"schema"}, {"help"}, {"completion", "bash"}} {
		status, _, stderr := run(t, Env{Dir: t.TempDir(), Stdout: fullDisk{}}, args...)
		if status != 1 || !strings.Contains(stderr, "no space left on device") {
			t.Errorf("%v: status %d, stderr %q", args, status, stderr)
		}
	}
}

func TestColourOnTerminalsOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Chalicefile.yaml"), []byte("version: 1\nap: x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		terminal bool
		environ  []string
		want     bool
	}{
		{true, nil, true},
		{false, nil, false},
		{true, []string{"NO_COLOR=1"}, false},
		{true, []string{"CI=true"}, false},
		{true, []string{"TERM=dumb"}, false},
	} {
		env := Env{Dir: dir, StdoutIsTerminal: test.terminal, Environ: test.environ}
		status, stdout, _ := run(t, env, "validate", "--schema-only")
		if status != 1 || strings.Contains(stdout, "\x1b[") != test.want {
			t.Errorf("%+v: status %d, stdout %q", test, status, stdout)
		}
	}
}

func TestLiveProgressGoesAway(t *testing.T) {
	var stderr bytes.Buffer
	s := &session{Env: Env{Stderr: &stderr, StderrIsTerminal: true}}
	seconds, done, ended := make(chan time.Time), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		s.live("building", seconds, done)
	}()
	seconds <- time.Time{}
	close(done)
	<-ended
	if text := stderr.String(); !strings.HasPrefix(text, "\r\x1b[Kbuilding… 1 s") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("%q", text)
	}
	stderr.Reset()
	s.step("at once")()
	if stderr.Len() > 0 {
		t.Errorf("%q", stderr.String())
	}
}

func TestAPanicIsTold(t *testing.T) {
	env := Env{Dir: t.TempDir(), Stdin: panicking{}, StdinIsTerminal: false}
	status, _, stderr := run(t, env, "invoke", "f", "--local", "--payload", "-")
	if status != 1 || !strings.Contains(stderr, "a fault of chalicefile itself, please report it: no input") {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("no input") }

func TestRequireUsed(t *testing.T) {
	dir := t.TempDir()
	p := newProject{Source: sourceDir()}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := requireUsed(t.Context(), &session{Env: ProcessEnv()}, p, dir); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for want, there := range map[string]bool{"\tgithub.com/aws/aws-lambda-go v": true, "\tgithub.com/goccy/go-yaml v": true, "cobra": false, "mousetrap": false} {
		if strings.Contains(string(mod), want) != there {
			t.Errorf("%q:\n%s", want, mod)
		}
	}
}

func TestReplacementIsQuoted(t *testing.T) {
	for source, want := range map[string]string{"/a/b": "/a/b", "/a b/c": `"/a b/c"`} {
		if got := (newProject{Source: source}).Replacement(); got != want {
			t.Errorf("%s = %s, want %s", source, got, want)
		}
	}
}

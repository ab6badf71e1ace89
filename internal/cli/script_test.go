package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// TestMain lets scripts run this test binary as the command chalicefile.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"chalicefile": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			context.AfterFunc(ctx, stop)
			os.Exit(Run(ctx, ProcessEnv(), os.Args[1:]))
		},
	})
}

// TestScripts runs the command line as people do. See scriptCommands for the
// commands beside those of testscript.
func TestScripts(t *testing.T) {
	goEnv := goEnvironment(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		Cmds:                scriptCommands(),
		Setup: func(env *testscript.Env) error {
			env.Vars = append(append(env.Vars, goEnv...), awstest.RaceAtExit)
			env.Setenv("CHECKOUT", sourceDir())
			return nil
		},
	})
}

// goEnvironment shares the caches of the go command with the scripts, whose
// home is elsewhere.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOTOOLCHAIN"}
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for i, line := range strings.Split(strings.TrimRight(string(out), "\n"), "\n") {
		env = append(env, names[i]+"="+line)
	}
	return env
}

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"gomod":     gomod,
		"serve":     serve,
		"logged":    logged,
		"http":      request,
		"interrupt": interrupt,
		"busy":      busy,
		"append":    appendTo,
		"status":    status,
		"replace":   replaceIn,
	}
}

// moduleFiles are go.mod and go.sum of a project, made once.
var moduleFiles = sync.OnceValues(func() ([2]string, error) {
	dir, err := os.MkdirTemp("", "chalicefile-gomod-")
	if err != nil {
		return [2]string{}, err
	}
	defer os.RemoveAll(dir)
	p := newProject{App: "app", Module: "example.com/app", Template: "rest", Go: goVersion, Version: "v0.0.0-00010101000000-000000000000", Source: sourceDir()}
	s := &session{Env: ProcessEnv()}
	if err := makeProject(context.Background(), s, p, filepath.Join(dir, "app")); err != nil {
		return [2]string{}, err
	}
	var files [2]string
	for i, name := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(dir, "app", name))
		if err != nil {
			return files, err
		}
		files[i] = string(b)
	}
	return files, nil
})

// gomod [DIR] writes go.mod and go.sum of module example.com/app.
func gomod(ts *testscript.TestScript, _ bool, args []string) {
	files, err := moduleFiles()
	ts.Check(err)
	dir := append(args, ".")[0]
	for i, name := range []string{"go.mod", "go.sum"} {
		ts.Check(os.WriteFile(ts.MkAbs(filepath.Join(dir, name)), []byte(files[i]), 0o666))
	}
}

// server is a `chalicefile local` in the background.
type server struct {
	cmd  *exec.Cmd
	done chan struct{}
	mu   sync.Mutex
	text bytes.Buffer
	seen int
}

// servers are those of the scripts that run.
var servers sync.Map // of *server by the script's work directory

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// wait returns what matches in what was written since the last wait.
func (s *server) wait(ts *testscript.TestScript, pattern *regexp.Regexp) []string {
	ended := false
	for start := time.Now(); time.Since(start) < 2*time.Minute; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		rest := s.text.String()[s.seen:]
		m := pattern.FindStringSubmatchIndex(rest)
		if m != nil {
			s.seen += m[1]
		}
		s.mu.Unlock()
		if m != nil {
			var groups []string
			for i := 0; i < len(m); i += 2 {
				groups = append(groups, rest[m[i]:m[i+1]])
			}
			return groups
		}
		if ended {
			break
		}
		select {
		case <-s.done:
			ended = true
		default:
		}
	}
	ts.Fatalf("chalicefile local never said %q, but:\n%s", pattern, s.text.String())
	return nil
}

// serve ARG... starts `chalicefile local --port 0 ARG...` and waits until it
// serves; $URL is where.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	program, err := exec.LookPath(filepath.Join(firstPath(ts), "chalicefile"))
	ts.Check(err)
	s := &server{done: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"local", "--port", "0"}, args...)...)
	s.cmd.Dir = ts.MkAbs(".")
	s.cmd.Env = environOf(ts)
	s.cmd.Stdout, s.cmd.Stderr = s, s
	ts.Check(s.cmd.Start())
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	servers.Store(ts.Getenv("WORK"), s)
	ts.Defer(func() { _ = s.cmd.Process.Kill(); <-s.done })
	ts.Setenv("URL", s.wait(ts, regexp.MustCompile(`(?m)^Serving on (http://localhost:\d+)$`))[1])
	s.mu.Lock()
	s.seen = 0 // what was said before is for logged as well
	s.mu.Unlock()
}

func firstPath(ts *testscript.TestScript) string {
	return filepath.SplitList(ts.Getenv("PATH"))[0]
}

func environOf(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOTOOLCHAIN", "CHALICEFILE_STAGE", "GOCOVERDIR"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func running(ts *testscript.TestScript) *server {
	s, ok := servers.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("nothing serves")
	}
	return s.(*server)
}

// logged REGEXP waits until the server has written it, since the last time.
func logged(ts *testscript.TestScript, _ bool, args []string) {
	running(ts).wait(ts, regexp.MustCompile("(?ms)"+args[0]))
}

// interrupt STATUS is Ctrl-C; the server has to end with STATUS.
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	s := running(ts)
	ts.Check(s.cmd.Process.Signal(syscall.SIGINT))
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		ts.Fatalf("chalicefile local does not end")
	}
	if got := strconv.Itoa(s.cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit status %s, want %s:\n%s", got, args[0], s.text.String())
	}
	if left := processesBelow(ts.Getenv("WORK")); len(left) > 0 {
		ts.Fatalf("processes are left: %q", left)
	}
}

// processesBelow are the programs below dir that run, where /proc says so.
func processesBelow(dir string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && strings.HasPrefix(exe, dir+string(filepath.Separator)) && strings.Contains(exe, ".chalicefile") {
			found = append(found, exe)
		}
	}
	return found
}

// http METHOD PATH [-H HEADER] [-d BODY] WANT sends a request and compares
// "STATUS BODY".
func request(ts *testscript.TestScript, neg bool, args []string) {
	method, path, body := args[0], args[1], ""
	header := http.Header{}
	rest := args[2:]
	for len(rest) > 2 {
		switch rest[0] {
		case "-H":
			name, value, _ := strings.Cut(rest[1], ": ")
			header.Set(name, value)
		case "-d":
			body = rest[1]
		}
		rest = rest[2:]
	}
	req, err := http.NewRequest(method, ts.Getenv("URL")+path, strings.NewReader(body))
	ts.Check(err)
	req.Header = header
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if neg {
		if err == nil {
			ts.Fatalf("%s still answers", req.URL)
		}
		return
	}
	ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	if got := fmt.Sprintf("%d %s", res.StatusCode, text); got != rest[0] {
		ts.Fatalf("%s %s = %s\nwant %s", method, path, got, rest[0])
	}
}

// busy takes a port; $PORT is which.
func busy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("PORT", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

// status N ARG... runs `chalicefile ARG...`, which has to end with status N.
func status(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec("chalicefile", args[1:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Check(err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// append FILE TEXT adds a line to a file.
func appendTo(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = fmt.Fprintln(f, args[1])
	ts.Check(err)
	ts.Check(f.Close())
}

// replace FILE OLD NEW replaces a text in a file, in place as an editor does.
func replaceIn(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(text, []byte(args[1])) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, bytes.Replace(text, []byte(args[1]), []byte(args[2]), 1), 0o666))
}

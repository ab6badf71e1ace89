// Package deploytest deploys apps with the real program to moto's server, looks
// with boto3 at what came of it, and makes calls fail on the way.
package deploytest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

func TestMain(m *testing.M) {
	awstest.ActAsGo()
	flag.Parse()
	if n := 2 * runtime.GOMAXPROCS(0); flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		// Tests wait a quarter of their time.
		if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
			panic(err)
		}
	}
	code := awstest.Main(m)
	if memoDir != "" {
		_ = os.RemoveAll(memoDir)
	}
	os.Exit(code)
}

const secret = "hunter2-is-not-for-logs"

//go:embed testdata/setup.py
var setupScript string

//go:embed testdata/inventory.py
var inventoryScript string

// regions are shared out among tests: less is listed in each.
var regions = []string{"us-west-2", "us-east-1", "us-east-2", "us-west-1", "eu-west-1", "eu-west-2", "eu-central-1", "ap-south-1", "ap-southeast-1", "ap-northeast-1", "ca-central-1", "sa-east-1"}

var labs atomic.Int32

// lab is an app of its own name in an AWS that only it has, as far as it can
// see, with a proxy between.
type lab struct {
	moto   *awstest.Server
	proxy  *awstest.Proxy
	app    string
	region string
	dir    string // the checkout
	real   bool   // the go command is the real one
}

// newLab makes a lab with a checkout of the shop, and what its stages refer to.
func newLab(t *testing.T, stages ...string) *lab {
	t.Helper()
	n := int(labs.Add(1))
	l := &lab{moto: awstest.MotoN(t, n%2), app: fmt.Sprintf("shop%d", n), region: regions[n%len(regions)]}
	l.proxy = awstest.NewProxy(t, l.moto.URL)
	l.dir = l.checkout(t)
	if len(stages) == 0 {
		stages = []string{"dev"}
	}
	l.python(t, setupScript, append([]string{l.app}, stages...)...)
	return l
}

// checkout is a directory with the app, which knows nothing of deploys.
func (l *lab) checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := awstest.Checkout()
	if err != nil {
		t.Fatal(err)
	}
	sums := read(t, filepath.Join(root, "go.sum"))
	write(t, filepath.Join(dir, "go.sum"), sums)
	module, err := awstest.AppModule(root, "example.com/shop")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), module)
	for _, name := range []string{"shop.go", "Chalicefile.yaml", "small.yaml", "changed.yaml"} {
		write(t, filepath.Join(dir, name), strings.ReplaceAll(read(t, filepath.Join("testdata", "shop", name)), "app: APP", "app: "+l.app))
	}
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// edit replaces text in a file of the checkout, which must hold it.
func (l *lab) edit(t *testing.T, name, from, to string) {
	t.Helper()
	text := read(t, filepath.Join(l.dir, name))
	if !strings.Contains(text, from) {
		t.Fatalf("%s does not hold %q", name, from)
	}
	write(t, filepath.Join(l.dir, name), strings.Replace(text, from, to, 1))
}

// python runs boto3 past the proxy.
func (l *lab) python(t testing.TB, script string, args ...string) string {
	t.Helper()
	return l.moto.Python(t, l.region, script, args...)
}

// inventory is what exists of a stage, a line each.
func (l *lab) inventory(t *testing.T, stage string) string {
	t.Helper()
	return l.python(t, inventoryScript, l.app, stage)
}

// kinds counts the lines of an inventory by their first word.
func kinds(inventory string) map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(inventory) {
		if kind, _, ok := strings.Cut(line, " "); ok {
			n[kind]++
		}
	}
	return n
}

// result is what came of running the program.
type result struct {
	args           []string
	status         int // -1: killed
	stdout, stderr string
	took           time.Duration
}

func (r result) String() string {
	return fmt.Sprintf("chalicefile %s: status %d after %s\n--- stdout\n%s--- stderr\n%s---", strings.Join(r.args, " "), r.status, r.took.Round(time.Millisecond), r.stdout, r.stderr)
}

// killer kills the program that runs, from a proxy's fault.
type killer struct {
	mu      sync.Mutex
	process *os.Process
}

func (k *killer) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.process != nil {
		_ = k.process.Kill()
	}
}

var (
	memoDir  string
	memoOnce = sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "chalicefile-deploytest-")
		if err != nil {
			return "", err
		}
		memoDir = dir
		return dir, nil
	})
)

// environ of the program.
func (l *lab) environ(t *testing.T) []string {
	t.Helper()
	env := append(awstest.Environ(l.proxy.URL, l.region), "SHOP_PASSWORD="+secret, "CI=", "GOWORK=off")
	if l.real {
		return env
	}
	memo, err := memoOnce()
	if err != nil {
		t.Fatal(err)
	}
	if env, err = awstest.RememberGo(memo, env); err != nil {
		t.Fatal(err)
	}
	return env
}

// start runs the program in the checkout; k, where there is one, can kill it.
func (l *lab) start(t *testing.T, k *killer, args ...string) result {
	t.Helper()
	return l.startIn(t, l.dir, k, args...)
}

func (l *lab) startIn(t *testing.T, dir string, k *killer, args ...string) result {
	t.Helper()
	tool, env := awstest.Tool(t), l.environ(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &stdout, &stderr
	cmd.WaitDelay = time.Second
	start := time.Now()
	err := cmd.Start()
	if err != nil {
		t.Fatal(err)
	}
	if k != nil {
		k.mu.Lock()
		k.process = cmd.Process
		k.mu.Unlock()
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		t.Errorf("chalicefile %s hangs", strings.Join(args, " "))
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatal(err)
	}
	r := result{args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), time.Since(start)}
	if strings.Contains(r.stdout+r.stderr, secret) {
		t.Errorf("the secret is told:\n%s", r)
	}
	return r
}

// run runs the program, which must end with the status.
func (l *lab) run(t *testing.T, status int, args ...string) result {
	t.Helper()
	return l.runIn(t, l.dir, status, args...)
}

func (l *lab) runIn(t *testing.T, dir string, status int, args ...string) result {
	t.Helper()
	r := l.startIn(t, dir, nil, args...)
	if r.status != status {
		t.Fatalf("want status %d: %s\n%s", status, r, awstest.Log(l.proxy.Calls()))
	}
	return r
}

// deploy deploys, and makes sure that nothing is left to do.
func (l *lab) deploy(t *testing.T, args ...string) result {
	t.Helper()
	r := l.run(t, 0, append([]string{"deploy", "--yes"}, args...)...)
	l.nothingToDo(t, args...)
	return r
}

// nothingToDo makes sure that a plan has nothing to do, and that a deploy makes
// no mutating call.
func (l *lab) nothingToDo(t *testing.T, args ...string) {
	t.Helper()
	r := l.start(t, nil, append([]string{"plan", "--exit-code"}, slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--adopt" })...)...)
	if r.status != 0 {
		t.Fatalf("there is something left to do: %s", r)
	}
}

// delete deletes a stage, of which only log groups may be left.
func (l *lab) delete(t *testing.T, stage string, args ...string) result {
	t.Helper()
	r := l.run(t, 0, append([]string{"delete", "--yes", "--stage", stage}, args...)...)
	l.isGone(t, stage)
	return r
}

func (l *lab) isGone(t *testing.T, stage string) {
	t.Helper()
	left := l.inventory(t, stage)
	n := kinds(left)
	delete(n, "log-group")
	if len(n) > 0 {
		t.Errorf("after the deletion there is\n%s", left)
	}
}

// recorded is all that lies in the checkout's .chalicefile of a stage as text.
func (l *lab) recorded(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(l.dir, ".chalicefile"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "bootstrap") {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "== %s\n%s\n", path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// differences are the lines that only one of two inventories has; of two lines
// of the same thing, where they begin to differ.
func differences(want, got string) string {
	missing, extra := map[string]string{}, map[string]string{}
	count := map[string]int{}
	for line := range strings.Lines(want) {
		count[line]++
	}
	for line := range strings.Lines(got) {
		count[line]--
	}
	for _, line := range slices.Sorted(maps.Keys(count)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		head, rest := strings.Join(fields[:min(2, len(fields))], " "), fields[len(fields)-1]
		for n := count[line]; n > 0; n-- {
			missing[head] += rest
		}
		for n := count[line]; n < 0; n++ {
			extra[head] += rest
		}
	}
	var out strings.Builder
	for _, head := range slices.Sorted(maps.Keys(missing)) {
		if other, ok := extra[head]; ok {
			a, b := apart(missing[head], other)
			fmt.Fprintf(&out, "other: %s: %s\n   not %s\n", head, b, a)
			delete(extra, head)
			continue
		}
		fmt.Fprintf(&out, "missing: %s %s\n", head, missing[head])
	}
	for _, head := range slices.Sorted(maps.Keys(extra)) {
		fmt.Fprintf(&out, "not wanted: %s %s\n", head, extra[head])
	}
	return out.String()
}

// apart cuts two texts to where they differ.
func apart(a, b string) (string, string) {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	i = max(0, i-30)
	return a[i:min(len(a), i+150)], b[i:min(len(b), i+150)]
}

// without leaves out the lines of a kind.
func without(kind, inventory string) string {
	var out strings.Builder
	for line := range strings.Lines(inventory) {
		if !strings.HasPrefix(line, kind+" ") {
			out.WriteString(line)
		}
	}
	return out.String()
}

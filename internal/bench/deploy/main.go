// Command deploy compares `chalicefile deploy` with `chalice deploy` (PyPI,
// Chalice 1.33): an app of 25 routes and 12 functions, deployed to moto's server,
// deployed again with nothing changed, and deleted, each call taking a while as
// AWS is some way off. Both are installed by it; Python is all that it needs.
//
//	cd internal/bench && go run ./deploy
//
// Times are from the start of the program to its end. What compiling takes is
// told apart: ours is measured once with the real go command, its caches warm,
// and once with one that answers at once what it answered before.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

func main() {
	awstest.ActAsGo()
	rounds := flag.Int("rounds", 5, "how often; the fastest counts, others may have met with something")
	delay := flag.Duration("delay", 40*time.Millisecond, "how long a call takes at least")
	verbose := flag.Bool("v", false, "show the calls of the last round")
	flag.Parse()
	if err := compare(os.Stdout, *rounds, *delay, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// contender is a program that deploys.
type contender struct {
	name     string
	dir      string
	environ  []string
	command  []string
	commands map[string][]string // arguments by what is measured
}

// phases are what is measured, in this order.
var phases = []string{"first deploy", "nothing to do", "delete"}

// figure is what one run of a phase took.
type figure struct {
	took            time.Duration
	calls, mutating int
	atOnce          int
}

func compare(out io.Writer, rounds int, delay time.Duration, verbose bool) error {
	ctx := context.Background()
	moto, err := awstest.StartMoto(ctx)
	if err != nil {
		return err
	}
	defer moto.Close()
	proxy, err := awstest.StartProxy(moto.URL)
	if err != nil {
		return err
	}
	defer proxy.Close()
	work, err := os.MkdirTemp("", "chalicefile-bench-deploy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	contenders, err := install(ctx, work, proxy.URL)
	if err != nil {
		return err
	}
	figures := map[string]map[string][]figure{}
	for round := range rounds {
		for _, c := range contenders {
			if err := moto.Reset(ctx); err != nil {
				return err
			}
			if _, err := moto.Script(awstest.Region, setup); err != nil {
				return err
			}
			proxy.Delay(delay)
			for _, phase := range phases {
				f, err := c.run(proxy, phase)
				if err != nil {
					return fmt.Errorf("%s: %s: %w\n%s", c.name, phase, err, awstest.Log(proxy.Calls()))
				}
				if verbose && round == rounds-1 {
					fmt.Fprintf(out, "%s, %s: %s\n", c.name, phase, f.took.Round(time.Millisecond))
					for _, call := range proxy.Calls() {
						fmt.Fprintf(out, "%5d ms + %4d ms %s:%s\n", call.At.Milliseconds(), call.Took.Milliseconds(), call.Service, call.Operation)
					}
				}
				if figures[phase] == nil {
					figures[phase] = map[string][]figure{}
				}
				figures[phase][c.name] = append(figures[phase][c.name], f)
			}
			proxy.Delay(0)
		}
	}
	print(out, contenders, figures)
	return nil
}

// run measures one phase.
func (c *contender) run(proxy *awstest.Proxy, phase string) (figure, error) {
	proxy.Forget()
	var text bytes.Buffer
	cmd := exec.Command(c.command[0], append(slices.Clone(c.command[1:]), c.commands[phase]...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, c.environ, &text, &text
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return figure{}, fmt.Errorf("%w\n%s", err, text.Bytes())
	}
	calls := proxy.Calls()
	return figure{took, len(calls), len(proxy.Mutations()), proxy.MostInFlight()}, nil
}

// print writes a table of the fastest runs, and ratios to the first contender.
func print(out io.Writer, contenders []*contender, figures map[string]map[string][]figure) {
	fmt.Fprintln(out, "| | | seconds | ratio | calls | mutating | at once |")
	fmt.Fprintln(out, "|---|---|--:|--:|--:|--:|--:|")
	for _, phase := range phases {
		peer := fastest(figures[phase][contenders[0].name])
		for _, c := range contenders {
			f := fastest(figures[phase][c.name])
			fmt.Fprintf(out, "| %s | %s | %.2f | %.2f | %d | %d | %d |\n", phase, c.name, f.took.Seconds(), f.took.Seconds()/peer.took.Seconds(), f.calls, f.mutating, f.atOnce)
		}
	}
}

func fastest(list []figure) figure {
	return slices.MinFunc(list, func(a, b figure) int { return int(a.took - b.took) })
}

// install makes both apps: the peer's, and ours twice, with and without the
// time of the go command.
func install(ctx context.Context, work, endpoint string) ([]*contender, error) {
	root, err := awstest.Checkout()
	if err != nil {
		return nil, err
	}
	tool := filepath.Join(work, "chalicefile")
	build := exec.CommandContext(ctx, "go", "build", "-o", tool, "./cmd/chalicefile")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, text)
	}
	venv, err := awstest.Venv(ctx, "chalice", "chalice==1.33.*", "setuptools")
	if err != nil {
		return nil, err
	}
	environ := append(awstest.Environ(endpoint, awstest.Region), "GOWORK=off")
	peer := &contender{
		name: "chalice 1.33", dir: filepath.Join(work, "peer"), environ: environ,
		command: []string{awstest.Python(venv), "-c", "import sys; from chalice.cli import main; sys.exit(main())"},
		commands: map[string][]string{
			"first deploy": {"deploy"}, "nothing to do": {"deploy"}, "delete": {"delete"},
		},
	}
	ours := &contender{
		name: "chalicefile", dir: filepath.Join(work, "ours"), environ: environ, command: []string{tool},
		commands: map[string][]string{
			"first deploy": {"deploy", "--yes"}, "nothing to do": {"deploy", "--yes"}, "delete": {"delete", "--yes"},
		},
	}
	if err := errors.Join(writePeer(peer.dir), writeOurs(ours.dir, root)); err != nil {
		return nil, err
	}
	apart := *ours
	apart.name = "chalicefile, go build apart"
	memo := filepath.Join(work, "memo")
	if err := os.Mkdir(memo, 0o755); err != nil {
		return nil, err
	}
	if apart.environ, err = awstest.RememberGo(memo, environ); err != nil {
		return nil, err
	}
	for _, c := range []*contender{ours, &apart} { // the caches
		cmd := exec.CommandContext(ctx, tool, "build", "--out", work)
		cmd.Dir, cmd.Env = c.dir, c.environ
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("chalicefile build: %w\n%s", err, text)
		}
	}
	return []*contender{peer, ours, &apart}, nil
}

// setup makes what both apps refer to.
const setup = `
client("s3").create_bucket(Bucket="bench-uploads", CreateBucketConfiguration={"LocationConstraint": region})
for n in "a", "b":
    client("sqs").create_queue(QueueName="bench-" + n, Attributes={"VisibilityTimeout": "60"})
    client("sns").create_topic(Name="bench-" + n)
`

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// routes is the number of routes of both apps; beside what serves them there are
// eleven functions: six schedules, two queues, two topics and a bucket.
const (
	routes    = 25
	schedules = 6
)

func writePeer(dir string) error {
	var app strings.Builder
	app.WriteString("from chalice import Chalice, Rate\napp = Chalice(app_name='bench')\n\n")
	for i := range routes {
		fmt.Fprintf(&app, "@app.route('/things%d/{id}')\ndef route%d(id):\n    return {'id': id}\n\n", i, i)
	}
	for i := range schedules {
		fmt.Fprintf(&app, "@app.schedule(Rate(5, unit=Rate.MINUTES))\ndef tick%d(event):\n    pass\n\n", i)
	}
	for _, n := range []string{"a", "b"} {
		fmt.Fprintf(&app, "@app.on_sqs_message(queue='bench-%s')\ndef message_%s(event):\n    pass\n\n", n, n)
		fmt.Fprintf(&app, "@app.on_sns_message(topic='bench-%s')\ndef notice_%s(event):\n    pass\n\n", n, n)
	}
	app.WriteString("@app.on_s3_event(bucket='bench-uploads')\ndef upload(event):\n    pass\n")
	return writeFiles(dir, map[string]string{
		"app.py": app.String(), "requirements.txt": "",
		".chalice/config.json": `{"version": "2.0", "app_name": "bench", "stages": {"dev": {"api_gateway_stage": "api"}}}`,
	})
}

func writeOurs(dir, root string) error {
	var file, code strings.Builder
	file.WriteString("version: 1\napp: bench\nroutes:\n")
	code.WriteString("package bench\n\nfunc Route(id string) map[string]string { return map[string]string{\"id\": id} }\n\nfunc Run() {}\n")
	for i := range routes {
		fmt.Fprintf(&file, "  /things%d/{id}:\n    GET: Route\n", i)
	}
	file.WriteString("schedules:\n")
	for i := range schedules {
		fmt.Fprintf(&file, "  tick%d: { rate: 5 minutes, handler: Run }\n", i)
	}
	file.WriteString("events:\n")
	for _, n := range []string{"a", "b"} {
		fmt.Fprintf(&file, "  message_%s: { sqs: { queue: bench-%s }, handler: Run }\n", n, n)
		fmt.Fprintf(&file, "  notice_%s: { sns: { topic: bench-%s }, handler: Run }\n", n, n)
	}
	file.WriteString("  upload: { s3: { bucket: bench-uploads }, handler: Run }\n")
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	module, err := awstest.AppModule(root, "example.com/bench")
	if err != nil {
		return err
	}
	return writeFiles(dir, map[string]string{
		"Chalicefile.yaml": file.String(), "bench.go": code.String(), "go.mod": module, "go.sum": string(sums),
	})
}

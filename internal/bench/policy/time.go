package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// The app that is measured: clients of S3 and DynamoDB, two functions.
const (
	timedChalicefile = `version: 1
app: objects
package: ./api
routes:
  /objects/{key}:
    GET: API.GetObject
    PUT: API.PutObject
events:
  on_message: { sqs: { queue: jobs }, handler: API.OnMessage }
defaults:
  environment: { TABLE: 'objects-${stage}' }
`
	timedCode = `package api

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/chalicefile/chalicefile/handlerkit"
)

type API struct {
	objects *s3.Client
	table   *dynamodb.Client
}

func NewAPI(ctx context.Context) (*API, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return &API{s3.NewFromConfig(cfg), dynamodb.NewFromConfig(cfg)}, nil
}

func (a *API) PutObject(ctx context.Context, key string, req *handlerkit.Request) error {
	_, err := a.objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("my-bucket"), Key: &key, Body: strings.NewReader("x")})
	return err
}

func (a *API) GetObject(ctx context.Context, key string) error {
	_, err := a.objects.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("my-bucket"), Key: &key})
	return err
}

func (a *API) OnMessage(ctx context.Context, body string) error {
	_, err := a.table.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(os.Getenv("TABLE")),
		Item:      map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: body}},
	})
	return err
}
`
)

// timed is what a command took.
type timed struct {
	wall, cpu time.Duration
	memory    int64 // KB
}

// measure compares gen-policy with validate, in turns, build cache warm.
// Validate looks for calls itself, to weigh the policies; generate loads and
// checks the same and does not.
func measure(out io.Writer, suite string, rounds int) error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "chalicefile-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := makeApp(dir, suite, root); err != nil {
		return err
	}
	tool := filepath.Join(dir, "chalicefile")
	if err := do(root, "go", "build", "-o", tool, "./cmd/chalicefile"); err != nil {
		return err
	}
	app := filepath.Join(dir, "app")
	took := map[string][]timed{}
	for round := range rounds + 1 {
		for _, command := range []string{"generate", "validate", "gen-policy"} {
			t, err := timeOf(app, tool, command)
			if err != nil {
				return err
			}
			if round > 0 { // the first one warms the cache
				took[command] = append(took[command], t)
			}
		}
	}
	base := middle(took["generate"])
	for _, command := range []string{"generate", "validate", "gen-policy"} {
		t := middle(took[command])
		fmt.Fprintf(out, "%-10s %v, %v CPU (%.2f times generate's), %d MB\n", command,
			t.wall.Round(time.Millisecond), t.cpu.Round(time.Millisecond), float64(t.cpu)/float64(base.cpu), t.memory/1024)
	}
	return nil
}

// makeApp writes the app, with the modules of the suite.
func makeApp(dir, suite, root string) error {
	app := filepath.Join(dir, "app")
	if err := os.CopyFS(app, os.DirFS(filepath.Join(suite, "programs"))); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(app, "api"), 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{"Chalicefile.yaml": timedChalicefile, "api/api.go": timedCode} {
		if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := do(app, "go", "mod", "edit", "-replace=github.com/chalicefile/chalicefile="+root); err != nil {
		return err
	}
	return do(app, "go", "mod", "tidy")
}

func do(dir string, args ...string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", args, err, output)
	}
	return nil
}

func timeOf(dir, tool, command string) (timed, error) {
	cmd := exec.Command(tool, command)
	cmd.Dir = dir
	start := time.Now()
	if output, err := cmd.CombinedOutput(); err != nil {
		return timed{}, fmt.Errorf("%s: %w\n%s", command, err, output)
	}
	t := timed{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.memory = usage.Maxrss
	}
	return t, nil
}

// middle is the median by CPU time.
func middle(all []timed) timed {
	slices.SortFunc(all, func(a, b timed) int { return int(a.cpu - b.cpu) })
	return all[len(all)/2]
}

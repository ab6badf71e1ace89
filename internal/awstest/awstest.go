// Package awstest is AWS for tests: moto's server, which it installs itself
// (Python is all that it needs), a proxy before it that counts calls and makes
// them fail as AWS and networks do, boto3 to see with eyes that are not ours
// what exists, and the program itself, built once.
package awstest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The account that moto has, and the credentials that it takes.
const (
	Account   = "123456789012"
	Region    = "us-west-2"
	accessKey = "testing"
)

// Environ is the environment of a program that is to meet the AWS at endpoint:
// this process's, without what it says of any other.
func Environ(endpoint, region string) []string {
	env := clean(os.Environ())
	return append(env,
		"AWS_ENDPOINT_URL="+endpoint, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region,
		"AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+accessKey,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"CHALICEFILE_STAGE=")
}

// clean leaves out what people have set for their own AWS.
func clean(environ []string) []string {
	var env []string
	for _, entry := range environ {
		if len(entry) < 4 || entry[:4] != "AWS_" {
			env = append(env, entry)
		}
	}
	return env
}

// MotoRequirements are what moto's venv holds, as pip has it.
var MotoRequirements = []string{"moto[server]==5.2.*", "boto3"}

// Venv is the directory of a Python environment with what the requirements say.
// It is made in a cache of the user's, once for each list of requirements.
func Venv(ctx context.Context, name string, requirements ...string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return makeVenv(ctx, filepath.Join(cache, name+"-"+hash(requirements)), requirements)
}

var errNoPython = errors.New("python3 with venv is not installed")

// SkipOutsideCI skips a test for want of something that CI must have.
func SkipOutsideCI(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%v; CI must have it", err)
	}
	t.Skipf("%v: what happens in AWS is not tested", err)
}

// Moto is the server that the tests of this binary share, started when it is
// first asked for. Without Python or a network the test is skipped, but never in
// CI.
func Moto(t testing.TB) *Server {
	t.Helper()
	return MotoN(t, 0)
}

var servers [8]struct {
	once   sync.Once
	server *Server
	err    error
}

// MotoN is one of several servers that tests share, so that they use more than
// one processor: Python threads do not.
func MotoN(t testing.TB, n int) *Server {
	t.Helper()
	s := &servers[n%len(servers)]
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		s.server, s.err = StartMoto(ctx)
	})
	if s.err != nil {
		SkipOutsideCI(t, s.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("moto's log is %s", s.server.Log)
		}
	})
	return s.server
}

// Main runs the tests of a package and takes away what they shared: for
// TestMain. Without it the operating system does most of that.
func Main(m *testing.M) int {
	defer func() {
		for i := range servers {
			if s := servers[i].server; s != nil {
				s.Close()
			}
		}
		if toolDir != "" {
			_ = os.RemoveAll(toolDir)
		}
	}()
	return m.Run()
}

var (
	toolDir  string
	toolPath = sync.OnceValues(buildTool)
)

// Tool is the path of the program chalicefile, built from this checkout once
// for each test binary, or what CHALICEFILE_TEST_TOOL names.
func Tool(t testing.TB) string {
	t.Helper()
	path, err := toolPath()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func buildTool() (string, error) {
	if path := os.Getenv("CHALICEFILE_TEST_TOOL"); path != "" {
		return path, nil
	}
	root, err := Checkout()
	if err != nil {
		return "", err
	}
	if toolDir, err = os.MkdirTemp("", "chalicefile-tool-"); err != nil {
		return "", err
	}
	path := filepath.Join(toolDir, "chalicefile")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/chalicefile")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/chalicefile: %w\n%s", err, out)
	}
	return path, nil
}

// Checkout is the root of this repository, found from the working directory,
// which is that of a package in a test.
func Checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "cmd", "chalicefile", "main.go")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("this is not run inside a checkout of chalicefile")
		}
		dir = parent
	}
}

// AppModule is the go.mod of an app elsewhere that requires this checkout, with
// what users link. Its go.sum can be the checkout's.
func AppModule(checkout, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "github.com/aws/aws-lambda-go" {
			const module = "github.com/chalicefile/chalicefile"
			return "module " + name + "\n\ngo 1.26.0\n\nrequire " + module + " v0.0.0-00010101000000-000000000000\n\nrequire " +
				fields[0] + " " + fields[1] + " // indirect\n\nreplace " + module + " => " + checkout + "\n", nil
		}
	}
	return "", errors.New("go.mod does not require aws-lambda-go")
}

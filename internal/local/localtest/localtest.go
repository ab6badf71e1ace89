// Package localtest builds the functions that the tests of the local server
// run: real binaries that stand on aws-lambda-go alone.
package localtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

var (
	once   sync.Once
	binary string
	output []byte
	failed error
)

// Binary is the path of the functions' program, built once for each test
// program. See testdata/functions for what it does.
func Binary(t testing.TB) string {
	t.Helper()
	once.Do(func() {
		_, file, _, _ := runtime.Caller(0)
		dir, err := os.MkdirTemp("", "localtest")
		if err != nil {
			failed = err
			return
		}
		binary = filepath.Join(dir, "functions")
		cmd := exec.Command("go", "build", "-o", binary, "./testdata/functions")
		cmd.Dir = filepath.Dir(file)
		output, failed = cmd.CombinedOutput()
	})
	if failed != nil {
		t.Fatalf("building the functions: %v\n%s", failed, output)
	}
	return binary
}

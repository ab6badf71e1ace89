package bench

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// buildHello builds ./hello/NAME as a deployment does.
func buildHello(tb testing.TB, name string, env ...string) string {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), name)
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", out, "./hello/"+name)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, text)
	}
	return out
}

// TestBinarySize holds the promise: at most a tenth more than the smallest
// function of aws-lambda-go.
func TestBinarySize(t *testing.T) {
	size := func(name string) float64 {
		info, err := os.Stat(buildHello(t, name, "GOOS=linux", "GOARCH=arm64"))
		if err != nil {
			t.Fatal(err)
		}
		return float64(info.Size())
	}
	generated, plain := size("generated"), size("plain")
	t.Logf("%.0f and %.0f bytes: %.3f", generated, plain, generated/plain)
	if generated > 1.1*plain {
		t.Errorf("%.0f bytes, %.3f times those of the smallest function", generated, generated/plain)
	}
}

// start runs a function until it asks the Runtime API for its first event and
// returns the CPU time that it used.
func start(b *testing.B, exe string) time.Duration {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(exe)
	cmd.Env = []string{"_HANDLER=api", "AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fscan(conn, new(string)); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// BenchmarkStart compares the CPU time from start to the first poll.
func BenchmarkStart(b *testing.B) {
	exes := [2]string{buildHello(b, "plain"), buildHello(b, "generated")}
	var took [2][]time.Duration
	for b.Loop() {
		for i, exe := range exes {
			took[i] = append(took[i], start(b, exe))
		}
	}
	b.ReportMetric(0, "ns/op")
	plain := best(took[0])
	b.ReportMetric(plain/1e6, "plain-ms")
	b.ReportMetric(best(took[1])/plain, "generated/plain")
}

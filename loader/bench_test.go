//go:build unix

package loader_test

import (
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml/lexer"

	"github.com/chalicefile/chalicefile/loader"
)

// bigApp is a Chalicefile with n paths, in short and long form.
func bigApp(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\napp: big\npackage: ./api\n\nroutes:\n")
	for i := range n {
		fmt.Fprintf(&b, "  /things/group%d/{id}:\n", i)
		if i%3 == 0 {
			b.WriteString("    cors: true\n")
		}
		fmt.Fprintf(&b, "    GET: GetThing%d # reads it\n", i)
		fmt.Fprintf(&b, "    PUT:\n      handler: PutThing%d\n      api_key_required: true\n      authorizer: admins\n      content_types: [application/json]\n", i)
	}
	b.WriteString("\nauthorizers:\n  admins: { iam: true }\ndefaults:\n  memory_size: 256\n  environment:\n    TABLE: things-${stage}\n")
	return []byte(b.String())
}

func bigOptions(src []byte) loader.Options {
	return loader.Options{Dir: appDir, ReadFile: func(name string) ([]byte, error) {
		if name == appDir+"/"+loader.DefaultFile {
			return src, nil
		}
		return nil, fs.ErrNotExist
	}}
}

// BenchmarkLoad compares parsing, schema, decoding and rules together with what
// goccy takes to tokenize the same file, by CPU time and in turn, so that both
// meet the same machine: the metric "ratio". See docs/performance.md.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1000, 10000, 50000} {
		src := bigApp(n)
		text := string(src)
		o := bigOptions(src)
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			var tokenize, load time.Duration
			for b.Loop() {
				tokenize += cpuTime(b, func() { lexer.Tokenize(text) })
				load += cpuTime(b, func() {
					if r := loader.Load(o); r.App == nil || r.Findings.HasErrors() {
						b.Fatal("the app has findings")
					}
				})
			}
			b.ReportMetric(float64(load)/float64(tokenize), "ratio")
			b.ReportMetric(tokenize.Seconds()*1000/float64(b.N), "tokenize-ms/op")
			b.ReportMetric(load.Seconds()*1000/float64(b.N), "load-ms/op")
		})
	}
}

// cpuTime is the CPU time of f, its garbage included.
func cpuTime(b *testing.B, f func()) time.Duration {
	b.Helper()
	runtime.GC()
	before := usage(b)
	f()
	runtime.GC()
	return usage(b) - before
}

func usage(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Nothing that is done for each path looks at all others: ten times the paths,
// faulty ones, are about ten times the work, counted in allocations.
func TestLinear(t *testing.T) {
	count := func(n int) float64 {
		var b strings.Builder
		b.WriteString("version: 1\napp: big\nfunctions:\n")
		for i := range n {
			fmt.Fprintf(&b, "  f%d: {}\n", i)
		}
		b.WriteString("authorizers:\n")
		for i := range n {
			fmt.Fprintf(&b, "  a%d: { iam: true }\n", i)
		}
		b.WriteString("routes:\n")
		for i := range n {
			fmt.Fprintf(&b, "  /x%d/{a}: { GET: A, authorizer: nobody%d, function: nothing%d, cors: true, OPTIONS: O }\n  /x%d/{b}: { PUT: { handler: B, name: same } }\n", i, i, i, i)
		}
		src := []byte(b.String())
		return testing.AllocsPerRun(1, func() { loader.Load(bigOptions(src)) })
	}
	if small, large := count(200), count(2000); large > 15*small {
		t.Errorf("%.0f allocations for 200 paths, %.0f for 2000", small, large)
	}
}

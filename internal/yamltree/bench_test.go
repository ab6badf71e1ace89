package yamltree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/lexer"
)

// routes is a Chalicefile with n paths.
func routes(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\napp: big\npackage: ./api\n\nroutes:\n")
	for i := range n {
		fmt.Fprintf(&b, "  /things/group%d/{id}:\n", i)
		if i%3 == 0 {
			b.WriteString("    cors: true\n")
		}
		fmt.Fprintf(&b, "    GET: GetThing%d # reads it\n", i)
		fmt.Fprintf(&b, "    PUT:\n      handler: PutThing%d\n      api_key_required: true\n      content_types: [application/json]\n", i)
	}
	b.WriteString("\ndefaults:\n  memory_size: 256\n  environment:\n    TABLE: things-${stage}\n")
	return []byte(b.String())
}

// BenchmarkParse compares with what goccy takes to tokenize the same file: see
// docs/performance.md.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1000, 10000, 50000} {
		src := routes(n)
		b.Run(fmt.Sprintf("routes=%d/tokenize", n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				lexer.Tokenize(string(src))
			}
		})
		b.Run(fmt.Sprintf("routes=%d/parse", n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				Parse("Chalicefile.yaml", src)
			}
		})
	}
}

// BenchmarkStage is all that happens before the schema: files, includes,
// overlay and interpolation.
func BenchmarkStage(b *testing.B) {
	for _, n := range []int{1000, 10000, 50000} {
		src := append(routes(n), "stages:\n  prod:\n    routes:\n      /things/group7/{id}:\n        GET: {authorizer: none}\n"...)
		o := ComposeOptions{Dir: "/app", ReadFile: func(string) ([]byte, error) { return src, nil }}
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				c, _ := Compose(o)
				for i, stage := range []string{"dev", "prod"} {
					c.Stage("big", stage, i == 0)
				}
			}
		})
	}
}

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit/lambdamain"
)

func run(b *testing.B, h lambda.Handler, payload []byte, want string) {
	b.Helper()
	ctx := context.Background()
	out, err := h.Invoke(ctx, payload)
	if err != nil || !strings.Contains(string(out), want) {
		b.Fatalf("%s, %v", out, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(ctx, payload); err != nil {
			b.Fatal(err)
		}
	}
}

const seattle = `"statusCode":200`

// BenchmarkGet is GET /cities/seattle, bytes to bytes.
func BenchmarkGet(b *testing.B) {
	b.Run("chalicefile", func(b *testing.B) { run(b, generated(b, nil), getEvent, seattle) })
	b.Run("cors", func(b *testing.B) { run(b, generated(b, cors), getEvent, seattle) })
	b.Run("error", func(b *testing.B) { run(b, generated(b, nil), event(b, city("boston")), `"statusCode":400`) })
	b.Run("typed", func(b *testing.B) { run(b, typed(), getEvent, seattle) })
	b.Run("chi", func(b *testing.B) { run(b, proxied(), getEvent, seattle) })
}

var cors = &lambdamain.CORS{AllowOrigin: []string{"*"},
	AllowHeaders: "Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key", AllowMethods: "GET,OPTIONS"}

// BenchmarkPost is a POST of 10 KB of JSON that is sent back, next to the
// decoding and encoding of that body alone.
func BenchmarkPost(b *testing.B) {
	payload, body := postEvent(b), orderJSON(b)
	b.Logf("body of %d bytes", len(body))
	b.Run("chalicefile", func(b *testing.B) { run(b, generated(b, nil), payload, seattle) })
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var o Order
			if err := json.Unmarshal(body, &o); err != nil {
				b.Fatal(err)
			}
			var buf bytes.Buffer
			if err := json.NewEncoder(&buf).Encode(o); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("typed", func(b *testing.B) { run(b, typed(), payload, seattle) })
}

// TestAllocations holds the promises that need no clock: at most 12 allocations,
// none of which grows with the number of headers.
func TestAllocations(t *testing.T) {
	count := func(payload []byte) float64 {
		h := generated(t, nil)
		return testing.AllocsPerRun(200, func() { _, _ = h.Invoke(context.Background(), payload) })
	}
	few := count(getEvent)
	headers := map[string][]string{}
	for i := range 200 {
		headers[strings.Repeat("x", i+1)] = []string{"1", "2"}
	}
	many := count(event(t, map[string]any{"multiValueHeaders": headers}))
	if few > 12 || many > few {
		t.Errorf("%v allocations, %v with 200 headers; want at most 12 and no more", few, many)
	}
}

package sqs

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

func TestPlan(t *testing.T) {
	n := func(n int) *int { return &n }
	for _, c := range []struct {
		name   string
		source Source
		want   string
	}{
		{"name", Source{Queue: "q"}, `event-source-mapping/shop-dev-f
	source: (arn of queue/q)
	batch_size: 10
	report_batch_item_failures: true
	after function/shop-dev-f
external queue/q for event-source-mapping/shop-dev-f at events.e.sqs.queue
`},
		{"ARN", Source{Queue: "arn:aws:sqs:eu-west-1:2:q.fifo"}, `event-source-mapping/shop-dev-f
	source: (arn of queue/arn:aws:sqs:eu-west-1:2:q.fifo)
	batch_size: 10
	report_batch_item_failures: true
	after function/shop-dev-f
external queue/arn:aws:sqs:eu-west-1:2:q.fifo for event-source-mapping/shop-dev-f at events.e.sqs.queue
`},
		{"all", Source{
			Queue: "q", BatchSize: n(50), MaximumBatchingWindow: n(5), MaximumConcurrency: n(7), Enabled: new(bool),
			Filters: [][]byte{[]byte(`{ "body": {"b": ["<"], "a": [1.50]} }`), []byte(`{"messageId":["x"]}`)},
		}, `event-source-mapping/shop-dev-f
	source: (arn of queue/q)
	batch_size: 50
	maximum_batching_window: 5
	maximum_concurrency: 7
	filters: {"body":{"a":[1.50],"b":["<"]}} {"messageId":["x"]}
	disabled: true
	report_batch_item_failures: true
	after function/shop-dev-f
external queue/q for event-source-mapping/shop-dev-f at events.e.sqs.queue
`},
	} {
		got := sourcetest.Planned(plan(source.Entry{Name: "e", Source: &c.source}, sourcetest.Target()))
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

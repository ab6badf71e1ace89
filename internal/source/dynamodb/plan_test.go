package dynamodb

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

func TestPlan(t *testing.T) {
	n, yes := func(n int) *int { return &n }, true
	for _, c := range []struct {
		name   string
		source Source
		want   string
	}{
		{"name", Source{Table: "orders"}, `event-source-mapping/shop-dev-f
	source: (stream_arn of table/orders)
	batch_size: 100
	report_batch_item_failures: true
	starting_position: LATEST
	after function/shop-dev-f
external table/orders for event-source-mapping/shop-dev-f at events.e.dynamodb.table
`},
		{"ARN", Source{Table: "arn:aws:dynamodb:us-east-1:2:table/orders/stream/2026"}, `event-source-mapping/shop-dev-f
	source: arn:aws:dynamodb:us-east-1:2:table/orders/stream/2026
	batch_size: 100
	report_batch_item_failures: true
	starting_position: LATEST
	after function/shop-dev-f
`},
		{"all", Source{
			Table: "orders", BatchSize: n(50), MaximumBatchingWindow: n(5), ParallelizationFactor: n(3), MaximumRetryAttempts: n(0), BisectBatchOnError: &yes,
			OnFailureARN: "arn:aws:sqs:eu-west-1:1:dead", StartingPosition: "TRIM_HORIZON", Enabled: new(bool), Filters: [][]byte{[]byte(`{"eventName": ["INSERT"]}`)},
		}, `event-source-mapping/shop-dev-f
	source: (stream_arn of table/orders)
	batch_size: 50
	maximum_batching_window: 5
	filters: {"eventName":["INSERT"]}
	disabled: true
	report_batch_item_failures: true
	starting_position: TRIM_HORIZON
	parallelization_factor: 3
	maximum_retry_attempts: 0
	bisect_batch_on_error: true
	on_failure_arn: arn:aws:sqs:eu-west-1:1:dead
	after function/shop-dev-f
external table/orders for event-source-mapping/shop-dev-f at events.e.dynamodb.table
`},
		{"as by default", Source{Table: "orders", MaximumRetryAttempts: n(-1), Enabled: &yes}, `event-source-mapping/shop-dev-f
	source: (stream_arn of table/orders)
	batch_size: 100
	report_batch_item_failures: true
	starting_position: LATEST
	after function/shop-dev-f
external table/orders for event-source-mapping/shop-dev-f at events.e.dynamodb.table
`},
	} {
		got := sourcetest.Planned(plan(source.Entry{Name: "e", Source: &c.source}, sourcetest.Target()))
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

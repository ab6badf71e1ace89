// Package dynamodb is the event source "dynamodb": changes of a table.
package dynamodb

import (
	_ "embed"

	"github.com/chalicefile/chalicefile/internal/source"
)

//go:embed schema.json
var schema []byte

// Source is the mapping under the key dynamodb.
type Source struct {
	Table                 string   `yaml:"table"`                   // name, or ARN of its stream
	BatchSize             *int     `yaml:"batch_size"`              // nil: 100
	StartingPosition      string   `yaml:"starting_position"`       // "": LATEST
	MaximumBatchingWindow *int     `yaml:"maximum_batching_window"` // seconds
	ParallelizationFactor *int     `yaml:"parallelization_factor"`
	MaximumRetryAttempts  *int     `yaml:"maximum_retry_attempts"`
	BisectBatchOnError    *bool    `yaml:"bisect_batch_on_error"`
	OnFailureARN          string   `yaml:"on_failure_arn"`
	Filters               [][]byte `yaml:"filters"` // each the JSON of a pattern
	Enabled               *bool    `yaml:"enabled"` // nil: true
}

// Descriptor describes the source.
func Descriptor() source.Descriptor {
	return source.Descriptor{
		Kind:   "dynamodb",
		New:    func() any { return new(Source) },
		Schema: schema,
		Check:  check,
		Shape: source.Shape{
			Event:           "events.DynamoDBEvent",
			Record:          "events.DynamoDBEventRecord",
			Payload:         source.ChangePayload,
			Ordered:         true,
			PartialFailures: true,
			Response:        "events.DynamoDBEventResponse",
		},
		Statements: statements,
		Plan:       plan,
		Sample:     sample,
	}
}

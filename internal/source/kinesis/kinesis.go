// Package kinesis is the event source "kinesis": records of a data stream.
package kinesis

import (
	_ "embed"

	"github.com/chalicefile/chalicefile/internal/source"
)

//go:embed schema.json
var schema []byte

// Source is the mapping under the key kinesis.
type Source struct {
	Stream                string   `yaml:"stream"`                  // name or ARN
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
		Kind:   "kinesis",
		New:    func() any { return new(Source) },
		Schema: schema,
		Check:  check,
		Shape: source.Shape{
			Event:           "events.KinesisEvent",
			Record:          "events.KinesisEventRecord",
			Payload:         source.BytesPayload,
			Ordered:         true,
			PartialFailures: true,
			Response:        "events.KinesisEventResponse",
		},
		Statements: statements,
		Plan:       plan,
		Sample:     sample,
	}
}

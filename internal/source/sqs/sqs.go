// Package sqs is the event source "sqs": messages of a queue.
package sqs

import (
	_ "embed"

	"github.com/chalicefile/chalicefile/internal/source"
)

//go:embed schema.json
var schema []byte

// Source is the mapping under the key sqs.
type Source struct {
	Queue                 string   `yaml:"queue"`                   // name or ARN
	BatchSize             *int     `yaml:"batch_size"`              // nil: 10
	MaximumBatchingWindow *int     `yaml:"maximum_batching_window"` // seconds
	MaximumConcurrency    *int     `yaml:"maximum_concurrency"`
	Filters               [][]byte `yaml:"filters"` // each the JSON of a pattern
	Enabled               *bool    `yaml:"enabled"` // nil: true
}

// DefaultBatchSize holds where the file sets none.
const DefaultBatchSize = 10

// Descriptor describes the source.
func Descriptor() source.Descriptor {
	return source.Descriptor{
		Kind:   "sqs",
		New:    func() any { return new(Source) },
		Schema: schema,
		Check:  check,
		Shape: source.Shape{
			Event:           "events.SQSEvent",
			Record:          "events.SQSMessage",
			Payload:         source.JSONPayload,
			PartialFailures: true,
			Response:        "events.SQSEventResponse",
			Nested: []string{
				"events.S3Event", "handlerkit.S3Object", "events.SNSEntity", "handlerkit.Event",
			},
		},
		Statements: statements,
		Plan:       plan,
		Sample:     sample,
	}
}

// Package sns is the event source "sns": messages of a topic.
package sns

import (
	_ "embed"

	"github.com/chalicefile/chalicefile/internal/source"
)

//go:embed schema.json
var schema []byte

// Source is the mapping under the key sns.
type Source struct {
	Topic              string `yaml:"topic"`               // name or ARN
	FilterPolicy       []byte `yaml:"filter_policy"`       // JSON
	FilterPolicyScope  string `yaml:"filter_policy_scope"` // MessageAttributes ("") or MessageBody
	DeadLetterQueueARN string `yaml:"dead_letter_queue_arn"`
}

// Descriptor describes the source.
func Descriptor() source.Descriptor {
	return source.Descriptor{
		Kind:   "sns",
		New:    func() any { return new(Source) },
		Schema: schema,
		Check:  check,
		Shape: source.Shape{
			Event:   "events.SNSEvent",
			Record:  "events.SNSEntity",
			Payload: source.JSONPayload,
		},
		Plan:   plan,
		Sample: sample,
	}
}

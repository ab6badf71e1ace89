// Package eventbridge is the event source "eventbridge": events of a bus that
// match a pattern.
package eventbridge

import (
	_ "embed"

	"github.com/chalicefile/chalicefile/internal/source"
)

//go:embed schema.json
var schema []byte

// Source is the mapping under the key eventbridge.
type Source struct {
	Pattern     []byte `yaml:"pattern"` // JSON
	Bus         string `yaml:"bus"`     // "": default
	Description string `yaml:"description"`
	Enabled     *bool  `yaml:"enabled"` // nil: true
}

// DefaultBus holds where the file names none.
const DefaultBus = "default"

// Descriptor describes the source.
func Descriptor() source.Descriptor {
	return source.Descriptor{
		Kind:   "eventbridge",
		New:    func() any { return new(Source) },
		Schema: schema,
		Check:  check,
		Shape: source.Shape{
			Event:   "events.EventBridgeEvent",
			Payload: source.DetailPayload,
		},
		Plan:   plan,
		Sample: sample,
	}
}

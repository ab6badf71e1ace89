// Package schedule is the entries of schedules as an event source: a function
// run by time. It has no key of its own under events.
package schedule

import "github.com/chalicefile/chalicefile/internal/source"

// Descriptor describes the source.
func Descriptor() source.Descriptor {
	return source.Descriptor{
		Kind: "schedule",
		Shape: source.Shape{
			Event:   "events.EventBridgeEvent",
			Payload: source.InputPayload,
		},
		Sample: sample,
	}
}

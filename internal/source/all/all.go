// Package all is the explicit list of event sources.
package all

import (
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/dynamodb"
	"github.com/chalicefile/chalicefile/internal/source/eventbridge"
	"github.com/chalicefile/chalicefile/internal/source/kinesis"
	"github.com/chalicefile/chalicefile/internal/source/s3"
	"github.com/chalicefile/chalicefile/internal/source/schedule"
	"github.com/chalicefile/chalicefile/internal/source/sns"
	"github.com/chalicefile/chalicefile/internal/source/sqs"
)

// List is every event source in the order of the documentation; "schedule" is
// the one that is no key under events.
func List() []source.Descriptor {
	return []source.Descriptor{
		s3.Descriptor(),
		sqs.Descriptor(),
		sns.Descriptor(),
		kinesis.Descriptor(),
		dynamodb.Descriptor(),
		eventbridge.Descriptor(),
		schedule.Descriptor(),
	}
}

// Find is the source of a kind.
func Find(kind string) (source.Descriptor, bool) {
	for _, d := range List() {
		if d.Kind == kind {
			return d, true
		}
	}
	return source.Descriptor{}, false
}

// Events are the sources that are keys under events.
func Events() []source.Descriptor {
	var events []source.Descriptor
	for _, d := range List() {
		if d.New != nil {
			events = append(events, d)
		}
	}
	return events
}

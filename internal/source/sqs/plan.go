package sqs

import (
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// plan has Lambda take messages from the queue. The queue is looked up also
// where it is given by its ARN: its visibility timeout must fit the function.
// The runtime answers which messages failed, whatever form the handler has.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	queue := resource.ID{Kind: resource.KindQueue, Name: s.Queue}
	m := &resource.Mapping{
		Function:                t.Function,
		Source:                  resource.Attr(queue, resource.AttrARN),
		BatchSize:               source.Or(s.BatchSize, DefaultBatchSize),
		MaximumBatchingWindow:   source.Or(s.MaximumBatchingWindow, 0),
		MaximumConcurrency:      source.Or(s.MaximumConcurrency, 0),
		Filters:                 source.CanonicalAll(s.Filters),
		Disabled:                !source.Or(s.Enabled, true),
		ReportBatchItemFailures: true,
		Tags:                    t.Tags,
	}
	return source.Planned{
		Resources: []resource.Resource{m},
		External:  []resource.External{{ID: queue, For: m.ID(), Path: t.Path + ".sqs.queue"}},
	}
}

package sqs

import (
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/pattern"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// parts of a message that filters may look at.
var parts = []string{
	"body", "messageAttributes", "attributes", "messageId", "receiptHandle", "md5OfBody", "eventSource", "eventSourceARN", "awsRegion",
}

// maxWithoutWindow is how large a batch may be that nothing waits for, and any
// of a FIFO queue.
const maxWithoutWindow = 10

func check(_ *spec.App, entries []source.Entry, out *diag.List) {
	for i, e := range entries {
		s := e.Source.(*Source)
		s.checkBatch(e.Name, out)
		pattern.CheckFilters(diag.Path{"events", e.Name, "sqs", "filters"}, s.Filters, parts, "body", out)
		for _, other := range entries[:i] {
			if s.Queue != "" && source.SameResource(s.Queue, other.Source.(*Source).Queue) {
				shared(e.Name, other.Name, s.Queue, out)
				break
			}
		}
	}
}

func (s *Source) fifo() bool { return strings.HasSuffix(s.Queue, ".fifo") }

func (s *Source) checkBatch(name string, out *diag.List) {
	at := func(key string) diag.At { return diag.Value("events", name, "sqs", key) }
	large := s.BatchSize != nil && *s.BatchSize > maxWithoutWindow
	if s.fifo() {
		if large {
			out.Err("fifo-queue", at("batch_size"), fmt.Sprintf("a FIFO queue gives %d messages at most, not %d", maxWithoutWindow, *s.BatchSize)).
				WithHint("write 10 or less")
		}
		if s.MaximumBatchingWindow != nil {
			out.Err("fifo-queue", diag.Key("events", name, "sqs", "maximum_batching_window"), "a FIFO queue has no batching window").
				WithHint("take the key away")
		}
		return
	}
	if large && (s.MaximumBatchingWindow == nil || *s.MaximumBatchingWindow < 1) {
		out.Err("batch-needs-window", at("batch_size"), fmt.Sprintf("a batch of %d messages needs a maximum_batching_window of 1 or more", *s.BatchSize)).
			WithHint(fmt.Sprintf("add maximum_batching_window: 1, or take %d messages at most", maxWithoutWindow))
	}
}

// shared warns of two functions on one queue: each message reaches one of them.
func shared(name, other, queue string, out *diag.List) {
	at := func(name string) diag.At { return diag.Value("events", name, "sqs", "queue") }
	out.Warn("shared-queue", at(name), fmt.Sprintf("%q and %q take messages from one queue, %q: each message reaches one of them", name, other, source.ResourceName(queue))).
		WithHint("give each a queue of its own, both subscribed to one topic").
		WithRelated(at(other), "the other one").AsConflict()
}

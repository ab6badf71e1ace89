package sqs

import (
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/policy"
)

// statements let Lambda take messages from the queue.
func statements(e source.Entry, at source.Place) []policy.Statement {
	s := e.Source.(*Source)
	return []policy.Statement{source.Allow(at.ARN("sqs", "", s.Queue),
		"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")}
}

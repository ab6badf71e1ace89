package dynamodb

import (
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/policy"
)

// statements let Lambda read the table's stream, and tell of failures. The name
// of the newest stream, a time, is not known: it changes when the stream is
// turned off and on again.
func statements(e source.Entry, at source.Place) []policy.Statement {
	s := e.Source.(*Source)
	stream := s.Table
	if arn := at.ARN("dynamodb", "table/", s.Table); arn != s.Table {
		stream = arn + "/stream/*"
	}
	list := []policy.Statement{
		source.Allow(stream, "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
		source.Allow("*", "dynamodb:ListStreams"), // knows no resources
	}
	return append(list, source.Deliver(s.OnFailureARN)...)
}

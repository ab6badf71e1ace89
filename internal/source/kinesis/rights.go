package kinesis

import (
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/policy"
)

// statements let Lambda read the stream, or a consumer of it with a throughput
// of its own, and tell of failures.
func statements(e source.Entry, at source.Place) []policy.Statement {
	s := e.Source.(*Source)
	arn := at.ARN("kinesis", "stream/", s.Stream)
	stream, _, isConsumer := strings.Cut(arn, "/consumer/")
	list := []policy.Statement{
		source.Allow(stream, "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream",
			"kinesis:DescribeStreamSummary", "kinesis:ListShards"),
		source.Allow("*", "kinesis:ListStreams"), // knows no resources
	}
	if isConsumer {
		list = append(list, source.Allow(arn, "kinesis:SubscribeToShard", "kinesis:DescribeStreamConsumer"))
	}
	return append(list, source.Deliver(s.OnFailureARN)...)
}

package kinesis

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

func TestStatements(t *testing.T) {
	for _, c := range []struct {
		source Source
		want   string
	}{
		{Source{Stream: "s"}, `Allow kinesis:GetRecords kinesis:GetShardIterator kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:ListShards on arn:aws:kinesis:*:1:stream/s
Allow kinesis:ListStreams on *
`},
		{Source{Stream: "arn:aws:kinesis:eu-west-1:2:stream/s/consumer/c:3", OnFailureARN: "arn:aws:sns:eu-west-1:2:t"}, `Allow kinesis:GetRecords kinesis:GetShardIterator kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:ListShards on arn:aws:kinesis:eu-west-1:2:stream/s
Allow kinesis:ListStreams on *
Allow kinesis:SubscribeToShard kinesis:DescribeStreamConsumer on arn:aws:kinesis:eu-west-1:2:stream/s/consumer/c:3
Allow sns:Publish on arn:aws:sns:eu-west-1:2:t
`},
	} {
		got := sourcetest.Allowed(statements(source.Entry{Source: &c.source}, source.Place{Partition: "aws", Region: "*", Account: "1"}))
		if got != c.want {
			t.Errorf("%+v: got\n%swant\n%s", c.source, got, c.want)
		}
	}
}

package dynamodb

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
		{Source{Table: "t"}, `Allow dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:DescribeStream on arn:aws:dynamodb:*:1:table/t/stream/*
Allow dynamodb:ListStreams on *
`},
		{Source{Table: "arn:aws:dynamodb:eu-west-1:2:table/t/stream/2026-01-01T00:00:00.000", OnFailureARN: "arn:aws:s3:::b"}, `Allow dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:DescribeStream on arn:aws:dynamodb:eu-west-1:2:table/t/stream/2026-01-01T00:00:00.000
Allow dynamodb:ListStreams on *
Allow s3:ListBucket on arn:aws:s3:::b
Allow s3:PutObject on arn:aws:s3:::b/*
`},
	} {
		got := sourcetest.Allowed(statements(source.Entry{Source: &c.source}, source.Place{Partition: "aws", Region: "*", Account: "1"}))
		if got != c.want {
			t.Errorf("%+v: got\n%swant\n%s", c.source, got, c.want)
		}
	}
}

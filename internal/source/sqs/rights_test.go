package sqs

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
		{Source{Queue: "q"}, `Allow sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on arn:aws:sqs:*:1:q
`},
		{Source{Queue: "arn:aws:sqs:eu-west-1:2:q.fifo"}, `Allow sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on arn:aws:sqs:eu-west-1:2:q.fifo
`},
	} {
		got := sourcetest.Allowed(statements(source.Entry{Source: &c.source}, source.Place{Partition: "aws", Region: "*", Account: "1"}))
		if got != c.want {
			t.Errorf("%+v: got\n%swant\n%s", c.source, got, c.want)
		}
	}
}

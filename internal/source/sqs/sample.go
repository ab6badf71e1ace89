package sqs

import (
	"crypto/md5" //nolint:gosec // what SQS itself tells of a body
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/chalicefile/chalicefile/internal/source"
)

// sample has a message for each body.
func sample(o source.SampleOptions) []byte {
	o = o.WithDefaults(`{"message":"hello"}`)
	s, _ := o.Source.(*Source)
	if s == nil {
		s = &Source{Queue: "my-queue-name"}
	}
	var records []any
	for i, body := range o.Bodies {
		sum := md5.Sum([]byte(body)) //nolint:gosec // as above
		attributes := map[string]any{
			"ApproximateReceiveCount":          "1",
			"SentTimestamp":                    strconv.Itoa(source.SampleMillis),
			"SenderId":                         "AIDAEXAMPLE",
			"ApproximateFirstReceiveTimestamp": strconv.Itoa(source.SampleMillis + 1),
		}
		if s.fifo() {
			attributes["MessageGroupId"] = "1"
			attributes["MessageDeduplicationId"] = hex.EncodeToString(sum[:])
			attributes["SequenceNumber"] = fmt.Sprintf("1884949646046769%04d", i)
		}
		records = append(records, map[string]any{
			"messageId":         source.SampleID(i),
			"receiptHandle":     "AQEBsample" + strconv.Itoa(i),
			"body":              body,
			"attributes":        attributes,
			"messageAttributes": map[string]any{},
			"md5OfBody":         hex.EncodeToString(sum[:]),
			"eventSource":       "aws:sqs",
			"eventSourceARN":    o.ARN("sqs", "", s.Queue),
			"awsRegion":         o.Region,
		})
	}
	return source.Records(records)
}

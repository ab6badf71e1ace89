package kinesis

import (
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
)

// sample has a record for each body, which is its data.
func sample(o source.SampleOptions) []byte {
	o = o.WithDefaults(`{"message":"hello"}`)
	s, _ := o.Source.(*Source)
	if s == nil {
		s = &Source{Stream: "my-stream"}
	}
	stream, _, _ := strings.Cut(o.ARN("kinesis", "stream/", s.Stream), "/consumer/")
	var records []any
	for i, data := range o.Bodies {
		sequence := fmt.Sprintf("4959033827149025660855969253836157109592157598913615%04d", i)
		records = append(records, map[string]any{
			"kinesis": map[string]any{
				"kinesisSchemaVersion":        "1.0",
				"partitionKey":                "1",
				"sequenceNumber":              sequence,
				"data":                        []byte(data),
				"approximateArrivalTimestamp": float64(source.SampleSeconds),
			},
			"eventSource":       "aws:kinesis",
			"eventVersion":      "1.0",
			"eventID":           "shardId-000000000000:" + sequence,
			"eventName":         "aws:kinesis:record",
			"invokeIdentityArn": "arn:aws:iam::" + o.Account + ":role/sample",
			"awsRegion":         o.Region,
			"eventSourceARN":    stream,
		})
	}
	return source.Records(records)
}

package sns

import "github.com/chalicefile/chalicefile/internal/source"

// sample has a record for each body, which is a message.
func sample(o source.SampleOptions) []byte {
	o = o.WithDefaults(`{"message":"hello"}`)
	s, _ := o.Source.(*Source)
	if s == nil {
		s = &Source{Topic: "my-topic-name"}
	}
	topic := o.ARN("sns", "", s.Topic)
	host := "https://sns." + o.Region + ".amazonaws.com/"
	var records []any
	for i, message := range o.Bodies {
		records = append(records, map[string]any{
			"EventSource":          "aws:sns",
			"EventVersion":         "1.0",
			"EventSubscriptionArn": topic + ":" + source.SampleID(99),
			"Sns": map[string]any{
				"Type":              "Notification",
				"MessageId":         source.SampleID(i),
				"TopicArn":          topic,
				"Subject":           nil,
				"Message":           message,
				"Timestamp":         source.SampleTime,
				"SignatureVersion":  "1",
				"Signature":         "EXAMPLE",
				"SigningCertUrl":    host + "SimpleNotificationService-sample.pem",
				"UnsubscribeUrl":    host + "?Action=Unsubscribe&SubscriptionArn=" + topic + ":" + source.SampleID(99),
				"MessageAttributes": map[string]any{},
			},
		})
	}
	return source.Records(records)
}

package all_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/internal/source/all"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

// instance makes a value of a type that a Shape may name.
func instance(name string) any {
	switch name {
	case "events.S3Event":
		return new(events.S3Event)
	case "events.SQSEvent":
		return new(events.SQSEvent)
	case "events.SQSMessage":
		return new(events.SQSMessage)
	case "events.SQSEventResponse":
		return new(events.SQSEventResponse)
	case "events.SNSEvent":
		return new(events.SNSEvent)
	case "events.SNSEntity":
		return new(events.SNSEntity)
	case "events.KinesisEvent":
		return new(events.KinesisEvent)
	case "events.KinesisEventRecord":
		return new(events.KinesisEventRecord)
	case "events.KinesisEventResponse":
		return new(events.KinesisEventResponse)
	case "events.DynamoDBEvent":
		return new(events.DynamoDBEvent)
	case "events.DynamoDBEventRecord":
		return new(events.DynamoDBEventRecord)
	case "events.DynamoDBEventResponse":
		return new(events.DynamoDBEventResponse)
	case "events.EventBridgeEvent":
		return new(events.EventBridgeEvent)
	case "handlerkit.S3Object":
		return new(handlerkit.S3Object)
	case "handlerkit.Event":
		return new(handlerkit.Event[any])
	}
	return nil
}

func TestComply(t *testing.T) {
	for _, d := range all.List() {
		sourcetest.Comply(t, d, instance)
	}
}

func TestList(t *testing.T) {
	var kinds []string
	for _, d := range all.List() {
		if slices.Contains(kinds, d.Kind) {
			t.Errorf("%s is listed twice", d.Kind)
		}
		kinds = append(kinds, d.Kind)
		if found, ok := all.Find(d.Kind); !ok || found.Kind != d.Kind {
			t.Errorf("%s is not found", d.Kind)
		}
	}
	if _, ok := all.Find("s4"); ok {
		t.Error("s4 is found")
	}
	if len(all.Events())+1 != len(kinds) {
		t.Errorf("%d of %d kinds are keys under events", len(all.Events()), len(kinds))
	}
}

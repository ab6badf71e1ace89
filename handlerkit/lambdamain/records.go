package lambdamain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// fifoGroup is the attribute of a message that names its group.
const fifoGroup = "MessageGroupId"

// failures is the answer that says which records are to be retried.
type failures struct {
	Items []failure `json:"batchItemFailures"`
}

type failure struct {
	ID string `json:"itemIdentifier"`
}

func (f *failures) add(id string) { f.Items = append(f.Items, failure{id}) }

// one runs the handler of one record and says whether the record is done.
func one(ctx context.Context, id string, call func() error) bool {
	_, err := isolated(ctx, func() (any, error) { return nil, call() })
	switch {
	case err == nil:
		return true
	case handlerkit.IsDrop(err):
		slog.ErrorContext(ctx, "the record is dropped", "record", id, "error", errorText(err))
		return true
	}
	slog.ErrorContext(ctx, "the record failed", "record", id, "error", errorText(err))
	return false
}

// batch runs the records of a whole event. Group says which records are
// ordered among each other; where it is "", a record stands alone.
func batch[E, R any](records func(E) []R, id, group func(R) string, f func(context.Context, R) error) lambda.Handler {
	return handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		// Decoding may panic on events that AWS does not send.
		list, err := isolated(ctx, func() (any, error) {
			event, err := decode[E](payload)
			return records(event), err
		})
		if err != nil {
			return nil, failed(ctx, err)
		}
		out := failures{Items: []failure{}}
		stopped := map[string]bool{}
		for _, r := range list.([]R) {
			g := group(r)
			if g != "" && stopped[g] {
				out.add(id(r))
				continue
			}
			if !one(ctx, id(r), func() error { return f(ctx, r) }) {
				stopped[g] = true
				out.add(id(r))
			}
		}
		return json.Marshal(out)
	})
}

// SQS calls f for each message and reports those that failed. In a FIFO queue
// nothing of a message group runs after one of it has failed.
func SQS(f func(context.Context, events.SQSMessage) error) lambda.Handler {
	return batch(
		func(e events.SQSEvent) []events.SQSMessage { return e.Records },
		func(m events.SQSMessage) string { return m.MessageId },
		func(m events.SQSMessage) string {
			if strings.HasSuffix(m.EventSourceARN, ".fifo") {
				return "group " + m.Attributes[fifoGroup]
			}
			return ""
		}, f)
}

// Kinesis calls f for each record and stops at the first that fails.
func Kinesis(f func(context.Context, events.KinesisEventRecord) error) lambda.Handler {
	return batch(
		func(e events.KinesisEvent) []events.KinesisEventRecord { return e.Records },
		func(r events.KinesisEventRecord) string { return r.Kinesis.SequenceNumber },
		func(events.KinesisEventRecord) string { return "stream" }, f)
}

// DynamoDB calls f for each record and stops at the first that fails.
func DynamoDB(f func(context.Context, events.DynamoDBEventRecord) error) lambda.Handler {
	return batch(
		func(e events.DynamoDBEvent) []events.DynamoDBEventRecord { return e.Records },
		func(r events.DynamoDBEventRecord) string { return r.Change.SequenceNumber },
		func(events.DynamoDBEventRecord) string { return "stream" }, f)
}

// all runs every record of an event that is retried as a whole: one that fails
// does not keep the others from running.
func all[R any](ctx context.Context, records []R, f func(context.Context, R) (any, error)) ([]byte, error) {
	var faults []error
	for _, r := range records {
		_, err := isolated(ctx, func() (any, error) { return logged(ctx)(f(ctx, r)) })
		switch {
		case err == nil:
		case handlerkit.IsDrop(err):
			slog.ErrorContext(ctx, "the record is dropped", "error", errorText(err))
		default:
			logFailed(ctx, err)
			faults = append(faults, err)
		}
	}
	switch len(faults) {
	case 0:
		return []byte("null"), nil
	case 1:
		return nil, told(faults[0])
	}
	return nil, told(errors.Join(faults...))
}

// S3 calls f for each object of an event.
func S3(f func(context.Context, handlerkit.S3Object) (any, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		event, err := decode[events.S3Event](payload)
		if err != nil {
			return nil, failed(ctx, err)
		}
		return all(ctx, s3Objects(event), f)
	})
}

// SNS calls f for each message of an event.
func SNS(f func(context.Context, events.SNSEntity) (any, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		event, err := decode[events.SNSEvent](payload)
		if err != nil {
			return nil, failed(ctx, err)
		}
		entities := make([]events.SNSEntity, len(event.Records))
		for i, r := range event.Records {
			entities[i] = r.SNS
		}
		return all(ctx, entities, f)
	})
}

func s3Objects(event events.S3Event) []handlerkit.S3Object {
	objects := make([]handlerkit.S3Object, len(event.Records))
	for i, r := range event.Records {
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil {
			key = r.S3.Object.Key
		}
		objects[i] = handlerkit.S3Object{
			Bucket: r.S3.Bucket.Name, Key: key, VersionID: r.S3.Object.VersionID, Size: r.S3.Object.Size,
			ETag: r.S3.Object.ETag, EventName: r.EventName, Time: r.EventTime,
		}
	}
	return objects
}

// NestedS3Event reads an event of S3 from a message. S3's own test message is
// to be skipped.
func NestedS3Event(body string) (event events.S3Event, skip bool, err error) {
	var test events.S3TestEvent
	if json.Unmarshal([]byte(body), &test) == nil && test.Event == "s3:TestEvent" {
		return event, true, nil
	}
	if event, err = DecodeJSON[events.S3Event](body); err == nil && event.Records == nil {
		err = fmt.Errorf("the record is no event of S3: it has no Records")
	}
	return event, false, err
}

// NestedS3Objects reads the objects of an event of S3 from a message.
func NestedS3Objects(body string) (objects []handlerkit.S3Object, skip bool, err error) {
	event, skip, err := NestedS3Event(body)
	return s3Objects(event), skip, err
}

// NestedSNS reads a message of SNS from a message of a queue.
func NestedSNS(body string) (entity events.SNSEntity, skip bool, err error) {
	entity, err = DecodeJSON[events.SNSEntity](body)
	if err == nil && entity.MessageID == "" {
		err = errors.New("the record is no message of SNS: it has no MessageId (is raw message delivery on?)")
	}
	return entity, false, err
}

// NestedEvent reads an event of EventBridge from a message of a queue.
func NestedEvent[T any](body string) (event handlerkit.Event[T], skip bool, err error) {
	event, err = DecodeJSON[handlerkit.Event[T]](body)
	return event, false, err
}

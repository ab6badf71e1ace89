package handlertest

import (
	"encoding/json"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/internal/local"
	"github.com/chalicefile/chalicefile/internal/sample"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/dynamodb"
	"github.com/chalicefile/chalicefile/internal/source/eventbridge"
	"github.com/chalicefile/chalicefile/internal/source/kinesis"
	"github.com/chalicefile/chalicefile/internal/source/s3"
	"github.com/chalicefile/chalicefile/internal/source/schedule"
	"github.com/chalicefile/chalicefile/internal/source/sns"
	"github.com/chalicefile/chalicefile/internal/source/sqs"
)

// JSON is an event, or what a function returned.
type JSON = json.RawMessage

// SQS is an event of a queue, with a message for each body.
func SQS(bodies ...string) JSON {
	return sqs.Descriptor().Sample(source.SampleOptions{Bodies: bodies})
}

// SNS is an event of a topic, with a record for each message.
func SNS(messages ...string) JSON {
	return sns.Descriptor().Sample(source.SampleOptions{Bodies: messages})
}

// Kinesis is an event of a stream, with a record for each datum.
func Kinesis(data ...string) JSON {
	return kinesis.Descriptor().Sample(source.SampleOptions{Bodies: data})
}

// S3 is an event of a bucket, with a record for each key of an object that was
// made. Keys are as people write them: the event has them encoded.
func S3(bucket string, keys ...string) JSON {
	return s3.Descriptor().Sample(source.SampleOptions{Source: &s3.Source{Bucket: bucket}, Bodies: keys})
}

// DynamoDB is an event of a table's stream, with a record for each item that
// was put, as a JSON object.
func DynamoDB(items ...string) JSON {
	return dynamodb.Descriptor().Sample(source.SampleOptions{Bodies: items})
}

// EventBridge is an event of a bus with a detail, which is sent as JSON.
func EventBridge(detail any) JSON {
	data, err := encode(detail)
	if err != nil {
		panic("handlertest.EventBridge: " + err.Error())
	}
	return eventbridge.Descriptor().Sample(source.SampleOptions{Bodies: []string{string(data)}})
}

// Schedule is the event of a schedule that has no input of its own.
func Schedule() JSON { return schedule.Descriptor().Sample(source.SampleOptions{}) }

// Route says of which route a request of NewRequest is, "/cities/{city}": path
// parameters are then those of the request's path.
func Route(path string) RequestOption { return func(o *requestOptions) { o.resource = path } }

// AuthorizedAs gives a request of NewRequest what an authorizer said.
func AuthorizedAs(authorizer map[string]any) RequestOption {
	return func(o *requestOptions) { o.authorizer = authorizer }
}

// NewRequest makes a request for the unit test of a handler that takes one.
// Target is a path, with or without a query; for body see App.Request. As
// httptest.NewRequest it panics on arguments that make no request.
func NewRequest(method, target string, body any, opts ...RequestOption) *handlerkit.Request {
	o := optionsOf(opts)
	data, err := encodeBody(body, o.header)
	if err != nil {
		panic("handlertest.NewRequest: " + err.Error())
	}
	event, err := sample.REST(sample.Request{
		Method: method, Target: target, Resource: o.resource, Header: o.header, Body: data, Authorizer: o.authorizer,
	})
	if err != nil {
		panic("handlertest.NewRequest: " + err.Error())
	}
	req, err := handlerkit.NewRequest(event)
	if err != nil {
		panic("handlertest.NewRequest: " + err.Error())
	}
	return req
}

func functionError(name string, result local.Result) *FunctionError {
	failed := &FunctionError{Function: name, Log: string(result.Log)}
	if json.Unmarshal(result.Payload, failed) != nil || failed.Type == "" {
		failed.Type, failed.Message = result.FunctionError, string(result.Payload)
	}
	return failed
}

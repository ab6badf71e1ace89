package lambdamain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/chalicefile/chalicefile/handlerkit"
)

func call(h lambda.Handler, event string) string {
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "id-1"})
	out, err := h.Invoke(ctx, []byte(event))
	if e, ok := err.(messages.InvokeResponse_Error); ok {
		return fmt.Sprintf("error %s: %s", e.Type, e.Message)
	}
	if err != nil {
		return "error " + err.Error()
	}
	return string(out)
}

// misbehave does what a body says.
func misbehave(body string) error {
	switch body {
	case "error":
		return errors.New("failed")
	case "panic":
		panic("failed")
	case "goexit":
		runtime.Goexit()
	case "drop":
		return fmt.Errorf("handled: %w", handlerkit.Drop(errors.New("poison")))
	}
	return nil
}

func sqsEvent(arn string, bodies ...string) string {
	var e events.SQSEvent
	for i, b := range bodies {
		group, body, _ := strings.Cut(b, ":")
		e.Records = append(e.Records, events.SQSMessage{MessageId: fmt.Sprint("m", i), Body: body, EventSourceARN: arn, Attributes: map[string]string{"MessageGroupId": group}})
	}
	b, _ := json.Marshal(e)
	return string(b)
}

func TestSQS(t *testing.T) {
	log := journal(t)
	const standard, fifo = "arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs:us-east-1:1:q.fifo"
	tests := []struct {
		arn    string
		bodies []string
		ran    string
		want   []string
	}{
		{standard, []string{"a:ok", "a:ok"}, "m0 m1", nil},
		{standard, []string{"a:error", "a:ok", "a:panic", "a:goexit", "a:drop", "a:ok"}, "m0 m1 m2 m3 m4 m5", []string{"m0", "m2", "m3"}},
		{fifo, []string{"a:ok", "b:error", "a:ok", "b:ok", "c:drop", "c:ok", "b:ok"}, "m0 m1 m2 m4 m5", []string{"m1", "m3", "m6"}},
		{fifo, []string{"a:panic", "a:ok"}, "m0", []string{"m0", "m1"}},
		{standard, nil, "", nil},
	}
	for _, tt := range tests {
		var ran []string
		h := SQS(func(_ context.Context, m events.SQSMessage) error {
			ran = append(ran, m.MessageId)
			return misbehave(m.Body)
		})
		want := failures{Items: []failure{}}
		for _, id := range tt.want {
			want.add(id)
		}
		b, _ := json.Marshal(want)
		if got := call(h, sqsEvent(tt.arn, tt.bodies...)); got != string(b) {
			t.Errorf("%q: got %s, want %s", tt.bodies, got, b)
		}
		if got := strings.Join(ran, " "); got != tt.ran {
			t.Errorf("%q: ran %s, want %s", tt.bodies, got, tt.ran)
		}
	}
	for _, want := range []string{`"record":"m0","error":"failed","requestId":"id-1"`, `"error":"handled: poison"`, `panic: failed`, `runtime.Goexit`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %s:\n%s", want, log)
		}
	}
	if got := call(SQS(nil), `{"Records":1}`); !strings.HasPrefix(got, "error UnmarshalTypeError: the event does not fit events.SQSEvent: ") {
		t.Errorf("got %s", got)
	}
}

func TestStreams(t *testing.T) {
	journal(t)
	kinesis := `{"Records":[{"kinesis":{"sequenceNumber":"1","data":"b2s="}},{"kinesis":{"sequenceNumber":"2","data":"%s"}},{"kinesis":{"sequenceNumber":"3","data":"b2s="}}]}`
	h := Kinesis(func(_ context.Context, r events.KinesisEventRecord) error { return misbehave(string(r.Kinesis.Data)) })
	if got := call(h, fmt.Sprintf(kinesis, "b2s=")); got != `{"batchItemFailures":[]}` {
		t.Errorf("got %s", got)
	}
	if got := call(h, fmt.Sprintf(kinesis, "cGFuaWM=")); got != `{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"3"}]}` {
		t.Errorf("got %s", got)
	}
	dynamo := `{"Records":[{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","Keys":{"id":{"S":"ok"}}}},{"eventName":"MODIFY","dynamodb":{"SequenceNumber":"2","Keys":{"id":{"S":"error"}}}},{"dynamodb":{"SequenceNumber":"3","Keys":{"id":{"S":"ok"}}}}]}`
	type item struct {
		ID string `dynamodbav:"id"`
	}
	var names []string
	h = DynamoDB(func(_ context.Context, r events.DynamoDBEventRecord) error {
		c, err := DecodeChange[item](r)
		if err != nil {
			return err
		}
		names = append(names, c.Name)
		return misbehave(c.Keys.ID)
	})
	if got := call(h, dynamo); got != `{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"3"}]}` || strings.Join(names, " ") != "INSERT MODIFY" {
		t.Errorf("got %s, %q", got, names)
	}
	// aws-lambda-go panics on a set of something else than text.
	if got := call(h, `{"Records":[{"dynamodb":{"Keys":{"id":{"BS":[1]}}}}]}`); !strings.HasPrefix(got, "error panic: ") {
		t.Errorf("got %s", got)
	}
}

func TestS3(t *testing.T) {
	log := journal(t)
	event := `{"Records":[{"eventName":"ObjectCreated:Put","eventTime":"2026-01-02T03:04:05.000Z","s3":{"bucket":{"name":"b"},"object":{"key":"a+b%2Fc%C3%A9","size":7,"eTag":"e","versionId":"v"}}},
		{"s3":{"bucket":{"name":"b"},"object":{"key":"panic"}}},{"s3":{"bucket":{"name":"b"},"object":{"key":"error"}}},{"s3":{"bucket":{"name":"b"},"object":{"key":"drop"}}},{"s3":{"bucket":{"name":"b"},"object":{"key":"last"}}}]}`
	var keys []string
	h := S3(func(_ context.Context, o handlerkit.S3Object) (any, error) {
		keys = append(keys, o.Key)
		if o.Key == "a b/cé" && (o.Bucket != "b" || o.Size != 7 || o.ETag != "e" || o.VersionID != "v" || o.EventName != "ObjectCreated:Put" || o.Time.Year() != 2026) {
			t.Errorf("object %+v", o)
		}
		return o.Key, misbehave(o.Key)
	})
	if got := call(h, event); got != "error panic: panic: failed\nfailed" && !strings.Contains(got, "failed") {
		t.Errorf("got %s", got)
	}
	if strings.Join(keys, " ") != "a b/cé panic error drop last" || !strings.Contains(log.String(), `"level":"DEBUG","msg":"the handler's result","function":"api","result":"last"`) {
		t.Errorf("keys %q, log %s", keys, log)
	}
	if got := call(h, `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}`); got != "null" {
		t.Errorf("got %s", got)
	}
}

func TestSNS(t *testing.T) {
	h := SNS(func(_ context.Context, e events.SNSEntity) (any, error) { return nil, misbehave(e.Message) })
	event := `{"Records":[{"Sns":{"MessageId":"1","Message":"%s"}}]}`
	if got := call(h, fmt.Sprintf(event, "ok")); got != "null" {
		t.Errorf("got %s", got)
	}
	if got := call(h, fmt.Sprintf(event, "error")); got != "error errorString: failed" {
		t.Errorf("got %s", got)
	}
}

func TestNested(t *testing.T) {
	objects, skip, err := NestedS3Objects(`{"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"a+b"}}}]}`)
	if err != nil || skip || len(objects) != 1 || objects[0].Key != "a b" {
		t.Errorf("%v %v %v", objects, skip, err)
	}
	if _, skip, err = NestedS3Event(`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-02T03:04:05.000Z","Bucket":"b"}`); !skip || err != nil {
		t.Errorf("test event: %v %v", skip, err)
	}
	for _, body := range []string{`{}`, `x`, ``} {
		if _, skip, err = NestedS3Event(body); skip || err == nil {
			t.Errorf("%q: %v %v", body, skip, err)
		}
		if _, _, err = NestedSNS(body); err == nil {
			t.Errorf("%q is no message of SNS", body)
		}
	}
	entity, _, err := NestedSNS(`{"Type":"Notification","MessageId":"1","Message":"hi","SigningCertURL":"u"}`)
	if err != nil || entity.Message != "hi" || entity.SigningCertURL != "u" {
		t.Errorf("%+v %v", entity, err)
	}
	event, _, err := NestedEvent[map[string]int](`{"id":"1","detail-type":"t","time":"2026-01-02T03:04:05Z","detail":{"a":1}}`)
	if err != nil || event.Detail["a"] != 1 || event.DetailType != "t" || event.Time.Day() != 2 {
		t.Errorf("%+v %v", event, err)
	}
}

func TestInvokeAndEvent(t *testing.T) {
	log := journal(t)
	echo := func(_ context.Context, v map[string]any) (any, error) { return v, nil }
	for name, tt := range map[string]struct {
		h           lambda.Handler
		event, want string
	}{
		"echo":           {Invoke(echo), `{"a":"<b>"}`, `{"a":"<b>"}`},
		"misfit":         {Invoke(echo), `[1]`, "error UnmarshalTypeError: the event does not fit map[string]interface {}: json: cannot unmarshal array into Go value of type map[string]interface {}"},
		"nothing":        {InvokeEmpty(func(context.Context) (any, error) { return nil, nil }), `anything`, `null`},
		"raw":            {Invoke(func(_ context.Context, v json.RawMessage) (any, error) { return v, nil }), `{"a": 1}`, `{"a":1}`},
		"no JSON":        {InvokeEmpty(func(context.Context) (any, error) { return func() {}, nil }), ``, "error UnsupportedTypeError: the result is no JSON: json: unsupported type: func()"},
		"panic":          {InvokeEmpty(func(context.Context) (any, error) { panic("p") }), ``, "error panic: panic: p"},
		"panic in JSON":  {InvokeEmpty(func(context.Context) (any, error) { return badJSON{}, nil }), ``, "error panic: panic: in MarshalJSON"},
		"kit error":      {InvokeEmpty(func(context.Context) (any, error) { return nil, handlerkit.NotFound("k") }), ``, "error NotFoundError: k"},
		"event":          {Event(func(_ context.Context, v []int) (any, error) { return v, nil }), `[1,2]`, `null`},
		"event's error":  {Event(func(_ context.Context, v []int) (any, error) { return v, errors.New("e") }), `[1]`, `error errorString: e`},
		"dropped":        {EventEmpty(func(context.Context) (any, error) { return nil, handlerkit.Drop(nil) }), ``, `null`},
		"event's Goexit": {EventEmpty(func(context.Context) (any, error) { runtime.Goexit(); return nil, nil }), ``, "error panic: the handler ended its goroutine (runtime.Goexit)"},
	} {
		if got := call(tt.h, tt.event); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
	if !strings.Contains(log.String(), `"result":[1,2],"requestId":"id-1"`) {
		t.Errorf("log %s", log)
	}
}

func TestAuthorizer(t *testing.T) {
	journal(t)
	const arn = "arn:aws:execute-api:us-east-1:123456789012:abc/api/GET/cities/seattle"
	const base = "arn:aws:execute-api:us-east-1:123456789012:abc/api"
	token := `{"type":"TOKEN","authorizationToken":"Bearer x","methodArn":"` + arn + `"}`
	var seen handlerkit.AuthRequest
	run := func(event string, resp handlerkit.AuthResponse, err error) string {
		return call(Authorizer(func(_ context.Context, req handlerkit.AuthRequest) (handlerkit.AuthResponse, error) {
			seen = req
			return resp, err
		}), event)
	}
	policy := func(effect, resources, more string) string {
		return `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":[` + resources + `]}]}` + more + `}`
	}
	withContext := handlerkit.Allow("me")
	withContext.Context = map[string]any{"s": "<x>", "i": 7, "f": 1.5, "b": true}
	bad := handlerkit.Allow("me")
	bad.Context = map[string]any{"l": []int{1}}
	for name, tt := range map[string]struct {
		resp handlerkit.AuthResponse
		err  error
		want string
	}{
		"all":   {resp: handlerkit.Allow("me"), want: policy("Allow", `"`+base+`/*"`, "")},
		"path":  {resp: handlerkit.Allow("me", "/cities/{city}"), want: policy("Allow", `"`+base+`/*/cities/*"`, "")},
		"some":  {resp: handlerkit.Allow("me", "GET /", "any /a/{rest+}", "put /b/*", "*"), want: policy("Allow", `"`+base+`/GET/","`+base+`/*/a/*","`+base+`/PUT/b/*","`+base+`/*"`, "")},
		"deny":  {resp: handlerkit.Deny("me"), want: policy("Deny", `"`+base+`/*"`, "")},
		"zero":  {resp: handlerkit.AuthResponse{Principal: "me", Routes: []string{"/x"}}, want: policy("Deny", `"`+base+`/*"`, "")},
		"ctx":   {resp: withContext, want: policy("Allow", `"`+base+`/*"`, `,"context":{"b":"true","f":"1.5","i":"7","s":"\u003cx\u003e"}`)},
		"bad":   {resp: bad, want: `error errorString: the authorizer's context "l": a []int is no string, number or boolean`},
		"route": {resp: handlerkit.Allow("me", "cities"), want: `error errorString: the authorizer allows "cities": a route is "/path" or "METHOD /path"`},
		"401":   {err: handlerkit.ErrUnauthorized, want: "error Unauthorized: Unauthorized"},
		"401 b": {err: fmt.Errorf("x: %w", handlerkit.Unauthorized("who?")), want: "error Unauthorized: Unauthorized"},
		"error": {err: errors.New("e"), want: "error errorString: e"},
	} {
		if got := run(token, tt.resp, tt.err); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tt.want)
		}
	}
	if seen.Token != "Bearer x" || seen.Method != "GET" || seen.Path != "/cities/seattle" || seen.MethodARN != arn || seen.Headers != nil {
		t.Errorf("token request: %+v", seen)
	}
	run(`{"type":"REQUEST","methodArn":"`+arn+`","path":"/p","httpMethod":"PUT","headers":{"authorization":"t","x-a":"1"},"queryStringParameters":{"q":"1"},"multiValueQueryStringParameters":{"q":["0","1"]}}`, handlerkit.Allow("me"), nil)
	if seen.Token != "t" || seen.Method != "PUT" || seen.Path != "/p" || seen.Headers.Get("X-A") != "1" || len(seen.QueryParams["q"]) != 2 {
		t.Errorf("request: %+v", seen)
	}
}

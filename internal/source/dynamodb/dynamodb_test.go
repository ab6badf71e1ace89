package dynamodb

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func TestCheck(t *testing.T) {
	var entries []source.Entry
	for i := range 4 {
		entries = append(entries, source.Entry{Name: fmt.Sprintf("e%d", i), Source: &Source{Table: "t"}})
	}
	var out diag.List
	check(nil, entries, &out)
	want := `warning stream-readers events/e2/dynamodb/table: more than 2 functions read the stream of "t": DynamoDB slows them down (let one function do it, or hand the changes on to a Kinesis stream) [events/e0/dynamodb/table]` + "\n"
	if got := sourcetest.Told(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSample(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":1,"tags":["a",true,null],"in":{"b":"c"}}`: `{"id":{"N":"1"},"tags":{"L":[{"S":"a"},{"BOOL":true},{"NULL":true}]},"in":{"M":{"b":{"S":"c"}}}}`,
		`{"id":{"S":"x"}}`: `{"id":{"S":"x"}}`,
		`text`:             `{"id":{"S":"text"}}`,
		`{}`:               `{}`,
	} {
		var event struct {
			Records []struct {
				EventSourceARN string
				DynamoDB       struct{ NewImage, Keys map[string]any }
			}
		}
		raw := sample(source.SampleOptions{Source: &Source{Table: "things"}, Bodies: []string{body}})
		if err := json.Unmarshal(raw, &event); err != nil {
			t.Fatal(err)
		}
		var image map[string]any
		if err := json.Unmarshal([]byte(want), &image); err != nil {
			t.Fatal(err)
		}
		r := event.Records[0]
		if !reflect.DeepEqual(r.DynamoDB.NewImage, image) {
			t.Errorf("%s became %v, want %s", body, r.DynamoDB.NewImage, want)
		}
		if len(image) > 0 && !reflect.DeepEqual(r.DynamoDB.Keys, map[string]any{"id": image["id"]}) {
			t.Errorf("%s has the keys %v", body, r.DynamoDB.Keys)
		}
		if arn := "arn:aws:dynamodb:us-east-1:000000000000:table/things/stream/2026-01-01T00:00:00.000"; r.EventSourceARN != arn {
			t.Errorf("ARN is %s", r.EventSourceARN)
		}
	}
}

package dynamodb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
)

// sample has a record for each body, which is an item that was put: a JSON
// object, be it plain or with DynamoDB's types.
func sample(o source.SampleOptions) []byte {
	o = o.WithDefaults(`{"id":"1","message":"hello"}`)
	s, _ := o.Source.(*Source)
	if s == nil {
		s = &Source{Table: "my-table"}
	}
	stream := s.Table
	if !strings.HasPrefix(stream, "arn:") {
		stream = o.ARN("dynamodb", "table/", s.Table) + "/stream/2026-01-01T00:00:00.000"
	}
	var records []any
	for i, body := range o.Bodies {
		image := attributes(body)
		records = append(records, map[string]any{
			"eventID":      strings.ReplaceAll(source.SampleID(i), "-", ""),
			"eventName":    "INSERT",
			"eventVersion": "1.1",
			"eventSource":  "aws:dynamodb",
			"awsRegion":    o.Region,
			"dynamodb": map[string]any{
				"ApproximateCreationDateTime": source.SampleSeconds,
				"Keys":                        keys(image),
				"NewImage":                    image,
				"SequenceNumber":              fmt.Sprintf("442158450000000001745043%04d", i),
				"SizeBytes":                   len(body),
				"StreamViewType":              "NEW_AND_OLD_IMAGES",
			},
			"eventSourceARN": stream,
		})
	}
	return source.Records(records)
}

// attributes is an item with DynamoDB's types; what is no JSON object becomes
// one with the text as its id.
func attributes(body string) map[string]any {
	var item map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	d.UseNumber()
	if d.Decode(&item) != nil || item == nil {
		return map[string]any{"id": map[string]any{"S": body}}
	}
	if len(item) > 0 && typed(item) {
		return item
	}
	out := map[string]any{}
	for k, v := range item {
		out[k] = attribute(v)
	}
	return out
}

// typed says that each value is {"S": …} or the like already.
func typed(item map[string]any) bool {
	types := []string{"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}
	for _, v := range item {
		o, ok := v.(map[string]any)
		if !ok || len(o) != 1 || !slices.Contains(types, slices.Collect(maps.Keys(o))[0]) {
			return false
		}
	}
	return true
}

func attribute(v any) map[string]any {
	switch v := v.(type) {
	case nil:
		return map[string]any{"NULL": true}
	case bool:
		return map[string]any{"BOOL": v}
	case json.Number:
		return map[string]any{"N": v.String()}
	case string:
		return map[string]any{"S": v}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = attribute(v[i])
		}
		return map[string]any{"L": list}
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = attribute(e)
		}
		return map[string]any{"M": m}
	}
	return map[string]any{"NULL": true} // encoding/json makes nothing else
}

// keys guesses the table's key: an attribute of a usual name, else the first.
func keys(image map[string]any) map[string]any {
	out := map[string]any{}
	for _, name := range []string{"pk", "PK", "sk", "SK", "id", "ID", "Id", "key", "Key"} {
		if v, ok := image[name]; ok {
			out[name] = v
		}
	}
	if names := slices.Sorted(maps.Keys(image)); len(out) == 0 && len(names) > 0 {
		out[names[0]] = image[names[0]]
	}
	return out
}

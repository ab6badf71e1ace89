package s3

import (
	"net/url"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
)

// sample has a record for each body, which is the key of an object, as people
// write it.
func sample(o source.SampleOptions) []byte {
	s, _ := o.Source.(*Source)
	if s == nil {
		s = &Source{Bucket: "mybucket"}
	}
	o = o.WithDefaults(s.Prefix + "sample" + s.Suffix)
	name := strings.TrimPrefix(s.events()[0], "s3:")
	if group, ok := strings.CutSuffix(name, ":*"); ok {
		name = group + ":" + first(group)
	}
	var records []any
	for i, key := range o.Bodies {
		records = append(records, record(o, s.Bucket, key, name, i))
	}
	return source.Records(records)
}

// first is an event of a group.
func first(group string) string {
	switch group {
	case "ObjectRemoved", "LifecycleExpiration":
		return "Delete"
	case "ObjectRestore":
		return "Completed"
	case "Replication":
		return "OperationFailedReplication"
	}
	return "Put"
}

func record(o source.SampleOptions, bucket, key, event string, i int) any {
	object := map[string]any{
		"key":       encodeKey(key),
		"sequencer": "0061688CCC73B8D29" + string(rune('0'+i%10)),
	}
	if !strings.HasPrefix(event, "ObjectRemoved") {
		object["size"] = 1024
		object["eTag"] = "d41d8cd98f00b204e9800998ecf8427e"
	}
	principal := map[string]any{"principalId": "AWS:AIDAEXAMPLE"}
	return map[string]any{
		"eventVersion":      "2.1",
		"eventSource":       "aws:s3",
		"awsRegion":         o.Region,
		"eventTime":         source.SampleTime,
		"eventName":         event,
		"userIdentity":      principal,
		"requestParameters": map[string]any{"sourceIPAddress": "127.0.0.1"},
		"responseElements": map[string]any{
			"x-amz-request-id": "C3D13FE58DE4C810",
			"x-amz-id-2":       "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
		},
		"s3": map[string]any{
			"s3SchemaVersion": "1.0",
			"configurationId": source.SampleID(0),
			"bucket":          map[string]any{"name": bucket, "ownerIdentity": map[string]any{"principalId": "AEXAMPLE"}, "arn": "arn:aws:s3:::" + bucket},
			"object":          object,
		},
	}
}

// encodeKey writes a key as S3 does in events: a form's encoding, but slashes
// stay.
func encodeKey(key string) string {
	return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
}

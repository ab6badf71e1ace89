package eventbridge

import (
	"encoding/json"

	"github.com/chalicefile/chalicefile/internal/source"
)

// sample is an event that fits the pattern as far as its source and detail-type
// go; the body is its detail, a JSON object.
func sample(o source.SampleOptions) []byte {
	o = o.WithDefaults(`{"message":"hello"}`)
	detail := json.RawMessage(o.Bodies[0])
	if !json.Valid(detail) {
		detail = source.Encode(map[string]string{"message": o.Bodies[0]})
	}
	event := map[string]any{
		"version":     "0",
		"id":          source.SampleID(0),
		"detail-type": "Sample",
		"source":      "sample",
		"account":     o.Account,
		"time":        "2026-01-01T00:00:00Z",
		"region":      o.Region,
		"resources":   []string{},
		"detail":      detail,
	}
	if s, _ := o.Source.(*Source); s != nil {
		var pattern map[string]any
		_ = json.Unmarshal(s.Pattern, &pattern) // an unsound pattern fills nothing in
		for _, key := range []string{"source", "detail-type"} {
			if v, ok := firstText(pattern[key]); ok {
				event[key] = v
			}
		}
	}
	return source.Encode(event)
}

// firstText is the first plain value of a list in a pattern, or what a prefix
// asks for.
func firstText(v any) (string, bool) {
	values, _ := v.([]any)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			return v, true
		case map[string]any:
			if prefix, ok := v["prefix"].(string); ok {
				return prefix, true
			}
		}
	}
	return "", false
}

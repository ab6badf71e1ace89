package schedule

import (
	"encoding/json"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/spec"
)

// sample is what the function gets: a body or the schedule's own input as they
// are, else what EventBridge Scheduler sends without an input.
func sample(o source.SampleOptions) []byte {
	if len(o.Bodies) > 0 && json.Valid([]byte(o.Bodies[0])) {
		return []byte(o.Bodies[0])
	}
	if s, _ := o.Source.(*spec.Schedule); s != nil && json.Valid(s.Input) {
		return s.Input
	}
	o = o.WithDefaults("")
	name := o.Name
	if name == "" {
		name = "sample"
	}
	return source.Encode(map[string]any{
		"version":     "0",
		"id":          source.SampleID(0),
		"detail-type": "Scheduled Event",
		"source":      "aws.scheduler",
		"account":     o.Account,
		"time":        "2026-01-01T00:00:00Z",
		"region":      o.Region,
		"resources":   []string{o.ARN("scheduler", "schedule/default/", name)},
		"detail":      "{}",
	})
}

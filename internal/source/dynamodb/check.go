package dynamodb

import (
	"fmt"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/pattern"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// parts of a change that filters may look at.
var parts = []string{
	"eventName", "dynamodb", "userIdentity", "eventID", "eventVersion", "eventSource", "awsRegion", "eventSourceARN",
}

// maxReaders of one stream: with more, DynamoDB slows them down.
const maxReaders = 2

func check(_ *spec.App, entries []source.Entry, out *diag.List) {
	at := func(i int) diag.At { return diag.Value("events", entries[i].Name, "dynamodb", "table") }
	for i, e := range entries {
		s := e.Source.(*Source)
		pattern.CheckFilters(diag.Path{"events", e.Name, "dynamodb", "filters"}, s.Filters, parts, "dynamodb", out)
		before, first := 0, 0
		for j := range entries[:i] {
			if s.Table != "" && entries[j].Source.(*Source).Table == s.Table {
				if before == 0 {
					first = j
				}
				before++
			}
		}
		if before == maxReaders {
			out.Warn("stream-readers", at(i), fmt.Sprintf("more than %d functions read the stream of %q: DynamoDB slows them down", maxReaders, s.Table)).
				WithHint("let one function do it, or hand the changes on to a Kinesis stream").
				WithRelated(at(first), "the first one")
		}
	}
}

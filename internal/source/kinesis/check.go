package kinesis

import (
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/pattern"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// parts of a record that filters may look at.
var parts = []string{
	"data", "partitionKey", "sequenceNumber", "approximateArrivalTimestamp", "kinesisSchemaVersion",
	"eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN",
}

func check(_ *spec.App, entries []source.Entry, out *diag.List) {
	for _, e := range entries {
		s := e.Source.(*Source)
		pattern.CheckFilters(diag.Path{"events", e.Name, "kinesis", "filters"}, s.Filters, parts, "data", out)
	}
}

package dynamodb

import (
	"strings"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

func (s *Source) stream() source.Stream {
	return source.Stream{
		BatchSize: s.BatchSize, MaximumBatchingWindow: s.MaximumBatchingWindow,
		ParallelizationFactor: s.ParallelizationFactor, MaximumRetryAttempts: s.MaximumRetryAttempts,
		StartingPosition: s.StartingPosition, BisectBatchOnError: s.BisectBatchOnError, Enabled: s.Enabled,
		OnFailureARN: s.OnFailureARN, Filters: s.Filters,
	}
}

// plan has Lambda read the table's stream. That of a table by name is looked
// up: the latest counts.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	if strings.HasPrefix(s.Table, "arn:") {
		return source.Planned{Resources: []resource.Resource{s.stream().Mapping(resource.Lit(s.Table), t)}}
	}
	table := resource.ID{Kind: resource.KindTable, Name: s.Table}
	m := s.stream().Mapping(resource.Attr(table, "stream_arn"), t)
	return source.Planned{
		Resources: []resource.Resource{m},
		External:  []resource.External{{ID: table, For: m.ID(), Path: t.Path + ".dynamodb.table"}},
	}
}

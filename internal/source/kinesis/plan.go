package kinesis

import (
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

// plan has Lambda read the stream, or the consumer of it.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	arn := resource.Lit(t.Place().ARN("kinesis", "stream/", s.Stream))
	return source.Planned{Resources: []resource.Resource{s.stream().Mapping(arn, t)}}
}

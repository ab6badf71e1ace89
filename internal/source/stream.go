package source

import "github.com/chalicefile/chalicefile/internal/resource"

// Stream is what a stream of Kinesis and one of DynamoDB have in common.
type Stream struct {
	BatchSize, MaximumBatchingWindow, ParallelizationFactor, MaximumRetryAttempts *int
	StartingPosition                                                              string
	BisectBatchOnError, Enabled                                                   *bool
	OnFailureARN                                                                  string
	Filters                                                                       [][]byte
}

// Defaults of streams where the file sets nothing.
const (
	DefaultStreamBatchSize  = 100
	DefaultStartingPosition = "LATEST"
)

// Mapping has Lambda read the stream for the target's function. The runtime
// answers which record failed, whatever form the handler has.
func (s Stream) Mapping(from resource.Text, t Target) *resource.Mapping {
	m := &resource.Mapping{
		Function:                t.Function,
		Source:                  from,
		BatchSize:               Or(s.BatchSize, DefaultStreamBatchSize),
		MaximumBatchingWindow:   Or(s.MaximumBatchingWindow, 0),
		Filters:                 CanonicalAll(s.Filters),
		Disabled:                !Or(s.Enabled, true),
		ReportBatchItemFailures: true,
		Stream:                  true,
		StartingPosition:        s.StartingPosition,
		ParallelizationFactor:   Or(s.ParallelizationFactor, 1),
		BisectBatchOnError:      Or(s.BisectBatchOnError, false),
		OnFailureARN:            s.OnFailureARN,
		Tags:                    t.Tags,
	}
	if m.StartingPosition == "" {
		m.StartingPosition = DefaultStartingPosition
	}
	if n := s.MaximumRetryAttempts; n != nil && *n >= 0 { // -1 is as if it were not set
		m.MaximumRetryAttempts = n
	}
	return m
}

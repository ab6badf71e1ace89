package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// sourceHint says what to do where Lambda may not read a source.
const sourceHint = "a role or policy file of your own must let Lambda read the source: gen-policy shows the statements"

// Create implements deployer.Actuator. A mapping of the same source that is
// being deleted is waited for; so is the role's policy.
func (m *mappings) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Mapping)
	source, err := run.Text(w.Source)
	if err != nil {
		return nil, err
	}
	input := &lambda.CreateEventSourceMappingInput{
		FunctionName: &w.Function, EventSourceArn: &source, BatchSize: number(w.BatchSize), Enabled: awssdk.Bool(!w.Disabled),
	}
	if taggable(run.Owner) {
		input.Tags = w.Tags
	}
	if w.MaximumBatchingWindow != 0 {
		input.MaximumBatchingWindowInSeconds = number(w.MaximumBatchingWindow)
	}
	if w.MaximumConcurrency != 0 {
		input.ScalingConfig = scaling(w)
	}
	if len(w.Filters) > 0 {
		input.FilterCriteria = filters(w)
	}
	if w.ReportBatchItemFailures {
		input.FunctionResponseTypes = responses(w)
	}
	if w.Stream {
		input.StartingPosition = types.EventSourcePosition(w.StartingPosition)
		input.ParallelizationFactor = number(w.ParallelizationFactor)
		input.BisectBatchOnFunctionError = &w.BisectBatchOnError
		input.MaximumRetryAttempts = retries(w)
		if w.OnFailureARN != "" {
			input.DestinationConfig = onFailure(w)
		}
	}
	var id string
	create := func(ctx context.Context) error {
		o, err := m.api.CreateEventSourceMapping(ctx, input)
		if err == nil {
			id = awssdk.ToString(o.UUID)
			return nil
		}
		if isCode(err, "ResourceConflictException") {
			return m.conflict(ctx, err, w.Function, source)
		}
		return err
	}
	if err := settle(ctx, run, "Lambda to be let read "+source, create); err != nil {
		return nil, err
	}
	return deployer.Attributes{resource.AttrID: id}, nil
}

// settle calls f again while a mapping is in transition, and for as long as a
// new policy takes to be known, while Lambda says that it may not read the
// source.
func settle(ctx context.Context, run *deployer.Run, what string, f func(context.Context) error) error {
	began := run.Clock.Now()
	return waitFor(ctx, run, what, busyLimit, func(ctx context.Context) (bool, error) {
		err := f(ctx)
		if err == nil {
			return true, nil
		}
		early := run.Clock.Now().Sub(began) < roleLimit
		if unreadable(err) && !early {
			f := failureOf(err)
			f.Class, f.Hint = deployer.ClassOther, sourceHint
			return false, f
		}
		return false, later(err, func(err error) bool { return unreadable(err) || isCode(err, "ResourceInUseException") }, "")
	})
}

// conflict tells a mapping that exists from one that is being deleted, or that
// is not listed yet.
func (m *mappings) conflict(ctx context.Context, conflict error, function, source string) error {
	list, err := m.listOf(ctx, function)
	if err != nil {
		return err
	}
	f := failureOf(conflict)
	f.Class = deployer.ClassLater
	for _, c := range list {
		if awssdk.ToString(c.EventSourceArn) == source && awssdk.ToString(c.State) != "Deleting" {
			f.Class = deployer.ClassExists
		}
	}
	return f
}

// unreadable says whether Lambda finds that the function's role may not read
// the source, which a new policy lets it do some seconds later.
func unreadable(err error) bool {
	return isCode(err, "InvalidParameterValueException") &&
		says(err, "execution role", "ensure the role can perform", "cannot be assumed", "Cannot access stream")
}

// Update implements deployer.Actuator: what changed, and nothing else.
func (m *mappings) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Mapping)
	id := live.Attributes[resource.AttrID]
	if changed(changes, "batch_size", "maximum_batching_window", "maximum_concurrency", "filters", "disabled", "report_batch_item_failures",
		"parallelization_factor", "maximum_retry_attempts", "bisect_batch_on_error", "on_failure_arn") {
		input := mappingUpdate(id, w, changes)
		update := func(ctx context.Context) error {
			_, err := m.api.UpdateEventSourceMapping(ctx, input)
			return err
		}
		if err := settle(ctx, run, "the event source mapping to be ready for a change", update); err != nil {
			return nil, err
		}
	}
	if changed(changes, "tags") {
		if err := m.tag(ctx, w, live, run); err != nil {
			return nil, err
		}
	}
	return live.Attributes, nil
}

// mappingUpdate sends what changed. What is not set any more is sent empty.
func mappingUpdate(id string, w *resource.Mapping, changes []deployer.Change) *lambda.UpdateEventSourceMappingInput {
	input := &lambda.UpdateEventSourceMappingInput{UUID: &id}
	for _, c := range changes {
		switch c.Property {
		case "batch_size", "maximum_batching_window":
			// They depend on each other: a large batch needs a window.
			input.BatchSize = number(w.BatchSize)
			if changed(changes, "maximum_batching_window") || w.MaximumBatchingWindow != 0 {
				input.MaximumBatchingWindowInSeconds = number(w.MaximumBatchingWindow)
			}
		case "maximum_concurrency":
			input.ScalingConfig = scaling(w)
		case "filters":
			input.FilterCriteria = filters(w)
		case "disabled":
			input.Enabled = awssdk.Bool(!w.Disabled)
		case "report_batch_item_failures":
			input.FunctionResponseTypes = responses(w)
		case "parallelization_factor":
			input.ParallelizationFactor = number(w.ParallelizationFactor)
		case "maximum_retry_attempts":
			input.MaximumRetryAttempts = retries(w)
		case "bisect_batch_on_error":
			input.BisectBatchOnFunctionError = &w.BisectBatchOnError
		case "on_failure_arn":
			input.DestinationConfig = onFailure(w)
		}
	}
	return input
}

func (m *mappings) tag(ctx context.Context, w *resource.Mapping, live *deployer.Live, run *deployer.Run) error {
	set, remove := tagDiff(w.Tags, live.Resource.(*resource.Mapping).Tags)
	return whenKnown(ctx, run, "the event source mapping to be ready for a change", func(ctx context.Context) error {
		return tagLambda(ctx, m.api, string(live.Handle.(mappingARN)), set, remove)
	})
}

// Delete implements deployer.Actuator. Lambda goes on deleting by itself; only
// another mapping of the same source and function must wait for that.
func (m *mappings) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	id := live.Attributes[resource.AttrID]
	busy := func(err error) bool { return isCode(err, "ResourceInUseException") }
	err := persist(ctx, run, "the event source mapping to be ready for a change", busyLimit, busy, "", func(ctx context.Context) error {
		_, err := m.api.DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: &id})
		if err == nil || isClass(err, deployer.ClassNotFound) {
			return nil
		}
		if busy(err) {
			if list, getErr := m.get(ctx, id); getErr == nil && (len(list) == 0 || awssdk.ToString(list[0].State) == "Deleting") {
				return nil
			}
		}
		return err
	})
	return err
}

func number(n int) *int32 { return awssdk.Int32(int32(n)) } //nolint:gosec // the schema bounds them

func scaling(w *resource.Mapping) *types.ScalingConfig {
	if w.MaximumConcurrency == 0 {
		return &types.ScalingConfig{}
	}
	return &types.ScalingConfig{MaximumConcurrency: number(w.MaximumConcurrency)}
}

func filters(w *resource.Mapping) *types.FilterCriteria {
	var list []types.Filter // none: an empty criterion takes them away
	for _, pattern := range w.Filters {
		list = append(list, types.Filter{Pattern: &pattern})
	}
	return &types.FilterCriteria{Filters: list}
}

func responses(w *resource.Mapping) []types.FunctionResponseType {
	if !w.ReportBatchItemFailures {
		return []types.FunctionResponseType{}
	}
	return []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures}
}

// retries is -1 where a batch is tried as long as its records are kept.
func retries(w *resource.Mapping) *int32 {
	if w.MaximumRetryAttempts == nil {
		return awssdk.Int32(-1)
	}
	return number(*w.MaximumRetryAttempts)
}

func onFailure(w *resource.Mapping) *types.DestinationConfig {
	return &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &w.OnFailureARN}}
}

package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// mappingLab is Lambda as far as mappings go: one of a function and source, no
// change while Creating or Updating, some answers later than others.
type mappingLab struct {
	trouble
	all  map[string]*types.EventSourceMappingConfiguration
	tags map[string]map[string]string
	next int
	// full accounts list mappings by function only; deaf ones have no tags of
	// mappings; settle is how many refusals a transition takes.
	// Forgetful ones take tags of mappings and have none.
	full, deaf, forgetful bool
	settle                int
	busy                  map[string]int
	unreadable            int
}

func newMappingLab() *mappingLab {
	return &mappingLab{all: map[string]*types.EventSourceMappingConfiguration{}, tags: map[string]map[string]string{}, busy: map[string]int{}}
}

func arnOfMapping(id string) string { return testOwner.ARN("lambda", "event-source-mapping:"+id) }

func (f *mappingLab) add(function, source string, tags map[string]string) *types.EventSourceMappingConfiguration {
	f.next++
	id := fmt.Sprintf("uuid-%02d", f.next)
	c := &types.EventSourceMappingConfiguration{
		UUID: &id, EventSourceMappingArn: awssdk.String(arnOfMapping(id)), FunctionArn: awssdk.String(testOwner.FunctionARN(function)),
		EventSourceArn: &source, State: awssdk.String("Enabled"), BatchSize: awssdk.Int32(10),
	}
	f.all[id], f.tags[arnOfMapping(id)] = c, maps.Clone(tags)
	return c
}

func (f *mappingLab) list(function string) []types.EventSourceMappingConfiguration {
	var list []types.EventSourceMappingConfiguration
	for _, id := range slices.Sorted(maps.Keys(f.all)) {
		c := f.all[id]
		if awssdk.ToString(c.State) == "Deleting" {
			if f.busy[id]--; f.busy[id] < 0 {
				delete(f.all, id)
				continue
			}
		}
		if function == "" || functionName(*c.FunctionArn) == function {
			list = append(list, *c)
		}
	}
	return list
}

func (f *mappingLab) ListEventSourceMappings(_ context.Context, in *lambda.ListEventSourceMappingsInput, _ ...func(*lambda.Options)) (*lambda.ListEventSourceMappingsOutput, error) {
	list := f.list(awssdk.ToString(in.FunctionName))
	if in.FunctionName == nil && f.full {
		return &lambda.ListEventSourceMappingsOutput{NextMarker: awssdk.String("more")}, nil
	}
	if n := len(list) / 2; in.Marker == nil && n > 0 && in.FunctionName != nil {
		return &lambda.ListEventSourceMappingsOutput{EventSourceMappings: list[:n], NextMarker: awssdk.String("more")}, nil
	} else if in.Marker != nil {
		list = list[n:]
	}
	return &lambda.ListEventSourceMappingsOutput{EventSourceMappings: list}, nil
}

func (f *mappingLab) GetEventSourceMapping(_ context.Context, in *lambda.GetEventSourceMappingInput, _ ...func(*lambda.Options)) (*lambda.GetEventSourceMappingOutput, error) {
	c := f.all[*in.UUID]
	if c == nil {
		return nil, refusal("ResourceNotFoundException", "The resource you requested does not exist.")
	}
	return &lambda.GetEventSourceMappingOutput{
		UUID: c.UUID, FunctionArn: c.FunctionArn, EventSourceArn: c.EventSourceArn, EventSourceMappingArn: c.EventSourceMappingArn, State: c.State,
		BatchSize: c.BatchSize,
	}, nil
}

func (f *mappingLab) CreateEventSourceMapping(_ context.Context, in *lambda.CreateEventSourceMappingInput, _ ...func(*lambda.Options)) (*lambda.CreateEventSourceMappingOutput, error) {
	var c *types.EventSourceMappingConfiguration
	err := f.mutate("create", func() error {
		if f.unreadable > 0 {
			f.unreadable--
			return refusal("InvalidParameterValueException", "The provided execution role does not have permissions to call ReceiveMessage on SQS")
		}
		for _, old := range f.list(*in.FunctionName) {
			if *old.EventSourceArn == *in.EventSourceArn {
				return refusal("ResourceConflictException", "An event source mapping with SQS arn (\"%s\") and function (\"%s\") already exists. Please update or delete the existing mapping with UUID %s", *in.EventSourceArn, *in.FunctionName, *old.UUID)
			}
		}
		c = f.add(*in.FunctionName, *in.EventSourceArn, in.Tags)
		c.BatchSize, c.MaximumBatchingWindowInSeconds, c.ScalingConfig, c.FilterCriteria = in.BatchSize, in.MaximumBatchingWindowInSeconds, in.ScalingConfig, in.FilterCriteria
		c.FunctionResponseTypes, c.StartingPosition, c.ParallelizationFactor = in.FunctionResponseTypes, in.StartingPosition, in.ParallelizationFactor
		c.BisectBatchOnFunctionError, c.MaximumRetryAttempts, c.DestinationConfig = in.BisectBatchOnFunctionError, in.MaximumRetryAttempts, in.DestinationConfig
		if !awssdk.ToBool(in.Enabled) {
			c.State = awssdk.String("Disabled")
		}
		f.busy[*c.UUID] = f.settle
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &lambda.CreateEventSourceMappingOutput{UUID: c.UUID}, nil
}

func (f *mappingLab) change(id string) (*types.EventSourceMappingConfiguration, error) {
	c := f.all[id]
	if c == nil {
		return nil, refusal("ResourceNotFoundException", "The resource you requested does not exist.")
	}
	if f.busy[id] > 0 {
		f.busy[id]--
		return nil, refusal("ResourceInUseException", "The event source arn is in use")
	}
	return c, nil
}

func (f *mappingLab) UpdateEventSourceMapping(_ context.Context, in *lambda.UpdateEventSourceMappingInput, _ ...func(*lambda.Options)) (*lambda.UpdateEventSourceMappingOutput, error) {
	err := f.mutate("update", func() error {
		c, err := f.change(*in.UUID)
		if err != nil {
			return err
		}
		if in.BatchSize != nil {
			c.BatchSize = in.BatchSize
		}
		if in.MaximumBatchingWindowInSeconds != nil {
			c.MaximumBatchingWindowInSeconds = in.MaximumBatchingWindowInSeconds
		}
		if in.ScalingConfig != nil {
			c.ScalingConfig = in.ScalingConfig
		}
		if in.FilterCriteria != nil {
			c.FilterCriteria = in.FilterCriteria
		}
		if in.FunctionResponseTypes != nil {
			c.FunctionResponseTypes = in.FunctionResponseTypes
		}
		if in.ParallelizationFactor != nil {
			c.ParallelizationFactor = in.ParallelizationFactor
		}
		if in.MaximumRetryAttempts != nil {
			c.MaximumRetryAttempts = in.MaximumRetryAttempts
		}
		if in.BisectBatchOnFunctionError != nil {
			c.BisectBatchOnFunctionError = in.BisectBatchOnFunctionError
		}
		if in.DestinationConfig != nil {
			c.DestinationConfig = in.DestinationConfig
		}
		if in.Enabled != nil {
			c.State = awssdk.String(map[bool]string{true: "Enabled", false: "Disabled"}[*in.Enabled])
		}
		f.busy[*in.UUID] = f.settle
		return nil
	})
	return &lambda.UpdateEventSourceMappingOutput{}, err
}

func (f *mappingLab) DeleteEventSourceMapping(_ context.Context, in *lambda.DeleteEventSourceMappingInput, _ ...func(*lambda.Options)) (*lambda.DeleteEventSourceMappingOutput, error) {
	err := f.mutate("delete", func() error {
		c, err := f.change(*in.UUID)
		if err != nil {
			return err
		}
		c.State = awssdk.String("Deleting")
		f.busy[*in.UUID] = f.settle
		return nil
	})
	return &lambda.DeleteEventSourceMappingOutput{}, err
}

func (f *mappingLab) ListTags(_ context.Context, in *lambda.ListTagsInput, _ ...func(*lambda.Options)) (*lambda.ListTagsOutput, error) {
	if f.deaf {
		return nil, refusal("InvalidParameterValueException", "no tags of mappings here")
	}
	if f.forgetful {
		return &lambda.ListTagsOutput{}, nil
	}
	return &lambda.ListTagsOutput{Tags: maps.Clone(f.tags[*in.Resource])}, nil
}

func (f *mappingLab) TagResource(_ context.Context, in *lambda.TagResourceInput, _ ...func(*lambda.Options)) (*lambda.TagResourceOutput, error) {
	return nil, f.mutate("tag", func() error { maps.Copy(f.tags[*in.Resource], in.Tags); return nil })
}

func (f *mappingLab) UntagResource(_ context.Context, in *lambda.UntagResourceInput, _ ...func(*lambda.Options)) (*lambda.UntagResourceOutput, error) {
	return nil, f.mutate("untag", func() error {
		for _, key := range in.TagKeys {
			delete(f.tags[*in.Resource], key)
		}
		return nil
	})
}

const queueA, queueB, clicks = "arn:aws:sqs:eu-west-1:123456789012:a", "arn:aws:sqs:eu-west-1:123456789012:b", "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"

// queues resolves references to queues.
func queues(ref resource.Ref) (string, bool) {
	return "arn:aws:sqs:eu-west-1:123456789012:" + ref.ID.Name, ref.ID.Kind == resource.KindQueue
}

func (f *mappingLab) lab() *lab {
	b := newBench(&mappings{f}, "shop-dev-a", "shop-dev-b")
	b.found[resource.KindFunction] = append(b.found[resource.KindFunction], &deployer.Live{ID: resource.FunctionID("shop-dev-foreign")})
	b.resolve = queues
	f.add("shop-dev-foreign", queueA, nil)
	f.add("shop-dev2-a", queueA, nil)
	return &lab{b, &f.trouble, func() string {
		return fmt.Sprint(f.list("shop-dev-foreign"), f.list("shop-dev2-a"))
	}}
}

func queueMapping(change func(*resource.Mapping)) *resource.Mapping {
	m := &resource.Mapping{
		Function: "shop-dev-a", Source: resource.Attr(resource.ID{Kind: resource.KindQueue, Name: "a"}, resource.AttrARN), BatchSize: 10,
		ReportBatchItemFailures: true, Tags: map[string]string{"k": "v"},
	}
	change(m)
	return m
}

func streamMapping(change func(*resource.Mapping)) *resource.Mapping {
	m := &resource.Mapping{
		Function: "shop-dev-b", Source: resource.Lit(clicks), BatchSize: 100, ReportBatchItemFailures: true, Stream: true,
		StartingPosition: "LATEST", ParallelizationFactor: 1, Tags: testOwner.Tags(),
	}
	change(m)
	return m
}

func mappingStates() [][]resource.Resource {
	three := 3
	return [][]resource.Resource{
		{queueMapping(func(*resource.Mapping) {}), streamMapping(func(*resource.Mapping) {})},
		{queueMapping(func(m *resource.Mapping) {
			m.BatchSize, m.MaximumBatchingWindow, m.MaximumConcurrency, m.Disabled = 50, 5, 7, true
			m.Filters, m.Tags = []string{`{"body":{"a":[1]}}`}, map[string]string{"k": "w", "l": "x"}
		}), streamMapping(func(m *resource.Mapping) {
			m.ParallelizationFactor, m.MaximumRetryAttempts, m.BisectBatchOnError, m.OnFailureARN = 4, &three, true, queueB
		})},
		{queueMapping(func(*resource.Mapping) {}), streamMapping(func(*resource.Mapping) {})},
		{queueMapping(func(m *resource.Mapping) {
			m.Source = resource.Attr(resource.ID{Kind: resource.KindQueue, Name: "b"}, resource.AttrARN)
		})},
	}
}

func TestMappings(t *testing.T) {
	for name, change := range map[string]func(*mappingLab){
		"few in the account": func(*mappingLab) {},
		"many":               func(f *mappingLab) { f.full = true },
		"slow":               func(f *mappingLab) { f.settle = 3 },
		"rights come late":   func(f *mappingLab) { f.unreadable = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			stages(t, func() *lab { f := newMappingLab(); change(f); return f.lab() }, mappingStates()...)
		})
	}
}

func TestMappingTagsUnknown(t *testing.T) {
	f := newMappingLab()
	f.deaf = true
	l := f.lab()
	for _, s := range mappingStates()[:1] {
		if err := l.bench.deploy(s...); err != nil {
			t.Fatal(err)
		}
		l.bench.equal(t, s...)
	}
}

// In GovCloud and China the list of a mapping's tags is empty, whatever it was
// made with: no plan is to find that to differ.
func TestMappingTagsForgotten(t *testing.T) {
	for partition, tagged := range map[string]bool{"aws": true, "aws-us-gov": false, "aws-cn": false} {
		f := newMappingLab()
		l := f.lab()
		l.bench.owner.Partition, f.forgetful = partition, !tagged
		want := queueMapping(func(*resource.Mapping) {})
		if err := l.bench.deploy(want); err != nil {
			t.Fatal(err)
		}
		l.bench.equal(t, want)
		if sent := len(f.tags[*f.list("shop-dev-a")[0].EventSourceMappingArn]) > 0; sent != tagged {
			t.Errorf("%s: tags are sent: %v", partition, sent)
		}
	}
}

// A second mapping of the same source, which moto makes, and one of a source
// that is not wanted any more.
func TestMappingTooMany(t *testing.T) {
	f := newMappingLab()
	l := f.lab()
	want := queueMapping(func(*resource.Mapping) {})
	for _, source := range []string{queueB, queueA, queueA} {
		f.add("shop-dev-a", source, want.Tags)
	}
	f.add("shop-dev-b", clicks, nil)
	if err := l.bench.deploy(want); err != nil {
		t.Fatal(err)
	}
	l.bench.equal(t, want)
	if got := f.list("shop-dev-a"); len(got) != 1 || *got[0].EventSourceArn != queueA {
		t.Errorf("left: %v", got)
	}
}

func TestMappingRecorded(t *testing.T) {
	f := newMappingLab()
	l := f.lab()
	f.full = true
	gone := f.add("shop-dev-gone", queueA, testOwner.Tags())
	l.bench.recorded = []state.Resource{
		{ID: resource.ID{Kind: resource.KindMapping, Name: "shop-dev-gone"}, Attributes: map[string]string{resource.AttrID: *gone.UUID}},
		{ID: resource.ID{Kind: resource.KindMapping, Name: "shop-dev-never"}, Attributes: map[string]string{resource.AttrID: "nothing"}},
	}
	live, err := l.bench.find()
	if err != nil || len(live) != 1 || live[0].Title != "event source mapping: "+*gone.UUID || !live[0].Owned {
		t.Errorf("found %v, %v", live, err)
	}
}

func TestMappingRefused(t *testing.T) {
	f := newMappingLab()
	l := f.lab()
	f.unreadable = 10000
	err := l.bench.deploy(queueMapping(func(*resource.Mapping) {}))
	wantFailure(t, err, "does not have permissions to call ReceiveMessage", "gen-policy")
	if waited := l.bench.clock.now.Sub((&quick{}).now); waited < roleLimit || waited > 2*roleLimit {
		t.Errorf("waited %s", waited)
	}
	f.unreadable = 0
	if err := l.bench.deploy(queueMapping(func(*resource.Mapping) {})); err != nil {
		t.Fatal(err)
	}
	_, err = l.bench.actuator.Create(context.Background(), queueMapping(func(*resource.Mapping) {}), l.bench.run())
	if !isClass(err, deployer.ClassExists) || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("a second one: %v", err)
	}
}

package aws

import (
	"context"
	"maps"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// mappingAPI is what event source mappings take of Lambda.
type mappingAPI interface {
	ListEventSourceMappings(context.Context, *lambda.ListEventSourceMappingsInput, ...func(*lambda.Options)) (*lambda.ListEventSourceMappingsOutput, error)
	GetEventSourceMapping(context.Context, *lambda.GetEventSourceMappingInput, ...func(*lambda.Options)) (*lambda.GetEventSourceMappingOutput, error)
	CreateEventSourceMapping(context.Context, *lambda.CreateEventSourceMappingInput, ...func(*lambda.Options)) (*lambda.CreateEventSourceMappingOutput, error)
	UpdateEventSourceMapping(context.Context, *lambda.UpdateEventSourceMappingInput, ...func(*lambda.Options)) (*lambda.UpdateEventSourceMappingOutput, error)
	DeleteEventSourceMapping(context.Context, *lambda.DeleteEventSourceMappingInput, ...func(*lambda.Options)) (*lambda.DeleteEventSourceMappingOutput, error)
	ListTags(context.Context, *lambda.ListTagsInput, ...func(*lambda.Options)) (*lambda.ListTagsOutput, error)
	TagResource(context.Context, *lambda.TagResourceInput, ...func(*lambda.Options)) (*lambda.TagResourceOutput, error)
	UntagResource(context.Context, *lambda.UntagResourceInput, ...func(*lambda.Options)) (*lambda.UntagResourceOutput, error)
}

// mappings is the actuator of event source mappings. Lambda names them by
// UUIDs, and knows no two of one function and one source.
type mappings struct{ api mappingAPI }

func newMappings(c *Clients) deployer.Actuator { return &mappings{c.Lambda} }

// mappingARN is the Handle: what tags are set by.
type mappingARN string

// Find implements deployer.Actuator: all mappings of the functions.
func (m *mappings) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	early, err := m.early(ctx, q)
	if err != nil {
		return nil, err
	}
	wanted := map[string]*resource.Mapping{}
	functions := functionClaims(q)
	if q.Narrow {
		functions = claims{}
	}
	for _, w := range q.Want {
		want := w.(*resource.Mapping)
		wanted[want.Function] = want
		functions.add(want.Function)
	}
	owned := functionClaims(q)
	list, err := m.list(ctx, q, early, functions)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c types.EventSourceMappingConfiguration) bool {
		name := functionName(awssdk.ToString(c.FunctionArn))
		_, asked := functions[name]
		return !asked || awssdk.ToString(c.State) == "Deleting" || !functions[name] && wanted[name] == nil
	})
	all, err := each(ctx, list, func(ctx context.Context, c types.EventSourceMappingConfiguration) (*deployer.Live, error) {
		name := functionName(awssdk.ToString(c.FunctionArn))
		mine, found := owned[name]
		return m.live(ctx, q, early, c, wanted[name], func(tags map[string]string) bool {
			return found && mine || !found && (len(tags) == 0 || q.Owner.Owns(tags))
		})
	})
	if err != nil {
		return nil, err
	}
	return nameMappings(q, present(all), wanted), nil
}

// mappingsEarly is what could be asked before the functions were found.
type mappingsEarly struct {
	page *lambda.ListEventSourceMappingsOutput // the first; nil where it was not asked for
	tags map[string]mappingTags                // by ARN
}

// mappingTags is an answer.
type mappingTags struct {
	tags map[string]string
	err  error
}

// early asks for mappings while the functions are being found, and for the tags
// of those of functions that are wanted or recorded to have some.
func (m *mappings) early(ctx context.Context, q *deployer.Query) (*mappingsEarly, error) {
	known := map[string]bool{}
	for _, w := range q.Want {
		known[w.(*resource.Mapping).Function] = true
	}
	for _, r := range q.Recorded {
		function, _, _ := strings.Cut(r.ID.Name, "#")
		known[function] = true
	}
	early := &mappingsEarly{tags: map[string]mappingTags{}}
	if len(known) == 0 {
		return early, nil
	}
	page, err := m.first(ctx)
	if err != nil {
		return nil, err
	}
	early.page = page
	list := slices.DeleteFunc(slices.Clone(page.EventSourceMappings), func(c types.EventSourceMappingConfiguration) bool {
		return !known[functionName(awssdk.ToString(c.FunctionArn))]
	})
	tags, err := each(ctx, list, func(ctx context.Context, c types.EventSourceMappingConfiguration) (mappingTags, error) {
		return m.tagsOf(ctx, mappingARNOf(q.Owner, c)), nil
	})
	for i := range tags {
		early.tags[mappingARNOf(q.Owner, list[i])] = tags[i]
	}
	return early, err
}

// first is the first page of the account's mappings.
func (m *mappings) first(ctx context.Context) (*lambda.ListEventSourceMappingsOutput, error) {
	page, err := m.api.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
	return page, fail(err)
}

func (m *mappings) tagsOf(ctx context.Context, arn string) mappingTags {
	o, err := m.api.ListTags(ctx, &lambda.ListTagsInput{Resource: &arn})
	if err != nil {
		return mappingTags{err: err}
	}
	return mappingTags{tags: plainTags(o.Tags)}
}

func mappingARNOf(owner resource.Owner, c types.EventSourceMappingConfiguration) string {
	if arn := awssdk.ToString(c.EventSourceMappingArn); arn != "" {
		return arn
	}
	return owner.ARN("lambda", "event-source-mapping:"+awssdk.ToString(c.UUID))
}

// list reads mappings. Where there are few in the account, one call tells all,
// also those of functions that are not there any more; else it takes one for
// each function, and one for each mapping of the record that is not among them.
func (m *mappings) list(ctx context.Context, q *deployer.Query, early *mappingsEarly, functions claims) ([]types.EventSourceMappingConfiguration, error) {
	if len(functions) == 0 && len(q.Recorded) == 0 {
		return nil, nil
	}
	page := early.page
	if page == nil {
		var err error
		if page, err = m.first(ctx); err != nil {
			return nil, err
		}
	}
	found := page.EventSourceMappings
	if page.NextMarker != nil {
		lists, err := each(ctx, slices.Sorted(maps.Keys(functions)), m.listOf)
		if err != nil {
			return nil, err
		}
		found = slices.Concat(lists...)
	}
	if q.Narrow {
		return found, nil
	}
	var lost []string
	for _, r := range q.Recorded {
		id := r.Attributes[resource.AttrID]
		if id != "" && !slices.ContainsFunc(found, func(c types.EventSourceMappingConfiguration) bool { return awssdk.ToString(c.UUID) == id }) {
			lost = append(lost, id)
		}
		function, _, _ := strings.Cut(r.ID.Name, "#")
		functions.add(function)
	}
	recorded, err := each(ctx, lost, m.get)
	if err != nil {
		return nil, err
	}
	return append(found, slices.Concat(recorded...)...), nil
}

// listOf reads the mappings of one function.
func (m *mappings) listOf(ctx context.Context, function string) ([]types.EventSourceMappingConfiguration, error) {
	return everyPage(ctx, lambda.NewListEventSourceMappingsPaginator(m.api, &lambda.ListEventSourceMappingsInput{FunctionName: &function}), func(page *lambda.ListEventSourceMappingsOutput) []types.EventSourceMappingConfiguration {
		return page.EventSourceMappings
	})
}

// get reads one mapping; none where there is none.
func (m *mappings) get(ctx context.Context, id string) ([]types.EventSourceMappingConfiguration, error) {
	o, err := m.api.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
	if isClass(err, deployer.ClassNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	return []types.EventSourceMappingConfiguration{{
		UUID: o.UUID, FunctionArn: o.FunctionArn, EventSourceArn: o.EventSourceArn, EventSourceMappingArn: o.EventSourceMappingArn,
		State: o.State, BatchSize: o.BatchSize, MaximumBatchingWindowInSeconds: o.MaximumBatchingWindowInSeconds,
		ScalingConfig: o.ScalingConfig, FilterCriteria: o.FilterCriteria, FunctionResponseTypes: o.FunctionResponseTypes,
		StartingPosition: o.StartingPosition, ParallelizationFactor: o.ParallelizationFactor, MaximumRetryAttempts: o.MaximumRetryAttempts,
		BisectBatchOnFunctionError: o.BisectBatchOnFunctionError, DestinationConfig: o.DestinationConfig,
	}}, nil
}

// live reads the tags of a mapping, and makes a Live of it, as yet without an
// ID. Where tags of mappings cannot be read, they count as the wanted ones.
func (m *mappings) live(ctx context.Context, q *deployer.Query, early *mappingsEarly, c types.EventSourceMappingConfiguration, want *resource.Mapping, owns func(map[string]string) bool) (*deployer.Live, error) {
	id, arn := awssdk.ToString(c.UUID), mappingARNOf(q.Owner, c)
	r := mappingOf(c, want)
	answer, read := early.tags[arn]
	if !read {
		answer = m.tagsOf(ctx, arn)
	}
	switch err := answer.err; {
	case err == nil:
		r.Tags = answer.tags
		if len(r.Tags) == 0 && want != nil && !taggable(q.Owner) {
			r.Tags = want.Tags
		}
	case isClass(err, deployer.ClassNotFound) || isCode(err, "InvalidParameterValueException", "ValidationException"):
		if want != nil {
			r.Tags = want.Tags
		}
	default:
		return nil, fail(err)
	}
	mine := owns(r.Tags)
	if !mine && want == nil {
		return nil, nil
	}
	return &deployer.Live{
		Resource: r, Owned: mine, Attributes: deployer.Attributes{resource.AttrID: id},
		Title: "event source mapping: " + id, DependsOn: []resource.ID{resource.FunctionID(r.Function)}, Handle: mappingARN(arn),
	}, nil
}

// taggable says whether mappings take tags. In GovCloud and in China they do not:
// what they are sent they forget, and the list of them is empty.
func taggable(owner resource.Owner) bool { return owner.Partition == "aws" }

// mappingOf is a mapping in the form of a wanted one.
func mappingOf(c types.EventSourceMappingConfiguration, want *resource.Mapping) *resource.Mapping {
	source := awssdk.ToString(c.EventSourceArn)
	r := &resource.Mapping{
		Function:                functionName(awssdk.ToString(c.FunctionArn)),
		Source:                  resource.Lit(source),
		BatchSize:               int(awssdk.ToInt32(c.BatchSize)),
		MaximumBatchingWindow:   int(awssdk.ToInt32(c.MaximumBatchingWindowInSeconds)),
		ReportBatchItemFailures: slices.Contains(c.FunctionResponseTypes, types.FunctionResponseTypeReportBatchItemFailures),
		Stream:                  !strings.Contains(source, ":sqs:"),
		StartingPosition:        string(c.StartingPosition),
		ParallelizationFactor:   int(max(1, awssdk.ToInt32(c.ParallelizationFactor))),
		BisectBatchOnError:      awssdk.ToBool(c.BisectBatchOnFunctionError),
	}
	switch awssdk.ToString(c.State) {
	case "Disabled", "Disabling":
		r.Disabled = true
	case "Creating", "Updating": // to what, AWS does not say
		r.Disabled = want != nil && want.Disabled
	}
	if c.ScalingConfig != nil {
		r.MaximumConcurrency = int(awssdk.ToInt32(c.ScalingConfig.MaximumConcurrency))
	}
	if c.FilterCriteria != nil {
		for _, f := range c.FilterCriteria.Filters {
			r.Filters = append(r.Filters, canonicalJSON([]byte(awssdk.ToString(f.Pattern))))
		}
	}
	if n := c.MaximumRetryAttempts; n != nil && *n >= 0 { // -1 is as if it were not set
		attempts := int(*n)
		r.MaximumRetryAttempts = &attempts
	}
	if c.DestinationConfig != nil && c.DestinationConfig.OnFailure != nil {
		r.OnFailureARN = awssdk.ToString(c.DestinationConfig.OnFailure.Destination)
	}
	return r
}

// nameMappings gives the mappings their IDs. The one of the wanted source
// answers to the want; any other one is one too many.
func nameMappings(q *deployer.Query, all []*deployer.Live, wanted map[string]*resource.Mapping) []*deployer.Live {
	slices.SortFunc(all, func(a, b *deployer.Live) int {
		return strings.Compare(a.Attributes[resource.AttrID], b.Attributes[resource.AttrID])
	})
	taken := map[string]bool{}
	var named []*deployer.Live
	for _, l := range all {
		r := l.Resource.(*resource.Mapping)
		want := wanted[r.Function]
		l.ID = r.ID()
		answers := want == nil || sameSource(q, want, r)
		switch {
		case answers && !taken[r.Function]:
			taken[r.Function] = true
		case q.Narrow || !l.Owned:
			continue
		default:
			l.ID.Name += "#" + l.Attributes[resource.AttrID]
		}
		named = append(named, l)
	}
	return named
}

// sameSource says whether a mapping reads the wanted source; one that is not
// known yet may be any.
func sameSource(q *deployer.Query, want, live *resource.Mapping) bool {
	source, known := want.Source.Resolve(q.Resolve)
	have, _ := live.Source.Resolve(nil)
	return !known || source == have
}

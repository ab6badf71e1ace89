package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// ruleLab is EventBridge as far as rules go.
type ruleLab struct {
	trouble
	buses map[string]map[string]*fakeRule
	// late is how many times a rule is said to have targets that have gone.
	late int
	// hasty is how many times targets are neither taken nor let go, because too
	// much is asked at once.
	hasty int
	// refuse has every target refused without an error of the call.
	refuse bool
}

type fakeRule struct {
	types.Rule
	tags    map[string]string
	targets []types.Target
}

func (f *ruleLab) arn(bus, name string) string {
	if bus == defaultBus {
		return testOwner.ARN("events", "rule/"+name)
	}
	if i := strings.Index(bus, ":event-bus/"); i > 0 {
		return bus[:i] + ":rule/" + bus[i+len(":event-bus/"):] + "/" + name
	}
	return testOwner.ARN("events", "rule/"+bus+"/"+name)
}

func (f *ruleLab) bus(name *string) (map[string]*fakeRule, error) {
	if b := f.buses[awssdk.ToString(name)]; b != nil {
		return b, nil
	}
	return nil, refusal("ResourceNotFoundException", "Event bus %s does not exist.", awssdk.ToString(name))
}

func (f *ruleLab) rule(bus, name *string) (*fakeRule, error) {
	b, err := f.bus(bus)
	if err != nil {
		return nil, err
	}
	if b[*name] == nil {
		return nil, refusal("ResourceNotFoundException", "Rule %s does not exist on EventBus %s.", *name, *bus)
	}
	return b[*name], nil
}

func (f *ruleLab) byARN(arn string) *fakeRule {
	for bus, rules := range f.buses {
		for name, r := range rules {
			if f.arn(bus, name) == arn {
				return r
			}
		}
	}
	return nil
}

func (f *ruleLab) ListRules(_ context.Context, in *eventbridge.ListRulesInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListRulesOutput, error) {
	b, err := f.bus(in.EventBusName)
	if err != nil {
		return nil, err
	}
	o := &eventbridge.ListRulesOutput{}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if !strings.HasPrefix(name, awssdk.ToString(in.NamePrefix)) || in.NextToken != nil && name <= *in.NextToken {
			continue
		}
		if len(o.Rules) == 1 {
			o.NextToken = o.Rules[0].Name
			break
		}
		o.Rules = append(o.Rules, b[name].Rule)
	}
	return o, nil
}

func (f *ruleLab) ListTagsForResource(_ context.Context, in *eventbridge.ListTagsForResourceInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListTagsForResourceOutput, error) {
	r := f.byARN(*in.ResourceARN)
	if r == nil {
		return nil, refusal("ResourceNotFoundException", "Rule does not exist.")
	}
	return &eventbridge.ListTagsForResourceOutput{Tags: ruleTags(r.tags)}, nil
}

func ruleTags(tags map[string]string) []types.Tag {
	return tagList(tags, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
}

func (f *ruleLab) ListTargetsByRule(_ context.Context, in *eventbridge.ListTargetsByRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error) {
	r, err := f.rule(in.EventBusName, in.Rule)
	if err != nil {
		return nil, err
	}
	return &eventbridge.ListTargetsByRuleOutput{Targets: slices.Clone(r.targets)}, nil
}

func (f *ruleLab) PutRule(_ context.Context, in *eventbridge.PutRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutRuleOutput, error) {
	return nil, f.mutate("put rule", func() error {
		b, err := f.bus(in.EventBusName)
		if err != nil {
			return err
		}
		r := b[*in.Name]
		if r == nil {
			r = &fakeRule{tags: tagMap(in.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })}
			b[*in.Name] = r
		}
		r.Rule = types.Rule{
			Name: in.Name, Arn: awssdk.String(f.arn(*in.EventBusName, *in.Name)), EventBusName: in.EventBusName, Description: in.Description,
			EventPattern: in.EventPattern, ScheduleExpression: in.ScheduleExpression, State: in.State,
		}
		return nil
	})
}

func (f *ruleLab) PutTargets(_ context.Context, in *eventbridge.PutTargetsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error) {
	o := &eventbridge.PutTargetsOutput{}
	return o, f.mutate("put targets", func() error {
		r, err := f.rule(in.EventBusName, in.Rule)
		if err != nil {
			return err
		}
		for _, t := range in.Targets {
			if f.hasty--; f.hasty >= 0 {
				o.FailedEntryCount++
				o.FailedEntries = append(o.FailedEntries, types.PutTargetsResultEntry{TargetId: t.Id, ErrorCode: awssdk.String("ConcurrentModificationException")})
				continue
			}
			if f.refuse {
				o.FailedEntryCount++
				o.FailedEntries = append(o.FailedEntries, types.PutTargetsResultEntry{TargetId: t.Id, ErrorCode: awssdk.String("LimitExceeded"), ErrorMessage: awssdk.String("too many")})
				continue
			}
			r.targets = slices.DeleteFunc(r.targets, func(old types.Target) bool { return *old.Id == *t.Id })
			r.targets = append(r.targets, t)
		}
		return nil
	})
}

func (f *ruleLab) RemoveTargets(_ context.Context, in *eventbridge.RemoveTargetsInput, _ ...func(*eventbridge.Options)) (*eventbridge.RemoveTargetsOutput, error) {
	o := &eventbridge.RemoveTargetsOutput{}
	return o, f.mutate("remove targets", func() error {
		r, err := f.rule(in.EventBusName, in.Rule)
		if err != nil {
			return err
		}
		if len(in.Ids) > targetsAtOnce {
			return refusal("ValidationException", "Member must have length less than or equal to 100")
		}
		if f.hasty--; f.hasty >= 0 {
			o.FailedEntryCount++
			o.FailedEntries = append(o.FailedEntries, types.RemoveTargetsResultEntry{TargetId: &in.Ids[0], ErrorCode: awssdk.String("ThrottlingException")})
			return nil
		}
		r.targets = slices.DeleteFunc(r.targets, func(t types.Target) bool { return slices.Contains(in.Ids, *t.Id) })
		return nil
	})
}

func (f *ruleLab) DeleteRule(_ context.Context, in *eventbridge.DeleteRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.DeleteRuleOutput, error) {
	return nil, f.mutate("delete rule", func() error {
		r, err := f.rule(in.EventBusName, in.Name)
		if err != nil {
			return nil // nothing there: no error
		}
		if f.late--; len(r.targets) > 0 || f.late >= 0 {
			return refusal("ValidationException", "Rule can't be deleted since it has targets.")
		}
		delete(f.buses[*in.EventBusName], *in.Name)
		return nil
	})
}

func (f *ruleLab) TagResource(_ context.Context, in *eventbridge.TagResourceInput, _ ...func(*eventbridge.Options)) (*eventbridge.TagResourceOutput, error) {
	return nil, f.mutate("tag", func() error {
		for _, t := range in.Tags {
			f.byARN(*in.ResourceARN).tags[*t.Key] = *t.Value
		}
		return nil
	})
}

func (f *ruleLab) UntagResource(_ context.Context, in *eventbridge.UntagResourceInput, _ ...func(*eventbridge.Options)) (*eventbridge.UntagResourceOutput, error) {
	return nil, f.mutate("untag", func() error {
		for _, key := range in.TagKeys {
			delete(f.byARN(*in.ResourceARN).tags, key)
		}
		return nil
	})
}

const tillBus = "arn:aws:events:eu-west-1:99:event-bus/till"

func (f *ruleLab) lab() *lab {
	f.buses = map[string]map[string]*fakeRule{defaultBus: {}, "till": {}, tillBus: {}}
	for bus := range f.buses {
		for name, tags := range map[string]map[string]string{
			"shop-dev-x":  nil,
			"shop-dev-y":  {resource.TagApp: "shop-dev", resource.TagStage: "y", resource.TagRegion: testOwner.Region},
			"shop-dev2-a": testOwner.Tags(),
		} {
			f.buses[bus][name] = &fakeRule{types.Rule{Name: &name, Arn: awssdk.String(f.arn(bus, name))}, tags, nil}
		}
	}
	b := newBench(&rules{f}, "shop-dev-a", "shop-dev-b")
	b.permit("shop-dev-a", source.StatementRule, f.arn("till", "shop-dev-a"))
	b.permit("shop-dev-a", source.StatementRule, f.arn("gone", "shop-dev-a"))
	b.permit("shop-dev-b", source.StatementRule, f.arn(tillBus, "shop-dev-b"))
	return &lab{b, &f.trouble, func() string {
		var text strings.Builder
		for _, bus := range slices.Sorted(maps.Keys(f.buses)) {
			for _, name := range slices.Sorted(maps.Keys(f.buses[bus])) {
				if name != "shop-dev-a" && name != "shop-dev-b" {
					r := f.buses[bus][name]
					fmt.Fprintln(&text, bus, *r.Arn, r.State, r.tags, r.targets)
				}
			}
		}
		return text.String()
	}}
}

func rule(name, bus string, change func(*resource.Rule)) *resource.Rule {
	r := &resource.Rule{Name: name, Bus: bus, Function: name, FunctionARN: testOwner.FunctionARN(name), Pattern: `{"source":["till"]}`, Tags: testOwner.Tags()}
	if change != nil {
		change(r)
	}
	return r
}

func TestRules(t *testing.T) {
	tags := testOwner.Tags()
	tags["team"] = "till"
	stages(t, func() *lab { return new(ruleLab).lab() },
		[]resource.Resource{rule("shop-dev-a", "default", nil), rule("shop-dev-b", tillBus, nil)},
		[]resource.Resource{rule("shop-dev-a", "default", func(r *resource.Rule) {
			r.Pattern, r.Schedule, r.Description, r.Disabled, r.Input, r.Tags = "", "rate(5 minutes)", "now and then", true, `{"a":1}`, tags
		}), rule("shop-dev-b", tillBus, func(r *resource.Rule) { r.Tags, r.FunctionARN = tags, testOwner.FunctionARN("shop-dev-b2") })},
		[]resource.Resource{rule("shop-dev-a", "default", nil), rule("shop-dev-b", tillBus, nil)},
		[]resource.Resource{rule("shop-dev-a", "till", nil)},
	)
}

// What others have put on a rule stays as long as the rule.
func TestRuleTargetsOfOthers(t *testing.T) {
	f := &ruleLab{hasty: 2}
	l := f.lab()
	if err := l.bench.deploy(rule("shop-dev-a", "default", nil)); err != nil {
		t.Fatal(err)
	}
	mine := f.buses[defaultBus]["shop-dev-a"]
	for i := range 150 {
		mine.targets = append(mine.targets, types.Target{Id: awssdk.String(fmt.Sprint(i)), Arn: awssdk.String(queueA)})
	}
	mine.targets[0].InputPath = awssdk.String("$.detail")
	want := rule("shop-dev-a", "default", nil)
	if err := l.bench.deploy(want); err != nil {
		t.Fatal(err)
	}
	l.bench.equal(t, want)
	if len(mine.targets) != 151 || mine.targets[150].InputPath != nil {
		t.Errorf("%d targets, ours: %+v", len(mine.targets), mine.targets[150])
	}
	f.late, f.hasty = 2, 2
	if err := l.bench.deploy(); err != nil || f.buses[defaultBus]["shop-dev-a"] != nil {
		t.Errorf("not removed: %v", err)
	}
}

func TestRuleRefused(t *testing.T) {
	f := new(ruleLab)
	l := f.lab()
	wantFailure(t, l.bench.deploy(rule("shop-dev-a", "nowhere", nil)), "there is no event bus nowhere", "make it")
	f.refuse = true
	wantFailure(t, l.bench.deploy(rule("shop-dev-a", "default", nil)), "events:PutTargets", "too many")
	live, err := l.bench.find(rule("shop-dev-x", "default", nil), rule("shop-dev-y", "till", nil))
	if err != nil || len(live) != 3 {
		t.Fatalf("found %v, %v", live, err)
	}
	for _, l := range live {
		if want := map[string]string{"rule/shop-dev-x": "", "rule/till/shop-dev-y": "app shop-dev, stage y"}; l.ID.Name != "shop-dev-a" && (l.Owned || l.Owner != want[l.ID.String()]) {
			t.Errorf("%s: owned %v by %q", l.ID, l.Owned, l.Owner)
		}
	}
}

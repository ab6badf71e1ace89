package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// ruleAPI is what rules take of EventBridge.
type ruleAPI interface {
	ListRules(context.Context, *eventbridge.ListRulesInput, ...func(*eventbridge.Options)) (*eventbridge.ListRulesOutput, error)
	ListTagsForResource(context.Context, *eventbridge.ListTagsForResourceInput, ...func(*eventbridge.Options)) (*eventbridge.ListTagsForResourceOutput, error)
	ListTargetsByRule(context.Context, *eventbridge.ListTargetsByRuleInput, ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
	PutRule(context.Context, *eventbridge.PutRuleInput, ...func(*eventbridge.Options)) (*eventbridge.PutRuleOutput, error)
	PutTargets(context.Context, *eventbridge.PutTargetsInput, ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error)
	RemoveTargets(context.Context, *eventbridge.RemoveTargetsInput, ...func(*eventbridge.Options)) (*eventbridge.RemoveTargetsOutput, error)
	DeleteRule(context.Context, *eventbridge.DeleteRuleInput, ...func(*eventbridge.Options)) (*eventbridge.DeleteRuleOutput, error)
	TagResource(context.Context, *eventbridge.TagResourceInput, ...func(*eventbridge.Options)) (*eventbridge.TagResourceOutput, error)
	UntagResource(context.Context, *eventbridge.UntagResourceInput, ...func(*eventbridge.Options)) (*eventbridge.UntagResourceOutput, error)
}

// rules is the actuator of EventBridge rules, each with a function as a target.
// Targets that others have put on a rule stay as long as the rule.
type rules struct{ api ruleAPI }

func newRules(c *Clients) deployer.Actuator { return &rules{c.Events} }

const (
	defaultBus = "default"
	// targetID is that of the function among a rule's targets.
	targetID = "function"
	// targetsAtOnce is how many targets one call removes.
	targetsAtOnce = 100
	// otherInput stands in for an input that is not text: somebody changed it.
	otherInput = "(made from the event)"
)

// ruleHandle is the Handle of a rule.
type ruleHandle struct{ arn string }

// Find implements deployer.Actuator: the rules of the stage's names on the
// default bus, on the wanted ones, and on those that may call a function.
func (r *rules) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	wanted := map[resource.ID]*resource.Rule{}
	needed := map[string][]resource.ID{}
	var buses, names []string
	for _, w := range q.Want {
		want := w.(*resource.Rule)
		wanted[want.ID()] = want
		if !q.Leaving {
			needed[busName(want.Bus)] = append(needed[busName(want.Bus)], want.ID())
		}
		buses, names = append(buses, busName(want.Bus)), append(names, want.Name)
	}
	if !q.Narrow {
		buses = append(buses, defaultBus)
		for _, known := range q.Recorded {
			if i := strings.LastIndexByte(known.ID.Name, '/'); i > 0 {
				buses = append(buses, known.ID.Name[:i])
			}
		}
	}
	listOf := func(ctx context.Context, bus string) ([]*deployer.Live, error) {
		list, err := r.list(ctx, bus, prefixOf(q.Owner, names))
		if isClass(err, deployer.ClassNotFound) {
			return nil, q.Lack(needed[bus], explain(err, "there is no event bus "+bus, "make it, or name another one: a deploy makes no buses"))
		}
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(l *deployer.Live) bool { return q.Narrow && wanted[l.ID] == nil })
		return each(ctx, list, func(ctx context.Context, l *deployer.Live) (*deployer.Live, error) {
			return r.read(ctx, q.Owner, l, wanted[l.ID])
		})
	}
	found, err := ahead(ctx, buses, func() (others []string) {
		if q.Narrow {
			return nil
		}
		for _, arn := range permitted(q, source.StatementRule) {
			others = append(others, busOfRule(q.Owner, arn))
		}
		return others
	}, listOf)
	return present(slices.Concat(byName(found)...)), err
}

// prefixOf is what the names of all the stage's rules begin with.
func prefixOf(owner resource.Owner, names []string) string {
	prefix := owner.App + "-" + owner.Stage + "-"
	for _, name := range names {
		for !strings.HasPrefix(name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}

func busName(bus string) string {
	if bus == "" {
		return defaultBus
	}
	return bus
}

// busOfRule is the bus of a rule by the rule's ARN: its name, or where it is of
// another account or region, its ARN.
func busOfRule(owner resource.Owner, arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	path := strings.TrimPrefix(parts[5], "rule/")
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return defaultBus
	}
	if parts[3] == owner.Region && parts[4] == owner.Account {
		return path[:i]
	}
	return strings.Join(parts[:5], ":") + ":event-bus/" + path[:i]
}

// list are the rules of a bus whose names have a prefix, as yet without targets
// and tags.
func (r *rules) list(ctx context.Context, bus, prefix string) ([]*deployer.Live, error) {
	var all []*deployer.Live
	input := &eventbridge.ListRulesInput{EventBusName: &bus, NamePrefix: filled(prefix)}
	for {
		page, err := r.api.ListRules(ctx, input)
		if err != nil {
			return nil, fail(err)
		}
		for _, found := range page.Rules {
			rule := &resource.Rule{
				Name: awssdk.ToString(found.Name), Bus: bus, Description: awssdk.ToString(found.Description),
				Schedule: awssdk.ToString(found.ScheduleExpression), Pattern: canonicalJSON([]byte(awssdk.ToString(found.EventPattern))),
				Disabled: found.State == types.RuleStateDisabled,
			}
			arn := awssdk.ToString(found.Arn)
			all = append(all, &deployer.Live{ID: rule.ID(), Resource: rule, Title: "rule: " + arn, Handle: ruleHandle{arn}})
		}
		if page.NextToken == nil {
			return all, nil
		}
		input.NextToken = page.NextToken
	}
}

// read reads the tags and the targets of a rule; nil where it is neither or went away.
func (r *rules) read(ctx context.Context, owner resource.Owner, live *deployer.Live, want *resource.Rule) (*deployer.Live, error) {
	rule := live.Resource.(*resource.Rule)
	arn := live.Handle.(ruleHandle).arn
	var tags *eventbridge.ListTagsForResourceOutput
	var targets []types.Target
	err := together(ctx,
		func(ctx context.Context) (err error) {
			tags, err = r.api.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: &arn})
			return err
		},
		func(ctx context.Context) (err error) {
			targets, err = r.targets(ctx, rule)
			return err
		},
	)
	if isClass(err, deployer.ClassNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	rule.Tags = tagMap(tags.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
	live.Owned, live.Owner = ownership(owner, rule.Tags)
	if !live.Owned && want == nil {
		return nil, nil
	}
	for _, t := range targets {
		if awssdk.ToString(t.Id) != targetID {
			continue
		}
		rule.FunctionARN = awssdk.ToString(t.Arn)
		rule.Function = functionName(rule.FunctionARN)
		rule.Input = canonicalJSON([]byte(awssdk.ToString(t.Input)))
		if t.InputPath != nil || t.InputTransformer != nil {
			rule.Input = otherInput
		}
	}
	if rule.Function != "" {
		live.DependsOn = callOf(rule.Function, source.StatementRule)
	}
	return live, nil
}

// targets are all of a rule.
func (r *rules) targets(ctx context.Context, rule *resource.Rule) ([]types.Target, error) {
	var all []types.Target
	input := &eventbridge.ListTargetsByRuleInput{Rule: &rule.Name, EventBusName: awssdk.String(busName(rule.Bus))}
	for {
		page, err := r.api.ListTargetsByRule(ctx, input)
		if err != nil {
			return nil, fail(err)
		}
		all = append(all, page.Targets...)
		if page.NextToken == nil {
			return all, nil
		}
		input.NextToken = page.NextToken
	}
}

// Create implements deployer.Actuator.
func (r *rules) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Rule)
	tags := tagList(w.Tags, func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} })
	if err := r.put(ctx, w, tags); err != nil {
		return nil, err
	}
	return nil, r.target(ctx, w, run)
}

// Update implements deployer.Actuator.
func (r *rules) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Rule)
	if changed(changes, "tags") {
		if err := r.tag(ctx, w, live); err != nil {
			return nil, err
		}
	}
	if changed(changes, "schedule", "pattern", "description", "disabled") {
		if err := r.put(ctx, w, nil); err != nil {
			return nil, err
		}
	}
	if changed(changes, "function", "input") {
		return nil, r.target(ctx, w, run)
	}
	return nil, nil
}

// put writes all of a rule but its targets. Tags count for a new one only.
func (r *rules) put(ctx context.Context, w *resource.Rule, tags []types.Tag) error {
	input := &eventbridge.PutRuleInput{Name: &w.Name, EventBusName: awssdk.String(busName(w.Bus)), State: types.RuleStateEnabled, Tags: tags}
	if w.Disabled {
		input.State = types.RuleStateDisabled
	}
	if w.Description != "" {
		input.Description = &w.Description
	}
	if w.Schedule != "" {
		input.ScheduleExpression = &w.Schedule
	}
	if w.Pattern != "" {
		input.EventPattern = &w.Pattern
	}
	_, err := r.api.PutRule(ctx, input)
	return fail(err)
}

// target has the rule call the function.
func (r *rules) target(ctx context.Context, w *resource.Rule, run *deployer.Run) error {
	target := types.Target{Id: awssdk.String(targetID), Arn: &w.FunctionARN}
	if w.Input != "" {
		target.Input = &w.Input
	}
	began := run.Clock.Now()
	early := func(err error) bool { // the rule is not known everywhere as yet
		return hasty(err) || isClass(err, deployer.ClassNotFound) && run.Clock.Now().Sub(began) < freshLimit
	}
	return persist(ctx, run, "EventBridge to take the target of "+w.Name, freshLimit, early, "", func(ctx context.Context) error {
		o, err := r.api.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &w.Name, EventBusName: awssdk.String(busName(w.Bus)), Targets: []types.Target{target}})
		if err != nil {
			return fail(err)
		}
		for _, f := range o.FailedEntries {
			return entryFailure("events:PutTargets", f.ErrorCode, f.ErrorMessage)
		}
		return nil
	})
}

// hasty says whether EventBridge refused a target because too much is asked of
// it at once, which is no error of the call, so that the client does not see it.
func hasty(err error) bool {
	return isCode(err, throttleCodes...) && !isCode(err, "LimitExceededException")
}

// entryFailure is the failure of a part of a call that as a whole succeeded.
func entryFailure(operation string, code, message *string) *deployer.Failure {
	f := &deployer.Failure{Operation: operation, Code: awssdk.ToString(code), Message: awssdk.ToString(message)}
	f.Class = classOf(f.Code, f.Message, 0)
	return f
}

func (r *rules) tag(ctx context.Context, w *resource.Rule, live *deployer.Live) error {
	arn := live.Handle.(ruleHandle).arn
	set, remove := tagDiff(w.Tags, live.Resource.(*resource.Rule).Tags)
	if len(set) > 0 {
		tags := tagList(set, func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} })
		if _, err := r.api.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: &arn, Tags: tags}); err != nil {
			return fail(err)
		}
	}
	if len(remove) > 0 {
		if _, err := r.api.UntagResource(ctx, &eventbridge.UntagResourceInput{ResourceARN: &arn, TagKeys: remove}); err != nil {
			return fail(err)
		}
	}
	return nil
}

// Delete implements deployer.Actuator. A rule with targets is not deleted, so
// all of them go.
func (r *rules) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	rule := live.Resource.(*resource.Rule)
	bus := busName(rule.Bus)
	targets, err := r.targets(ctx, rule)
	if err != nil {
		return fail(unlessGone(err))
	}
	for part := range slices.Chunk(targets, targetsAtOnce) {
		input := &eventbridge.RemoveTargetsInput{Rule: &rule.Name, EventBusName: &bus}
		for _, t := range part {
			input.Ids = append(input.Ids, awssdk.ToString(t.Id))
		}
		err := persist(ctx, run, "EventBridge to let the targets of "+rule.Name+" go", freshLimit, hasty, "", func(ctx context.Context) error {
			o, err := r.api.RemoveTargets(ctx, input)
			if err != nil {
				return unlessGone(err)
			}
			for _, f := range o.FailedEntries {
				failure := entryFailure("events:RemoveTargets", f.ErrorCode, f.ErrorMessage)
				failure.Message = "target " + awssdk.ToString(f.TargetId) + ": " + failure.Message
				return failure
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	targeted := func(err error) bool { return isCode(err, "ValidationException") && says(err, "has targets") }
	return persist(ctx, run, "EventBridge to know that the rule has no targets", freshLimit, targeted, "", func(ctx context.Context) error {
		_, err := r.api.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &rule.Name, EventBusName: &bus})
		return unlessGone(err)
	})
}

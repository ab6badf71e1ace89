package aws

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// subscriptionAPI is what subscriptions take of SNS.
type subscriptionAPI interface {
	ListSubscriptionsByTopic(context.Context, *sns.ListSubscriptionsByTopicInput, ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error)
	GetSubscriptionAttributes(context.Context, *sns.GetSubscriptionAttributesInput, ...func(*sns.Options)) (*sns.GetSubscriptionAttributesOutput, error)
	SetSubscriptionAttributes(context.Context, *sns.SetSubscriptionAttributesInput, ...func(*sns.Options)) (*sns.SetSubscriptionAttributesOutput, error)
	Subscribe(context.Context, *sns.SubscribeInput, ...func(*sns.Options)) (*sns.SubscribeOutput, error)
	Unsubscribe(context.Context, *sns.UnsubscribeInput, ...func(*sns.Options)) (*sns.UnsubscribeOutput, error)
}

// subscriptions is the actuator of subscriptions of functions to topics. A
// topic may be in another region: it is spoken to there.
type subscriptions struct{ api subscriptionAPI }

func newSubscriptions(c *Clients) deployer.Actuator { return &subscriptions{c.SNS} }

// The attributes of subscriptions that are ours to set.
const (
	attributePolicy  = "FilterPolicy"
	attributeScope   = "FilterPolicyScope"
	attributeRedrive = "RedrivePolicy"
	scopeBody        = "MessageBody"
)

// Find implements deployer.Actuator: the subscriptions of the owner's functions
// to the wanted topics and to those that may call a function.
func (s *subscriptions) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	known := claims{}
	wanted, ids := map[string][]resource.ID{}, map[resource.ID]bool{}
	var topics []string
	for _, w := range q.Want {
		want := w.(*resource.Subscription)
		known.add(want.Function)
		ids[want.ID()] = true
		if !q.Leaving {
			wanted[want.TopicARN] = append(wanted[want.TopicARN], want.ID())
		}
		topics = append(topics, want.TopicARN)
	}
	if !q.Narrow {
		for _, r := range q.Recorded {
			function, topic, _ := strings.Cut(r.ID.Name, "/")
			known.add(function)
			topics = append(topics, topic)
		}
	}
	lists, err := ahead(ctx, topics, func() []string {
		if q.Narrow {
			return nil
		}
		return permitted(q, source.StatementSNS)
	}, func(ctx context.Context, topic string) ([]*subscriptionFound, error) {
		list, err := s.list(ctx, q, topic)
		if isNoTopic(err) {
			return nil, q.Lack(wanted[topic], err)
		}
		if err == nil {
			err = s.readOf(ctx, list, known)
		}
		return list, err
	})
	if err != nil {
		return nil, err
	}
	functions := functionClaims(q)
	for name := range known {
		functions.add(name)
	}
	asked := slices.DeleteFunc(slices.Concat(byName(lists)...), func(found *subscriptionFound) bool {
		if found.live == nil {
			return true
		}
		owned, asked := functions[found.r.Function]
		found.live.Owned = owned
		return !asked || !ids[found.live.ID] && (q.Narrow || !owned)
	})
	all, err := each(ctx, asked, func(ctx context.Context, found *subscriptionFound) (*deployer.Live, error) {
		err := s.read(ctx, found)
		return found.live, err
	})
	return present(all), err
}

// subscriptionFound is a subscription of a function of the account's.
type subscriptionFound struct {
	live *deployer.Live // nil once it is known to be gone
	r    *resource.Subscription
	read bool // its attributes too
}

// list are the subscriptions of functions to one topic. One that waits to be
// confirmed has no ARN: it is as good as none, and goes away by itself.
func (s *subscriptions) list(ctx context.Context, q *deployer.Query, topic string) ([]*subscriptionFound, error) {
	var found []*subscriptionFound
	pages := sns.NewListSubscriptionsByTopicPaginator(s.api, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, regionOf(topic))
		if err != nil {
			return nil, topicError(err, topic)
		}
		for _, sub := range page.Subscriptions {
			arn, endpoint := awssdk.ToString(sub.SubscriptionArn), awssdk.ToString(sub.Endpoint)
			name := functionName(endpoint)
			if awssdk.ToString(sub.Protocol) != "lambda" || endpoint != q.Owner.FunctionARN(name) || !strings.HasPrefix(arn, "arn:") {
				continue
			}
			r := &resource.Subscription{TopicARN: topic, Function: name, FunctionARN: endpoint}
			found = append(found, &subscriptionFound{r: r, live: &deployer.Live{
				ID: r.ID(), Resource: r, Attributes: deployer.Attributes{resource.AttrARN: arn},
				Title: "subscription: " + arn, DependsOn: callOf(name, source.StatementSNS),
			}})
		}
	}
	return found, nil
}

// readOf reads the attributes of the subscriptions of some functions.
func (s *subscriptions) readOf(ctx context.Context, list []*subscriptionFound, functions claims) error {
	return every(ctx, list, func(ctx context.Context, found *subscriptionFound) error {
		if !functions[found.r.Function] {
			return nil // it is asked about when it is known whose the function is
		}
		return s.read(ctx, found)
	})
}

// read reads the attributes of a subscription, once.
func (s *subscriptions) read(ctx context.Context, found *subscriptionFound) error {
	if found.read {
		return nil
	}
	found.read = true
	r, arn := found.r, found.live.Attributes[resource.AttrARN]
	o, err := s.api.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn}, regionOf(r.TopicARN))
	if isNoTopic(err) {
		found.live = nil
		return nil
	}
	if err != nil {
		return fail(err)
	}
	if policy := canonicalJSON([]byte(o.Attributes[attributePolicy])); policy != "{}" {
		r.FilterPolicy = policy
	}
	if r.FilterPolicy != "" {
		r.FilterPolicyScope = o.Attributes[attributeScope]
		if r.FilterPolicyScope == "" {
			r.FilterPolicyScope = "MessageAttributes"
		}
	}
	if redrive := o.Attributes[attributeRedrive]; redrive != "" {
		var policy redrivePolicy
		if json.Unmarshal([]byte(redrive), &policy) != nil {
			r.DeadLetterARN = redrive
		} else {
			r.DeadLetterARN = policy.Target
		}
	}
	return nil
}

// redrivePolicy says where messages go that could not be delivered.
type redrivePolicy struct {
	Target string `json:"deadLetterTargetArn"`
}

func (p redrivePolicy) text() string {
	text, _ := json.Marshal(p) //nolint:errchkjson // a string always encodes
	return string(text)
}

// Create implements deployer.Actuator. Subscribing again changes nothing.
func (s *subscriptions) Create(ctx context.Context, want resource.Resource, _ *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Subscription)
	attributes := map[string]string{}
	if w.FilterPolicy != "" {
		attributes[attributePolicy], attributes[attributeScope] = w.FilterPolicy, w.FilterPolicyScope
	}
	if w.DeadLetterARN != "" {
		attributes[attributeRedrive] = redrivePolicy{w.DeadLetterARN}.text()
	}
	o, err := s.api.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &w.TopicARN, Protocol: awssdk.String("lambda"), Endpoint: &w.FunctionARN, Attributes: attributes, ReturnSubscriptionArn: true,
	}, regionOf(w.TopicARN))
	if err != nil {
		return nil, topicError(err, w.TopicARN)
	}
	return deployer.Attributes{resource.AttrARN: awssdk.ToString(o.SubscriptionArn)}, nil
}

// Update implements deployer.Actuator. A nested policy fits the scope of the
// body only, a flat one either: so the scope of the body comes before the
// policy, the other after it, and no moment is without a filter.
func (s *subscriptions) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, _ *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Subscription)
	type setting struct {
		name  string
		value *string
	}
	var settings []setting
	policy := w.FilterPolicy
	if policy == "" {
		policy = "{}" // an empty text is refused
	}
	scope := changed(changes, "filter_policy_scope") && w.FilterPolicy != ""
	if scope && w.FilterPolicyScope == scopeBody {
		settings = append(settings, setting{attributeScope, &w.FilterPolicyScope})
	}
	if changed(changes, "filter_policy") {
		settings = append(settings, setting{attributePolicy, &policy})
	}
	if scope && w.FilterPolicyScope != scopeBody {
		settings = append(settings, setting{attributeScope, &w.FilterPolicyScope})
	}
	if changed(changes, "dead_letter_arn") {
		redrive := setting{attributeRedrive, nil} // an empty text is refused
		if w.DeadLetterARN != "" {
			redrive.value = awssdk.String(redrivePolicy{w.DeadLetterARN}.text())
		}
		settings = append(settings, redrive)
	}
	for _, set := range settings {
		_, err := s.api.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: awssdk.String(live.Attributes[resource.AttrARN]), AttributeName: &set.name, AttributeValue: set.value,
		}, regionOf(w.TopicARN))
		if err != nil {
			return nil, topicError(err, w.TopicARN)
		}
	}
	return live.Attributes, nil
}

// Delete implements deployer.Actuator.
func (s *subscriptions) Delete(ctx context.Context, live *deployer.Live, _ *deployer.Run) error {
	arn := live.Attributes[resource.AttrARN]
	_, err := s.api.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &arn}, regionOf(arn))
	if isNoTopic(err) {
		return nil
	}
	return fail(err)
}

// regionOf has a call go to the region of an ARN.
func regionOf(arn string) func(*sns.Options) {
	return func(o *sns.Options) {
		if parts := strings.SplitN(arn, ":", 5); len(parts) == 5 && parts[3] != "" {
			o.Region = parts[3]
		}
	}
}

// isNoTopic says whether there is no such topic, or no such subscription.
func isNoTopic(err error) bool {
	return isCode(err, "NotFound", "NotFoundException") || isClass(err, deployer.ClassNotFound)
}

// topicError says in plain words what is the matter with a topic.
func topicError(err error, topic string) error {
	err = fail(err)
	switch {
	case isNoTopic(err):
		return explain(err, "there is no topic "+topic, "make it, or name another one: a deploy makes no topics")
	case isCode(err, "AuthorizationError") || isClass(err, deployer.ClassDenied):
		return explain(err, "the subscriptions of the topic "+topic+" may not be read or changed: "+failureOf(err).Message,
			"it takes sns:ListSubscriptionsByTopic and sns:Subscribe; a topic of another account must allow them in its own policy")
	}
	return err
}

package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// topicLab is SNS as far as subscriptions go. Each topic is in a region, and
// answers only there.
type topicLab struct {
	trouble
	topics map[string][]types.Subscription
	attrs  map[string]map[string]string
	denied map[string]bool
	next   int
}

func (f *topicLab) region(options []func(*sns.Options), arn string) error {
	o := sns.Options{Region: testOwner.Region}
	for _, set := range options {
		set(&o)
	}
	if here := strings.Split(arn, ":")[3]; o.Region != here {
		return refusal("InvalidParameter", "Invalid parameter: TopicArn: %s is not in %s", arn, o.Region)
	}
	if f.denied[arn] {
		return refusal("AuthorizationError", "User is not authorized to perform: SNS:Subscribe on resource: %s", arn)
	}
	return nil
}

func (f *topicLab) ListSubscriptionsByTopic(_ context.Context, in *sns.ListSubscriptionsByTopicInput, o ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	if err := f.region(o, *in.TopicArn); err != nil {
		return nil, err
	}
	list, ok := f.topics[*in.TopicArn]
	if !ok {
		return nil, refusal("NotFound", "Topic does not exist")
	}
	i := 0
	if in.NextToken != nil {
		fmt.Sscan(*in.NextToken, &i)
	}
	if i >= len(list) {
		return &sns.ListSubscriptionsByTopicOutput{}, nil
	}
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: list[i : i+1], NextToken: awssdk.String(fmt.Sprint(i + 1))}, nil
}

func (f *topicLab) GetSubscriptionAttributes(_ context.Context, in *sns.GetSubscriptionAttributesInput, o ...func(*sns.Options)) (*sns.GetSubscriptionAttributesOutput, error) {
	if err := f.region(o, *in.SubscriptionArn); err != nil {
		return nil, err
	}
	return &sns.GetSubscriptionAttributesOutput{Attributes: maps.Clone(f.attrs[*in.SubscriptionArn])}, nil
}

// set refuses what SNS refuses: empty texts, nested policies where attributes
// are looked at.
func (f *topicLab) set(attrs map[string]string, name, value string, given bool) error {
	next := maps.Clone(attrs)
	next[name] = value
	switch {
	case !given && name == attributeRedrive:
		delete(attrs, name)
		return nil
	case value == "" || name == attributePolicy && value == "":
		return refusal("InvalidParameter", "Invalid parameter: %s: empty", name)
	case next[attributeScope] != scopeBody && strings.Contains(next[attributePolicy], ":{"):
		return refusal("InvalidParameter", "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy")
	}
	maps.Copy(attrs, next)
	if next[attributePolicy] == "{}" {
		delete(attrs, attributePolicy)
	}
	return nil
}

func (f *topicLab) SetSubscriptionAttributes(_ context.Context, in *sns.SetSubscriptionAttributesInput, o ...func(*sns.Options)) (*sns.SetSubscriptionAttributesOutput, error) {
	return nil, f.mutate("set "+*in.AttributeName, func() error {
		if err := f.region(o, *in.SubscriptionArn); err != nil {
			return err
		}
		return f.set(f.attrs[*in.SubscriptionArn], *in.AttributeName, awssdk.ToString(in.AttributeValue), in.AttributeValue != nil)
	})
}

func (f *topicLab) Subscribe(_ context.Context, in *sns.SubscribeInput, o ...func(*sns.Options)) (*sns.SubscribeOutput, error) {
	var arn string
	err := f.mutate("subscribe", func() error {
		if err := f.region(o, *in.TopicArn); err != nil {
			return err
		}
		for _, old := range f.topics[*in.TopicArn] {
			if *old.Endpoint == *in.Endpoint && strings.HasPrefix(*old.SubscriptionArn, "arn:") {
				arn = *old.SubscriptionArn
				if !maps.Equal(f.attrs[arn], in.Attributes) {
					return refusal("InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
				}
				return nil
			}
		}
		attrs := map[string]string{attributeScope: in.Attributes[attributeScope]}
		for _, name := range slices.Backward(slices.Sorted(maps.Keys(in.Attributes))) { // the scope first
			if err := f.set(attrs, name, in.Attributes[name], true); err != nil {
				return err
			}
		}
		arn = f.subscribe(*in.TopicArn, *in.Protocol, *in.Endpoint, attrs)
		return nil
	})
	return &sns.SubscribeOutput{SubscriptionArn: &arn}, err
}

func (f *topicLab) subscribe(topic, protocol, endpoint string, attrs map[string]string) string {
	f.next++
	arn := fmt.Sprintf("%s:%d", topic, f.next)
	f.attrs[arn] = attrs
	f.topics[topic] = append(f.topics[topic], types.Subscription{TopicArn: &topic, Protocol: &protocol, Endpoint: &endpoint, SubscriptionArn: &arn})
	return arn
}

func (f *topicLab) Unsubscribe(_ context.Context, in *sns.UnsubscribeInput, o ...func(*sns.Options)) (*sns.UnsubscribeOutput, error) {
	return nil, f.mutate("unsubscribe", func() error {
		if err := f.region(o, *in.SubscriptionArn); err != nil {
			return err
		}
		for topic, list := range f.topics {
			f.topics[topic] = slices.DeleteFunc(list, func(s types.Subscription) bool { return *s.SubscriptionArn == *in.SubscriptionArn })
		}
		return nil
	})
}

const orders, abroad = "arn:aws:sns:eu-west-1:123456789012:orders", "arn:aws:sns:us-east-1:99:orders"

func newTopicLab() *topicLab {
	f := &topicLab{topics: map[string][]types.Subscription{orders: nil, abroad: nil}, attrs: map[string]map[string]string{}}
	for _, topic := range []string{orders, abroad} {
		f.subscribe(topic, "lambda", testOwner.FunctionARN("shop-dev2-a"), map[string]string{attributePolicy: `{"a":["b"]}`})
		f.subscribe(topic, "sqs", queueA, nil)
		f.subscribe(topic, "lambda", "arn:aws:lambda:us-east-1:123456789012:function:shop-dev-a", nil)
		f.subscribe(topic, "lambda", testOwner.FunctionARN("shop-dev-foreign"), nil)
	}
	pending := f.subscribe(abroad, "lambda", testOwner.FunctionARN("shop-dev-a"), nil)
	for i, s := range f.topics[abroad] {
		if *s.SubscriptionArn == pending {
			f.topics[abroad][i].SubscriptionArn = awssdk.String("PendingConfirmation")
		}
	}
	return f
}

func (f *topicLab) lab() *lab {
	b := newBench(&subscriptions{f}, "shop-dev-a", "shop-dev-b")
	b.permit("shop-dev-a", source.StatementSNS, orders)
	b.permit("shop-dev-b", source.StatementSNS, abroad)
	b.permit("shop-dev-b", source.StatementSNS, "arn:aws:sns:eu-west-1:123456789012:gone")
	b.recorded = []state.Resource{{ID: resource.ID{Kind: resource.KindSubscription, Name: "shop-dev-c/" + orders}}}
	return &lab{b, &f.trouble, func() string {
		var text strings.Builder
		for _, topic := range []string{orders, abroad} {
			for _, s := range f.topics[topic] {
				mine := []string{testOwner.FunctionARN("shop-dev-a"), testOwner.FunctionARN("shop-dev-b"), testOwner.FunctionARN("shop-dev-c")}
				if !slices.Contains(mine, *s.Endpoint) {
					fmt.Fprintln(&text, *s.SubscriptionArn, *s.Protocol, *s.Endpoint, f.attrs[*s.SubscriptionArn])
				}
			}
		}
		return text.String()
	}}
}

func subscribed(function, topic string, change func(*resource.Subscription)) *resource.Subscription {
	s := &resource.Subscription{TopicARN: topic, Function: function, FunctionARN: testOwner.FunctionARN(function)}
	if change != nil {
		change(s)
	}
	return s
}

func TestSubscriptions(t *testing.T) {
	flat := func(s *resource.Subscription) {
		s.FilterPolicy, s.FilterPolicyScope, s.DeadLetterARN = `{"kind":["x"]}`, "MessageAttributes", queueA
	}
	nested := func(s *resource.Subscription) {
		s.FilterPolicy, s.FilterPolicyScope, s.DeadLetterARN = `{"a":{"b":["x"]}}`, "MessageBody", queueB
	}
	stages(t, func() *lab { return newTopicLab().lab() },
		[]resource.Resource{subscribed("shop-dev-a", orders, nil), subscribed("shop-dev-b", abroad, nested)},
		[]resource.Resource{subscribed("shop-dev-a", orders, flat), subscribed("shop-dev-b", abroad, flat)},
		[]resource.Resource{subscribed("shop-dev-a", orders, nested), subscribed("shop-dev-b", abroad, nil)},
		[]resource.Resource{subscribed("shop-dev-a", orders, nil)},
		[]resource.Resource{subscribed("shop-dev-c", orders, flat)},
	)
}

func TestSubscriptionRefused(t *testing.T) {
	f := newTopicLab()
	l := f.lab()
	wantFailure(t, l.bench.deploy(subscribed("shop-dev-a", orders+"2", nil)), "there is no topic "+orders+"2", "make it")
	f.denied = map[string]bool{abroad: true}
	wantFailure(t, l.bench.deploy(subscribed("shop-dev-a", abroad, nil)), "may not be read or changed", "topic of another account")
}

func TestSubscriptionOrder(t *testing.T) {
	l := newTopicLab().lab()
	if err := l.bench.deploy(subscribed("shop-dev-a", orders, nil)); err != nil {
		t.Fatal(err)
	}
	live, err := l.bench.find()
	if err != nil || len(live) != 1 || fmt.Sprint(live[0].DependsOn) != "[permission/shop-dev-a/chalicefile-sns function/shop-dev-a]" {
		t.Errorf("found %+v, %v", live, err)
	}
}

package sns

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		source Source
		want   string
	}{
		{"name", Source{Topic: "orders"}, `permission/shop-dev-f/chalicefile-sns
	principal: sns.amazonaws.com
	source_arn: arn:aws:sns:eu-west-1:123456789012:orders
	after function/shop-dev-f
subscription/shop-dev-f/arn:aws:sns:eu-west-1:123456789012:orders
	topic: arn:aws:sns:eu-west-1:123456789012:orders
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-sns
external topic/orders for subscription/shop-dev-f/arn:aws:sns:eu-west-1:123456789012:orders at events.e.sns.topic
`},
		{"all", Source{Topic: "arn:aws:sns:us-east-1:2:orders", FilterPolicy: []byte(`{ "kind": ["a"] }`), DeadLetterQueueARN: "arn:aws:sqs:us-east-1:2:dead"}, `permission/shop-dev-f/chalicefile-sns
	principal: sns.amazonaws.com
	source_arn: arn:aws:sns:us-east-1:2:orders
	after function/shop-dev-f
subscription/shop-dev-f/arn:aws:sns:us-east-1:2:orders
	topic: arn:aws:sns:us-east-1:2:orders
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	filter_policy: {"kind":["a"]}
	filter_policy_scope: MessageAttributes
	dead_letter_arn: arn:aws:sqs:us-east-1:2:dead
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-sns
external topic/arn:aws:sns:us-east-1:2:orders for subscription/shop-dev-f/arn:aws:sns:us-east-1:2:orders at events.e.sns.topic
`},
		{"body", Source{Topic: "orders", FilterPolicy: []byte(`{"kind":["a"]}`), FilterPolicyScope: "MessageBody"}, `permission/shop-dev-f/chalicefile-sns
	principal: sns.amazonaws.com
	source_arn: arn:aws:sns:eu-west-1:123456789012:orders
	after function/shop-dev-f
subscription/shop-dev-f/arn:aws:sns:eu-west-1:123456789012:orders
	topic: arn:aws:sns:eu-west-1:123456789012:orders
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	filter_policy: {"kind":["a"]}
	filter_policy_scope: MessageBody
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-sns
external topic/orders for subscription/shop-dev-f/arn:aws:sns:eu-west-1:123456789012:orders at events.e.sns.topic
`},
		{"scope alone", Source{Topic: "orders", FilterPolicyScope: "MessageBody"}, `permission/shop-dev-f/chalicefile-sns
	principal: sns.amazonaws.com
	source_arn: arn:aws:sns:eu-west-1:123456789012:orders
	after function/shop-dev-f
subscription/shop-dev-f/arn:aws:sns:eu-west-1:123456789012:orders
	topic: arn:aws:sns:eu-west-1:123456789012:orders
	function: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f
	after function/shop-dev-f
	after permission/shop-dev-f/chalicefile-sns
external topic/orders for subscription/shop-dev-f/arn:aws:sns:eu-west-1:123456789012:orders at events.e.sns.topic
`},
	} {
		got := sourcetest.Planned(plan(source.Entry{Name: "e", Source: &c.source}, sourcetest.Target()))
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

func TestCaller(t *testing.T) {
	for _, c := range []struct{ topic, partition, function, want string }{
		{"arn:aws:sns:us-east-1:1:t", "aws", "eu-west-1", "sns"},
		{"arn:aws:sns:ap-east-1:1:t", "aws", "ap-east-1", "sns"},
		{"arn:aws:sns:ap-east-1:1:t", "aws", "us-east-1", "sns.ap-east-1"},
		{"arn:aws:sns:mx-central-1:1:t", "aws", "us-east-1", "sns.mx-central-1"},
		{"arn:aws:sns:ap-northeast-3:1:t", "aws", "us-east-1", "sns.ap-northeast-3"},
		{"arn:aws:sns:us-east-1:1:t", "aws", "eu-south-1", "sns.eu-south-1"},
		{"arn:aws:sns:ap-east-1:1:t", "aws", "eu-south-1", "sns.eu-south-1"},
		{"arn:aws-us-gov:sns:us-gov-east-1:1:t", "aws-us-gov", "us-gov-west-1", "sns"},
		{"arn:aws-cn:sns:cn-north-1:1:t", "aws-cn", "cn-northwest-1", "sns"},
	} {
		if got := caller(c.topic, source.Place{Partition: c.partition, Region: c.function}); got != c.want {
			t.Errorf("%s calls a function in %s as %s, want %s", c.topic, c.function, got, c.want)
		}
	}
	target := sourcetest.Target()
	planned := plan(source.Entry{Name: "e", Source: &Source{Topic: "arn:aws:sns:me-south-1:2:orders"}}, target)
	if got := planned.Resources[0].(*resource.Permission).Principal; got != "sns.me-south-1.amazonaws.com" {
		t.Errorf("the principal is %s", got)
	}
}

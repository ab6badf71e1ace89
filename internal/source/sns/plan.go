package sns

import (
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// attributes is the scope of a filter policy where the file names none.
const attributes = "MessageAttributes"

// plan subscribes the function, which the topic may call.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	topic := t.Place().ARN("sns", "", s.Topic)
	permission := t.Permit(source.StatementSNS, caller(topic, t.Place()), topic, "")
	subscription := &resource.Subscription{
		TopicARN: topic, Function: t.Function, FunctionARN: t.FunctionARN(),
		FilterPolicy: source.Canonical(s.FilterPolicy), DeadLetterARN: s.DeadLetterQueueARN,
		After: []resource.ID{permission.ID()},
	}
	if subscription.FilterPolicy != "" {
		subscription.FilterPolicyScope = s.FilterPolicyScope
		if subscription.FilterPolicyScope == "" {
			subscription.FilterPolicyScope = attributes
		}
	}
	return source.Planned{
		Resources: []resource.Resource{permission, subscription},
		External:  []resource.External{{ID: resource.ID{Kind: resource.KindTopic, Name: s.Topic}, For: subscription.ID(), Path: t.Path + ".sns.topic"}},
	}
}

// enabled are the regions that every account has. All others are opted in to,
// and so are those that are yet to come. (SNS counts ap-northeast-3 among the
// latter, though no account need opt in to it any more.)
var enabled = []string{
	"ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// caller is the service that hands messages of a topic over: SNS, but between
// two regions one of which is opted in to that of the function's where that is
// such a one, else that of the topic's.
func caller(topic string, function source.Place) string {
	parts := strings.SplitN(topic, ":", 5)
	if function.Partition != "aws" || len(parts) < 5 || parts[3] == function.Region {
		return "sns"
	}
	for _, region := range []string{function.Region, parts[3]} {
		if !slices.Contains(enabled, region) {
			return "sns." + region
		}
	}
	return "sns"
}

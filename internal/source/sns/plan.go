package sns

import (
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// attributes is the scope of a filter policy where the file names none.
const attributes = "MessageAttributes"

// plan subscribes the function, which the topic may call.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	topic := t.Place().ARN("sns", "", s.Topic)
	permission := t.Permit(source.StatementSNS, "sns", topic, "")
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
	return source.Planned{Resources: []resource.Resource{permission, subscription}}
}

package resource

import (
	"strconv"
	"strings"
)

// Properties of a rule.
func (r *Rule) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("schedule", r.Schedule)
	l.text("pattern", r.Pattern)
	l.text("description", r.Description)
	l.flag("disabled", r.Disabled)
	l.text("function", r.FunctionARN)
	l.text("input", r.Input)
	l.each("tags", r.Tags, false)
	return l.props
}

// Properties of a group of schedules.
func (g *ScheduleGroup) Properties(get Lookup) []Property {
	l := list{get: get}
	l.each("tags", g.Tags, false)
	return l.props
}

// Properties of a schedule.
func (s *Schedule) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("expression", s.Expression)
	l.text("timezone", s.Timezone)
	l.text("description", s.Description)
	l.flag("disabled", s.Disabled)
	l.text("function", s.FunctionARN)
	l.ref("role", s.Role)
	l.text("input", s.Input)
	return l.props
}

// Properties of an event source mapping. Another source is another mapping; so
// is another starting position, which counts when a mapping begins.
func (m *Mapping) Properties(get Lookup) []Property {
	l := list{get: get}
	l.ref("source", m.Source)
	l.fixed("a mapping has one source")
	l.number("batch_size", m.BatchSize)
	l.props[len(l.props)-1].Default = "0"
	l.number("maximum_batching_window", m.MaximumBatchingWindow)
	l.props[len(l.props)-1].Default = "0"
	l.nonzero("maximum_concurrency", m.MaximumConcurrency)
	l.text("filters", strings.Join(m.Filters, " "))
	l.flag("disabled", m.Disabled)
	l.flag("report_batch_item_failures", m.ReportBatchItemFailures)
	if m.Stream {
		l.text("starting_position", m.StartingPosition)
		l.fixed("it counts when a mapping begins")
		l.number("parallelization_factor", m.ParallelizationFactor)
		l.props[len(l.props)-1].Default = "1"
		l.optional("maximum_retry_attempts", m.MaximumRetryAttempts)
		l.flag("bisect_batch_on_error", m.BisectBatchOnError)
		l.text("on_failure_arn", m.OnFailureARN)
	}
	l.each("tags", m.Tags, false)
	return l.props
}

// Properties of a bucket's notifications: each entry is one.
func (n *Notification) Properties(get Lookup) []Property {
	l := list{get: get}
	for _, e := range n.Entries {
		l.text("entry."+e.ID, e.text())
	}
	return l.props
}

// text says all of an entry.
func (e NotificationEntry) text() string {
	parts := []string{e.FunctionARN, strings.Join(e.Events, " ")}
	if e.Prefix != "" {
		parts = append(parts, "prefix "+strconv.Quote(e.Prefix))
	}
	if e.Suffix != "" {
		parts = append(parts, "suffix "+strconv.Quote(e.Suffix))
	}
	return strings.Join(parts, ", ")
}

// Properties of a subscription.
func (s *Subscription) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("topic", s.TopicARN)
	l.text("function", s.FunctionARN)
	l.text("filter_policy", s.FilterPolicy)
	if s.FilterPolicy != "" {
		l.text("filter_policy_scope", s.FilterPolicyScope)
	}
	l.text("dead_letter_arn", s.DeadLetterARN)
	return l.props
}

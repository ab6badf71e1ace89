package desired

import (
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/spec"
)

// schedules adds what runs functions by time: a rule of EventBridge, which
// knows neither timezones nor single times, else a schedule of EventBridge
// Scheduler, in a group of the app's with a role of its own.
func (b *builder) schedules() {
	var scheduled []*model.Function
	for _, fn := range b.App.Functions {
		switch {
		case fn.Schedule == nil:
		case needsScheduler(fn.Schedule):
			scheduled = append(scheduled, fn)
		default:
			b.rule(fn)
		}
	}
	if len(scheduled) == 0 {
		return
	}
	group := &resource.ScheduleGroup{Name: b.name(), Tags: b.tags(b.App.Spec.Defaults.Tags)}
	b.add(group, place(scheduled[0]))
	var names []string
	for _, fn := range scheduled {
		names = append(names, fn.LambdaName)
	}
	role := b.schedulerRole(names)
	for _, fn := range scheduled {
		s := fn.Schedule
		b.add(&resource.Schedule{
			Name:        b.name() + "-" + s.Name,
			Group:       group.Name,
			Description: s.Description,
			Expression:  expression(s),
			Timezone:    zone(s),
			Disabled:    disabled(s),
			Function:    fn.LambdaName,
			FunctionARN: b.Owner.FunctionARN(fn.LambdaName),
			Role:        role,
			Input:       source.Canonical(s.Input),
		}, place(fn))
	}
}

func needsScheduler(s *spec.Schedule) bool { return s.At != "" || zone(s) != "UTC" }

// zone is UTC by whichever name it is called.
func zone(s *spec.Schedule) string {
	switch s.Timezone {
	case "", "UTC", "Etc/UTC":
		return "UTC"
	}
	return s.Timezone
}

func disabled(s *spec.Schedule) bool { return s.Enabled != nil && !*s.Enabled }

func expression(s *spec.Schedule) string {
	switch {
	case s.At != "":
		return "at(" + s.At + ")"
	case s.Cron != "":
		return "cron(" + strings.Join(strings.Fields(s.Cron), " ") + ")"
	}
	return "rate(" + s.Rate + ")"
}

// rule adds a rule and the permission that it needs.
func (b *builder) rule(fn *model.Function) {
	s, t := fn.Schedule, b.target(fn)
	permission := t.Permit(source.StatementRule, "events", b.Owner.ARN("events", "rule/"+t.Name), "")
	b.add(permission, place(fn))
	b.add(&resource.Rule{
		Name:        t.Name,
		Bus:         "default",
		Description: s.Description,
		Schedule:    expression(s),
		Disabled:    disabled(s),
		Function:    fn.LambdaName,
		FunctionARN: t.FunctionARN(),
		Input:       source.Canonical(s.Input),
		Tags:        t.Tags,
		After:       []resource.ID{permission.ID()},
	}, place(fn))
}

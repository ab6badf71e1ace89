package eventbridge

import (
	"strings"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// plan is a rule on the bus, which may call the function. A bus elsewhere is
// told here, not by check: where the app is, only a deploy knows, and of other
// stages not even that one.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	bus, name, place := s.bus(t.Place())
	path := "rule/" + name + "/"
	if name == DefaultBus {
		path = "rule/"
	}
	permission := t.Permit(source.StatementRule, "events", place.ARN("events", path, t.Name), "")
	rule := &resource.Rule{
		Name: t.Name, Bus: bus, Description: s.Description, Pattern: source.Canonical(s.Pattern),
		Disabled: !source.Or(s.Enabled, true),
		Function: t.Function, FunctionARN: t.FunctionARN(), Tags: t.Tags, After: []resource.ID{permission.ID()},
	}
	planned := source.Planned{Resources: []resource.Resource{permission, rule}}
	if s.Bus != "" {
		planned.External = []resource.External{{ID: resource.ID{Kind: resource.KindBus, Name: s.Bus}, For: rule.ID(), Path: t.Path + ".eventbridge.bus"}}
	}
	if place != t.Place() {
		planned.Findings.Err("foreign-bus", diag.Value("events", e.Name, "eventbridge", "bus"),
			"a rule on a bus of another account or region cannot call functions of this one").
			WithHint("let a rule there send the events to a bus of this account and region, and name that one")
	}
	return planned
}

// bus is the name of the bus, or where it is not of the app's own account and
// region, its ARN; its name; and where it and its rules are.
func (s *Source) bus(here source.Place) (bus, name string, at source.Place) {
	if s.Bus == "" {
		return DefaultBus, DefaultBus, here
	}
	parts := strings.SplitN(s.Bus, ":", 6)
	if len(parts) < 6 {
		return s.Bus, s.Bus, here
	}
	name = strings.TrimPrefix(parts[5], "event-bus/")
	if at = (source.Place{Partition: parts[1], Region: parts[3], Account: parts[4]}); at == here {
		return name, name, here
	}
	return s.Bus, name, at
}

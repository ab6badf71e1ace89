package policy

import (
	"cmp"
	"slices"
)

// A Difference is what one document allows or denies more or less than another.
type Difference struct {
	Added    []Change // actions that the old document does not have
	Removed  []Change // actions that the new document does not have
	Widened  []Change // resources that an action gained
	Narrowed []Change // resources that an action lost
}

// A Change is about one action.
type Change struct {
	Effect    string
	Action    string   // "NotAction s3:GetObject" for all actions but those
	Resources []string // sorted; "not arn:…" for all resources but those
	Condition string   // "" or JSON
}

// Empty tells whether the documents mean the same.
func (d Difference) Empty() bool {
	return len(d.Added)+len(d.Removed)+len(d.Widened)+len(d.Narrowed) == 0
}

// Diff compares two documents by what they mean, not by how they are written.
func Diff(from, to Document) Difference {
	before, after := atoms(from), atoms(to)
	var d Difference
	d.Added, d.Widened = beyond(after, before)
	d.Removed, d.Narrowed = beyond(before, after)
	return d
}

// An atom is one action on one resource.
type atom struct {
	effect, action, resource, condition string
}

func atoms(d Document) []atom {
	var list []atom
	for _, s := range d.Statements {
		actions := s.Action
		for _, action := range s.NotAction {
			actions = append(slices.Clip(actions), "NotAction "+action)
		}
		resources := s.Resource
		for _, resource := range s.NotResource {
			resources = append(slices.Clip(resources), "not "+resource)
		}
		if len(resources) == 0 {
			resources = []string{""} // a trust policy has none
		}
		condition := string(canonical(s.Condition)) + string(canonical(s.Principal)) + string(canonical(s.NotPrincipal))
		for _, action := range actions {
			for _, resource := range resources {
				list = append(list, atom{s.Effect, action, resource, condition})
			}
		}
	}
	return list
}

// beyond returns what is in one list and not covered by the other: actions that it has nothing of, and those of which
// only resources are new.
func beyond(list, other []atom) (actions, resources []Change) {
	for _, a := range list {
		if slices.ContainsFunc(other, func(b atom) bool { return b.sameAction(a) && Covers(b.resource, a.resource) }) {
			continue
		}
		if slices.ContainsFunc(other, func(b atom) bool { return b.sameAction(a) }) {
			resources = a.addTo(resources)
		} else {
			actions = a.addTo(actions)
		}
	}
	return tidy(actions), tidy(resources)
}

func (a atom) sameAction(b atom) bool {
	return a.effect == b.effect && CoversAction(a.action, b.action) && (a.condition == "" || a.condition == b.condition)
}

func (a atom) addTo(changes []Change) []Change {
	for i, c := range changes {
		if c.Effect == a.effect && c.Action == a.action && c.Condition == a.condition {
			changes[i].Resources = append(c.Resources, a.resource)
			return changes
		}
	}
	return append(changes, Change{Effect: a.effect, Action: a.action, Condition: a.condition, Resources: []string{a.resource}})
}

func tidy(changes []Change) []Change {
	for i := range changes {
		changes[i].Resources = sorted(changes[i].Resources)
	}
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Effect, b.Effect), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Condition, b.Condition))
	})
	return changes
}

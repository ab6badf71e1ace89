package callscan

import (
	"slices"

	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/actions"
)

// Grant is one action that a call needs, and why on these resources.
type Grant struct {
	actions.Grant
	Call *Call
}

// Grants are what the function's calls need, call by call.
func (f *Function) Grants(at actions.Place) []Grant {
	var all []Grant
	for _, c := range f.Calls {
		for _, g := range c.Grants(at) {
			all = append(all, Grant{g, c})
		}
	}
	return all
}

// Grants are what the call needs where resources without an ARN are at a place.
func (c *Call) Grants(at actions.Place) []actions.Grant {
	return actions.Operation{Service: c.Service, Name: c.Operation, Needs: c.Needs}.Grants(c.argument, at)
}

func (c *Call) argument(path string) actions.Argument {
	for _, a := range c.Arguments {
		if a.Path == path {
			return a.Argument
		}
	}
	return actions.Argument{}
}

// Why are the reasons for a "*" among a grant's resources, by member of the
// input.
func (g Grant) Why() []Argument {
	var all []Argument
	for _, a := range g.Call.Arguments {
		if slices.Contains(g.Unknown, a.Path) {
			all = append(all, a)
		}
	}
	return all
}

// Statements allow what the function's calls need and nothing else: one for
// each grant, for policy.Merge.
func (f *Function) Statements(at actions.Place) []policy.Statement {
	var all []policy.Statement
	for _, g := range f.Grants(at) {
		all = append(all, policy.Statement{Effect: policy.Allow, Action: []string{g.Action}, Resource: g.Resources})
	}
	return all
}

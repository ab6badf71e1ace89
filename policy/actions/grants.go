package actions

import (
	"slices"
	"strings"
)

// An Argument is what is known of one input member of a call.
type Argument struct {
	Unset  bool     // it is certainly not set
	Set    bool     // it is certainly set; with neither it cannot be told
	Values []string // all that it can be, "*" standing for unknown parts; none: it can be anything
}

// A Grant is an action to allow, and the resources to allow it on.
type Grant struct {
	Action    string
	Resources []string // sorted; ["*"] where they cannot be told, or where the action knows none
	Unknown   []string // paths of the input members whose unknown value made a "*" of a resource
	Any       bool     // the action is allowed on "*" whatever the arguments: the table names no resource
}

// mostARNs bounds how many ARNs the values of a template's members make together: beyond it they are unknown.
const mostARNs = 64

// Grants returns what a call with these arguments needs, one Grant for each Need that the arguments do not rule out.
// args is asked for the input members that matter, by their paths.
func (o Operation) Grants(args func(path string) Argument, at Place) []Grant {
	var grants []Grant
	for _, need := range o.Needs {
		if need.Applies(args) {
			grants = append(grants, need.grant(args, at))
		}
	}
	return grants
}

// Applies tells whether a call with these arguments needs the action; it does where that cannot be told.
func (n Need) Applies(args func(path string) Argument) bool {
	for _, condition := range n.When {
		if !condition.holds(args) {
			return false
		}
	}
	return true
}

func (c Condition) holds(args func(path string) Argument) bool {
	if c.Absent {
		return !slices.ContainsFunc(c.Params, func(path string) bool { return c.surely(args(path)) })
	}
	return slices.ContainsFunc(c.Params, func(path string) bool { return c.maybe(args(path)) })
}

// surely tells whether the argument is set, and matches whatever it is.
func (c Condition) surely(arg Argument) bool {
	if c.Pattern == "" {
		return arg.Set
	}
	return len(arg.Values) > 0 && !arg.Unset && !slices.ContainsFunc(arg.Values, func(value string) bool {
		return !covers(c.Pattern, value)
	})
}

// maybe tells whether the argument can be set, and can match.
func (c Condition) maybe(arg Argument) bool {
	switch {
	case arg.Unset:
		return false
	case c.Pattern == "":
		return true
	case len(arg.Values) == 0:
		return !c.Certain
	}
	return slices.ContainsFunc(arg.Values, c.admits)
}

// admits tells whether one value of a member satisfies the condition.
func (c Condition) admits(value string) bool {
	value = strings.TrimSpace(value)
	if c.Certain {
		return covers(c.Pattern, value)
	}
	return meet(strings.ToUpper(c.Pattern), strings.ToUpper(value))
}

// only leaves those values of the members that the need's conditions admit: an UPDATE needs no table of a SELECT.
func (n Need) only(args func(path string) Argument) func(path string) Argument {
	return func(path string) Argument {
		arg := args(path)
		for _, condition := range n.When {
			if condition.Pattern == "" || condition.Absent || !slices.Contains(condition.Params, path) {
				continue
			}
			arg.Values = slices.DeleteFunc(slices.Clone(arg.Values), func(v string) bool { return !condition.admits(v) })
		}
		return arg
	}
}

func (n Need) grant(args func(path string) Argument, at Place) Grant {
	grant := Grant{Action: n.Action, Any: len(n.Resources) == 0}
	args = n.only(args)
	for _, template := range n.Resources {
		arns, unknown := template.fill(args, at)
		grant.Resources = append(grant.Resources, arns...)
		grant.Unknown = append(grant.Unknown, unknown...)
	}
	if len(grant.Resources) == 0 || slices.Contains(grant.Resources, "*") {
		grant.Resources = []string{"*"}
	} else {
		grant.Unknown = nil
	}
	grant.Resources, grant.Unknown = distinct(grant.Resources), distinct(grant.Unknown)
	return grant
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// fill returns the ARNs of every combination of values, and the members that make one of them "*". There is none where
// the member that tells the resource is not set.
func (t Template) fill(args func(path string) Argument, at Place) (arns, unknown []string) {
	choices := []map[string]string{{}}
	subject := ""
	for _, param := range t.Params() {
		arg := args(param.Path)
		values := param.values(arg)
		if param.Form != "account" && subject == "" {
			subject = param.Path
			if arg.Unset && param.Default == "" {
				return nil, []string{subject}
			}
		}
		if len(values) > 0 && len(choices)*len(values) <= mostARNs {
			choices = combine(choices, param.Path, values)
		}
	}
	for _, choice := range choices {
		arn := t.ARN(choice, at.Partition, at.Region, at.Account)
		if arn == "*" {
			unknown = []string{subject}
		}
		arns = append(arns, arn)
	}
	return arns, unknown
}

// values returns what the argument can be, none where that cannot be told.
func (p Param) values(arg Argument) []string {
	switch {
	case arg.Unset && p.Default != "":
		return []string{p.Default}
	case arg.Unset:
		return nil
	case p.Form == "account" && len(arg.Values) == 0:
		return []string{"*"}
	case p.Default != "" && !arg.Set && len(arg.Values) > 0:
		return append(slices.Clone(arg.Values), p.Default)
	}
	return arg.Values
}

func combine(choices []map[string]string, path string, values []string) []map[string]string {
	var combined []map[string]string
	for _, choice := range choices {
		for _, value := range values {
			next := map[string]string{path: value}
			for k, v := range choice {
				next[k] = v
			}
			combined = append(combined, next)
		}
	}
	return combined
}

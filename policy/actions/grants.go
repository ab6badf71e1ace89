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
		return !slices.ContainsFunc(c.Params, func(path string) bool { return args(path).Set })
	}
	return slices.ContainsFunc(c.Params, func(path string) bool {
		arg := args(path)
		return !arg.Unset && (c.Prefix == "" || arg.mayBegin(c.Prefix))
	})
}

func (a Argument) mayBegin(prefix string) bool {
	if len(a.Values) == 0 {
		return true
	}
	return slices.ContainsFunc(a.Values, func(value string) bool {
		return mayBegin(strings.TrimSpace(value), prefix)
	})
}

func mayBegin(value, prefix string) bool {
	known, _, open := strings.Cut(value, "*")
	if open && len(known) < len(prefix) {
		return strings.EqualFold(known, prefix[:len(known)])
	}
	return len(value) >= len(prefix) && strings.EqualFold(value[:len(prefix)], prefix)
}

func (n Need) grant(args func(path string) Argument, at Place) Grant {
	grant := Grant{Action: n.Action, Any: len(n.Resources) == 0}
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

// fill returns the ARNs of every combination of values, none where a member that the template needs is not set, and
// the members of which nothing is known.
func (t Template) fill(args func(path string) Argument, at Place) (arns, unknown []string) {
	choices := []map[string]string{{}}
	for i, param := range t.Params() {
		arg := args(param.Path)
		if arg.Unset && param.Default == "" && i == 0 {
			return nil, nil
		}
		values := param.values(arg)
		if len(choices)*max(1, len(values)) > mostARNs {
			values = nil
		}
		if len(values) == 0 {
			unknown = append(unknown, param.Path)
			continue
		}
		choices = combine(choices, param.Path, values)
	}
	for _, choice := range choices {
		arns = append(arns, t.ARN(choice, at.Partition, at.Region, at.Account))
	}
	return arns, unknown
}

func (p Param) values(arg Argument) []string {
	values := slices.Clone(arg.Values)
	if p.Default != "" && arg.Unset {
		return []string{p.Default}
	}
	if p.Default != "" && !arg.Set && len(values) > 0 {
		values = append(values, p.Default)
	}
	return values
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

package policygen

import (
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/actions"
	"github.com/chalicefile/chalicefile/policy/callscan"
)

// call allows what one call of AWS needs.
func (b *builder) call(c *callscan.Call) {
	at := actions.Place{Partition: b.at.Partition, Region: b.at.Region, Account: b.at.Account}
	arguments := map[string]callscan.Argument{}
	for _, a := range c.Arguments {
		arguments[a.Path] = a
	}
	known := func(path string) actions.Argument { return arguments[path].Argument }
	for _, need := range c.Needs {
		op := actions.Operation{Service: c.Service, Name: c.Operation, Needs: []actions.Need{need}}
		for _, grant := range op.Grants(known, at) {
			b.allow(policy.Statement{Effect: policy.Allow, Action: []string{grant.Action}, Resource: grant.Resources},
				Cause{Kind: Call, Call: c, Wide: wide(grant, need, arguments)})
		}
	}
}

// wide says why resources of a grant are "*", or have one where a name could
// stand.
func wide(grant actions.Grant, need actions.Need, arguments map[string]callscan.Argument) []Wide {
	if grant.Any {
		return []Wide{{Text: "AWS knows no resources for " + grant.Action + ": it is allowed on all or on none"}}
	}
	var list []Wide
	for _, path := range doubted(grant, need) {
		argument, known := arguments[path]
		open := !known || len(argument.Values) == 0 && !argument.Unset || slices.ContainsFunc(argument.Values, func(v string) bool { return strings.Contains(v, "*") })
		if !open && !slices.Contains(grant.Unknown, path) {
			continue
		}
		if len(argument.Reasons) == 0 {
			list = append(list, Wide{Argument: path, Text: "its value is not known"})
		}
		for _, reason := range argument.Reasons {
			list = append(list, Wide{Argument: path, Text: reason.Text, Pos: reason.Pos})
		}
	}
	return list
}

// doubted are the members that may have made a "*" of a resource.
func doubted(grant actions.Grant, need actions.Need) []string {
	paths := slices.Clone(grant.Unknown)
	for _, template := range need.Resources {
		for _, param := range template.Params() {
			if param.Form != "account" && !slices.Contains(paths, param.Path) {
				paths = append(paths, param.Path)
			}
		}
	}
	return paths
}

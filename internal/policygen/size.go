package policygen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

// fit makes a document that is too large for IAM smaller, and warns of it:
// first without allowing more, then statement by statement of one service.
func (g *generator) fit(fn *model.Function, d policy.Document) policy.Document {
	size := d.Size()
	if size <= policy.InlineLimit {
		return d
	}
	d = d.Shrink()
	if fits(d) {
		g.tooLarge(fn, size, fmt.Sprintf("statements with the same actions are one now, which makes it %d characters and allows the same", d.Size()))
		return d
	}
	d = perService(d)
	hint := fmt.Sprintf("statements of one service are one now, which makes it %d characters and allows each of their actions on each of their resources", d.Size())
	if !fits(d) {
		hint += ": still too many; give the function role_arn, or split it"
	}
	g.tooLarge(fn, size, hint)
	return d
}

func (g *generator) tooLarge(fn *model.Function, size int, hint string) {
	at := diag.Value("app")
	if fn.Path != nil {
		at = diag.Key(fn.Path...)
	}
	g.result.Findings.Warn("policy-too-large", at,
		fmt.Sprintf("the policy of function %q has %d characters, IAM takes %d", fn.Name, size, policy.InlineLimit)).WithHint(hint)
}

// perService merges the statements that allow actions of one service, but for
// those on "*" and those with conditions.
func perService(d policy.Document) policy.Document {
	var merged []policy.Statement
	at := map[string]int{}
	for _, s := range d.Statements {
		service := serviceOf(s)
		i, found := at[service]
		switch {
		case service == "":
			merged = append(merged, s)
		case !found:
			at[service] = len(merged)
			s.Sid = ""
			merged = append(merged, s)
		default:
			merged[i].Action = slices.Concat(merged[i].Action, s.Action)
			merged[i].Resource = slices.Concat(merged[i].Resource, s.Resource)
		}
	}
	d.Statements = merged
	return policy.Merge(d)
}

// serviceOf is the service of all actions that a statement allows; "" where
// there are several, or the statement is not to be merged.
func serviceOf(s policy.Statement) string {
	if s.Effect != policy.Allow || len(s.Condition)+len(s.NotAction)+len(s.NotResource) > 0 || slices.Contains(s.Resource, "*") {
		return ""
	}
	service := ""
	for _, action := range s.Action {
		prefix, _, _ := strings.Cut(action, ":")
		if service != "" && service != prefix {
			return ""
		}
		service = prefix
	}
	return service
}

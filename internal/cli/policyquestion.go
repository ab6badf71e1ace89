package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

// errDeclined ends a command whose question was answered with no.
var errDeclined = errors.New("nothing was changed: the answer was no")

// questions are what a deploy must be allowed by a person. A plan that is made
// again asks again only where its questions are others.
type questions struct {
	s        *session
	yes      bool
	answered []string
}

// confirm asks the questions of a plan.
func (q *questions) confirm(ctx context.Context, plan *deployer.Plan) error {
	var open []string
	for _, s := range plan.Steps {
		if text := question(s); text != "" && !slices.Contains(q.answered, text) {
			open = append(open, text)
		}
	}
	if len(q.answered) == 0 {
		q.list(plan)
	}
	if len(open) == 0 {
		return nil
	}
	fmt.Fprint(q.s.Stderr, strings.Join(open, ""))
	if !q.yes {
		if err := q.s.confirm(ctx, "deploy", yesByDefault); err != nil {
			return err
		}
	}
	q.answered = append(q.answered, open...)
	return nil
}

// The answers that are meant by none.
const (
	yesByDefault = "Y/n"
	noByDefault  = "y/N"
)

// confirm asks whether to go on. Where nobody can answer, that is wrong usage.
func (s *session) confirm(ctx context.Context, command, byDefault string) error {
	if !s.canAsk() {
		return usagef("%s asks whether to continue, and nobody can answer here: say --yes to answer it", command)
	}
	p := newPrompt(s.Env)
	for {
		answer, err := p.ask(ctx, "Would you like to continue?", byDefault)
		if err != nil {
			return err
		}
		switch {
		case answer == yesByDefault, strings.EqualFold(answer, "y"), strings.EqualFold(answer, "yes"):
			return nil
		case answer == noByDefault, strings.EqualFold(answer, "n"), strings.EqualFold(answer, "no"):
			return errDeclined
		}
		fmt.Fprintf(s.Stderr, "%q is neither y nor n\n", answer)
	}
}

// list shows what the policies of new roles allow: nobody is asked.
func (q *questions) list(plan *deployer.Plan) {
	for _, s := range plan.Steps {
		role, ok := s.Want.(*resource.Role)
		if !ok || role == nil || role.Service != lambdaService || s.Op == deployer.OpNothing || s.Op == deployer.OpDelete || !fresh(s) {
			continue
		}
		actions := actionNames(role.Policy)
		if len(actions) > 0 {
			fmt.Fprintf(q.s.Stderr, "The execution policy of %s will allow: %s\n", role.Name, strings.Join(actions, ", "))
		}
	}
}

// lambdaService takes on the roles of functions. What schedules may call is
// the app's own functions, which is no question.
const lambdaService = "lambda.amazonaws.com"

// fresh says that a role has no policy yet: it is made, or a deploy that made
// it was cut off.
func fresh(s *deployer.Step) bool {
	from, _, ok := rolesOf(s)
	return !ok || (len(from.Policy.Statements) == 0 && len(from.ManagedPolicies) == 0)
}

func actionNames(d policy.Document) []string {
	var names []string
	for _, c := range policy.Diff(policy.Document{}, d).Added {
		names = append(names, actionText(c))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// question is what must be allowed before a step is done, "" where that is
// nothing.
func question(s *deployer.Step) string {
	switch {
	case s.Op == deployer.OpReplace && s.ID.Kind == resource.KindRestAPI:
		why := ""
		if s.Why != "" {
			why = ": " + s.Why
		}
		return fmt.Sprintf("The REST API %s must be replaced%s. Its URL will be another one.\n\n", s.ID.Name, why)
	case s.Op == deployer.OpUpdate || s.Op == deployer.OpReplace:
		return policyQuestion(s)
	}
	return ""
}

func policyQuestion(s *deployer.Step) string {
	from, to, ok := rolesOf(s)
	if !ok || to.Service != lambdaService || fresh(s) {
		return ""
	}
	d := policy.Diff(from.Policy, to.Policy)
	more := append(of(policy.Allow, d.Widened), of(policy.Deny, d.Narrowed)...) // what is denied less is allowed more
	attached, detached := difference(to.ManagedPolicies, from.ManagedPolicies), difference(from.ManagedPolicies, to.ManagedPolicies)
	var b strings.Builder
	actionList(&b, d.Added, "will be added to the execution policy:")
	actionList(&b, d.Removed, "will be removed from the execution policy:")
	widened(&b, more)
	nameList(&b, "managed policy", attached, "will be attached to the role:")
	nameList(&b, "managed policy", detached, "will be detached from the role:")
	if was := from.PermissionsBoundary; was != "" && was != to.PermissionsBoundary {
		nameList(&b, "permissions boundary", []string{was}, "will not limit the role any more:")
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("Updating IAM policy of %s.\n\n%s", to.Name, &b)
}

// of are the changes of an effect.
func of(effect string, changes []policy.Change) []policy.Change {
	var list []policy.Change
	for _, c := range changes {
		if c.Effect == effect {
			list = append(list, c)
		}
	}
	return list
}

func actionList(b *strings.Builder, changes []policy.Change, what string) {
	var names []string
	for _, c := range changes {
		names = append(names, actionText(c))
	}
	nameList(b, "action", names, what)
}

var plurals = map[string]string{"action": "actions", "managed policy": "managed policies"}

func nameList(b *strings.Builder, noun string, names []string, what string) {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return
	}
	if len(names) > 1 {
		noun = plurals[noun]
	}
	fmt.Fprintf(b, "The following %s %s\n\n", noun, what)
	for _, name := range names {
		fmt.Fprintln(b, name)
	}
	fmt.Fprintln(b)
}

// widened lists actions that gain resources, with these.
func widened(b *strings.Builder, changes []policy.Change) {
	var names []string
	for _, c := range changes {
		names = append(names, actionText(c)+" on "+strings.Join(c.Resources, ", "))
	}
	nameList(b, "action", names, "will be allowed on more resources:")
}

// difference is what only the first list has.
func difference(list, other []string) []string {
	var only []string
	for _, s := range list {
		if !slices.Contains(other, s) {
			only = append(only, s)
		}
	}
	return only
}

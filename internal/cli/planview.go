package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

// planView is the JSON of a plan.
type planView struct {
	App     string         `json:"app"`
	Stage   string         `json:"stage"`
	Region  string         `json:"region"`
	Account string         `json:"account"`
	Steps   []stepView     `json:"steps"`
	Summary map[string]int `json:"summary"`
}

// stepView is one resource of a plan.
type stepView struct {
	Op       string       `json:"op"`
	Resource resource.ID  `json:"resource"`
	Kind     string       `json:"kind"`
	Name     string       `json:"name"`
	Why      string       `json:"why,omitempty"`
	Changes  []changeView `json:"changes,omitempty"`
}

// changeView is one property that differs. Secret ones have no values.
type changeView struct {
	Property string `json:"property"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Secret   bool   `json:"secret,omitempty"`
	// Unknown: to is known once another resource exists.
	Unknown bool        `json:"unknown,omitempty"`
	Policy  *policyView `json:"policy,omitempty"`
	// Routes are those that a changed document of a REST API adds and removes.
	Routes *routesView `json:"routes,omitempty"`
}

// routesView are routes of a REST API, "GET /cities/{city}".
type routesView struct {
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
}

// policyView is what a policy allows more and less.
type policyView struct {
	Added    []actionView `json:"added,omitempty"`
	Removed  []actionView `json:"removed,omitempty"`
	Widened  []actionView `json:"widened,omitempty"`
	Narrowed []actionView `json:"narrowed,omitempty"`
}

type actionView struct {
	Effect    string   `json:"effect"`
	Action    string   `json:"action"`
	Resources []string `json:"resources"`
	Condition string   `json:"condition,omitempty"`
}

func viewPlan(plan *deployer.Plan) planView {
	v := planView{
		App: plan.Owner.App, Stage: plan.Owner.Stage, Region: plan.Owner.Region, Account: plan.Owner.Account,
		Steps: []stepView{}, Summary: map[string]int{},
	}
	n := counts(plan)
	for _, op := range ops {
		v.Summary[string(op)] = n[op]
	}
	for _, s := range plan.Steps {
		step := stepView{Op: string(s.Op), Resource: s.ID, Kind: string(s.ID.Kind), Name: s.ID.Name, Why: s.Why}
		for _, c := range s.Changes {
			step.Changes = append(step.Changes, viewChange(s, c))
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

func viewChange(s *deployer.Step, c deployer.Change) changeView {
	v := changeView{Property: c.Property, Secret: c.Secret}
	if c.Secret {
		return v
	}
	v.From, v.To, v.Unknown = c.From, c.To, c.Unknown
	if d, ok := policyDifference(s, c); ok {
		v.From, v.To = "", ""
		v.Policy = &policyView{viewActions(d.Added), viewActions(d.Removed), viewActions(d.Widened), viewActions(d.Narrowed)}
	}
	if added, removed, ok := routeDifference(s, c); ok {
		v.Routes = &routesView{added, removed}
	}
	return v
}

func viewActions(changes []policy.Change) []actionView {
	var list []actionView
	for _, c := range changes {
		list = append(list, actionView(c))
	}
	return list
}

// policyDifference is what a change of a role's policy comes to.
func policyDifference(s *deployer.Step, c deployer.Change) (policy.Difference, bool) {
	if s.ID.Kind != resource.KindRole || c.Property != "policy" {
		return policy.Difference{}, false
	}
	from, to, ok := rolesOf(s)
	if !ok {
		return policy.Difference{}, false
	}
	return policy.Diff(from.Policy, to.Policy), true
}

// rolesOf are the role of a step as it is and as it is to be.
func rolesOf(s *deployer.Step) (from, to *resource.Role, ok bool) {
	if s.Live == nil {
		return nil, nil, false
	}
	from, isRole := s.Live.Resource.(*resource.Role)
	to, willBe := s.Want.(*resource.Role)
	return from, to, isRole && willBe && from != nil && to != nil
}

// routeDifference are the routes that a changed document of a REST API adds and
// removes.
func routeDifference(s *deployer.Step, c deployer.Change) (added, removed []string, ok bool) {
	if s.ID.Kind != resource.KindRestAPI || c.Property != "document" || s.Live == nil {
		return nil, nil, false
	}
	from, isAPI := s.Live.Resource.(*resource.RestAPI)
	to, willBe := s.Want.(*resource.RestAPI)
	if !isAPI || !willBe || from == nil || to == nil {
		return nil, nil, false
	}
	is, willBeThere := from.RouteList(), to.RouteList()
	return difference(willBeThere, is), difference(is, willBeThere), true
}

// planPrinter writes a plan for people.
type planPrinter struct {
	w     io.Writer
	color bool
	// width of long values, 0 where they are written whole.
	width int
}

// longest a value on a terminal.
const maxValue = 100

func (s *session) printPlan(plan *deployer.Plan) {
	p := planPrinter{w: s.Stdout, color: s.colorStdout()}
	if s.StdoutIsTerminal {
		p.width = maxValue
	}
	for _, step := range plan.Steps {
		p.step(step)
	}
	if len(plan.Steps) > 0 {
		fmt.Fprintln(s.Stdout)
	}
	if plan.Empty() {
		fmt.Fprintln(s.Stdout, "Nothing to do: "+tallyOr(plan, "there is nothing"))
		return
	}
	fmt.Fprintln(s.Stdout, tally(plan))
}

func tallyOr(plan *deployer.Plan, nothing string) string {
	if text := tally(plan); text != "" {
		return text
	}
	return nothing
}

func (p planPrinter) step(s *deployer.Step) {
	line := opWords[s.Op].sign + " " + describe(s.ID)
	if p.color {
		line = opWords[s.Op].color + line + colorReset
	}
	fmt.Fprintln(p.w, line)
	if s.Why != "" {
		fmt.Fprintln(p.w, "    replaced because "+s.Why)
	}
	for _, c := range s.Changes {
		p.change(s, c)
	}
}

func (p planPrinter) change(s *deployer.Step, c deployer.Change) {
	if c.Secret {
		fmt.Fprintf(p.w, "    %s: %s\n", c.Property, secretText(s, c))
		return
	}
	if added, removed, ok := routeDifference(s, c); ok {
		p.routes(c, added, removed)
		return
	}
	d, isPolicy := policyDifference(s, c)
	if !isPolicy {
		fmt.Fprintf(p.w, "    %s: %s → %s\n", c.Property, p.value(c.From), p.value(c.To))
		return
	}
	fmt.Fprintf(p.w, "    %s:\n", c.Property)
	if d.Empty() {
		fmt.Fprintln(p.w, "      written anew: it means the same")
	}
	p.actions("+", d.Added)
	p.actions("+", d.Widened)
	p.actions("-", d.Removed)
	p.actions("-", d.Narrowed)
}

// secretText says what becomes of a secret, and not what it is.
func secretText(s *deployer.Step, c deployer.Change) string {
	name, isVariable := strings.CutPrefix(c.Property, "environment.")
	to, willBe := s.Want.(*resource.Function)
	if isVariable && willBe && s.Live != nil {
		if from, ok := s.Live.Resource.(*resource.Function); ok {
			_, is := from.Environment[name]
			_, stays := to.Environment[name]
			switch {
			case stays && !is:
				return "(added, not shown)"
			case is && !stays:
				return "(removed, not shown)"
			}
		}
	}
	return "(changed, not shown)"
}

// routes tells what a changed document comes to: two hashes say nothing.
func (p planPrinter) routes(c deployer.Change, added, removed []string) {
	text := ""
	switch {
	case c.From == "":
		text = " imported again: what is there is not what was deployed last"
	case len(added)+len(removed) == 0:
		text = " the same routes with other settings"
	}
	fmt.Fprintf(p.w, "    %s:%s\n", c.Property, text)
	for _, route := range added {
		fmt.Fprintf(p.w, "      + %s\n", p.value(route))
	}
	for _, route := range removed {
		fmt.Fprintf(p.w, "      - %s\n", p.value(route))
	}
}

func (p planPrinter) actions(sign string, changes []policy.Change) {
	for _, c := range changes {
		fmt.Fprintf(p.w, "      %s %s\n", sign, p.value(actionText(c)+" on "+strings.Join(c.Resources, ", ")))
	}
}

// actionText is an action with what bounds it, but for its resources.
func actionText(c policy.Change) string {
	text := c.Action
	if c.Effect == policy.Deny {
		text = "(denied) " + text
	}
	if c.Condition != "" {
		text += " if " + c.Condition
	}
	return text
}

// value is the value of a property for people.
func (p planPrinter) value(v string) string {
	if v == "" {
		return "(not set)"
	}
	v = strings.ReplaceAll(v, "\n", " ")
	if p.width > 0 {
		v = shorten(v, p.width)
	}
	return v
}

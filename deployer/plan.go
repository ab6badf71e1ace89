package deployer

import (
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// planner makes a plan of a graph and of what exists.
type planner struct {
	s    *session
	live *picture
	// anew are the resources whose attributes will be others.
	anew     map[resource.ID]bool
	steps    []*Step
	problems []Problem
}

// plan compares the graph with what exists. Problems are told beside the plan,
// as far as it goes; the error is a graph that cannot be put in order.
func (s *session) plan(live *picture) (*Plan, []Problem, error) {
	p := &planner{s: s, live: live, anew: map[resource.ID]bool{}}
	wanted := map[resource.ID]bool{}
	if s.job.Target != Delete {
		resources, err := inOrder(s.graph.Resources)
		if err != nil {
			return nil, nil, err
		}
		p.problems = slices.Concat(s.external.problems, s.absent(live), tooVisible(s.graph, s.lookup(live.attribute)))
		for _, want := range resources {
			wanted[want.ID()] = true
			p.want(want)
		}
	}
	lives := live.sorted()
	slices.Reverse(lives)
	for _, l := range lives {
		if l.Owned && !wanted[l.ID] && p.mayGo(l) {
			p.steps = append(p.steps, &Step{Op: OpDelete, ID: l.ID, Live: l})
		}
	}
	steps, err := ordered(p.steps)
	if err != nil {
		return nil, nil, err
	}
	return &Plan{Owner: s.owner, Steps: steps}, p.problems, nil
}

// mayGo keeps logs, but where they are to be deleted, and while the stage stays
// the roles that functions name by role_arn: one that deploy made may be among
// them.
func (p *planner) mayGo(l *Live) bool {
	switch {
	case l.ID.Kind == resource.KindLogGroup:
		return p.s.job.Target == Delete && p.s.job.Logs
	case l.ID.Kind != resource.KindRole || p.s.job.Target == Delete:
		return true
	}
	return !slices.ContainsFunc(p.s.graph.Resources, func(r resource.Resource) bool {
		f, ok := r.(*resource.Function)
		if !ok {
			return false
		}
		arn, known := f.Role.Resolve(nil)
		return known && arn == l.Attributes[resource.AttrARN]
	})
}

// want adds the step of a wanted resource, those that it refers to before.
func (p *planner) want(want resource.Resource) {
	id := want.ID()
	live := p.live.get(id)
	if live == nil {
		p.anew[id] = true
		p.steps = append(p.steps, &Step{Op: OpCreate, ID: id, Want: want})
		return
	}
	if live.Unfit != "" {
		p.problems = append(p.problems, Problem{ID: id, Message: live.Unfit, Hint: live.UnfitHint})
		return
	}
	if !live.Owned && !p.s.job.Adopt {
		if !p.hangsOnForeign(want) {
			p.problems = append(p.problems, p.s.foreign(live))
		}
		return
	}
	// What exists refers to what exists: its text is settled now, before
	// anything is made anew.
	step := &Step{Op: OpUpdate, ID: id, Want: want, Live: live, have: properties(live, p.s.lookup(p.live.attribute))}
	step.Changes, step.Why = p.s.differences(want, live, step.have, p.s.lookup(p.known))
	switch {
	case len(step.Changes) == 0:
		step.Op = OpNothing
	case step.Why != "":
		step.Op = OpReplace
		p.anew[id] = true
	}
	p.steps = append(p.steps, step)
}

// hangsOnForeign says whether a resource that has no owner but that of what it
// hangs on hangs on somebody else's: that is told of the latter.
func (p *planner) hangsOnForeign(want resource.Resource) bool {
	switch want.ID().Kind {
	case resource.KindPermission, resource.KindMapping, resource.KindSubscription, resource.KindSchedule:
		return slices.ContainsFunc(want.DependsOn(), func(id resource.ID) bool {
			live := p.live.get(id)
			return live != nil && !live.Owned
		})
	}
	return false
}

// known is an attribute that will still hold when the plan has been carried out.
func (p *planner) known(ref resource.Ref) (string, bool) {
	if p.anew[ref.ID] {
		return "", false
	}
	return p.live.attribute(ref)
}

// differences are those of properties, and that a resource is taken over.
func (s *session) differences(want resource.Resource, live *Live, have []resource.Property, get resource.Lookup) ([]Change, string) {
	changes, why := compare(want.Properties(get), have)
	if !live.Owned {
		changes = append(changes, Change{Property: PropertyOwner, From: live.Owner, To: "app " + s.owner.App + ", stage " + s.owner.Stage})
	}
	return changes, why
}

// foreign says that a resource belongs to somebody else.
func (s *session) foreign(live *Live) Problem {
	message := "the " + Noun(live.ID.Kind) + " " + live.ID.Name + " exists and "
	if live.Owner != "" {
		message += "belongs to " + live.Owner
	} else {
		message += "has none of chalicefile's tags"
	}
	return Problem{ID: live.ID, Message: message, Hint: "--adopt takes it over, or choose another app or stage name"}
}

// Noun is what people call a kind of resource: "REST API", "log group".
func Noun(kind resource.Kind) string {
	switch kind {
	case resource.KindRestAPI:
		return "REST API"
	case resource.KindAPIKey:
		return "API key"
	case resource.KindRole:
		return "IAM role"
	case resource.KindDomain:
		return "custom domain"
	}
	return strings.ReplaceAll(string(kind), "-", " ")
}

// Equivalent says whether q does the same as p: what differs in a plan that is
// made again is what must be confirmed again.
func (p *Plan) Equivalent(q *Plan) bool {
	acting := func(p *Plan) map[resource.ID]*Step {
		all := map[resource.ID]*Step{}
		for _, s := range p.Steps {
			if s.Op != OpNothing {
				all[s.ID] = s
			}
		}
		return all
	}
	mine, theirs := acting(p), acting(q)
	if len(mine) != len(theirs) {
		return false
	}
	for id, s := range mine {
		t := theirs[id]
		if t == nil || s.Op != t.Op || s.Why != t.Why || !slices.Equal(s.Changes, t.Changes) || title(s) != title(t) {
			return false
		}
	}
	return true
}

// title is what a step deletes.
func title(s *Step) string {
	if s.Live == nil || s.Op != OpDelete {
		return ""
	}
	return s.Live.Title
}

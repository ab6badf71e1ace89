package deployer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// ranks are the places of the kinds in resource.Kinds.
var ranks = func() map[resource.Kind]int {
	all := map[resource.Kind]int{}
	for i, kind := range resource.Kinds() {
		all[kind] = i
	}
	return all
}()

// compareIDs orders by kind, those that others can depend on first, and name.
func compareIDs(a, b resource.ID) int {
	if a.Kind != b.Kind {
		return cmp.Or(cmp.Compare(ranks[a.Kind], ranks[b.Kind]), cmp.Compare(a.Kind, b.Kind))
	}
	return cmp.Compare(a.Name, b.Name)
}

// inOrder puts resources after those that they depend on; else they stay where
// they are.
func inOrder(list []resource.Resource) ([]resource.Resource, error) {
	at := make(map[resource.ID]int, len(list))
	for i, r := range list {
		if _, twice := at[r.ID()]; twice {
			return nil, fmt.Errorf("%s is wanted twice", r.ID())
		}
		at[r.ID()] = i
	}
	order, a, b := topological(len(list), func(i int) []int { return positions(at, list[i].DependsOn()) })
	if order == nil {
		return nil, cyclic(list[a].ID(), list[b].ID())
	}
	sorted := make([]resource.Resource, len(list))
	for i, from := range order {
		sorted[i] = list[from]
	}
	return sorted, nil
}

func cyclic(a, b resource.ID) error {
	return fmt.Errorf("%s and %s depend on each other: one of them must not refer to the other", a, b)
}

func positions(at map[resource.ID]int, ids []resource.ID) []int {
	var list []int
	for _, id := range ids {
		if i, ok := at[id]; ok {
			list = append(list, i)
		}
	}
	return list
}

// topological orders 0…n-1, each after those that after tells, else as they
// are. Where that cannot be, order is nil, and a and b are on a cycle.
func topological(n int, after func(int) []int) (order []int, a, b int) {
	const fresh, open, done = 0, 1, 2
	state := make([]int8, n)
	order = make([]int, 0, n)
	var visit func(int) bool
	visit = func(i int) bool {
		state[i] = open
		for _, j := range after(i) {
			if state[j] == open {
				a, b = i, j
				return false
			}
			if state[j] == fresh && !visit(j) {
				return false
			}
		}
		state[i] = done
		order = append(order, i)
		return true
	}
	for i := range n {
		if state[i] == fresh && !visit(i) {
			return nil, a, b
		}
	}
	return order, 0, 0
}

// ordered says which steps come after which, and puts them in such an order.
func ordered(steps []*Step) ([]*Step, error) {
	at := map[resource.ID]int{}
	for i, s := range steps {
		if s.Op != OpNothing {
			at[s.ID] = i
		}
	}
	after := make([][]int, len(steps))
	for i, s := range steps {
		if s.Op == OpNothing {
			continue
		}
		if s.Op != OpDelete {
			// What is wanted is there before what refers to it.
			for _, j := range positions(at, s.Want.DependsOn()) {
				switch {
				case steps[j].Op == OpDelete:
				case permits(s, steps[j]):
					after[j] = append(after[j], i)
				default:
					after[i] = append(after[i], j)
				}
			}
		}
		// What existed goes once nothing refers to it any more.
		for _, j := range positions(at, liveNeeds(s.Live)) {
			if goes(steps[j], s) && i != j {
				after[j] = append(after[j], i)
			}
		}
	}
	for i := range after {
		slices.Sort(after[i])
		after[i] = slices.Compact(after[i])
		for _, j := range after[i] {
			steps[i].After = append(steps[i].After, steps[j].ID)
		}
	}
	order, a, b := topological(len(steps), func(i int) []int { return after[i] })
	if order == nil {
		return nil, cyclic(steps[a].ID, steps[b].ID)
	}
	sorted := make([]*Step, len(steps))
	for i, from := range order {
		sorted[i] = steps[from]
	}
	return sorted, nil
}

// permits says whether a step permits a REST API, whose id is known, to call what
// its new routes call: it comes first, or they would not work for a while.
func permits(s, api *Step) bool {
	return s.ID.Kind == resource.KindPermission && api.ID.Kind == resource.KindRestAPI && api.Op == OpUpdate
}

// goes says whether what a step's resource needs will not be there any more. A
// permission that is changed is one for another source: what hung on the old
// one is found by it, and must be gone before.
func goes(needed, step *Step) bool {
	switch needed.Op {
	case OpDelete:
		return true
	case OpReplace:
		return step.Op == OpDelete
	case OpUpdate:
		return step.Op == OpDelete && needed.ID.Kind == resource.KindPermission
	}
	return false
}

// liveNeeds are the resources that must stay until this one is gone, or says
// otherwise.
func liveNeeds(l *Live) []resource.ID {
	if l == nil {
		return nil
	}
	needs := l.DependsOn
	if l.Resource != nil {
		needs = append(slices.Clip(needs), l.Resource.DependsOn()...)
	}
	return needs
}

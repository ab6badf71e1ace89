package policygen

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/callscan"
)

// Reason is an action that is allowed (or denied) on some resources, and all
// that asks for it.
type Reason struct {
	Effect    string
	Action    string
	Resources []string
	Because   []Cause
}

// Kind says what asks for a right.
type Kind string

// The kinds of causes.
const (
	Call        Kind = "call"
	EventSource Kind = "event-source"
	Tracing     Kind = "tracing"
	VPC         Kind = "vpc"
	DeadLetter  Kind = "dead-letter"
	LogGroup    Kind = "log-group"
	WebSocket   Kind = "websocket"
	Stated      Kind = "statement"
)

// Cause is one thing that asks for a right.
type Cause struct {
	Kind Kind
	// Text says it in words, but for calls.
	Text string
	// Call is the place in the code.
	Call *callscan.Call
	// At is the place in the Chalicefile; no path where it says nothing.
	At diag.At
	// Wide says why a resource is "*", or has one in it.
	Wide []Wide
}

// Wide is why a resource is not known as a whole.
type Wide struct {
	// Argument is the input member that names it: "TableName"; "" where the
	// action knows no resources.
	Argument string
	Text     string
	Pos      callscan.Position // zero where there is none
}

func (b *builder) because(s policy.Statement, action string, because Cause) {
	resources := slices.Clone(s.Resource)
	for _, r := range s.NotResource {
		resources = append(resources, "all but "+r)
	}
	slices.Sort(resources)
	key := strings.Join(append([]string{s.Effect, action}, resources...), "\n")
	if b.reasons == nil {
		b.reasons = map[string]*Reason{}
	}
	r := b.reasons[key]
	if r == nil {
		r = &Reason{Effect: s.Effect, Action: action, Resources: resources}
		b.reasons[key] = r
	}
	r.Because = append(r.Because, because)
}

func (b *builder) sortedReasons() []*Reason {
	var list []*Reason
	for _, r := range b.reasons {
		list = append(list, r)
	}
	slices.SortFunc(list, func(x, y *Reason) int {
		return cmp.Or(cmp.Compare(x.Effect, y.Effect), cmp.Compare(x.Action, y.Action), slices.Compare(x.Resources, y.Resources))
	})
	return list
}

// Package deployer makes AWS equal to a graph of resources: it reads what
// exists, plans the difference, and applies it, side by side where nothing
// depends on the other, with a journal, so that a run that was killed is healed
// by the next. It knows no SDK: what AWS can do with a kind of resource is an
// Actuator, and package deployer/aws has them.
package deployer

import (
	"context"
	"errors"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// Actuator does what AWS can do with resources of one kind. It must be safe to
// be killed between any two calls and to be run again: what carries tags gets
// them in the call that makes it. Its methods are called from many goroutines
// at once. Errors of AWS are *Failure.
type Actuator interface {
	// Find returns those of the kind that exist: each that answers to one of
	// q.Want (owned or not, its ID that of the want), and, unless q.Narrow, each
	// other that the owner owns (with an ID that no want has). It makes no
	// mutating call.
	Find(ctx context.Context, q *Query) ([]*Live, error)
	// Create makes a resource that Find did not find. Where AWS says that it
	// exists already, because the answer to an earlier attempt was lost, the
	// error is a *Failure of ClassExists, and the deployer looks again.
	Create(ctx context.Context, want resource.Resource, run *Run) (Attributes, error)
	// Update makes what exists equal to want; changes say what differs.
	Update(ctx context.Context, want resource.Resource, live *Live, changes []Change, run *Run) (Attributes, error)
	// Delete removes it. That it is not there any more is no error.
	Delete(ctx context.Context, live *Live, run *Run) error
}

// Attributes of a resource that AWS gave it: resource.AttrID and so on.
type Attributes map[string]string

// Query says what Find is to find.
type Query struct {
	Owner resource.Owner
	// Want are the wanted resources of the kind. Their policies, code and
	// documents may be missing as yet; names are not.
	Want []resource.Resource
	// Recorded are those of the kind that the record of this checkout names;
	// nothing may be missed where there is no record.
	Recorded []state.Resource
	// Functions are the names of the functions that the record names: what hangs
	// on them can be asked for before they are found.
	Functions []string
	// Found are those of another kind, which must stand before this one in
	// FindAfter. It waits until they are found: what can be asked before is best
	// asked before.
	Found func(resource.Kind) []*Live
	// Resolve knows the attributes of what has been found so far, and of what is
	// not of the app.
	Resolve resource.Lookup
	// Narrow asks for Want alone, after an answer of AWS was lost.
	Narrow bool
	// Leaving: what is found is to be deleted. What it hangs on and the app does
	// not own, a bucket or so, may be gone, or be somebody else's by now.
	Leaving bool
	// Absent is told that a wanted resource cannot be, because what it hangs on
	// and the app does not own, a bucket or so, is not there; Find then goes on.
	// Where it is nil, that is an error.
	Absent func(want resource.ID, why *Failure)
	// Warn tells people of something that is no reason to stop; nil is fine.
	Warn func(text string)
}

// Lack tells that wanted resources cannot be: what is returned is what Find is
// to return of it, nil where none of them is wanted.
func (q *Query) Lack(want []resource.ID, why error) error {
	var failure *Failure
	if len(want) > 0 && (q.Absent == nil || !errors.As(why, &failure)) {
		return why
	}
	for _, id := range want {
		q.Absent(id, failure)
	}
	return nil
}

// Live is a resource that exists.
type Live struct {
	ID resource.ID
	// Resource is what exists in the form of a wanted one, every property that
	// AWS has in it; references are literal text. It may be nil where it is
	// neither wanted nor needed for its deletion.
	Resource   resource.Resource
	Attributes Attributes
	// Owned: its tags (or, where it has none, its name, path or group) say that
	// it is the owner's. What is not owned is not touched without Adopt.
	Owned bool
	// Owner says whose it is where it is not Owned: "app shop, stage prod", or
	// "" where nothing says.
	Owner string
	// Unfit says why it cannot become what is wanted, whosever it is, and what to
	// do; "" where it can.
	Unfit, UnfitHint string
	// Title is what it is called when it is deleted: "function: arn:…",
	// "Rest API: duvw4kwyl3".
	Title string
	// DependsOn are the live resources that must stay until this one is deleted.
	DependsOn []resource.ID
	// Handle is for the actuator alone.
	Handle any
}

// Run is what an actuator sees of the run that it is part of.
type Run struct {
	Owner resource.Owner
	// Resolve knows the attributes of all that exists by now.
	Resolve resource.Lookup
	Clock   Clock
	// Wait tells people what is being waited for: "the role to be known to
	// Lambda". Nothing is said with "".
	Wait func(what string)
}

// Text resolves a text all whose attributes must be known by now.
func (r *Run) Text(t resource.Text) (string, error) {
	text, known := t.Resolve(r.Resolve)
	if !known {
		return "", &Failure{Message: text + " is not known: it should exist by now"}
	}
	return text, nil
}

// Clock is the time, which tests make run faster.
type Clock interface {
	Now() time.Time
	// Sleep returns early, with the reason, when ctx ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// Class says what a failure means for what to do next.
type Class string

// The classes of failures.
const (
	// ClassOther is final.
	ClassOther Class = ""
	// ClassLost: the answer did not arrive, or AWS had an internal error: it may
	// have been done or not.
	ClassLost Class = "lost"
	// ClassExists: there is one already.
	ClassExists Class = "exists"
	// ClassNotFound: there is none.
	ClassNotFound Class = "not-found"
	// ClassLater: not yet, or not while something else is under way; AWS says
	// so, and waiting helps. Throttling is retried below the actuators.
	ClassLater Class = "later"
	// ClassDenied: the caller may not.
	ClassDenied Class = "denied"
	// ClassCredentials: there are none, or they are no good.
	ClassCredentials Class = "credentials"
)

// Failure is what AWS, or the way to it, has against a call.
type Failure struct {
	Class Class
	// Operation is "lambda:CreateFunction"; "" where it was no call.
	Operation string
	// Code is AWS's: "ResourceConflictException".
	Code      string
	Message   string
	RequestID string
	// Hint says what to do; "" where nothing is known.
	Hint string
	Err  error
}

// Error is one line without the request id, which the end of a deploy shows.
func (f *Failure) Error() string {
	text := f.Message
	if f.Code != "" {
		text = f.Code + ": " + text
	}
	if f.Operation != "" {
		text = f.Operation + ": " + text
	}
	if f.Hint != "" {
		text += " (" + f.Hint + ")"
	}
	return text
}

// Unwrap gives the error of the SDK.
func (f *Failure) Unwrap() error { return f.Err }

// World is AWS as the deployer sees it.
type World struct {
	Actuators map[resource.Kind]Actuator
	// External looks up what is not of the app: the attributes that
	// resource.External speaks of. What is not there, or not as it must be, is a
	// problem.
	External func(ctx context.Context, list []resource.External) (map[resource.Ref]string, []Problem, error)
	// Locks are the lock's entries; nil locks on this machine only.
	Locks LockStore
	Clock Clock
}

// FindAfter are the kinds that must be found before a kind, because what exists
// of it hangs on them.
func FindAfter(kind resource.Kind) []resource.Kind {
	switch kind {
	case resource.KindFunction:
		return []resource.Kind{resource.KindRole} // the roles' names tell functions that tags do not tell yet
	case resource.KindPermission, resource.KindMapping, resource.KindLogGroup:
		return []resource.Kind{resource.KindFunction}
	case resource.KindNotification, resource.KindSubscription, resource.KindRule:
		return []resource.Kind{resource.KindFunction, resource.KindPermission} // permissions tell buckets, topics and buses
	case resource.KindSchedule:
		return []resource.Kind{resource.KindScheduleGroup}
	case resource.KindUsagePlan, resource.KindBasePathMapping:
		return []resource.Kind{resource.KindRestAPI, resource.KindDomain}
	case resource.KindAPIKey:
		return []resource.Kind{resource.KindUsagePlan}
	}
	return nil
}

// Problem is what keeps a plan from being carried out, told before anything is
// changed.
type Problem struct {
	ID resource.ID
	// Path of the Chalicefile, "" where none is to blame.
	Path string
	// Message says what is wrong, Hint what to do.
	Message, Hint string
}

// Op is what a step does.
type Op string

// The operations.
const (
	OpCreate  Op = "create"
	OpUpdate  Op = "update"
	OpReplace Op = "replace"
	OpDelete  Op = "delete"
	OpNothing Op = "nothing"
)

// Change is one property that differs.
type Change struct {
	// Property as resource.Property has its name.
	Property string
	// From and To are "" where it is not set, and where Secret.
	From, To string
	Secret   bool
	// Unknown: To is known only once another resource exists.
	Unknown bool
}

// Step is one resource of a plan.
type Step struct {
	Op   Op
	ID   resource.ID
	Want resource.Resource // nil to delete
	Live *Live             // nil to create
	// Changes of an update or a replacement.
	Changes []Change
	// Why it is replaced.
	Why string
	// After are the steps of the plan that must succeed before.
	After []resource.ID

	// have are the properties of Live, settled when it was read.
	have []resource.Property
}

// Plan is what must be done, in an order in which it could be done.
type Plan struct {
	Owner resource.Owner
	Steps []*Step
}

// Empty says whether there is nothing to do.
func (p *Plan) Empty() bool {
	for _, s := range p.Steps {
		if s.Op != OpNothing {
			return false
		}
	}
	return true
}

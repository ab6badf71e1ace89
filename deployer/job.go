package deployer

import (
	"context"
	"errors"
	"time"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// Target says what AWS is to be made equal to.
type Target string

// The targets.
const (
	// Deploy: to the graph.
	Deploy Target = "deploy"
	// Delete: to nothing.
	Delete Target = "delete"
)

// Job is a deploy or a delete of one stage.
type Job struct {
	World World
	// Outline is the graph as far as names go, with which reading begins.
	Outline *resource.Graph
	// Complete makes the graph with policies, code and documents; it is called
	// once, while AWS is being read. Nil for Delete.
	Complete func(ctx context.Context) (*resource.Graph, error)
	Target   Target
	// Adopt takes over resources of the right names that nobody's tags claim or
	// somebody else's do. Logs deletes log groups too.
	Adopt, Logs bool
	// Store keeps the record and the journal.
	Store *state.Store
	// Who is user@host, for the lock; LockTimeout how long to wait for it.
	Who         string
	LockTimeout time.Duration
	// Parallel is how many steps may run at once; 0 means 16.
	Parallel int
	// Confirm is asked before anything is changed, and again where the plan that
	// is made under the lock is another. An error ends the job and is returned.
	Confirm func(ctx context.Context, p *Plan) error
	// Observe is told what happens, one event at a time; nil is fine.
	Observe func(Event)
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventPlanned   EventKind = "planned" // Plan is set: it will be carried out
	EventStarted   EventKind = "started"
	EventWaiting   EventKind = "waiting" // Text says for what; "" is the end of it
	EventDone      EventKind = "done"
	EventFailed    EventKind = "failed"
	EventSkipped   EventKind = "skipped" // Blame failed
	EventLocked    EventKind = "locked"  // Holder has the lock, and is waited for
	EventInterrupt EventKind = "interrupted"
	EventWarning   EventKind = "warning" // Text says what; nothing is wrong with AWS
)

// Event is something that happened, for people to see.
type Event struct {
	Kind   EventKind
	At     time.Time
	Plan   *Plan
	Step   *Step
	Text   string
	Blame  resource.ID
	Err    error
	Holder Holder
	// Took is how long a step took that is done or failed.
	Took time.Duration
}

// StepFailure is a step that failed.
type StepFailure struct {
	Step *Step
	Err  error
}

// Outcome is what came of a job.
type Outcome struct {
	Plan *Plan
	// Attributes of all that exists now, by resource.
	Attributes map[resource.ID]Attributes
	// Done, Failed and Skipped are the steps of the plan that did something, in
	// the order in which they ended.
	Done    []*Step
	Failed  []StepFailure
	Skipped []*Step
}

// ProblemsError is what keeps a plan from being carried out.
type ProblemsError struct{ Problems []Problem }

// Error tells all of them, a line each.
func (e *ProblemsError) Error() string {
	text := ""
	for i, p := range e.Problems {
		if i > 0 {
			text += "\n"
		}
		text += p.Message
		if p.Hint != "" {
			text += " (" + p.Hint + ")"
		}
	}
	return text
}

// ErrFailed says that steps failed; the Outcome says which.
var ErrFailed = errors.New("not everything could be done")

// LockedError says that somebody else holds the lock.
type LockedError struct{ Holder Holder }

// Error says who, and since when.
func (e *LockedError) Error() string {
	return "the stage is locked by " + e.Holder.Who + " since " + e.Holder.Since.Format(time.RFC3339) +
		": wait until that run has ended, with --lock-timeout; a run that died lets go of the lock within a minute"
}

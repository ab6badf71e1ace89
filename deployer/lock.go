package deployer

import (
	"context"
	"time"
)

// Holder says who holds the lock of a stage.
type Holder struct {
	// ID is that of one run.
	ID string `json:"id"`
	// Who is user@host.
	Who   string    `json:"who"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// LockEntry is one numbered entry of a stage's lock.
type LockEntry struct {
	Number int
	Holder Holder
}

// LockStore keeps the entries of a stage's lock where all machines see them.
type LockStore interface {
	// List returns the entries, in the order of their numbers.
	List(ctx context.Context) ([]LockEntry, error)
	// Create makes an entry of a number that nobody has; a *Failure of
	// ClassExists where somebody has.
	Create(ctx context.Context, entry LockEntry) error
	// Renew writes an entry of one's own again.
	Renew(ctx context.Context, entry LockEntry) error
	// Remove removes entries; those that are not there are no error.
	Remove(ctx context.Context, numbers ...int) error
}

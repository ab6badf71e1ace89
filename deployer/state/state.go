// Package state keeps on this machine what a stage's deploys made, and the
// journal of one under way. It is a convenience: whatever it says is looked up
// in AWS, and without it everything is found again.
package state

import (
	"time"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// Record is what is known of a stage in one account and region.
type Record struct {
	App       string     `json:"app"`
	Stage     string     `json:"stage"`
	Account   string     `json:"account"`
	Region    string     `json:"region"`
	Resources []Resource `json:"resources"`
	// Journal of a run that did not end, nil else.
	Journal *Journal `json:"journal,omitempty"`
}

// Resource is one that was made.
type Resource struct {
	ID resource.ID `json:"id"`
	// Attributes that AWS gave it: ids, ARNs. Never a secret.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Journal is a run under way.
type Journal struct {
	// Run is the id under which the lock is held, Lock its number.
	Run  string `json:"run"`
	Lock int    `json:"lock,omitempty"`
	// Former are runs before it that did not end either, and whose entries of
	// the lock may still be there.
	Former  []string  `json:"former,omitempty"`
	Target  string    `json:"target"`
	Started time.Time `json:"started"`
	// Steps that are to be done, and how far each is.
	Steps []Step `json:"steps"`
}

// Step of a journal.
type Step struct {
	ID resource.ID `json:"id"`
	Op string      `json:"op"`
	// Status is "", "started", "done" or "failed".
	Status string `json:"status,omitempty"`
}

// Store is the file of a stage: .chalicefile/deployed/STAGE.json.
type Store struct {
	// Path of the file, absolute.
	Path string
}

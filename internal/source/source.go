// Package source is what a provider of an event source tells the rest of the
// program. A new source is one directory below this one and one line in
// source/all; there are no registries.
package source

import (
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/spec"
)

// Descriptor describes one event source, be it a key of an entry of events or
// (Kind "schedule") the entries of schedules.
type Descriptor struct {
	// Kind is the key in the Chalicefile: "s3", "sqs", …, or "schedule".
	Kind string
	// New makes the pointer to a struct into which the mapping under Kind is
	// decoded; its fields have yaml tags. Nil for "schedule".
	New func() any
	// Schema is the JSON schema (draft-07) of the mapping under Kind, with
	// description, default and examples for every key. Nil for "schedule".
	Schema []byte
	// Check tells what the schema cannot, for all entries of the kind in an app
	// (a conflict is between two). Paths start at the root ("events", name,
	// kind, key). Nil where there is nothing to tell.
	Check func(app *spec.App, entries []Entry, out *diag.List)
	// Shape is how the events look in Go.
	Shape Shape
	// Statements are what the role of an entry's function must be allowed, so
	// that Lambda can read the source and tell of failures. Nil where the source
	// itself calls the function, which needs no right of the function's.
	Statements func(e Entry, at Place) []policy.Statement
	// Plan says what must exist in AWS so that the source runs the function of an
	// entry.
	Plan func(e Entry, t Target) Planned
	// Sample makes a sample event as AWS sends it, JSON. Nil options are fine.
	Sample func(o SampleOptions) []byte
}

// Entry is one entry of events (or schedules) as Check and Statements see it.
type Entry struct {
	Name string
	// Source is what New made, decoded; for "schedule" a *spec.Schedule.
	Source any
	// Settings in force for the function: its own over the app's defaults.
	Settings spec.Settings
}

// Shape says which Go types a handler may take. Types of aws-lambda-go/events
// are written "events.S3Event", those of handlerkit "handlerkit.S3Object".
type Shape struct {
	// Event is the type of the whole event.
	Event string
	// Record is the type of one record, "" where there is none.
	Record string
	// Payload says how one decoded value is found in a record.
	Payload Payload
	// Ordered sources stop at the first failed record (of a group); FIFO queues
	// do so too, which shows only at run time.
	Ordered bool
	// PartialFailures: failed records are reported one by one, and Response is
	// the type that a whole-event handler may return.
	PartialFailures bool
	Response        string
	// Nested are types that a record's body may be decoded to because another
	// service filled the queue.
	Nested []string
}

// Payload is how one decoded value is taken from a record or an event.
type Payload int

// The payloads.
const (
	// NoPayload: there is no decoded form.
	NoPayload Payload = iota
	// JSONPayload: struct, map or slice from the JSON text; string is the text.
	JSONPayload
	// BytesPayload is JSONPayload and []byte for the raw data.
	BytesPayload
	// ChangePayload is handlerkit.Change[T].
	ChangePayload
	// DetailPayload is handlerkit.Event[T].
	DetailPayload
	// InputPayload is the schedule's own input as the event.
	InputPayload
)

// SampleOptions fill a sample event; zero values get plausible defaults.
type SampleOptions struct {
	// Source is the decoded source of the entry that the event is for, or nil.
	Source any
	// Bodies are the records' payloads: message bodies, data, new images (JSON).
	Bodies          []string
	Region, Account string
	Name            string
}

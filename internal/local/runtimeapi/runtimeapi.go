// Package runtimeapi runs the functions of an app on this machine: processes of
// the app's own binary, served through the Lambda Runtime API as AWS documents
// it. A Pool is one Lambda function; each of its processes has one invocation at
// a time, as in Lambda.
package runtimeapi

import (
	"errors"
	"io"
	"time"
)

// MaxPayload is the most bytes that Lambda hands to a function, and takes from
// one, in a synchronous invocation.
const (
	MaxEvent    = 6291456
	MaxResponse = 6291556
)

// Function says how the processes of one Lambda function are run.
type Function struct {
	// Name is how the log calls it; ARN is what the function is told.
	Name, ARN string
	// Binary is run in Dir with Env, to which AWS_LAMBDA_RUNTIME_API is added.
	Binary, Dir string
	Env         []string
	// Timeout of an invocation; the process is killed after it.
	Timeout time.Duration
	// MemorySize in MB, for the report of an invocation.
	MemorySize int
	// Processes is the number of processes at most. With Reserved an invocation
	// beyond it is refused, as by a reserved concurrency; else it waits.
	Processes int
	Reserved  bool
}

// Host is what the pools of a program share.
type Host struct {
	// Output takes what the processes write, a whole line with each Write.
	Output io.Writer
	// Now is the clock.
	Now func() time.Time

	spawner spawner
}

// Call is one event for a function.
type Call struct {
	// RequestID and TraceID are handed on to the function.
	RequestID, TraceID string
	// Payload is the event, JSON. It must stay as it is until Invoke returns; after
	// an error for ever.
	Payload []byte
	// ClientContext is JSON, or "".
	ClientContext string
	// Tail asks for Result.Log.
	Tail bool
}

// Result is what an invocation came to.
type Result struct {
	// Payload is the answer, or the error object where FunctionError is set.
	Payload []byte
	// FunctionError is "" or "Unhandled".
	FunctionError string
	// Log is the last 4 KB of the log, where Call.Tail asked for it.
	Log []byte
}

// Errors of an invocation that no process took on.
var (
	ErrEventTooLarge = errors.New("the event exceeds 6 MB, the most that Lambda takes")
	ErrThrottled     = errors.New("the function's reserved concurrency is in use: Rate Exceeded")
	ErrClosed        = errors.New("the function is being shut down")
)

// InitError is a process that ended, or said that it could not start, before it
// asked for its first event.
type InitError struct{ Result Result }

func (e *InitError) Error() string { return "the function did not start: " + string(e.Result.Payload) }

// Package callscan finds the calls of AWS that each function of an app can
// make, and what they name as their resources.
//
// The code of the user's own modules, and of packages of others that can reach
// the SDK, is analysed from source; the packages of aws-sdk-go-v2 and all else
// are leaves. A function of the app starts at its handlers, its constructors,
// its middleware and the initialisers of all packages. From there on counts
// what is called, and what is used as a value; calls through interfaces go to
// the types that reached code converts to an interface. A client handed to a
// helper of the SDK (a paginator, a waiter, an uploader) counts as what the
// helper's interface can call.
//
//	gosrc.Load(ctx, callscan.Configure(config))  →  Scan  →  Function.Calls  →  Function.Statements
package callscan

import (
	"context"
	"errors"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy/actions"
)

// Input is what Scan works on.
type Input struct {
	// App is bound to its handlers.
	App *model.App
	// Program holds the packages of the app's handlers, loaded as Configure
	// says.
	Program *gosrc.Program
	// Functions are the names of those to scan; nil means all.
	Functions []string
}

// Result is what Scan found.
type Result struct {
	// Functions in the order of the app; none where the code does not compile.
	Functions []*Function
	// Findings are at ranges of Go files.
	Findings diag.List
}

// Function is one Lambda function.
type Function struct {
	Name string
	// Calls in the order of their positions.
	Calls []*Call
}

// Call is one place in the code where the function may call AWS.
type Call struct {
	// Service is the last element of the client's import path, Operation the
	// name of the client's method: "dynamodb", "PutItem".
	Service, Operation string
	// How says by what means where it is not a client's method: "paginator
	// dynamodb.ScanPaginator".
	How string
	// Pos is where the code calls.
	Pos Position
	// Via leads from a root of the function to the function that calls.
	Via []Step
	// Arguments are what is known of the members of the input that the
	// operation's needs depend on, in their order.
	Arguments []Argument
	// Needs of the operation; none where Known is false.
	Needs []actions.Need
	// Known: the table has the operation.
	Known bool
}

// Argument is what is known of one member of an operation's input.
type Argument struct {
	// Path as package actions has it: "TableName", "Entries[].EventBusName".
	Path string
	actions.Argument
	// Reasons say why values are not known, or not all.
	Reasons []Reason
}

// Reason says why a value is not known.
type Reason struct {
	Text string
	Pos  Position // zero where there is none
}

// Step is one function on the way to a call.
type Step struct {
	// Func is its name: "api.API.PutObject", "api.init".
	Func string
	// Root says what makes the first one a root: "handler", "constructor",
	// "middleware", "initialiser".
	Root string
	// Pos is where it is called or used by the one before; where it is declared,
	// for the first.
	Pos Position
}

// Position is a place in a Go file.
type Position struct {
	// File is relative to the Chalicefile for files of the app's module, absolute
	// for others.
	File         string
	Line, Column int
}

// Scan finds the calls of each function. The error is for what hinders the scan
// itself; what is wrong with the code is in the findings.
func Scan(ctx context.Context, in Input) (*Result, error) {
	if in.App == nil || in.Program == nil {
		return nil, errors.New("callscan: no app or no program")
	}
	return scan(ctx, in)
}

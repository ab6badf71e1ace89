// Package handlers binds the handler references of a Chalicefile to the
// exported Go functions that they name, and says what does not fit.
package handlers

import (
	"context"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// Input is what Bind works on.
type Input struct {
	// Apps are the stages of one Chalicefile, resolved; Bind fills in their
	// Calls, Constructors and Middleware.
	Apps []*model.App
	// Dir is the directory of the Chalicefile, absolute.
	Dir string
	// Env is the environment of the go command, whole ("KEY=value"); it must
	// hold what the go command needs (PATH, HOME, GOCACHE, …).
	Env []string
	// BuildTags are build tags beside lambda.norpc and those of the apps' own
	// defaults.build_tags.
	BuildTags []string
	// GOOS and GOARCH for which the app will be built, so that the loading warms
	// the build cache for it; "" means linux, and what the go command takes.
	GOOS, GOARCH string
	// ToolVersion is the version of this program, against which the version of
	// the module that the app requires is held; "" checks nothing.
	ToolVersion string
	// Overlay replaces the contents of Go files by absolute path.
	Overlay map[string][]byte
	// Configure completes how the code of the first app is loaded, for who wants
	// more of Result.Program than signatures; nil leaves it.
	Configure func(gosrc.Config) gosrc.Config
}

// Result is what Check found.
type Result struct {
	// Findings of each of Input.Apps, at paths of its Chalicefile or at ranges in
	// Go files.
	Findings []diag.List
	// Program is the loaded Go code of the first app; nil where nothing could be
	// loaded.
	Program *gosrc.Program
}

// Bind resolves every handler reference of in.Apps, in one loading of their
// packages, fills in Calls, Constructors and Middleware, and returns what does
// not fit, a list for each app. The error is for what hinders the check itself:
// no go command, a context that ended.
func Bind(ctx context.Context, in Input) ([]diag.List, error) {
	r, err := Check(ctx, in)
	if err != nil {
		return nil, err
	}
	return r.Findings, nil
}

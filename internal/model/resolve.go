package model

import "github.com/chalicefile/chalicefile/spec"

// Resolve fills in what a Chalicefile leaves to defaults and inheritance. No
// Go types yet: every Call is nil. It never panics on an app with findings: it
// skips what does not resolve.
func Resolve(app *spec.App, mod Module) *App {
	return &App{Name: app.Name, Stage: app.Stage, Spec: app, Module: mod}
}

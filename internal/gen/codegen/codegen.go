// Package codegen writes the typed main of an app: Go code as a careful
// developer would write it by hand, in which nothing is decided at run time
// that the compiler knows.
package codegen

import "github.com/chalicefile/chalicefile/internal/model"

// Generate makes the main package of app: relative paths and gofmt'd bytes.
func Generate(app *model.App) (map[string][]byte, error) { return nil, nil }

package eventbridge

import (
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/pattern"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

func check(_ *spec.App, entries []source.Entry, out *diag.List) {
	for _, e := range entries {
		pattern.Check(diag.Path{"events", e.Name, "eventbridge", "pattern"}, e.Source.(*Source).Pattern, out)
	}
}

package handlers

import (
	"os"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// loaded is a Chalicefile up to where handlers are bound.
type loaded struct {
	result *loader.Result
	specs  []*spec.App
	models []*model.App
}

func load(t testing.TB, dir string) *loaded {
	t.Helper()
	l := &loaded{result: loader.Load(loader.Options{Dir: dir, LookupEnv: os.LookupEnv})}
	if l.result.App == nil {
		t.Fatalf("%s: %+v", dir, l.result.Findings)
	}
	for _, app := range append([]*spec.App{l.result.App}, l.result.Others...) {
		l.specs = append(l.specs, app)
		l.models = append(l.models, model.Resolve(app, model.Module{}))
	}
	return l
}

// print writes the findings of all apps as a person reads them.
func (l *loaded) print(t testing.TB, found []diag.List) string {
	t.Helper()
	all := diag.List{Findings: l.result.Findings.Findings}
	for i, f := range found {
		all.Add(l.result.Resolve(l.specs[i], f).Findings...)
	}
	all.Sort()
	var b strings.Builder
	if err := diag.WriteText(&b, all, diag.PrintOptions{Sources: l.result.Sources}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

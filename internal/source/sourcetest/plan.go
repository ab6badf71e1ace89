package sourcetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// Target is one to plan for.
func Target() source.Target {
	owner := resource.Owner{App: "shop", Stage: "dev", Partition: "aws", Region: "eu-west-1", Account: "123456789012"}
	tags := owner.Tags()
	tags["team"] = "till"
	return source.Target{Owner: owner, Name: "shop-dev-e", Function: "shop-dev-f", Tags: tags, Path: "events.e"}
}

// plan wants resources for the function alone, each once, that refer to nothing
// but each other, the function, and what is named as external; with the tags,
// and with one right to call the function: either Lambda reads the source, or
// the source has a permission.
func plan(t *testing.T, d source.Descriptor) {
	if d.New == nil {
		return // schedules are planned by deployer/desired
	}
	if d.Plan == nil {
		t.Fatal("the source plans nothing")
	}
	target := Target()
	e := source.Entry{Name: "e", Source: d.New()}
	p := d.Plan(e, target)
	if again := d.Plan(e, target); !reflect.DeepEqual(p, again) {
		t.Error("the plan differs from call to call")
	}
	there := map[resource.ID]bool{resource.FunctionID(target.Function): true}
	for _, r := range p.Resources {
		if there[r.ID()] {
			t.Errorf("%s is there twice", r.ID())
		}
		there[r.ID()] = true
	}
	for _, x := range p.External {
		if !there[x.For] || !strings.HasPrefix(x.Path, target.Path+"."+d.Kind+".") {
			t.Errorf("%s is for %s at %s", x.ID, x.For, x.Path)
		}
		if there[x.ID] {
			t.Errorf("%s is there twice", x.ID)
		}
		there[x.ID] = true
	}
	rights := 0
	for _, r := range p.Resources {
		rights += planned(t, r, target, there)
	}
	if rights != 1 {
		t.Errorf("the source may call the function by %d ways, not by one", rights)
	}
	if reads := d.Statements != nil; reads != slices.ContainsFunc(p.Resources, func(r resource.Resource) bool { return r.ID().Kind == resource.KindMapping }) {
		t.Error("the function's role may read a source that no mapping reads, or the other way round")
	}
}

// planned checks one resource and returns how many rights it is to call the
// function.
func planned(t *testing.T, r resource.Resource, target source.Target, there map[resource.ID]bool) int {
	for _, id := range r.DependsOn() {
		if !there[id] {
			t.Errorf("%s depends on %s, which nobody makes", r.ID(), id)
		}
	}
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch x := f.Interface().(type) {
		case resource.Text:
			for _, ref := range x.Refs() {
				if !there[ref.ID] {
					t.Errorf("%s refers to %s, which nobody makes", r.ID(), ref.ID)
				}
			}
		case map[string]string:
			if v.Type().Field(i).Name == "Tags" && !maps.Equal(x, target.Tags) {
				t.Errorf("%s has the tags %v", r.ID(), x)
			}
		}
	}
	if f := v.FieldByName("Function"); f.IsValid() && f.String() != target.Function {
		t.Errorf("%s is for the function %s", r.ID(), f)
	}
	if f := v.FieldByName("FunctionARN"); f.IsValid() && f.String() != target.FunctionARN() {
		t.Errorf("%s is for the function %s", r.ID(), f)
	}
	switch r.ID().Kind {
	case resource.KindPermission, resource.KindMapping:
		return 1
	}
	return 0
}

// Planned is a plan as tests compare it: a line for each resource, one for each
// of its properties that is set, and for what it must come after; one for each
// external resource and each finding.
func Planned(p source.Planned) string {
	var b strings.Builder
	for _, r := range p.Resources {
		fmt.Fprintf(&b, "%s\n", r.ID())
		for _, property := range r.Properties(nil) {
			if property.Value != "" && property.Value != property.Default && !strings.HasPrefix(property.Name, "tags.") {
				fmt.Fprintf(&b, "\t%s: %s\n", property.Name, property.Value)
			}
		}
		for _, id := range r.DependsOn() {
			fmt.Fprintf(&b, "\tafter %s\n", id)
		}
	}
	for _, x := range p.External {
		fmt.Fprintf(&b, "external %s for %s at %s\n", x.ID, x.For, x.Path)
	}
	return b.String() + Told(p.Findings)
}

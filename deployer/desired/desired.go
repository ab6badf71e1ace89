// Package desired works out what must exist in AWS for an app: the model
// becomes a graph of resources.
package desired

import (
	"os"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

// Input is what a graph is made of.
type Input struct {
	// App need not be bound to its handlers.
	App   *model.App
	Owner resource.Owner
	// Policies of the functions' roles by the functions' names in the
	// Chalicefile; nil as long as they are not known.
	Policies map[string]policy.Document
	// Code by architecture: "arm64", "x86_64"; nil as long as it is not known.
	Code map[string]*resource.Code
	// ReadFile reads policy files of the API, by absolute path; nil means
	// os.ReadFile.
	ReadFile func(path string) ([]byte, error)
}

// Graph makes the graph. What exceeds a limit of AWS, or cannot be deployed, is
// a finding at a path of the Chalicefile.
func Graph(in Input) (*resource.Graph, diag.List) {
	if in.ReadFile == nil {
		in.ReadFile = os.ReadFile
	}
	b := &builder{Input: in, graph: &resource.Graph{Owner: in.Owner}, index: map[resource.ID]int{}}
	b.webSocket()
	b.functions()
	b.schedules()
	b.events()
	b.api()
	b.codeLimits()
	b.graph.Resources = ordered(b.graph.Resources)
	return b.graph, b.findings
}

// builder collects the resources of a graph.
type builder struct {
	Input
	graph *resource.Graph
	// index is where a resource stands in the graph; from is what it came from.
	index    map[resource.ID]int
	from     []diag.At
	findings diag.List
}

// add adds a resource that came from what stands at a place.
func (b *builder) add(r resource.Resource, from diag.At) {
	if i, found := b.index[r.ID()]; found {
		b.merge(i, r, from)
		return
	}
	b.index[r.ID()] = len(b.graph.Resources)
	b.graph.Resources = append(b.graph.Resources, r)
	b.from = append(b.from, from)
}

// name is that of what belongs to the app as a whole: <app>-<stage>.
func (b *builder) name() string { return b.App.Name + "-" + b.App.Stage }

// tags are the owner's over the app's own.
func (b *builder) tags(own map[string]string) map[string]string {
	tags := map[string]string{}
	for _, m := range []map[string]string{own, b.Owner.Tags()} {
		for key, value := range m {
			tags[key] = value
		}
	}
	return tags
}

// ordered puts each resource after those that it depends on, and otherwise
// leaves the order as it is.
func ordered(list []resource.Resource) []resource.Resource {
	byID := make(map[resource.ID]resource.Resource, len(list))
	for _, r := range list {
		byID[r.ID()] = r
	}
	out := make([]resource.Resource, 0, len(list))
	placed := make(map[resource.ID]bool, len(list))
	var place func(resource.Resource)
	place = func(r resource.Resource) {
		if placed[r.ID()] {
			return
		}
		placed[r.ID()] = true
		for _, id := range r.DependsOn() {
			if needed := byID[id]; needed != nil {
				place(needed)
			}
		}
		out = append(out, r)
	}
	for _, r := range list {
		place(r)
	}
	return out
}

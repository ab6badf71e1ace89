// Package desired works out what must exist in AWS for an app: the model
// becomes a graph of resources.
package desired

import (
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
	return &resource.Graph{Owner: in.Owner}, diag.List{}
}

package source

import "github.com/chalicefile/chalicefile/internal/resource"

// Target is the function that an entry's source is to run, once deployed.
type Target struct {
	Owner resource.Owner
	// Name is that of what is made for the entry: <app>-<stage>-<name>.
	Name string
	// Function is the name of the Lambda function in AWS.
	Function string
	// Tags of what takes tags: the owner's and the function's.
	Tags map[string]string
	// Path of the entry in the Chalicefile: "events.on_message".
	Path string
}

// FunctionARN is that of the function.
func (t Target) FunctionARN() string { return t.Owner.FunctionARN(t.Function) }

// Place is where resources are that are named without an ARN.
func (t Target) Place() Place {
	return Place{Partition: t.Owner.Partition, Region: t.Owner.Region, Account: t.Owner.Account}
}

// Planned is what must exist so that a source runs a function.
type Planned struct {
	// Resources that share an ID with those of another entry merge: a bucket has
	// one notification document.
	Resources []resource.Resource
	External  []resource.External
}

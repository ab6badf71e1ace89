package source

import (
	"bytes"
	"encoding/json"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
)

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

// Statements by which other services may call functions, by their ids. A
// function has one source, so no two meet in one policy.
const (
	StatementS3   = "chalicefile-s3"
	StatementSNS  = "chalicefile-sns"
	StatementRule = "chalicefile-rule"
)

// Permit lets a service call the function for what is at arn. The account is ""
// where the ARN says it.
func (t Target) Permit(statement, service, arn, account string) *resource.Permission {
	return &resource.Permission{
		Function: t.Function, Statement: statement, Principal: service + ".amazonaws.com",
		SourceARN: resource.Lit(arn), SourceAccount: account,
	}
}

// Planned is what must exist so that a source runs a function.
type Planned struct {
	// Resources that share an ID with those of another entry merge: a bucket has
	// one notification document.
	Resources []resource.Resource
	External  []resource.External
	// Findings are what AWS would not take, as only the owner tells.
	Findings diag.List
}

// Canonical is JSON with its keys sorted and without white space; what is no
// JSON stays as it is.
func Canonical(raw []byte) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if len(raw) == 0 || d.Decode(&v) != nil {
		return string(raw)
	}
	return string(Encode(v))
}

// CanonicalAll is Canonical of each.
func CanonicalAll(raw [][]byte) []string {
	var all []string
	for _, r := range raw {
		all = append(all, Canonical(r))
	}
	return all
}

// Or is what p points to, or where it points to nothing, a default.
func Or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

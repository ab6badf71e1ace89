// Package actions knows which IAM actions an operation of aws-sdk-go-v2 needs, and on which resources.
//
// The table covers the services of the SDK. It is made from public data by internal/generate, corrected by hand where
// that data is wrong, and embedded compressed; its sources and their licences are in NOTICE. What the table does not
// have is not guessed: Lookup says so.
//
//	op, ok := actions.Lookup("dynamodb", "Query")
//	grants := op.Grants(arguments, actions.Place{Partition: "aws", Region: "*", Account: "*"})
package actions

//go:generate go run ./internal/generate -out operations.txt.gz

// An Operation is one call of a client, and what it needs to be allowed.
type Operation struct {
	Service string // last element of the client's import path: "cloudwatchlogs"
	Name    string // "PutLogEvents"
	Needs   []Need // none: any caller may call it
}

// A Need is an action that must be allowed on some resources.
type Need struct {
	Action    string     // "logs:PutLogEvents"
	Resources []Template // none: the action knows no resources, and is allowed on "*"
	When      []Condition
}

// A Condition restricts a Need to calls with certain arguments. It holds where that cannot be told.
type Condition struct {
	Params  []string // paths of input members; one that is set is enough
	Absent  bool     // the other way round: it holds unless one of them certainly is
	Pattern string   // the value must match it too, "*" being any text, whatever the case
	Certain bool     // a value that cannot be told does not match
}

// A Place is where resources are that are named without an ARN. Empty fields are "*".
type Place struct {
	Partition, Region, Account string
}

// Lookup returns what an operation needs. The service is the last element of the client's import path, so "sfn" for
// github.com/aws/aws-sdk-go-v2/service/sfn.
func Lookup(service, operation string) (Operation, bool) {
	line, ok := table().line(service, operation)
	if !ok {
		return Operation{}, false
	}
	op, err := parseLine(line, table().prefix(service))
	if err != nil {
		return Operation{}, false // a test reads every line
	}
	op.Service = service
	return op, true
}

// HasService tells whether the table has the service at all.
func HasService(service string) bool {
	_, ok := table().sections[service]
	return ok
}

// Services returns the services that the table has, sorted.
func Services() []string {
	return table().names()
}

// Operations returns the operations that the table has for a service, sorted.
func Operations(service string) []string {
	return table().operations(service)
}

package source

import (
	"strings"

	"github.com/chalicefile/chalicefile/policy"
)

// Place says where resources are that are named without an ARN. A field may be
// "*", or what a template puts in its place.
type Place struct {
	Partition, Region, Account string
}

// ARN of a resource here; a name that is an ARN already stays.
func (p Place) ARN(service, prefix, nameOrARN string) string {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	return strings.Join([]string{"arn", p.Partition, service, p.Region, p.Account, prefix + nameOrARN}, ":")
}

// Allow is a statement that allows actions on resources.
func Allow(resource string, actions ...string) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Action: actions, Resource: []string{resource}}
}

// Deliver is what it takes to hand failures over to a queue, a topic or a
// bucket; nothing where arn is "" or names something else.
func Deliver(arn string) []policy.Statement {
	parts := strings.SplitN(arn, ":", 4)
	if len(parts) < 4 {
		return nil
	}
	switch parts[2] {
	case "sqs":
		return []policy.Statement{Allow(arn, "sqs:SendMessage")}
	case "sns":
		return []policy.Statement{Allow(arn, "sns:Publish")}
	case "s3":
		return []policy.Statement{Allow(arn, "s3:ListBucket"), Allow(arn+"/*", "s3:PutObject")}
	}
	return nil
}

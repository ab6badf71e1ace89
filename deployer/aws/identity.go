package aws

import (
	"context"
	"errors"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// Identity asks AWS who the caller is: an owner of no app, with partition,
// account and region. The error is one sentence.
func Identity(ctx context.Context, c *Clients) (resource.Owner, error) {
	out, err := c.STS.GetCallerIdentity(ctx, nil)
	if err != nil {
		return resource.Owner{}, fail(err)
	}
	arn := strings.Split(awssdk.ToString(out.Arn), ":")
	if len(arn) < 5 || awssdk.ToString(out.Account) == "" {
		return resource.Owner{}, fail(&deployer.Failure{Operation: "sts:GetCallerIdentity", Err: errors.New("no ARN"), Message: "the answer names no account"})
	}
	return resource.Owner{Partition: arn[1], Region: c.Config.Region, Account: *out.Account}, nil
}

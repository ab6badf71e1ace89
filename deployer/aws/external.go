package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// queueAPI looks up queues.
type queueAPI interface {
	GetQueueUrl(context.Context, *sqs.GetQueueUrlInput, ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// tableAPI looks up tables.
type tableAPI interface {
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// externals look up what is not of the app.
type externals struct {
	queues queueAPI
	tables tableAPI
	owner  resource.Owner
	clock  deployer.Clock
}

// fact is what one of them turned out to be.
type fact struct {
	attributes map[string]string
	// message and hint say what is wrong with it; "" where nothing is.
	message, hint string
}

// look looks up each once, and tells everybody who needs it what is wrong.
func (e *externals) look(ctx context.Context, list []resource.External) (map[resource.Ref]string, []deployer.Problem, error) {
	ctx = withWait(ctx, e.clock, nil)
	var ids []resource.ID
	for _, x := range list {
		if !slices.Contains(ids, x.ID) {
			ids = append(ids, x.ID)
		}
	}
	facts, err := each(ctx, ids, e.one)
	if err != nil {
		return nil, nil, fail(err)
	}
	known := map[resource.Ref]string{}
	var problems []deployer.Problem
	for _, x := range list {
		f := facts[slices.Index(ids, x.ID)]
		for name, value := range f.attributes {
			known[resource.Ref{ID: x.ID, Attribute: name}] = value
		}
		if f.message != "" {
			problems = append(problems, deployer.Problem{ID: x.For, Path: x.Path, Message: f.message, Hint: f.hint})
		}
	}
	return known, problems, nil
}

func (e *externals) one(ctx context.Context, id resource.ID) (fact, error) {
	switch id.Kind {
	case resource.KindQueue:
		return e.queue(ctx, id.Name)
	case resource.KindTable:
		return e.table(ctx, id.Name)
	case resource.KindBucket, resource.KindTopic, resource.KindBus:
		return fact{}, nil // who reads what hangs on them says that they are not there
	}
	return fact{message: "nobody knows what " + id.String() + " is"}, nil
}

// queue looks up a queue by its name or its ARN.
func (e *externals) queue(ctx context.Context, nameOrARN string) (fact, error) {
	input := &sqs.GetQueueUrlInput{QueueName: &nameOrARN}
	given := strings.HasPrefix(nameOrARN, "arn:")
	if given {
		parts := strings.Split(nameOrARN, ":") // arn:aws:sqs:REGION:ACCOUNT:NAME
		if len(parts) != 6 {
			return fact{message: quoted(nameOrARN) + " is not the ARN of a queue", hint: "arn:aws:sqs:REGION:ACCOUNT:NAME"}, nil
		}
		if parts[3] != e.owner.Region {
			return fact{message: "the queue " + nameOrARN + " is in another region than the functions, " + e.owner.Region, hint: "Lambda reads queues of its own region only"}, nil
		}
		input.QueueName, input.QueueOwnerAWSAccountId = &parts[5], &parts[4]
	}
	url, err := e.queues.GetQueueUrl(ctx, input)
	var out *sqs.GetQueueAttributesOutput
	if err == nil {
		out, err = e.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl:       url.QueueUrl,
			AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn, sqstypes.QueueAttributeNameVisibilityTimeout},
		})
	}
	switch {
	case isClass(err, deployer.ClassDenied) && given:
		return fact{attributes: map[string]string{"arn": nameOrARN}}, nil // another account's: Lambda looks itself
	case isClass(err, deployer.ClassNotFound):
		return fact{
			message: "there is no queue " + quoted(nameOrARN) + " in " + e.where(), hint: "make it first, or correct its name: deploy makes no queues",
		}, nil
	case err != nil:
		return fact{}, err
	}
	return fact{attributes: map[string]string{
		"arn":                out.Attributes[string(sqstypes.QueueAttributeNameQueueArn)],
		"visibility_timeout": out.Attributes[string(sqstypes.QueueAttributeNameVisibilityTimeout)],
	}}, nil
}

// table looks up the stream of a table.
func (e *externals) table(ctx context.Context, name string) (fact, error) {
	out, err := e.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if isClass(err, deployer.ClassNotFound) {
		return fact{
			message: "there is no table " + quoted(name) + " in " + e.where(), hint: "make it first, or correct its name: deploy makes no tables",
		}, nil
	}
	if err != nil {
		return fact{}, err
	}
	if !streams(out.Table) {
		return fact{
			message: "the table " + quoted(name) + " has no stream",
			hint:    "turn it on: aws dynamodb update-table --table-name " + name + " --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES",
		}, nil
	}
	return fact{attributes: map[string]string{"stream_arn": awssdk.ToString(out.Table.LatestStreamArn)}}, nil
}

func streams(t *dynamodbtypes.TableDescription) bool {
	return t != nil && awssdk.ToString(t.LatestStreamArn) != "" && t.StreamSpecification != nil && awssdk.ToBool(t.StreamSpecification.StreamEnabled)
}

func (e *externals) where() string {
	return "account " + e.owner.Account + ", region " + e.owner.Region
}

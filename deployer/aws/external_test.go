package aws

import (
	"context"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// outside has the queues orders, and in account 2 theirs, which nobody may see;
// the tables items and plain.
type outside struct{ calls int }

func (o *outside) GetQueueUrl(_ context.Context, in *sqs.GetQueueUrlInput, _ ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error) {
	o.calls++
	switch *in.QueueName + "@" + awssdk.ToString(in.QueueOwnerAWSAccountId) {
	case "orders@", "orders@123456789012":
		return &sqs.GetQueueUrlOutput{QueueUrl: awssdk.String("url")}, nil
	case "theirs@2":
		return nil, answered("SQS", "GetQueueUrl", 403, "AccessDenied", "no")
	}
	return nil, answered("SQS", "GetQueueUrl", 400, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
}

func (o *outside) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{"QueueArn": "arn:aws:sqs:eu-west-1:123456789012:orders", "VisibilityTimeout": "30"}}, nil
}

func (o *outside) DescribeTable(_ context.Context, in *dynamodb.DescribeTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	o.calls++
	switch *in.TableName {
	case "items":
		return &dynamodb.DescribeTableOutput{Table: &dynamodbtypes.TableDescription{
			LatestStreamArn: awssdk.String("arn:stream"), StreamSpecification: &dynamodbtypes.StreamSpecification{StreamEnabled: awssdk.Bool(true)},
		}}, nil
	case "stopped": // AWS keeps the ARN for a day
		return &dynamodb.DescribeTableOutput{Table: &dynamodbtypes.TableDescription{LatestStreamArn: awssdk.String("arn:stream")}}, nil
	case "denied":
		return nil, answered("DynamoDB", "DescribeTable", 400, "AccessDeniedException", "no")
	}
	return nil, answered("DynamoDB", "DescribeTable", 400, "ResourceNotFoundException", "Requested resource not found")
}

func TestExternals(t *testing.T) {
	mapping := resource.ID{Kind: resource.KindMapping, Name: "shop-dev-work"}
	queue := func(name string) resource.ID { return resource.ID{Kind: resource.KindQueue, Name: name} }
	table := func(name string) resource.ID { return resource.ID{Kind: resource.KindTable, Name: name} }
	for _, test := range []struct {
		id            resource.ID
		attributes    map[string]string
		message, hint string
	}{
		{queue("orders"), map[string]string{"arn": "arn:aws:sqs:eu-west-1:123456789012:orders", "visibility_timeout": "30"}, "", ""},
		{queue("arn:aws:sqs:eu-west-1:123456789012:orders"), map[string]string{"arn": "arn:aws:sqs:eu-west-1:123456789012:orders", "visibility_timeout": "30"}, "", ""},
		{queue("arn:aws:sqs:eu-west-1:2:theirs"), map[string]string{"arn": "arn:aws:sqs:eu-west-1:2:theirs"}, "", ""},
		{queue("ordres"), nil, `there is no queue "ordres" in account 123456789012, region eu-west-1`, "make it first"},
		{queue("arn:aws:sqs:us-east-1:1:orders"), nil, "the queue arn:aws:sqs:us-east-1:1:orders is in another region than the functions, eu-west-1", "own region"},
		{queue("arn:aws:sqs"), nil, `"arn:aws:sqs" is not the ARN of a queue`, "arn:aws:sqs:REGION"},
		{table("items"), map[string]string{"stream_arn": "arn:stream"}, "", ""},
		{table("stopped"), nil, `the table "stopped" has no stream`, "--table-name stopped --stream-specification StreamEnabled=true"},
		{table("none"), nil, `there is no table "none" in account 123456789012, region eu-west-1`, "make it first"},
	} {
		o := &outside{}
		e := &externals{o, o, testOwner, &stopwatch{}}
		x := resource.External{ID: test.id, For: mapping, Path: "events.work"}
		known, problems, err := e.look(context.Background(), []resource.External{x, x})
		if err != nil || len(known) != len(test.attributes) || o.calls > 1 {
			t.Errorf("%s: %v, %v, %d calls", test.id, known, err, o.calls)
		}
		for name, value := range test.attributes {
			if got := known[resource.Ref{ID: test.id, Attribute: name}]; got != value {
				t.Errorf("%s: %s is %q", test.id, name, got)
			}
		}
		if test.message == "" && len(problems) > 0 || test.message != "" && len(problems) != 2 {
			t.Errorf("%s: problems %v", test.id, problems)
		}
		for _, p := range problems {
			if p.ID != mapping || p.Path != "events.work" || p.Message != test.message || !strings.Contains(p.Hint, test.hint) {
				t.Errorf("%s: the problem is %+v", test.id, p)
			}
		}
	}
	o := &outside{}
	_, _, err := (&externals{o, o, testOwner, &stopwatch{}}).look(context.Background(), []resource.External{{ID: table("denied")}})
	if !isClass(err, deployer.ClassDenied) {
		t.Errorf("denied: %v", err)
	}
}

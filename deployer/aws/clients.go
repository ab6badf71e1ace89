// Package aws is what the deployer knows of AWS: an actuator for each kind of
// resource, one file each. With internal/remote it is all that imports the SDK.
package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// Clients are those of one account and region.
type Clients struct {
	Config     awssdk.Config
	APIGateway *apigateway.Client
	DynamoDB   *dynamodb.Client
	Events     *eventbridge.Client
	IAM        *iam.Client
	Lambda     *lambda.Client
	Logs       *cloudwatchlogs.Client
	S3         *s3.Client
	SNS        *sns.Client
	SQS        *sqs.Client
	SSM        *ssm.Client
	STS        *sts.Client
	Scheduler  *scheduler.Client
	Tagging    *resourcegroupstaggingapi.Client
}

// NewClients makes the clients of a configuration.
func NewClients(cfg awssdk.Config) *Clients {
	return &Clients{
		Config:     cfg,
		APIGateway: apigateway.NewFromConfig(cfg),
		DynamoDB:   dynamodb.NewFromConfig(cfg),
		Events:     eventbridge.NewFromConfig(cfg),
		IAM:        iam.NewFromConfig(cfg),
		Lambda:     lambda.NewFromConfig(cfg),
		Logs:       cloudwatchlogs.NewFromConfig(cfg),
		S3:         s3.NewFromConfig(cfg),
		SNS:        sns.NewFromConfig(cfg),
		SQS:        sqs.NewFromConfig(cfg),
		SSM:        ssm.NewFromConfig(cfg),
		STS:        sts.NewFromConfig(cfg),
		Scheduler:  scheduler.NewFromConfig(cfg),
		Tagging:    resourcegroupstaggingapi.NewFromConfig(cfg),
	}
}

// Options say which credentials, region and endpoint are meant, beside what the
// environment and the shared configuration say.
type Options struct {
	Profile, Region string
}

// Config finds credentials and region as every tool of AWS does. The error is
// one sentence that says what is missing and how to get it.
func Config(ctx context.Context, o Options) (awssdk.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(o.Profile), config.WithRegion(o.Region))
}

// World is AWS as the deployer sees it.
func World(c *Clients, owner resource.Owner, clock deployer.Clock) deployer.World {
	return deployer.World{
		Clock: clock,
		Actuators: map[resource.Kind]deployer.Actuator{
			resource.KindRole:            newRoles(c),
			resource.KindLogGroup:        newLogGroups(c),
			resource.KindFunction:        newFunctions(c),
			resource.KindPermission:      newPermissions(c),
			resource.KindRestAPI:         newRestAPIs(c),
			resource.KindUsagePlan:       newUsagePlans(c),
			resource.KindAPIKey:          newAPIKeys(c),
			resource.KindDomain:          newDomains(c),
			resource.KindBasePathMapping: newBasePathMappings(c),
			resource.KindRule:            newRules(c),
			resource.KindScheduleGroup:   newScheduleGroups(c),
			resource.KindSchedule:        newSchedules(c),
			resource.KindMapping:         newMappings(c),
			resource.KindNotification:    newNotifications(c),
			resource.KindSubscription:    newSubscriptions(c),
		},
	}
}

// Package aws is what the deployer knows of AWS: an actuator for each kind of
// resource, one file each. With internal/remote it is all that imports the SDK.
package aws

import (
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
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
	gates      *gates
}

// NewClients makes the clients of a configuration. Their calls are repeated as
// retryer says, not as the SDK does.
func NewClients(cfg awssdk.Config) *Clients {
	given, retry := cfg, &retryer{gates: &gates{}}
	cfg.Retryer = func() awssdk.Retryer { return awssdk.NopRetryer{} }
	cfg.RetryMaxAttempts = 0
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), retry.install)
	return &Clients{
		Config:     given,
		APIGateway: apigateway.NewFromConfig(cfg),
		DynamoDB:   dynamodb.NewFromConfig(cfg),
		Events:     eventbridge.NewFromConfig(cfg),
		IAM:        iam.NewFromConfig(cfg),
		Lambda:     lambda.NewFromConfig(cfg, lambda.WithAPIOptions((&uploads{}).install)),
		Logs:       cloudwatchlogs.NewFromConfig(cfg),
		S3:         s3.NewFromConfig(cfg),
		SNS:        sns.NewFromConfig(cfg),
		SQS:        sqs.NewFromConfig(cfg),
		SSM:        ssm.NewFromConfig(cfg),
		STS:        sts.NewFromConfig(cfg),
		Scheduler:  scheduler.NewFromConfig(cfg),
		Tagging:    resourcegroupstaggingapi.NewFromConfig(cfg),
		gates:      retry.gates,
	}
}

// World is AWS as the deployer sees it.
func World(c *Clients, owner resource.Owner, clock deployer.Clock) deployer.World {
	actuators := map[resource.Kind]deployer.Actuator{
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
	}
	for kind, a := range actuators {
		if a == nil {
			delete(actuators, kind) // being written
			continue
		}
		actuators[kind] = &outward{a, clock}
	}
	outside := &externals{c.SQS, c.DynamoDB, owner, clock}
	return deployer.World{
		Actuators: actuators, External: outside.look, Locks: &lockStore{c.SSM, owner, clock}, Clock: clock,
	}
}

// outward is what every actuator has in common towards the deployer: its errors
// are failures, and its calls wait by the clock and tell the run.
type outward struct {
	inner deployer.Actuator
	clock deployer.Clock
}

func (o *outward) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	live, err := o.inner.Find(withWait(ctx, o.clock, nil), q)
	return live, fail(err)
}

func (o *outward) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	attributes, err := o.inner.Create(withWait(ctx, run.Clock, run.Wait), want, run)
	return attributes, fail(err)
}

func (o *outward) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	attributes, err := o.inner.Update(withWait(ctx, run.Clock, run.Wait), want, live, changes, run)
	return attributes, fail(err)
}

func (o *outward) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	return fail(o.inner.Delete(withWait(ctx, run.Clock, run.Wait), live, run))
}

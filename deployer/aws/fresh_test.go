package aws

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// early is a Lambda that has these against calls, one after the other, before it
// does them.
type early struct {
	*policies
	errs []error
}

func (e *early) next() error {
	if len(e.errs) == 0 {
		return nil
	}
	err := e.errs[0]
	e.errs = e.errs[1:]
	return err
}

func (e *early) AddPermission(ctx context.Context, in *lambda.AddPermissionInput, o ...func(*lambda.Options)) (*lambda.AddPermissionOutput, error) {
	if err := e.next(); err != nil {
		return nil, err
	}
	return e.policies.AddPermission(ctx, in, o...)
}

func (e *early) RemovePermission(ctx context.Context, in *lambda.RemovePermissionInput, o ...func(*lambda.Options)) (*lambda.RemovePermissionOutput, error) {
	if err := e.next(); err != nil {
		return nil, err
	}
	return e.policies.RemovePermission(ctx, in, o...)
}

func pending(operation string) error {
	return answered("Lambda", operation, 409, "ResourceConflictException",
		"The operation cannot be performed at this time. The function is currently in the following state: Pending")
}

func unknown(operation string) error {
	return answered("Lambda", operation, 404, "ResourceNotFoundException", "Function not found: "+testOwner.FunctionARN("shop-dev"))
}

// TestPermissionOfAFreshFunction: a function that was made just now is not known
// everywhere, and one that is being changed is left alone for so long.
func TestPermissionOfAFreshFunction(t *testing.T) {
	want := &resource.Permission{Function: "shop-dev", Statement: "chalicefile-s3", Principal: "s3.amazonaws.com", SourceARN: resource.Lit("arn:aws:s3:::b")}
	e := &early{policies: &policies{statements: map[string][]map[string]any{}}}
	b := newBench(&permissions{e}, "shop-dev")
	e.errs = []error{unknown("AddPermission"), pending("AddPermission")}
	if err := b.deploy(want); err != nil {
		t.Fatal(err)
	}
	b.equal(t, want)
	e.errs = []error{pending("RemovePermission")}
	if err := b.deploy(); err != nil {
		t.Fatal(err)
	}
	b.equal(t)
	for range 1000 {
		e.errs = append(e.errs, unknown("AddPermission"))
	}
	began := b.clock.Now()
	if err := b.deploy(want); !isClass(err, deployer.ClassNotFound) || b.clock.Now().Sub(began) > 2*freshLimit {
		t.Errorf("for a function that is not there it waits %v: %v", b.clock.Now().Sub(began), err)
	}
}

// lateLogs and lateRules do not know yet what was made just now.
type lateLogs struct {
	*logs
	late int
}

func (l *lateLogs) PutRetentionPolicy(ctx context.Context, in *cloudwatchlogs.PutRetentionPolicyInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutRetentionPolicyOutput, error) {
	if l.late--; l.late >= 0 {
		return nil, answered("CloudWatch Logs", "PutRetentionPolicy", 400, "ResourceNotFoundException", "The specified log group does not exist.")
	}
	return l.logs.PutRetentionPolicy(ctx, in)
}

type lateRules struct {
	*ruleLab
	late int
}

func (l *lateRules) PutTargets(ctx context.Context, in *eventbridge.PutTargetsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error) {
	if l.late--; l.late >= 0 {
		return nil, answered("EventBridge", "PutTargets", 400, "ResourceNotFoundException", "Rule "+*in.Rule+" does not exist on EventBus default.")
	}
	return l.ruleLab.PutTargets(ctx, in)
}

// TestSecondCallOfACreation waits until the first is known everywhere.
func TestSecondCallOfACreation(t *testing.T) {
	for _, late := range []int{0, 3, 10_000} {
		events := &ruleLab{buses: map[string]map[string]*fakeRule{defaultBus: {}}}
		rule := &resource.Rule{Name: "shop-dev-tick", Bus: defaultBus, Schedule: "rate(1 hour)", Function: "shop-dev", FunctionARN: testOwner.FunctionARN("shop-dev"), Tags: testOwner.Tags()}
		for want, actuator := range map[resource.Resource]deployer.Actuator{
			testLogs("shop-dev", 7): &logGroups{&lateLogs{newLogs(), late}},
			rule:                    &rules{&lateRules{events, late}},
		} {
			b := newBench(actuator)
			began := b.clock.Now()
			_, err := actuator.Create(context.Background(), want, b.run())
			waited := b.clock.Now().Sub(began)
			if late < 1000 {
				if err != nil {
					t.Errorf("%s: %v", want.ID(), err)
				}
				b.equal(t, want)
				continue
			}
			if err == nil || waited < freshLimit || waited > 2*freshLimit {
				t.Errorf("%s, which is never known: %v after %v", want.ID(), err, waited)
			}
		}
	}
}

// ghosts is an SSM that has deleted all parameters just now.
type ghosts struct{ parameterAPI }

func (ghosts) PutParameter(context.Context, *ssm.PutParameterInput, ...func(*ssm.Options)) (*ssm.PutParameterOutput, error) {
	return nil, answered("SSM", "PutParameter", 400, "ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
}

func (ghosts) GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	return nil, &types.ParameterNotFound{}
}

// TestLockOfADeletedNumber: the run is told that the number is taken.
func TestLockOfADeletedNumber(t *testing.T) {
	l := &lockStore{ghosts{}, testOwner, &quick{}}
	if err := l.Create(context.Background(), deployer.LockEntry{Number: 1, Holder: deployer.Holder{ID: "me"}}); !isClass(err, deployer.ClassExists) {
		t.Error(err)
	}
}

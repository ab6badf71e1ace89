package aws

import (
	"context"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// leaveLimit is how long it is waited for a function to leave its VPC before it
// is deleted.
const leaveLimit = time.Minute

// isBusy says whether Lambda is still making or changing a function.
func isBusy(c *types.FunctionConfiguration) bool {
	return c.State == types.StatePending || c.LastUpdateStatus == types.LastUpdateStatusInProgress
}

// lacksRole says whether Lambda gave a function up because it could not use its
// role, which may have been made just now.
func lacksRole(err error) bool {
	return isCode(err, string(types.StateReasonCodeInsufficientRolePermissions))
}

// change makes a change as soon as Lambda allows it, and waits until it is done.
// It makes it again where the role came too late.
func (f *functions) change(ctx context.Context, w *resource.Function, limit time.Duration, run *deployer.Run, call func(context.Context) (types.LastUpdateStatus, error)) error {
	began := run.Clock.Now()
	var failed error
	err := waitFor(ctx, run, w.Name+" to be ready for a change", limit, func(ctx context.Context) (bool, error) {
		failed = nil
		status, err := call(ctx)
		if err != nil {
			return false, err
		}
		if status != types.LastUpdateStatusSuccessful {
			failed = f.ready(ctx, w.Name, run)
		}
		if lacksRole(failed) && run.Clock.Now().Sub(began) < roleLimit {
			return false, later(failed, lacksRole, "")
		}
		return true, nil
	})
	return orElse(err, failed)
}

// ready waits until a function is made and its last change done.
func (f *functions) ready(ctx context.Context, name string, run *deployer.Run) error {
	c, err := f.awaited(ctx, name, busyLimit, run)
	switch {
	case err != nil:
		return err
	case c.State == types.StateFailed:
		return notReady("lambda:CreateFunction", string(c.StateReasonCode), awssdk.ToString(c.StateReason))
	case c.LastUpdateStatus == types.LastUpdateStatusFailed:
		return notReady("lambda:UpdateFunctionConfiguration", string(c.LastUpdateStatusReasonCode), awssdk.ToString(c.LastUpdateStatusReason))
	}
	return nil
}

// awaited is a function once nothing is under way with it any more.
func (f *functions) awaited(ctx context.Context, name string, limit time.Duration, run *deployer.Run) (c *types.FunctionConfiguration, err error) {
	err = waitFor(ctx, run, "Lambda to finish "+name, limit, func(ctx context.Context) (bool, error) {
		out, err := f.api.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &name})
		if err != nil {
			return false, unlessGone(err) // not known everywhere as yet
		}
		c = out.Configuration
		return c.State == types.StateFailed || c.LastUpdateStatus == types.LastUpdateStatusFailed || !isBusy(c), nil
	})
	return c, err
}

func notReady(operation, code, reason string) error {
	return &deployer.Failure{Operation: operation, Code: code, Message: reason}
}

// settled waits for what is under way with a function, and says what then is
// left to change, or that the function could not be made.
func (f *functions) settled(ctx context.Context, w *resource.Function, live *liveFunction, changes []deployer.Change, run *deployer.Run) ([]deployer.Change, bool, error) {
	if !live.busy {
		return changes, live.failed, nil
	}
	c, err := f.awaited(ctx, w.Name, busyLimit, run)
	if err != nil {
		return nil, false, err
	}
	if c.LastUpdateStatus != types.LastUpdateStatusFailed && awssdk.ToString(c.CodeSha256) == w.Code.SHA256 {
		changes = without(changes, "code")
	}
	return changes, c.State == types.StateFailed, nil
}

// without are the changes of other properties.
func without(changes []deployer.Change, property string) []deployer.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c deployer.Change) bool { return c.Property == property })
}

// leaveVPC takes a function out of its VPC, as far as that goes: its deletion
// does not depend on it.
func (f *functions) leaveVPC(ctx context.Context, name string, run *deployer.Run) {
	input := &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, VpcConfig: &types.VpcConfig{SubnetIds: []string{}, SecurityGroupIds: []string{}}}
	err := waitFor(ctx, run, name+" to be ready to leave its VPC", leaveLimit, func(ctx context.Context) (bool, error) {
		_, err := f.api.UpdateFunctionConfiguration(ctx, input)
		return err == nil, err
	})
	if err == nil {
		_, _ = f.awaited(ctx, name, leaveLimit, run)
	}
}

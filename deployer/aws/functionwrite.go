package aws

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// Create makes a function with its tags, waits for its role to be known where it
// was made just now, and until the function can be called.
func (f *functions) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Function)
	role, err := run.Text(w.Role)
	if err != nil {
		return nil, err
	}
	var arn string
	began := run.Clock.Now()
	err = waitFor(ctx, run, "Lambda to know the role "+roleName(role), roleLimit, func(ctx context.Context) (bool, error) {
		out, err := f.api.CreateFunction(ctx, createInput(w, role))
		if err != nil {
			return false, scrub(err, w.Environment)
		}
		arn = awssdk.ToString(out.FunctionArn)
		if out.State == types.StateActive {
			return true, nil
		}
		err = f.ready(ctx, w.Name, run)
		if lacksRole(err) && run.Clock.Now().Sub(began) < roleLimit {
			return false, f.again(ctx, w.Name, err, run)
		}
		return err == nil, err
	})
	if err == nil && w.ReservedConcurrency != nil {
		err = f.reserve(ctx, w, run)
	}
	if err != nil {
		return nil, err
	}
	return deployer.Attributes{resource.AttrARN: arn}, nil
}

// again removes a function that failed because its role came too late: Lambda
// does not try again by itself.
func (f *functions) again(ctx context.Context, name string, cause error, run *deployer.Run) error {
	return orElse(f.remove(ctx, name, run), later(cause, lacksRole, ""))
}

func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func createInput(w *resource.Function, role string) *lambda.CreateFunctionInput {
	input := &lambda.CreateFunctionInput{
		FunctionName: &w.Name, Handler: &w.Handler, Role: &role, Runtime: types.Runtime(resource.Runtime),
		Code:          &types.FunctionCode{ZipFile: w.Code.Zip},
		Architectures: []types.Architecture{types.Architecture(w.Architecture)},
		MemorySize:    awssdk.Int32(int32(w.MemorySize)), Timeout: awssdk.Int32(int32(w.Timeout)),
		EphemeralStorage: &types.EphemeralStorage{Size: awssdk.Int32(int32(w.EphemeralStorage))},
		Layers:           w.Layers, Tags: w.Tags,
	}
	if len(w.Environment) > 0 {
		input.Environment = &types.Environment{Variables: w.Environment}
	}
	if len(w.SubnetIDs) > 0 {
		input.VpcConfig = &types.VpcConfig{SubnetIds: w.SubnetIDs, SecurityGroupIds: w.SecurityGroupIDs}
	}
	if w.Tracing {
		input.TracingConfig = &types.TracingConfig{Mode: types.TracingModeActive}
	}
	if w.DeadLetterARN != "" {
		input.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: &w.DeadLetterARN}
	}
	return input
}

// configuration are the properties that UpdateFunctionConfiguration changes.
var configuration = []string{
	"runtime", "handler", "iam.role_arn", "memory_size", "timeout", "ephemeral_storage", "environment", "layers", "vpc", "tracing", "dead_letter_arn",
}

// Update changes code, configuration, concurrency and tags, in this order, each
// after Lambda is done with the one before. A function that Lambda could not
// make is made again, and one whose role was made again gets it first.
func (f *functions) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	w, handle := want.(*resource.Function), live.Handle.(*liveFunction)
	changes, failed, err := f.settled(ctx, w, handle, changes, run)
	if err != nil {
		return nil, err
	}
	if failed {
		if err := f.remove(ctx, w.Name, run); err != nil {
			return nil, err
		}
		return f.Create(ctx, want, run)
	}
	if handle.orphan {
		if changes, err = f.adopted(ctx, w, handle, changes, run); err != nil {
			return nil, err
		}
	}
	if changed(changes, "code", "architecture") {
		if err := f.updateCode(ctx, w, run); err != nil {
			return nil, err
		}
	}
	if changed(changes, configuration...) {
		if err := f.updateConfiguration(ctx, w, changes, run); err != nil {
			return nil, err
		}
	}
	if changed(changes, "reserved_concurrency") {
		if err := f.reserve(ctx, w, run); err != nil {
			return nil, err
		}
	}
	if changed(changes, "tags") {
		if err := f.updateTags(ctx, handle, w, run); err != nil {
			return nil, err
		}
	}
	return live.Attributes, nil
}

// updateCode sends the zip; Lambda takes the architecture with it.
func (f *functions) updateCode(ctx context.Context, w *resource.Function, run *deployer.Run) error {
	return f.change(ctx, w, busyLimit, run, func(ctx context.Context) (types.LastUpdateStatus, error) {
		out, err := f.api.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{
			FunctionName: &w.Name, ZipFile: w.Code.Zip, Architectures: []types.Architecture{types.Architecture(w.Architecture)},
		})
		if err != nil {
			return "", err
		}
		return out.LastUpdateStatus, nil
	})
}

// updateConfiguration changes what differs and leaves the rest alone: what
// others set that no Chalicefile speaks of stays.
func (f *functions) updateConfiguration(ctx context.Context, w *resource.Function, changes []deployer.Change, run *deployer.Run) error {
	input := &lambda.UpdateFunctionConfigurationInput{FunctionName: &w.Name}
	limit := busyLimit
	if changed(changes, "iam.role_arn") {
		limit = roleLimit
		role, err := run.Text(w.Role)
		if err != nil {
			return err
		}
		input.Role = &role
	}
	changedSettings(input, w, changes)
	return f.configure(ctx, w, input, limit, run)
}

func (f *functions) configure(ctx context.Context, w *resource.Function, input *lambda.UpdateFunctionConfigurationInput, limit time.Duration, run *deployer.Run) error {
	return f.change(ctx, w, limit, run, func(ctx context.Context) (types.LastUpdateStatus, error) {
		out, err := f.api.UpdateFunctionConfiguration(ctx, input)
		if err != nil {
			return "", scrub(err, w.Environment)
		}
		return out.LastUpdateStatus, nil
	})
}

// changedSettings sets what differs; what is to be removed is set to nothing, as
// Lambda wants it.
func changedSettings(input *lambda.UpdateFunctionConfigurationInput, w *resource.Function, changes []deployer.Change) {
	if changed(changes, "runtime") {
		input.Runtime = types.Runtime(resource.Runtime)
	}
	if changed(changes, "handler") {
		input.Handler = &w.Handler
	}
	if changed(changes, "memory_size") {
		input.MemorySize = awssdk.Int32(int32(w.MemorySize))
	}
	if changed(changes, "timeout") {
		input.Timeout = awssdk.Int32(int32(w.Timeout))
	}
	if changed(changes, "ephemeral_storage") {
		input.EphemeralStorage = &types.EphemeralStorage{Size: awssdk.Int32(int32(w.EphemeralStorage))}
	}
	if changed(changes, "environment") {
		variables := w.Environment
		if variables == nil {
			variables = map[string]string{}
		}
		input.Environment = &types.Environment{Variables: variables}
	}
	if changed(changes, "layers") {
		input.Layers = notNil(w.Layers)
	}
	if changed(changes, "vpc") {
		input.VpcConfig = &types.VpcConfig{SubnetIds: notNil(w.SubnetIDs), SecurityGroupIds: notNil(w.SecurityGroupIDs)}
	}
	if changed(changes, "tracing") {
		input.TracingConfig = &types.TracingConfig{Mode: types.TracingModePassThrough}
		if w.Tracing {
			input.TracingConfig.Mode = types.TracingModeActive
		}
	}
	if changed(changes, "dead_letter_arn") {
		input.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: &w.DeadLetterARN}
	}
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (f *functions) reserve(ctx context.Context, w *resource.Function, run *deployer.Run) error {
	return whenKnown(ctx, run, w.Name+" to be ready for a change", func(ctx context.Context) error {
		if w.ReservedConcurrency == nil {
			_, err := f.api.DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: &w.Name})
			return err
		}
		_, err := f.api.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{
			FunctionName: &w.Name, ReservedConcurrentExecutions: awssdk.Int32(int32(*w.ReservedConcurrency)),
		})
		return err
	})
}

func (f *functions) updateTags(ctx context.Context, live *liveFunction, w *resource.Function, run *deployer.Run) error {
	set, remove := tagDiff(w.Tags, live.tags)
	return whenKnown(ctx, run, w.Name+" to be ready for a change", func(ctx context.Context) error {
		return tagLambda(ctx, f.api, live.arn, set, remove)
	})
}

// lambdaTags are the calls by which things of Lambda are tagged.
type lambdaTags interface {
	TagResource(context.Context, *lambda.TagResourceInput, ...func(*lambda.Options)) (*lambda.TagResourceOutput, error)
	UntagResource(context.Context, *lambda.UntagResourceInput, ...func(*lambda.Options)) (*lambda.UntagResourceOutput, error)
}

func tagLambda(ctx context.Context, api lambdaTags, arn string, set map[string]string, remove []string) error {
	if len(set) > 0 {
		if _, err := api.TagResource(ctx, &lambda.TagResourceInput{Resource: &arn, Tags: set}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := api.UntagResource(ctx, &lambda.UntagResourceInput{Resource: &arn, TagKeys: remove}); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes a function, and before that takes it out of its VPC: Lambda
// deletes network interfaces by the function's role, which goes next.
func (f *functions) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	if handle, ok := live.Handle.(*liveFunction); ok && handle.vpc && !handle.failed {
		f.leaveVPC(ctx, live.ID.Name, run)
	}
	return f.remove(ctx, live.ID.Name, run)
}

func (f *functions) remove(ctx context.Context, name string, run *deployer.Run) error {
	return waitFor(ctx, run, name+" to be ready for its deletion", busyLimit, func(ctx context.Context) (bool, error) {
		_, err := f.api.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name})
		err = unlessGone(err)
		return err == nil, err
	})
}

// echoed are the places where Lambda repeats the environment that it was given.
var echoed = []*regexp.Regexp{
	regexp.MustCompile(`(?s)(String measured: ).*`),
	regexp.MustCompile(`(?s)(Value ').*(' at 'environment)`),
}

// scrub takes the values of the environment out of an error: Lambda repeats
// them in some, and they are secrets.
func scrub(err error, environment map[string]string) error {
	err = fail(err)
	var failure *deployer.Failure
	if !errors.As(err, &failure) {
		return err
	}
	text := failure.Message
	for _, e := range echoed {
		text = e.ReplaceAllString(text, "${1}…${2}")
	}
	for _, value := range environment {
		quoted, _ := json.Marshal(value)
		for _, form := range []string{value, strings.Trim(string(quoted), `"`)} {
			if len(form) >= 4 {
				text = strings.ReplaceAll(text, form, "…")
			}
		}
	}
	if text != failure.Message {
		clean := *failure
		clean.Message, clean.Err = text, nil
		return &clean
	}
	return err
}

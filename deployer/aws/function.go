package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// functionAPI is what functions need.
type functionAPI interface {
	GetFunction(context.Context, *lambda.GetFunctionInput, ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error)
	CreateFunction(context.Context, *lambda.CreateFunctionInput, ...func(*lambda.Options)) (*lambda.CreateFunctionOutput, error)
	UpdateFunctionCode(context.Context, *lambda.UpdateFunctionCodeInput, ...func(*lambda.Options)) (*lambda.UpdateFunctionCodeOutput, error)
	UpdateFunctionConfiguration(context.Context, *lambda.UpdateFunctionConfigurationInput, ...func(*lambda.Options)) (*lambda.UpdateFunctionConfigurationOutput, error)
	DeleteFunction(context.Context, *lambda.DeleteFunctionInput, ...func(*lambda.Options)) (*lambda.DeleteFunctionOutput, error)
	functionSettings
}

// functionSettings are what stands beside a function's configuration.
type functionSettings interface {
	PutFunctionConcurrency(context.Context, *lambda.PutFunctionConcurrencyInput, ...func(*lambda.Options)) (*lambda.PutFunctionConcurrencyOutput, error)
	DeleteFunctionConcurrency(context.Context, *lambda.DeleteFunctionConcurrencyInput, ...func(*lambda.Options)) (*lambda.DeleteFunctionConcurrencyOutput, error)
	TagResource(context.Context, *lambda.TagResourceInput, ...func(*lambda.Options)) (*lambda.TagResourceOutput, error)
	UntagResource(context.Context, *lambda.UntagResourceInput, ...func(*lambda.Options)) (*lambda.UntagResourceOutput, error)
}

// functions are the Lambda functions.
type functions struct {
	api   functionAPI
	tags  taggingAPI
	roles *roles
}

func newFunctions(c *Clients) deployer.Actuator {
	return &functions{c.Lambda, c.Tagging, &roles{c.IAM, c.IAM}}
}

// liveFunction is what else is known of a function that exists.
type liveFunction struct {
	arn string
	// failed says that Lambda could not make it: it must be made again. busy says
	// that it is being made or changed, which may fail still.
	failed, busy bool
	// role is its ARN; orphan says that it is not the one that the function was
	// given, but another of its name.
	role   string
	orphan bool
	// vpc says that it has network interfaces.
	vpc           bool
	tags          map[string]string
	configuration *types.FunctionConfiguration
}

// Find looks at the wanted names, and at those that roles, tags and the record
// tell.
func (f *functions) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	wanted := map[string]bool{}
	for _, w := range q.Want {
		wanted[w.ID().Name] = true
	}
	var live []*deployer.Live
	var others []string
	err := together(ctx,
		func(ctx context.Context) (err error) {
			live, err = each(ctx, q.Want, func(ctx context.Context, w resource.Resource) (*deployer.Live, error) {
				return f.get(ctx, q, w.ID().Name, true)
			})
			return err
		},
		func(ctx context.Context) (err error) {
			if !q.Narrow {
				others, err = f.others(ctx, q, wanted)
			}
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	rest, err := each(ctx, others, func(ctx context.Context, name string) (*deployer.Live, error) {
		return f.get(ctx, q, name, false)
	})
	if err != nil {
		return nil, err
	}
	live = present(append(live, rest...))
	return live, every(ctx, live, func(ctx context.Context, l *deployer.Live) error { return f.link(ctx, q, l) })
}

// link tells the role of a function that exists, once the roles are found.
func (f *functions) link(ctx context.Context, q *deployer.Query, live *deployer.Live) (err error) {
	handle := live.Handle.(*liveFunction)
	if role := roleOf(q, handle.role); role != nil {
		live.DependsOn = slices.Insert(live.DependsOn, 0, role.ID)
	}
	r, wanted := live.Resource.(*resource.Function)
	if !wanted {
		return nil
	}
	if handle.orphan, err = f.orphaned(ctx, q, handle.configuration); handle.orphan {
		r.Role = resource.Lit(handle.role + " (gone)")
	}
	return err
}

// others are the names of functions that may be the owner's and are not wanted.
func (f *functions) others(ctx context.Context, q *deployer.Query, wanted map[string]bool) ([]string, error) {
	arns, err := discoverByTags(ctx, f.tags, q.Owner, "lambda:function")
	if err != nil {
		return nil, err
	}
	var names []string
	add := func(name string) {
		if name != "" && !wanted[name] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, arn := range arns {
		add(arn[strings.LastIndex(arn, ":")+1:])
	}
	for _, r := range q.Recorded {
		add(r.ID.Name)
	}
	if q.Found != nil {
		for _, role := range q.Found(resource.KindRole) {
			if h, ok := role.Handle.(*liveRole); ok && role.Owned {
				add(h.function)
			}
		}
	}
	return names, nil
}

// get reads a function; nil where there is none, or it is neither wanted nor
// the owner's.
func (f *functions) get(ctx context.Context, q *deployer.Query, name string, wanted bool) (*deployer.Live, error) {
	out, err := f.api.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &name})
	if err != nil {
		return nil, unlessGone(err)
	}
	if out.TagsError != nil {
		return nil, &deployer.Failure{
			Class: deployer.ClassDenied, Operation: "lambda:GetFunction", Code: awssdk.ToString(out.TagsError.ErrorCode),
			Message: "the tags of " + name + " cannot be read: " + awssdk.ToString(out.TagsError.Message), Hint: "allow lambda:ListTags to the caller",
		}
	}
	tags := plainTags(out.Tags)
	owned, other := ownership(q.Owner, tags)
	if !wanted && !owned {
		return nil, nil
	}
	c := out.Configuration
	arn := awssdk.ToString(c.FunctionArn)
	handle := &liveFunction{
		arn: arn, failed: c.State == types.StateFailed, busy: isBusy(c), role: awssdk.ToString(c.Role),
		vpc: c.VpcConfig != nil && len(c.VpcConfig.SubnetIds) > 0, tags: tags, configuration: c,
	}
	live := &deployer.Live{
		ID: resource.FunctionID(name), Owned: owned, Owner: other, Title: "function: " + arn,
		Attributes: deployer.Attributes{resource.AttrARN: arn},
		// Its log group goes after it: a function that still runs makes it anew.
		DependsOn: []resource.ID{{Kind: resource.KindLogGroup, Name: logGroupPrefix + name}},
		Handle:    handle,
	}
	if wanted {
		live.Resource = functionOf(name, out, tags)
	}
	if c.PackageType == types.PackageTypeImage { // Lambda makes no other function of it
		live.Unfit = name + " is a function made of a container image: it cannot be taken over"
		live.UnfitHint = "delete it, or choose another app or stage name"
	}
	return live, nil
}

// functionOf is what exists in the form of what is wanted. What Lambda failed to
// make or to change has a code that nobody wants, so that it is done again; and
// so has what it is still at, so that it is waited for.
func functionOf(name string, out *lambda.GetFunctionOutput, tags map[string]string) *resource.Function {
	c := out.Configuration
	f := &resource.Function{
		Name: name, Handler: awssdk.ToString(c.Handler), Role: resource.Lit(awssdk.ToString(c.Role)),
		Code:       &resource.Code{SHA256: awssdk.ToString(c.CodeSha256)},
		MemorySize: int(orDefault(c.MemorySize, 128)), Timeout: int(orDefault(c.Timeout, 3)), EphemeralStorage: 512,
		Architecture: string(types.ArchitectureX8664), Tags: tags,
	}
	if c.Runtime != resource.Runtime {
		f.Runtime = string(c.Runtime) // it is taken over, or somebody changed it
	}
	switch {
	case c.State == types.StateFailed:
		f.Code.SHA256 = "(failed: " + string(c.StateReasonCode) + ")"
	case c.LastUpdateStatus == types.LastUpdateStatusFailed:
		f.Code.SHA256 = "(update failed: " + string(c.LastUpdateStatusReasonCode) + ")"
	case isBusy(c):
		f.Code.SHA256 = "(under way)"
	}
	if len(c.Architectures) > 0 {
		f.Architecture = string(c.Architectures[0])
	}
	if c.EphemeralStorage != nil {
		f.EphemeralStorage = int(orDefault(c.EphemeralStorage.Size, 512))
	}
	if c.Environment != nil {
		f.Environment = c.Environment.Variables
	}
	if out.Concurrency != nil && out.Concurrency.ReservedConcurrentExecutions != nil {
		f.ReservedConcurrency = awssdk.Int(int(*out.Concurrency.ReservedConcurrentExecutions))
	}
	for _, layer := range c.Layers {
		f.Layers = append(f.Layers, awssdk.ToString(layer.Arn))
	}
	if c.VpcConfig != nil {
		f.SubnetIDs, f.SecurityGroupIDs = slices.Sorted(slices.Values(c.VpcConfig.SubnetIds)), slices.Sorted(slices.Values(c.VpcConfig.SecurityGroupIds))
	}
	if c.TracingConfig != nil {
		f.Tracing = c.TracingConfig.Mode == types.TracingModeActive
	}
	if c.DeadLetterConfig != nil {
		f.DeadLetterARN = awssdk.ToString(c.DeadLetterConfig.TargetArn)
	}
	return f
}

func orDefault(value *int32, otherwise int32) int32 {
	if value == nil {
		return otherwise
	}
	return *value
}

package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// lambdas is a Lambda that takes its time, as the real one does and emulators do
// not.
type lambdas struct {
	trouble
	functions map[string]*lambda.GetFunctionOutput
	// refusals answer the next creations; failing ends them later, by reason, and
	// spoilt changes.
	refusals []error
	failing  []types.StateReasonCode
	spoilt   []types.LastUpdateStatusReasonCode
	// busy is how many calls say that a change is under way still.
	busy map[string]int
	sent []string
	// conflicts is how many taggings meet something that is under way.
	conflicts int
}

func newLambdas() *lambdas {
	return &lambdas{functions: map[string]*lambda.GetFunctionOutput{}, busy: map[string]int{}}
}

func (l *lambdas) GetFunction(_ context.Context, in *lambda.GetFunctionInput, _ ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error) {
	f := l.functions[*in.FunctionName]
	if f == nil {
		return nil, answered("Lambda", "GetFunction", 404, "ResourceNotFoundException", "Function not found: "+*in.FunctionName)
	}
	copied, c := *f, *f.Configuration
	copied.Configuration = &c
	copied.Tags = maps.Clone(f.Tags)
	if l.busy[*in.FunctionName] > 0 {
		l.busy[*in.FunctionName]--
		return &copied, nil
	}
	f.Configuration.LastUpdateStatus = types.LastUpdateStatusSuccessful
	switch {
	case c.State == types.StatePending:
		f.Configuration.State, f.Configuration.StateReasonCode = types.StateActive, ""
		if len(l.failing) > 0 {
			f.Configuration.State, f.Configuration.StateReasonCode = types.StateFailed, l.failing[0]
			f.Configuration.StateReason = awssdk.String("it went wrong")
			l.failing = l.failing[1:]
		}
	case c.LastUpdateStatus == types.LastUpdateStatusInProgress && len(l.spoilt) > 0:
		f.Configuration.LastUpdateStatus, f.Configuration.LastUpdateStatusReasonCode = types.LastUpdateStatusFailed, l.spoilt[0]
		f.Configuration.LastUpdateStatusReason = awssdk.String("it went wrong")
		l.spoilt = l.spoilt[1:]
	}
	return &copied, nil
}

func (l *lambdas) CreateFunction(_ context.Context, in *lambda.CreateFunctionInput, _ ...func(*lambda.Options)) (*lambda.CreateFunctionOutput, error) {
	if len(l.refusals) > 0 {
		err := l.refusals[0]
		l.refusals = l.refusals[1:]
		return nil, err
	}
	if l.functions[*in.FunctionName] != nil {
		return nil, answered("Lambda", "CreateFunction", 409, "ResourceConflictException", "Function already exist: "+*in.FunctionName)
	}
	arn := testOwner.FunctionARN(*in.FunctionName)
	err := l.mutate("create", func() error {
		c := &types.FunctionConfiguration{
			FunctionArn: &arn, FunctionName: in.FunctionName, Handler: in.Handler, Role: in.Role, CodeSha256: awssdk.String(string(in.Code.ZipFile)),
			MemorySize: in.MemorySize, Timeout: in.Timeout, EphemeralStorage: in.EphemeralStorage, Architectures: in.Architectures, Runtime: in.Runtime,
			State: types.StatePending, LastUpdateStatus: types.LastUpdateStatusInProgress,
		}
		l.functions[*in.FunctionName] = &lambda.GetFunctionOutput{Configuration: c, Tags: maps.Clone(in.Tags)}
		l.busy[*in.FunctionName] = 2
		l.configure(c, in.Environment, in.Layers, in.VpcConfig, in.TracingConfig, in.DeadLetterConfig)
		return nil
	})
	return &lambda.CreateFunctionOutput{FunctionArn: &arn, State: types.StatePending}, err
}

func (l *lambdas) configure(c *types.FunctionConfiguration, env *types.Environment, layers []string, vpc *types.VpcConfig, tracing *types.TracingConfig, dead *types.DeadLetterConfig) {
	if env != nil {
		c.Environment = &types.EnvironmentResponse{Variables: env.Variables}
	}
	if layers != nil {
		c.Layers = nil
	}
	for _, layer := range layers {
		c.Layers = append(c.Layers, types.Layer{Arn: &layer})
	}
	if vpc != nil {
		c.VpcConfig = &types.VpcConfigResponse{SubnetIds: vpc.SubnetIds, SecurityGroupIds: vpc.SecurityGroupIds}
	}
	if tracing != nil {
		c.TracingConfig = &types.TracingConfigResponse{Mode: tracing.Mode}
	}
	if dead != nil {
		c.DeadLetterConfig = dead
	}
}

// changing is a change of a function, refused while another is under way.
func (l *lambdas) changing(name string, change func(*types.FunctionConfiguration)) error {
	f := l.functions[name]
	if f == nil {
		return answered("Lambda", "UpdateFunctionCode", 404, "ResourceNotFoundException", "Function not found: "+name)
	}
	if l.busy[name] > 0 {
		l.busy[name]--
		return answered("Lambda", "UpdateFunctionCode", 409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: "+name)
	}
	return l.mutate("update", func() error {
		change(f.Configuration)
		f.Configuration.LastUpdateStatus = types.LastUpdateStatusInProgress
		l.busy[name] = 1
		return nil
	})
}

func (l *lambdas) UpdateFunctionCode(_ context.Context, in *lambda.UpdateFunctionCodeInput, _ ...func(*lambda.Options)) (*lambda.UpdateFunctionCodeOutput, error) {
	l.sent = append(l.sent, "code")
	err := l.changing(*in.FunctionName, func(c *types.FunctionConfiguration) {
		c.CodeSha256, c.Architectures = awssdk.String(string(in.ZipFile)), in.Architectures
	})
	return &lambda.UpdateFunctionCodeOutput{LastUpdateStatus: types.LastUpdateStatusInProgress}, err
}

func (l *lambdas) UpdateFunctionConfiguration(_ context.Context, in *lambda.UpdateFunctionConfigurationInput, _ ...func(*lambda.Options)) (*lambda.UpdateFunctionConfigurationOutput, error) {
	l.sent = append(l.sent, "configuration")
	err := l.changing(*in.FunctionName, func(c *types.FunctionConfiguration) {
		c.Handler, c.Role = or(in.Handler, c.Handler), or(in.Role, c.Role)
		c.MemorySize, c.Timeout = or(in.MemorySize, c.MemorySize), or(in.Timeout, c.Timeout)
		c.EphemeralStorage = or(in.EphemeralStorage, c.EphemeralStorage)
		c.Runtime = cmp.Or(in.Runtime, c.Runtime)
		l.configure(c, in.Environment, in.Layers, in.VpcConfig, in.TracingConfig, in.DeadLetterConfig)
	})
	return &lambda.UpdateFunctionConfigurationOutput{LastUpdateStatus: types.LastUpdateStatusInProgress}, err
}

func or[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func (l *lambdas) DeleteFunction(_ context.Context, in *lambda.DeleteFunctionInput, _ ...func(*lambda.Options)) (*lambda.DeleteFunctionOutput, error) {
	call := "delete"
	if f := l.functions[*in.FunctionName]; f != nil && f.Configuration.VpcConfig != nil && len(f.Configuration.VpcConfig.SubnetIds) > 0 {
		call = "delete in its VPC"
	}
	return nil, l.mutate(call, func() error {
		delete(l.functions, *in.FunctionName)
		return nil
	})
}

func (l *lambdas) PutFunctionConcurrency(_ context.Context, in *lambda.PutFunctionConcurrencyInput, _ ...func(*lambda.Options)) (*lambda.PutFunctionConcurrencyOutput, error) {
	return nil, l.mutate("reserve", func() error {
		l.functions[*in.FunctionName].Concurrency = &types.Concurrency{ReservedConcurrentExecutions: in.ReservedConcurrentExecutions}
		return nil
	})
}

func (l *lambdas) DeleteFunctionConcurrency(_ context.Context, in *lambda.DeleteFunctionConcurrencyInput, _ ...func(*lambda.Options)) (*lambda.DeleteFunctionConcurrencyOutput, error) {
	return nil, l.mutate("free", func() error {
		l.functions[*in.FunctionName].Concurrency = nil
		return nil
	})
}

func (l *lambdas) TagResource(_ context.Context, in *lambda.TagResourceInput, _ ...func(*lambda.Options)) (*lambda.TagResourceOutput, error) {
	if l.conflicts > 0 {
		l.conflicts--
		return nil, answered("Lambda", "TagResource", 409, "ResourceConflictException", "The resource already exists, or another operation is in progress.")
	}
	return nil, l.mutate("tag", func() error {
		maps.Copy(l.functions[(*in.Resource)[strings.LastIndex(*in.Resource, ":")+1:]].Tags, in.Tags)
		return nil
	})
}

func (l *lambdas) UntagResource(_ context.Context, in *lambda.UntagResourceInput, _ ...func(*lambda.Options)) (*lambda.UntagResourceOutput, error) {
	return nil, l.mutate("untag", func() error {
		maps.DeleteFunc(l.functions[(*in.Resource)[strings.LastIndex(*in.Resource, ":")+1:]].Tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
		return nil
	})
}

// tags is a tagging API that knows some ARNs, or is not there.
type tagAnswers struct {
	arns []string
	err  error
}

func (a *tagAnswers) GetResources(_ context.Context, in *tagging.GetResourcesInput, _ ...func(*tagging.Options)) (*tagging.GetResourcesOutput, error) {
	if len(in.TagFilters) != 3 {
		return nil, fmt.Errorf("%d tags are looked for", len(in.TagFilters))
	}
	out := &tagging.GetResourcesOutput{}
	for _, arn := range a.arns {
		out.ResourceTagMappingList = append(out.ResourceTagMappingList, taggingtypes.ResourceTagMapping{ResourceARN: &arn})
	}
	return out, a.err
}

func testFunction(change func(*resource.Function)) *resource.Function {
	f := &resource.Function{
		Name: "shop-dev", Handler: "api", Role: resource.Lit("arn:aws:iam::1:role/x/shop-dev"), Code: &resource.Code{SHA256: "one", Zip: []byte("one")},
		MemorySize: 128, EphemeralStorage: 512, Timeout: 60, Architecture: "arm64", Tags: testOwner.Tags(),
	}
	if change != nil {
		change(f)
	}
	return f
}

// TestFunctionStages: every property is set, changed and taken away again, each
// run is broken off at each of its calls, and the next one heals it.
func TestFunctionStages(t *testing.T) {
	full := testFunction(func(f *resource.Function) {
		f.Handler, f.Role, f.Code, f.Architecture = "other", resource.Lit("arn:other"), &resource.Code{SHA256: "two", Zip: []byte("two")}, "x86_64"
		f.MemorySize, f.EphemeralStorage, f.Timeout, f.Environment = 256, 1024, 5, map[string]string{"A": "b", "EMPTY": ""}
		f.ReservedConcurrency, f.Layers, f.SubnetIDs, f.SecurityGroupIDs = awssdk.Int(0), []string{"l1", "l2"}, []string{"s1"}, []string{"g1"}
		f.Tracing, f.DeadLetterARN, f.Tags["team"] = true, "arn:dead", "a"
	})
	stages(t, func() *lab {
		l := newLambdas()
		l.functions["other-dev"] = &lambda.GetFunctionOutput{Configuration: &types.FunctionConfiguration{FunctionArn: awssdk.String("x")}}
		return &lab{newBench(&functions{api: l, tags: &tagAnswers{arns: []string{testOwner.FunctionARN("shop-dev")}}}), &l.trouble, func() string { return fmt.Sprint(l.functions["other-dev"].Tags) }}
	}, []resource.Resource{testFunction(nil)}, []resource.Resource{full}, []resource.Resource{testFunction(nil)})
}

func TestFunctionWaitsForItsRole(t *testing.T) {
	role := answered("Lambda", "CreateFunction", 400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
	l := newLambdas()
	l.refusals = []error{role, role, role}
	l.failing = []types.StateReasonCode{types.StateReasonCodeInsufficientRolePermissions}
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	var said []string
	run := b.run()
	run.Wait = func(text string) { said = append(said, text) }
	if _, err := b.actuator.Create(context.Background(), testFunction(nil), run); err != nil {
		t.Fatal(err)
	}
	b.equal(t, testFunction(nil))
	if want := []string{"create", "delete", "create"}; !slices.Equal(l.log, want) || said[0] != "Lambda to know the role shop-dev" {
		t.Errorf("did %q, said %q", l.log, said)
	}

	l = newLambdas()
	l.refusals = slices.Repeat([]error{role}, 1000)
	b = newBench(&functions{api: l, tags: &tagAnswers{}})
	if err := b.deploy(testFunction(nil)); !isClass(err, deployer.ClassLater) || !strings.Contains(fail(err).Error(), "cannot be assumed") {
		t.Errorf("a role that is never known: %v", err)
	}
	if waited := b.clock.now.Sub(time.Time{}); waited < roleLimit || waited > 2*roleLimit {
		t.Errorf("waited %v", waited)
	}
}

// TestFunctionWhoseRoleComesLate: a change that failed for want of it is made
// again, for as long as a creation is.
func TestFunctionWhoseRoleComesLate(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	lacking := types.LastUpdateStatusReasonCodeInsufficientRolePermissions
	another := testFunction(func(f *resource.Function) { f.Role = resource.Lit("arn:aws:iam::1:role/x/other") })
	l.spoilt = []types.LastUpdateStatusReasonCode{lacking, lacking}
	if err := b.deploy(another); err != nil {
		t.Fatal(err)
	}
	b.equal(t, another)
	if want := []string{"configuration", "configuration", "configuration"}; !slices.Equal(l.sent, want) {
		t.Errorf("sent %q", l.sent)
	}

	l.spoilt = slices.Repeat([]types.LastUpdateStatusReasonCode{lacking}, 1000)
	began := b.clock.now
	if err := b.deploy(testFunction(nil)); !isCode(err, string(lacking)) {
		t.Errorf("the error is %v", err)
	}
	if waited := b.clock.now.Sub(began); waited < roleLimit || waited > 2*roleLimit {
		t.Errorf("waited %v", waited)
	}
	l.spoilt = []types.LastUpdateStatusReasonCode{types.LastUpdateStatusReasonCodeInvalidSubnet}
	if err := b.deploy(another); !isCode(err, "InvalidSubnet") || len(l.spoilt) > 0 {
		t.Errorf("the error is %v", err)
	}
}

// TestFunctionWhoseCreationWasNotAnswered: that it is there is not enough, it may
// fail yet.
func TestFunctionWhoseCreationWasNotAnswered(t *testing.T) {
	for _, failing := range [][]types.StateReasonCode{nil, {types.StateReasonCodeInsufficientRolePermissions}, {types.StateReasonCodeInternalError}} {
		l := newLambdas()
		l.failing, l.trouble = failing, trouble{at: 1, after: true}
		f := testFunction(nil)
		j := &deployer.Job{
			World:   deployer.World{Clock: &quick{}, Actuators: map[resource.Kind]deployer.Actuator{resource.KindFunction: &functions{api: l, tags: &tagAnswers{}}}},
			Outline: &resource.Graph{Owner: testOwner, Resources: []resource.Resource{f}}, Target: deployer.Deploy,
		}
		if out, err := j.Run(context.Background()); err != nil {
			t.Errorf("%v: %v %+v", failing, err, out)
		}
		if state := l.functions["shop-dev"].Configuration.State; state != types.StateActive {
			t.Errorf("%v: the function is %s", failing, state)
		}
		if want := []string{"create", "delete", "create"}[:1+2*len(failing)]; !slices.Equal(l.log, want) || len(l.sent) > 0 {
			t.Errorf("%v: did %q, sent %q", failing, l.log, l.sent)
		}
	}
}

// TestFunctionThatFailed: it is told why, and the next deploy makes it again.
func TestFunctionThatFailed(t *testing.T) {
	l := newLambdas()
	l.failing = []types.StateReasonCode{types.StateReasonCodeInvalidSubnet}
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	err := b.deploy(testFunction(nil))
	if err == nil || err.Error() != "lambda:CreateFunction: InvalidSubnet: it went wrong" {
		t.Errorf("the error is %v", err)
	}
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	b.equal(t, testFunction(nil))
	if want := []string{"create", "delete", "create"}; !slices.Equal(l.log, want) {
		t.Errorf("did %q", l.log)
	}
}

// TestFunctionOfAnotherRuntime: one that is taken over, or that somebody
// changed, could not run our code.
func TestFunctionOfAnotherRuntime(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	l.functions["shop-dev"].Configuration.Runtime = types.RuntimeNodejs22x
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	b.equal(t, testFunction(nil))
	if r := l.functions["shop-dev"].Configuration.Runtime; r != resource.Runtime || !slices.Equal(l.sent, []string{"configuration"}) {
		t.Errorf("it runs in %s, sent %q", r, l.sent)
	}
}

// TestFunctionZipIsSentOnlyWhenItDiffers.
func TestFunctionZipIsSentOnlyWhenItDiffers(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{err: errors.New("not here")}})
	for _, change := range []func(*resource.Function){nil, func(f *resource.Function) { f.Timeout = 3 }, func(f *resource.Function) { f.Timeout, f.Code.SHA256, f.Code.Zip = 3, "two", []byte("two") }} {
		if err := b.deploy(testFunction(change)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"configuration", "code"}; !slices.Equal(l.sent, want) {
		t.Errorf("sent %q", l.sent)
	}
}

func TestFunctionsAreFoundByRoleTagAndRecord(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{arns: []string{testOwner.FunctionARN("shop-dev-tagged"), testOwner.FunctionARN("gone")}}})
	for _, name := range []string{"shop-dev-tagged", "shop-dev-role", "shop-dev-recorded", "foreign"} {
		f := testFunction(func(f *resource.Function) { f.Name = name })
		if name == "foreign" {
			f.Tags = map[string]string{resource.TagApp: "else", resource.TagStage: "dev", resource.TagRegion: testOwner.Region, "aws:x": "y"}
		}
		if _, err := b.actuator.Create(context.Background(), f, b.run()); err != nil {
			t.Fatal(err)
		}
	}
	role := &deployer.Live{
		ID: (&resource.Role{Name: "shop-dev-role"}).ID(), Owned: true, Handle: &liveRole{function: "shop-dev-role"},
		Attributes: deployer.Attributes{resource.AttrARN: "arn:aws:iam::1:role/x/shop-dev"},
	}
	b.found[resource.KindRole] = []*deployer.Live{role}
	b.recorded = []state.Resource{{ID: resource.FunctionID("shop-dev-recorded")}, {ID: resource.FunctionID("foreign")}}
	live, err := b.find(testFunction(func(f *resource.Function) { f.Name = "foreign" }))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range live {
		got = append(got, fmt.Sprintf("%s %v %q %v", f.ID.Name, f.Owned, f.Owner, f.DependsOn[:1]))
	}
	slices.Sort(got)
	want := []string{
		`foreign false "app else, stage dev" [role/shop-dev-role]`,
		`shop-dev-recorded true "" [role/shop-dev-role]`, `shop-dev-role true "" [role/shop-dev-role]`, `shop-dev-tagged true "" [role/shop-dev-role]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s", strings.Join(got, "\n"))
	}
	narrow, err := b.actuator.Find(context.Background(), &deployer.Query{Owner: testOwner, Narrow: true, Want: []resource.Resource{testFunction(nil)}})
	if err != nil || len(narrow) > 0 {
		t.Errorf("narrowly found: %v, %v", narrow, err)
	}
}

func TestTagsThatCannotBeReadAreAnError(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	l.functions["shop-dev"].TagsError = &types.TagsError{ErrorCode: awssdk.String("AccessDeniedException"), Message: awssdk.String("no")}
	if _, err := b.find(testFunction(nil)); !isClass(err, deployer.ClassDenied) || !strings.Contains(err.Error(), "lambda:ListTags") {
		t.Errorf("the error is %v", err)
	}
}

// TestErrorsTellNoEnvironment: Lambda repeats what it was sent.
func TestErrorsTellNoEnvironment(t *testing.T) {
	environment := map[string]string{"TOKEN": "hunter2-secret", "QUOTED": `say "so" now`}
	for _, message := range []string{
		`Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"TOKEN":"hunter2-secret","QUOTED":"say \"so\" now"}`,
		`1 validation error detected: Value '{TOKEN=hunter2-secret, QUOTED=say "so" now}' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint`,
		`cannot use hunter2-secret, nor say \"so\" now`,
	} {
		err := scrub(answered("Lambda", "CreateFunction", 400, "InvalidParameterValueException", message), environment)
		text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err))
		if strings.Contains(text, "hunter2") || strings.Contains(text, "so") && strings.Contains(text, "now") || !strings.Contains(text, "InvalidParameterValueException") {
			t.Errorf("the error is %s", text)
		}
	}
	err := scrub(answered("Lambda", "CreateFunction", 400, "X", "nothing of it"), environment)
	if fail(err).Error() != "lambda:CreateFunction: X: nothing of it" {
		t.Errorf("the error is %v", err)
	}
}

// What Lambda has under way with a function is waited for when it is tagged.
func TestFunctionTaggedLater(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	l.conflicts = 3
	want := testFunction(func(f *resource.Function) { f.Tags["team"] = "a" })
	if err := b.deploy(want); err != nil {
		t.Fatal(err)
	}
	b.equal(t, want)
}

// A function of an image is none that a zip can be put into.
func TestFunctionOfAnImage(t *testing.T) {
	l := newLambdas()
	b := newBench(&functions{api: l, tags: &tagAnswers{}})
	if err := b.deploy(testFunction(nil)); err != nil {
		t.Fatal(err)
	}
	l.functions["shop-dev"].Configuration.PackageType = types.PackageTypeImage
	live, err := b.find(testFunction(nil))
	if err != nil || len(live) != 1 || live[0].Unfit != "shop-dev is a function made of a container image: it cannot be taken over" || live[0].UnfitHint == "" {
		t.Errorf("found %+v, %v", live, err)
	}
}

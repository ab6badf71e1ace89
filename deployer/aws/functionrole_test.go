package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// account is a Lambda beside an IAM. Lambda lets the very role that a function
// is given decrypt its environment: where another of the same name is made, the
// function cannot be called any more.
type account struct {
	*lambdas
	iam   *iams
	clock *quick
	// granted is the role that may decrypt the environment of a function.
	granted map[string]*iamtypes.Role
	// at which mutating call the process dies: before it or after.
	calls, at   int
	after, dead bool
}

func newAccount() *account {
	return &account{lambdas: newLambdas(), iam: newIAMs(), clock: &quick{now: time.Unix(1e9, 0)}, granted: map[string]*iamtypes.Role{}}
}

// call is a mutating one of a process that may die of it.
func (a *account) call(do func() error) error {
	died := &deployer.Failure{Message: "the process is dead"}
	a.clock.now = a.clock.now.Add(time.Second)
	a.calls++
	if a.dead || a.calls == a.at && !a.after {
		a.dead = true
		return died
	}
	err := do()
	if a.calls == a.at {
		a.dead = true
		return died
	}
	return err
}

// given is what Lambda does when a function has another role.
func (a *account) given(name string, before *string) {
	c := a.functions[name].Configuration
	c.LastModified = awssdk.String(a.clock.now.UTC().Format("2006-01-02T15:04:05.000-0700"))
	c.RevisionId = awssdk.String(fmt.Sprint("revision ", a.calls))
	if awssdk.ToString(before) != awssdk.ToString(c.Role) {
		a.granted[name] = a.iam.roles[roleName(*c.Role)]
	}
}

func (a *account) assumable(role *string) error {
	if role != nil && a.iam.roles[roleName(*role)] == nil {
		return answered("Lambda", "UpdateFunctionConfiguration", 400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
	}
	return nil
}

func (a *account) CreateFunction(ctx context.Context, in *lambda.CreateFunctionInput, _ ...func(*lambda.Options)) (out *lambda.CreateFunctionOutput, err error) {
	if err := a.assumable(in.Role); err != nil {
		return nil, err
	}
	return out, a.call(func() error {
		if out, err = a.lambdas.CreateFunction(ctx, in); err == nil {
			a.given(*in.FunctionName, nil)
		}
		return err
	})
}

func (a *account) UpdateFunctionConfiguration(ctx context.Context, in *lambda.UpdateFunctionConfigurationInput, _ ...func(*lambda.Options)) (out *lambda.UpdateFunctionConfigurationOutput, err error) {
	if err := a.assumable(in.Role); err != nil {
		return nil, err
	}
	return out, a.call(func() error {
		before := a.functions[*in.FunctionName].Configuration.Role
		if out, err = a.lambdas.UpdateFunctionConfiguration(ctx, in); err == nil {
			a.given(*in.FunctionName, before)
		}
		return err
	})
}

// accountIAM is its IAM.
type accountIAM struct {
	*iams
	a *account
}

func (i accountIAM) CreateRole(ctx context.Context, in *iam.CreateRoleInput, _ ...func(*iam.Options)) (out *iam.CreateRoleOutput, err error) {
	return out, i.a.call(func() error {
		if out, err = i.iams.CreateRole(ctx, in); err == nil {
			out.Role.CreateDate = awssdk.Time(i.a.clock.now.Truncate(time.Second))
		}
		return err
	})
}

func (i accountIAM) PutRolePolicy(ctx context.Context, in *iam.PutRolePolicyInput, _ ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error) {
	return nil, i.a.call(func() error { _, err := i.iams.PutRolePolicy(ctx, in); return err })
}

func (i accountIAM) DeleteRolePolicy(ctx context.Context, in *iam.DeleteRolePolicyInput, _ ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error) {
	return nil, i.a.call(func() error { _, err := i.iams.DeleteRolePolicy(ctx, in); return err })
}

func (i accountIAM) DeleteRole(ctx context.Context, in *iam.DeleteRoleInput, _ ...func(*iam.Options)) (*iam.DeleteRoleOutput, error) {
	return nil, i.a.call(func() error { _, err := i.iams.DeleteRole(ctx, in); return err })
}

// job deploys a function with its role.
func (a *account) job(change func(*resource.Function)) *deployer.Job {
	role := testRole("shop-dev")
	f := testFunction(func(f *resource.Function) {
		f.Role = resource.Attr(role.ID(), resource.AttrARN)
		f.Environment = map[string]string{"TOKEN": "secret"}
		if change != nil {
			change(f)
		}
	})
	all := &roles{a.iam, accountIAM{a.iam, a}}
	return &deployer.Job{
		World: deployer.World{Clock: a.clock, Actuators: map[resource.Kind]deployer.Actuator{
			resource.KindRole: all, resource.KindFunction: &functions{a, &tagAnswers{}, all},
		}},
		Outline: &resource.Graph{Owner: testOwner, Resources: []resource.Resource{role, f}}, Target: deployer.Deploy,
		Parallel: 1, // the fakes take one call at a time
	}
}

// works says whether the function can be called.
func (a *account) works() bool {
	role := a.iam.roles["shop-dev"]
	return role != nil && a.granted["shop-dev"] == role && roleName(*a.functions["shop-dev"].Configuration.Role) == "shop-dev"
}

// lose deletes the role, as people do in the console.
func (a *account) lose() {
	a.clock.now = a.clock.now.Add(time.Hour)
	delete(a.iam.roles, "shop-dev")
	delete(a.iam.inline, "shop-dev")
}

func deployAccount(t *testing.T, a *account, change func(*resource.Function)) *deployer.Outcome {
	t.Helper()
	out, err := a.job(change).Run(context.Background())
	if err != nil {
		t.Fatalf("%v: %+v", err, out)
	}
	return out
}

// TestFunctionGetsItsRoleAgain where the role was deleted and is made anew,
// whatever call a deploy dies of.
func TestFunctionGetsItsRoleAgain(t *testing.T) {
	longer := func(f *resource.Function) { f.Timeout = 90 }
	for _, change := range []func(*resource.Function){nil, longer} {
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				a := newAccount()
				deployAccount(t, a, nil)
				if !a.works() {
					t.Fatal("the first deploy is no good")
				}
				a.lose()
				a.calls, a.at, a.after = 0, n, after
				_, err := a.job(change).Run(context.Background())
				calls := a.calls
				if a.dead = false; err != nil {
					deployAccount(t, a, change)
				}
				if !a.works() || len(a.iam.roles) != 1 {
					t.Fatalf("died at call %d (after it: %v): the function does not work: %v, roles: %v", n, after, err, a.iam.roles)
				}
				if p, err := a.job(change).Plan(context.Background()); err != nil || !p.Empty() {
					t.Fatalf("died at call %d (after it: %v): there is something left to do: %v", n, after, err)
				}
				if calls < n {
					break
				}
			}
		}
	}
}

// TestPlanTellsOfALostRole, and of one that somebody else made anew.
func TestPlanTellsOfALostRole(t *testing.T) {
	a := newAccount()
	deployAccount(t, a, nil)
	arn := *a.functions["shop-dev"].Configuration.Role
	theirs := *a.iam.roles["shop-dev"]
	policies := a.iam.inline["shop-dev"]
	change := func() deployer.Change {
		p, err := a.job(nil).Plan(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(p.Steps, func(s *deployer.Step) bool { return s.ID == resource.FunctionID("shop-dev") })
		if s := p.Steps[i]; s.Op != deployer.OpUpdate || len(s.Changes) != 1 {
			t.Fatalf("%s: %+v", s.Op, s.Changes)
		}
		return p.Steps[i].Changes[0]
	}
	a.lose()
	if c := change(); c.Property != "iam.role_arn" || c.From != arn+" (gone)" || !c.Unknown {
		t.Errorf("%+v", c)
	}
	theirs.CreateDate = &a.clock.now
	a.iam.roles["shop-dev"], a.iam.inline["shop-dev"] = &theirs, policies
	if c := change(); c.From != arn+" (gone)" || c.To != arn {
		t.Errorf("%+v", c)
	}
	deployAccount(t, a, nil)
	if !a.works() {
		t.Error("it does not work")
	}

	// An emulator does not say when a function was changed; without an
	// environment there is nothing to decrypt.
	for _, forget := range []func(*types.FunctionConfiguration){
		func(c *types.FunctionConfiguration) { c.RevisionId = nil },
		func(c *types.FunctionConfiguration) { c.LastModified = awssdk.String("yesterday") },
		func(c *types.FunctionConfiguration) { c.Environment = nil },
	} {
		a := newAccount()
		out := deployAccount(t, a, nil)
		a.iam.roles["shop-dev"].CreateDate = awssdk.Time(a.clock.now.Add(time.Hour))
		forget(a.functions["shop-dev"].Configuration)
		bare := func(f *resource.Function) {
			if a.functions["shop-dev"].Configuration.Environment == nil {
				f.Environment = nil
			}
		}
		if p, err := a.job(bare).Plan(context.Background()); err != nil || !p.Empty() || len(out.Done) != 2 {
			t.Errorf("there is something to do: %v", err)
		}
	}
}

// TestFunctionLeavesItsVPC before it is deleted, as far as Lambda lets it.
func TestFunctionLeavesItsVPC(t *testing.T) {
	inVPC := testFunction(func(f *resource.Function) { f.SubnetIDs, f.SecurityGroupIDs = []string{"s1"}, []string{"g1"} })
	for _, c := range []struct {
		want *resource.Function
		busy int
		log  string
	}{
		{inVPC, 0, "create update delete"},
		{inVPC, 2, "create update delete"},
		{inVPC, 1000, "create delete in its VPC"}, // somebody else never ends changing it
		{testFunction(nil), 0, "create delete"},
	} {
		l := newLambdas()
		b := newBench(&functions{api: l, tags: &tagAnswers{arns: []string{testOwner.FunctionARN("shop-dev")}}})
		if err := b.deploy(c.want); err != nil {
			t.Fatal(err)
		}
		began := b.clock.now
		live, err := b.find()
		if err != nil || len(live) != 1 {
			t.Fatal(live, err)
		}
		l.busy["shop-dev"] = c.busy
		if err := b.actuator.Delete(context.Background(), live[0], b.run()); err != nil || strings.Join(l.log, " ") != c.log {
			t.Errorf("did %q: %v", l.log, err)
		}
		if waited := b.clock.now.Sub(began); waited > 3*leaveLimit {
			t.Errorf("waited %v", waited)
		}
	}
}

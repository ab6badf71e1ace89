package aws

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

// iams is an IAM that gives policies back escaped, deletes no role that has
// any, and knows a new role only after a while.
type iams struct {
	trouble
	roles   map[string]*types.Role
	inline  map[string]map[string]string
	managed map[string][]string
	// unknown is how many writes to a new role are refused yet.
	unknown map[string]int
	late    int
	// conflicts is how many times a role is not let go.
	conflicts int
}

func newIAMs() *iams {
	return &iams{roles: map[string]*types.Role{}, inline: map[string]map[string]string{}, managed: map[string][]string{}, unknown: map[string]int{}}
}

func (i *iams) role(name string) (*types.Role, error) {
	if role := i.roles[name]; role != nil {
		return role, nil
	}
	return nil, answered("IAM", "GetRole", 404, "NoSuchEntity", "The role with name "+name+" cannot be found.")
}

// write is a change of a role.
func (i *iams) write(call, name string, change func(*types.Role) error) error {
	role, err := i.role(name)
	if err != nil {
		return err
	}
	if i.unknown[name] > 0 {
		i.unknown[name]--
		return answered("IAM", call, 404, "NoSuchEntity", "The role with name "+name+" cannot be found.")
	}
	return i.mutate(call, func() error { return change(role) })
}

func (i *iams) GetRole(_ context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	role, err := i.role(*in.RoleName)
	if err != nil {
		return nil, err
	}
	copied := *role
	copied.Tags = slices.Clone(role.Tags)
	return &iam.GetRoleOutput{Role: &copied}, nil
}

func (i *iams) ListRoles(_ context.Context, in *iam.ListRolesInput, _ ...func(*iam.Options)) (*iam.ListRolesOutput, error) {
	out := &iam.ListRolesOutput{}
	for _, role := range i.roles {
		if strings.HasPrefix(*role.Path, *in.PathPrefix) {
			out.Roles = append(out.Roles, types.Role{RoleName: role.RoleName})
		}
	}
	return out, nil
}

func (i *iams) ListRolePolicies(_ context.Context, in *iam.ListRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error) {
	if _, err := i.role(*in.RoleName); err != nil {
		return nil, err
	}
	return &iam.ListRolePoliciesOutput{PolicyNames: slices.Sorted(maps.Keys(i.inline[*in.RoleName]))}, nil
}

func (i *iams) GetRolePolicy(_ context.Context, in *iam.GetRolePolicyInput, _ ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error) {
	text, ok := i.inline[*in.RoleName][*in.PolicyName]
	if !ok {
		return nil, answered("IAM", "GetRolePolicy", 404, "NoSuchEntity", "The role policy with name chalicefile cannot be found.")
	}
	return &iam.GetRolePolicyOutput{PolicyDocument: awssdk.String(url.PathEscape(text))}, nil
}

func (i *iams) ListAttachedRolePolicies(_ context.Context, in *iam.ListAttachedRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error) {
	out := &iam.ListAttachedRolePoliciesOutput{}
	for _, arn := range i.managed[*in.RoleName] {
		out.AttachedPolicies = append(out.AttachedPolicies, types.AttachedPolicy{PolicyArn: &arn})
	}
	return out, nil
}

func (i *iams) CreateRole(_ context.Context, in *iam.CreateRoleInput, _ ...func(*iam.Options)) (*iam.CreateRoleOutput, error) {
	name := *in.RoleName
	if i.roles[name] != nil {
		return nil, answered("IAM", "CreateRole", 409, "EntityAlreadyExists", "Role with name "+name+" already exists.")
	}
	role := &types.Role{
		RoleName: &name, Path: in.Path, Arn: awssdk.String("arn:aws:iam::1:role" + *in.Path + name), Tags: in.Tags,
		AssumeRolePolicyDocument: awssdk.String(url.PathEscape(*in.AssumeRolePolicyDocument)),
	}
	if in.PermissionsBoundary != nil {
		role.PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: in.PermissionsBoundary}
	}
	return &iam.CreateRoleOutput{Role: role}, i.mutate("create "+name, func() error {
		i.roles[name], i.inline[name], i.unknown[name] = role, map[string]string{}, i.late
		return nil
	})
}

func (i *iams) DeleteRole(_ context.Context, in *iam.DeleteRoleInput, _ ...func(*iam.Options)) (*iam.DeleteRoleOutput, error) {
	if i.conflicts > 0 {
		i.conflicts--
		return nil, answered("IAM", "DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	}
	return nil, i.write("delete", *in.RoleName, func(*types.Role) error {
		if len(i.inline[*in.RoleName])+len(i.managed[*in.RoleName]) > 0 {
			return answered("IAM", "DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
		}
		delete(i.roles, *in.RoleName)
		return nil
	})
}

func (i *iams) UpdateAssumeRolePolicy(_ context.Context, in *iam.UpdateAssumeRolePolicyInput, _ ...func(*iam.Options)) (*iam.UpdateAssumeRolePolicyOutput, error) {
	return nil, i.write("trust", *in.RoleName, func(role *types.Role) error {
		role.AssumeRolePolicyDocument = in.PolicyDocument
		return nil
	})
}

func (i *iams) PutRolePolicy(_ context.Context, in *iam.PutRolePolicyInput, _ ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error) {
	return nil, i.write("policy", *in.RoleName, func(*types.Role) error {
		i.inline[*in.RoleName][*in.PolicyName] = *in.PolicyDocument
		return nil
	})
}

func (i *iams) DeleteRolePolicy(_ context.Context, in *iam.DeleteRolePolicyInput, _ ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error) {
	return nil, i.write("no policy "+*in.PolicyName, *in.RoleName, func(*types.Role) error {
		delete(i.inline[*in.RoleName], *in.PolicyName)
		return nil
	})
}

func (i *iams) AttachRolePolicy(_ context.Context, in *iam.AttachRolePolicyInput, _ ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error) {
	if strings.HasSuffix(*in.PolicyArn, "none") {
		return nil, answered("IAM", "AttachRolePolicy", 404, "NoSuchEntity", "Policy "+*in.PolicyArn+" does not exist or is not attachable.")
	}
	return nil, i.write("attach", *in.RoleName, func(*types.Role) error {
		if !slices.Contains(i.managed[*in.RoleName], *in.PolicyArn) {
			i.managed[*in.RoleName] = append(i.managed[*in.RoleName], *in.PolicyArn)
		}
		return nil
	})
}

func (i *iams) DetachRolePolicy(_ context.Context, in *iam.DetachRolePolicyInput, _ ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error) {
	return nil, i.write("detach", *in.RoleName, func(*types.Role) error {
		i.managed[*in.RoleName] = slices.DeleteFunc(i.managed[*in.RoleName], func(arn string) bool { return arn == *in.PolicyArn })
		return nil
	})
}

func (i *iams) PutRolePermissionsBoundary(_ context.Context, in *iam.PutRolePermissionsBoundaryInput, _ ...func(*iam.Options)) (*iam.PutRolePermissionsBoundaryOutput, error) {
	return nil, i.write("boundary", *in.RoleName, func(role *types.Role) error {
		role.PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: in.PermissionsBoundary}
		return nil
	})
}

func (i *iams) DeleteRolePermissionsBoundary(_ context.Context, in *iam.DeleteRolePermissionsBoundaryInput, _ ...func(*iam.Options)) (*iam.DeleteRolePermissionsBoundaryOutput, error) {
	return nil, i.write("no boundary", *in.RoleName, func(role *types.Role) error {
		role.PermissionsBoundary = nil
		return nil
	})
}

func (i *iams) TagRole(_ context.Context, in *iam.TagRoleInput, _ ...func(*iam.Options)) (*iam.TagRoleOutput, error) {
	return nil, i.write("tag", *in.RoleName, func(role *types.Role) error {
		tags := roleTags(role)
		for _, tag := range in.Tags {
			tags[*tag.Key] = *tag.Value
		}
		role.Tags = iamTags(tags)
		return nil
	})
}

func (i *iams) UntagRole(_ context.Context, in *iam.UntagRoleInput, _ ...func(*iam.Options)) (*iam.UntagRoleOutput, error) {
	return nil, i.write("untag", *in.RoleName, func(role *types.Role) error {
		role.Tags = slices.DeleteFunc(role.Tags, func(tag types.Tag) bool { return slices.Contains(in.TagKeys, *tag.Key) })
		return nil
	})
}

func roleBench(i *iams) *bench { return newBench(&roles{i, i}) }

// foreignRole is one at another path.
func foreignRole(i *iams, name, path string, tags map[string]string) {
	i.roles[name] = &types.Role{
		RoleName: &name, Path: &path, Arn: awssdk.String("arn:aws:iam::1:role" + path + name), Tags: iamTags(tags),
		AssumeRolePolicyDocument: awssdk.String(trustPolicy("lambda.amazonaws.com", testOwner.Account)),
	}
}

func TestRoleStages(t *testing.T) {
	full := testRole("shop-dev")
	full.Service, full.PermissionsBoundary, full.ManagedPolicies = "scheduler.amazonaws.com", "arn:boundary", []string{"arn:a", "arn:b"}
	full.Tags["team"] = "a"
	full.Policy = policy.Document{Statements: append(full.Policy.Statements, policy.Statement{Sid: "More", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::b/100%"}})}
	stages(t, func() *lab {
		i := newIAMs()
		i.late = 2
		foreignRole(i, "foreign", "/", nil)
		return &lab{roleBench(i), &i.trouble, func() string { return fmt.Sprint(i.roles["foreign"].Tags, len(i.inline["foreign"])) }}
	}, []resource.Resource{testRole("shop-dev")}, []resource.Resource{full, testRole("shop-dev-work")}, []resource.Resource{testRole("shop-dev")})
}

// TestRoleDrift: whatever somebody does to a role of ours is undone.
func TestRoleDrift(t *testing.T) {
	for name, drift := range map[string]func(*iams){
		"another inline policy":  func(i *iams) { i.inline["shop-dev"]["extra"] = `{"Version":"2012-10-17","Statement":[]}` },
		"one with statements":    func(i *iams) { i.inline["shop-dev"]["extra"] = testStatement },
		"one nobody understands": func(i *iams) { i.inline["shop-dev"]["extra"] = "{" },
		"a policy that is gone":  func(i *iams) { delete(i.inline["shop-dev"], resource.PolicyName) },
		"another policy of ours": func(i *iams) { i.inline["shop-dev"][resource.PolicyName] = testStatement },
		"trust with a condition": func(i *iams) { i.roles["shop-dev"].AssumeRolePolicyDocument = awssdk.String(testStatement) },
		"a managed policy":       func(i *iams) { i.managed["shop-dev"] = []string{"arn:a"} },
		"a boundary": func(i *iams) {
			i.roles["shop-dev"].PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: awssdk.String("x")}
		},
		"a tag that is gone": func(i *iams) { i.roles["shop-dev"].Tags = nil },
		"a tag of AWS's own": func(i *iams) {
			i.roles["shop-dev"].Tags = append(i.roles["shop-dev"].Tags, types.Tag{Key: awssdk.String("aws:x"), Value: awssdk.String("y")})
		},
		"another path than usual": func(i *iams) { i.roles["shop-dev"].Path = awssdk.String("/adopted/") },
	} {
		i := newIAMs()
		b := roleBench(i)
		if err := b.deploy(testRole("shop-dev")); err != nil {
			t.Fatal(err)
		}
		before := i.calls
		drift(i)
		if err := b.deploy(testRole("shop-dev")); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.equal(t, testRole("shop-dev"))
		empty := strings.HasSuffix(name, "own") || strings.HasPrefix(name, "another path") || name == "another inline policy"
		if did := i.calls > before; did == empty || len(i.inline["shop-dev"]) != 1 && name != "another inline policy" {
			t.Errorf("%s: did %v, the policies are %v", name, i.log, i.inline)
		}
	}
}

const testStatement = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`

// TestRolesOfTwoRegions: the second region's role has another name, and each
// region deletes its own.
func TestRolesOfTwoRegions(t *testing.T) {
	i := newIAMs()
	foreignRole(i, "shop-dev", "/chalicefile/us-east-1/shop/dev/", nil)
	b := roleBench(i)
	if err := b.deploy(testRole("shop-dev")); err != nil {
		t.Fatal(err)
	}
	b.equal(t, testRole("shop-dev"))
	if i.roles["shop-dev-eu-west-1"] == nil || !slices.Equal(i.log, []string{"create shop-dev-eu-west-1", "policy"}) {
		t.Fatalf("did %q", i.log)
	}
	narrow, err := b.actuator.Find(context.Background(), &deployer.Query{Owner: testOwner, Narrow: true, Want: []resource.Resource{testRole("shop-dev")}})
	if err != nil || len(narrow) != 1 || narrow[0].Attributes["arn"] != "arn:aws:iam::1:role/chalicefile/eu-west-1/shop/dev/shop-dev-eu-west-1" {
		t.Errorf("narrowly found %+v, %v", narrow, err)
	}
	delete(i.roles, "shop-dev") // the other region's app is deleted
	b.equal(t, testRole("shop-dev"))
	foreignRole(i, "shop-dev", "/chalicefile/us-east-1/shop/dev/", nil)
	live, err := b.find()
	if err != nil || len(live) != 1 || live[0].ID.Name != "shop-dev" || live[0].Handle.(*liveRole).function != "shop-dev" {
		t.Errorf("found without a want: %+v, %v", live, err)
	}
	if err := b.deploy(); err != nil || len(i.roles) != 1 || i.roles["shop-dev"] == nil {
		t.Errorf("left are %v, %v", i.roles, err)
	}
}

func TestForeignRoles(t *testing.T) {
	i := newIAMs()
	foreignRole(i, "shop-dev", "/", map[string]string{resource.TagApp: "else", resource.TagStage: "x", resource.TagRegion: testOwner.Region})
	foreignRole(i, "adopted", "/", testOwner.Tags())
	b := roleBench(i)
	b.recorded = []state.Resource{{ID: resource.ID{Kind: resource.KindRole, Name: "adopted"}, Attributes: map[string]string{"arn": "arn:aws:iam::1:role/adopted"}}}
	live, err := b.find(testRole("shop-dev"))
	if err != nil || len(live) != 2 || live[0].Owned || live[0].Owner != "app else, stage x" || !live[1].Owned {
		t.Errorf("found %+v, %v", live, err)
	}
	_, err = b.actuator.Create(context.Background(), testRole("shop-dev"), b.run())
	if !isClass(err, deployer.ClassExists) {
		t.Errorf("making it again: %v", err)
	}
	role := testRole("shop-dev2")
	role.ManagedPolicies = []string{"arn:none"}
	if err := b.deploy(role); !isClass(err, deployer.ClassNotFound) || !b.clock.now.IsZero() {
		t.Errorf("a managed policy that is not there: %v", err)
	}
}

// TestRolesTakenOver: a role that another stage took over keeps its path, and is
// that stage's; where tags are missing the path counts.
func TestRolesTakenOver(t *testing.T) {
	i := newIAMs()
	foreignRole(i, "shop-dev-sum", testOwner.RolePath(), map[string]string{resource.TagApp: "shop-dev", resource.TagStage: "sum", resource.TagRegion: testOwner.Region})
	foreignRole(i, "shop-dev-bare", testOwner.RolePath(), map[string]string{resource.TagApp: "shop-dev"})
	live, err := roleBench(i).find()
	if err != nil || len(live) != 1 || live[0].ID.Name != "shop-dev-bare" {
		t.Errorf("found %+v, %v", live, err)
	}
	live, err = roleBench(i).find(testRole("shop-dev-sum"))
	if err != nil || len(live) != 2 || live[0].Owned || live[0].Owner != "app shop-dev, stage sum" {
		t.Errorf("wanted, it is %+v, %v", live, err)
	}
}

// TestSchedulerRoleTrust: schedules of other accounts do not get to run as the
// scheduler's role.
func TestSchedulerRoleTrust(t *testing.T) {
	i := newIAMs()
	b := roleBench(i)
	role := testRole("shop-dev-scheduler")
	role.Service = "scheduler.amazonaws.com"
	if err := b.deploy(role); err != nil {
		t.Fatal(err)
	}
	b.equal(t, role)
	const condition = `"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}`
	if trust := unescaped(i.roles["shop-dev-scheduler"].AssumeRolePolicyDocument); !strings.Contains(trust, condition) {
		t.Errorf("it is trusted by %s", trust)
	}
	everybody := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	i.roles["shop-dev-scheduler"].AssumeRolePolicyDocument = &everybody
	if err := b.deploy(role); err != nil {
		t.Fatal(err)
	}
	b.equal(t, role)
}

// TestRoleDeletedAtOnce: IAM may not know at once that a policy has gone, and a
// role that somebody goes on using is not waited for for ever.
func TestRoleDeletedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		conflicts int
		gone      bool
	}{"late": {2, true}, "in use": {1 << 20, false}} {
		i := newIAMs()
		b := roleBench(i)
		if err := b.deploy(testRole("shop-dev")); err != nil {
			t.Fatal(err)
		}
		i.conflicts = c.conflicts
		err := b.deploy()
		if gone := i.roles["shop-dev"] == nil; gone != c.gone || (err == nil) != c.gone {
			t.Errorf("%s: gone is %v: %v", name, gone, err)
		}
		if waited := b.clock.now.Sub(time.Time{}); waited > 2*freshLimit {
			t.Errorf("%s: waited %v", name, waited)
		}
	}
}

func TestRegionalNames(t *testing.T) {
	long := strings.Repeat("a", 60)
	for name, want := range map[string]string{"shop-dev": "shop-dev-eu-west-1", long: long[:47] + "-" + "11ee39-eu-west-1"} {
		if got := regionalName(name, "eu-west-1"); len(got) > 64 || got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// boundedOnly lets policies be written only of roles that have a boundary, as
// administrators do.
type boundedOnly struct{ *iams }

func (b boundedOnly) PutRolePolicy(ctx context.Context, in *iam.PutRolePolicyInput, o ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error) {
	if role := b.roles[*in.RoleName]; role != nil && role.PermissionsBoundary == nil {
		return nil, answered("IAM", "PutRolePolicy", 403, "AccessDenied", "there is no boundary")
	}
	return b.iams.PutRolePolicy(ctx, in, o...)
}

// A boundary holds before the policy is written, and goes after it.
func TestRoleBoundaryComesFirst(t *testing.T) {
	i := newIAMs()
	if err := roleBench(i).deploy(testRole("shop-dev")); err != nil {
		t.Fatal(err)
	}
	b := newBench(&roles{i, boundedOnly{i}})
	bounded, free := testRole("shop-dev"), testRole("shop-dev")
	more := policy.Statement{Sid: "More", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{"*"}}
	bounded.PermissionsBoundary = "arn:boundary"
	bounded.Policy = policy.Document{Statements: append(slices.Clone(bounded.Policy.Statements), more)}
	for _, want := range []*resource.Role{bounded, free} {
		if err := b.deploy(want); err != nil {
			t.Fatal(err)
		}
		b.equal(t, want)
	}
}

package aws

import (
	"context"
	"net/url"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

// roleWriter makes, changes and deletes roles.
type roleWriter interface {
	CreateRole(context.Context, *iam.CreateRoleInput, ...func(*iam.Options)) (*iam.CreateRoleOutput, error)
	DeleteRole(context.Context, *iam.DeleteRoleInput, ...func(*iam.Options)) (*iam.DeleteRoleOutput, error)
	UpdateAssumeRolePolicy(context.Context, *iam.UpdateAssumeRolePolicyInput, ...func(*iam.Options)) (*iam.UpdateAssumeRolePolicyOutput, error)
	rolePolicyWriter
	roleSettingWriter
}

// rolePolicyWriter changes what a role may do.
type rolePolicyWriter interface {
	PutRolePolicy(context.Context, *iam.PutRolePolicyInput, ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error)
	DeleteRolePolicy(context.Context, *iam.DeleteRolePolicyInput, ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error)
	AttachRolePolicy(context.Context, *iam.AttachRolePolicyInput, ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error)
	DetachRolePolicy(context.Context, *iam.DetachRolePolicyInput, ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error)
}

// roleSettingWriter changes the boundary and the tags of a role.
type roleSettingWriter interface {
	PutRolePermissionsBoundary(context.Context, *iam.PutRolePermissionsBoundaryInput, ...func(*iam.Options)) (*iam.PutRolePermissionsBoundaryOutput, error)
	DeleteRolePermissionsBoundary(context.Context, *iam.DeleteRolePermissionsBoundaryInput, ...func(*iam.Options)) (*iam.DeleteRolePermissionsBoundaryOutput, error)
	TagRole(context.Context, *iam.TagRoleInput, ...func(*iam.Options)) (*iam.TagRoleOutput, error)
	UntagRole(context.Context, *iam.UntagRoleInput, ...func(*iam.Options)) (*iam.UntagRoleOutput, error)
}

// Create makes a role and gives it its policies. Killed in between, it is one
// without them, which the next run sees.
func (r *roles) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Role)
	name := w.Name
	arn, err := r.create(ctx, name, run.Owner.Account, w)
	if isClass(err, deployer.ClassExists) {
		taken, getErr := r.get(ctx, name)
		if getErr != nil {
			return nil, getErr
		}
		if taken != nil && siblingRole(run.Owner, taken) && !ownsRole(run.Owner, taken) {
			name = regionalName(name, run.Owner.Region)
			arn, err = r.create(ctx, name, run.Owner.Account, w)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := r.putPolicy(ctx, name, w.Policy, run); err != nil {
		return nil, err
	}
	if err := r.attach(ctx, name, w.ManagedPolicies, run); err != nil {
		return nil, err
	}
	return deployer.Attributes{resource.AttrARN: arn}, nil
}

func (r *roles) create(ctx context.Context, name, account string, w *resource.Role) (arn string, err error) {
	input := &iam.CreateRoleInput{
		RoleName: &name, Path: &w.Path, AssumeRolePolicyDocument: awssdk.String(trustPolicy(w.Service, account)), Tags: iamTags(w.Tags),
	}
	if w.PermissionsBoundary != "" {
		input.PermissionsBoundary = &w.PermissionsBoundary
	}
	out, err := r.writer.CreateRole(ctx, input)
	if err != nil {
		return "", err
	}
	return awssdk.ToString(out.Role.Arn), nil
}

func (r *roles) putPolicy(ctx context.Context, role string, document policy.Document, run *deployer.Run) error {
	if len(document.Statements) == 0 {
		return nil
	}
	text, err := document.MarshalJSON()
	if err != nil {
		return err
	}
	return r.known(ctx, run, func(ctx context.Context) error {
		_, err := r.writer.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: &role, PolicyName: awssdk.String(resource.PolicyName), PolicyDocument: awssdk.String(string(text)),
		})
		return err
	})
}

func (r *roles) attach(ctx context.Context, role string, arns []string, run *deployer.Run) error {
	for _, arn := range arns {
		err := r.known(ctx, run, func(ctx context.Context) error {
			_, err := r.writer.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// known waits until all of IAM knows a role that was made just now.
func (r *roles) known(ctx context.Context, run *deployer.Run, f func(context.Context) error) error {
	return waitFor(ctx, run, "IAM to know the role", roleLimit, func(ctx context.Context) (bool, error) {
		err := f(ctx)
		if isClass(err, deployer.ClassNotFound) && strings.Contains(err.Error(), "role with name") {
			failure := failureOf(err)
			failure.Class = deployer.ClassLater
			return false, failure
		}
		return err == nil, err
	})
}

// Update changes what differs.
func (r *roles) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	w, handle := want.(*resource.Role), live.Handle.(*liveRole)
	old, _ := live.Resource.(*resource.Role)
	if old == nil {
		old = &resource.Role{}
	}
	name := handle.name
	if changed(changes, "service") {
		_, err := r.writer.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name, PolicyDocument: awssdk.String(trustPolicy(w.Service, run.Owner.Account))})
		if err != nil {
			return nil, err
		}
	}
	// A boundary that is to hold holds before the role may do more: callers may be
	// allowed to write policies only of roles that have it. One that goes, goes
	// last.
	boundary := changed(changes, "permissions_boundary")
	if boundary && w.PermissionsBoundary != "" {
		if err := r.updateBoundary(ctx, name, w.PermissionsBoundary); err != nil {
			return nil, err
		}
	}
	if changed(changes, "policy") {
		if err := r.updatePolicy(ctx, w, handle, run); err != nil {
			return nil, err
		}
	}
	if changed(changes, "managed_policies") {
		if err := r.updateManaged(ctx, name, w.ManagedPolicies, old.ManagedPolicies, run); err != nil {
			return nil, err
		}
	}
	if boundary && w.PermissionsBoundary == "" {
		if err := r.updateBoundary(ctx, name, ""); err != nil {
			return nil, err
		}
	}
	if changed(changes, "tags") {
		if err := r.updateTags(ctx, name, w.Tags, old.Tags); err != nil {
			return nil, err
		}
	}
	return live.Attributes, nil
}

// updatePolicy leaves the one policy of ours, as it must be.
func (r *roles) updatePolicy(ctx context.Context, w *resource.Role, handle *liveRole, run *deployer.Run) error {
	strange := handle.strange
	if len(w.Policy.Statements) == 0 {
		strange = append(slices.Clone(strange), resource.PolicyName)
	}
	if string(w.Policy.JSON()) != string(handle.own.JSON()) {
		if err := r.putPolicy(ctx, handle.name, w.Policy, run); err != nil {
			return err
		}
	}
	for _, name := range strange {
		if err := r.deletePolicy(ctx, handle.name, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *roles) updateManaged(ctx context.Context, role string, want, old []string, run *deployer.Run) error {
	missing := slices.DeleteFunc(slices.Clone(want), func(arn string) bool { return slices.Contains(old, arn) })
	if err := r.attach(ctx, role, missing, run); err != nil {
		return err
	}
	for _, arn := range old {
		if slices.Contains(want, arn) {
			continue
		}
		if err := r.detach(ctx, role, arn); err != nil {
			return err
		}
	}
	return nil
}

func (r *roles) updateBoundary(ctx context.Context, role, boundary string) error {
	if boundary == "" {
		_, err := r.writer.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &role})
		return unlessGone(err)
	}
	_, err := r.writer.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &role, PermissionsBoundary: &boundary})
	return err
}

func (r *roles) updateTags(ctx context.Context, role string, want, old map[string]string) error {
	set, remove := tagDiff(want, old)
	if len(set) > 0 {
		if _, err := r.writer.TagRole(ctx, &iam.TagRoleInput{RoleName: &role, Tags: iamTags(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.writer.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &role, TagKeys: remove}); err != nil {
			return err
		}
	}
	return nil
}

// Delete takes the policies off first: IAM deletes no role that has some, and
// does not know at once everywhere which it has.
func (r *roles) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	name := live.Handle.(*liveRole).name
	conflict := func(err error) bool { return isCode(err, "DeleteConflict") }
	hint := "somebody else uses the role, or adds policies to it: see what is attached to it"
	return persist(ctx, run, "IAM to let the role "+name+" go", freshLimit, conflict, hint, func(ctx context.Context) error {
		return r.remove(ctx, name)
	})
}

func (r *roles) remove(ctx context.Context, name string) error {
	inline, err := r.policyNames(ctx, name)
	if err != nil {
		return err
	}
	for _, p := range inline {
		if err := r.deletePolicy(ctx, name, p); err != nil {
			return err
		}
	}
	managed, err := r.attached(ctx, name)
	if err != nil {
		return err
	}
	for _, arn := range managed {
		if err := r.detach(ctx, name, arn); err != nil {
			return err
		}
	}
	_, err = r.writer.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
	return unlessGone(err)
}

func (r *roles) deletePolicy(ctx context.Context, role, name string) error {
	_, err := r.writer.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name})
	return unlessGone(err)
}

func (r *roles) detach(ctx context.Context, role, arn string) error {
	_, err := r.writer.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
	return unlessGone(err)
}

func iamTags(tags map[string]string) []types.Tag {
	return tagList(tags, func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} })
}

// trustPolicy lets a service take a role on: EventBridge Scheduler, which could
// be made to by anybody's schedule, for schedules of the account alone. (Lambda
// takes on roles of a function's own account only.)
func trustPolicy(service, account string) string {
	condition := ""
	if service == "scheduler.amazonaws.com" {
		condition = `,"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"` + condition + `}]}`
}

// trusted is the service that a role trusts, or, where it trusts anybody else
// or under other conditions, its whole policy, which is no service's name.
func trusted(role *types.Role, account string) string {
	text := canonicalJSON([]byte(unescaped(role.AssumeRolePolicyDocument)))
	_, after, _ := strings.Cut(text, `"Service":"`)
	service, _, _ := strings.Cut(after, `"`)
	if text == canonicalJSON([]byte(trustPolicy(service, account))) {
		return service
	}
	return text
}

// unescaped is a policy as IAM gives it: escaped as a URL.
func unescaped(text *string) string {
	plain, err := url.PathUnescape(awssdk.ToString(text))
	if err != nil {
		return awssdk.ToString(text)
	}
	return plain
}

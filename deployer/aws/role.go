package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

// roleReader reads roles.
type roleReader interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	ListRoles(context.Context, *iam.ListRolesInput, ...func(*iam.Options)) (*iam.ListRolesOutput, error)
	ListRolePolicies(context.Context, *iam.ListRolePoliciesInput, ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	ListAttachedRolePolicies(context.Context, *iam.ListAttachedRolePoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error)
}

// roles are the execution roles. A role is the owner's by its tags, and where
// they name nobody by its path: one that was taken over keeps its path.
type roles struct {
	reader roleReader
	writer roleWriter
}

func newRoles(c *Clients) deployer.Actuator { return &roles{c.IAM, c.IAM} }

// liveRole is what else is known of a role that exists.
type liveRole struct {
	name string // in IAM
	made time.Time
	// function is the role's name without a region: that of its function.
	function string
	// own says that the policy of ours is there as the plan saw it; strange are
	// the names of the other inline policies, managed the ARNs of attached ones.
	own     policy.Document
	strange []string
}

// Find looks at the wanted names, in this region's form too, and at all that is
// below the owner's path.
func (r *roles) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	listed := sync.OnceValues(func() ([]string, error) {
		if q.Narrow {
			return nil, nil
		}
		return r.list(ctx, q.Owner.RolePath())
	})
	go listed() // beside the names
	live, err := each(ctx, q.Want, func(ctx context.Context, w resource.Resource) (*deployer.Live, error) {
		name := w.ID().Name
		role, err := r.wanted(ctx, q, name, listed)
		if err != nil || role == nil {
			return nil, err
		}
		if q.Leaving { // who deletes it asks for its policies then
			return roleFacts(q.Owner, name, role), nil
		}
		return r.live(ctx, q.Owner, name, role)
	})
	names, listErr := listed()
	if err := orElse(err, listErr); err != nil {
		return nil, err
	}
	live = present(live)
	if q.Narrow {
		return live, nil
	}
	others, err := r.others(ctx, q, live, names)
	return append(live, others...), err
}

// wanted is the role that answers to a wanted name: the one of that name, or,
// where that is another region's or is gone, the one of this region's name.
func (r *roles) wanted(ctx context.Context, q *deployer.Query, name string, listed func() ([]string, error)) (*types.Role, error) {
	role, err := r.get(ctx, name)
	if err != nil || role != nil && ownsRole(q.Owner, role) {
		return role, err
	}
	names, err := listed()
	if err != nil {
		return nil, err
	}
	regional := regionalName(name, q.Owner.Region)
	sibling := role != nil && siblingRole(q.Owner, role)
	if !sibling && !slices.Contains(names, regional) && !(q.Narrow && role == nil) {
		return role, nil
	}
	own, err := r.get(ctx, regional)
	if err != nil || own != nil || sibling {
		return own, err
	}
	return role, nil
}

// others are the owner's roles that are not wanted: below its path, or, where
// they were taken over from another one, in the record.
func (r *roles) others(ctx context.Context, q *deployer.Query, live []*deployer.Live, listed []string) ([]*deployer.Live, error) {
	ids, taken := map[string]bool{}, map[string]bool{}
	for _, w := range q.Want {
		ids[w.ID().Name] = true
	}
	for _, l := range live {
		taken[l.Handle.(*liveRole).name] = true
	}
	names := slices.Clone(listed)
	for _, rec := range q.Recorded {
		arn := rec.Attributes[resource.AttrARN]
		if name := arn[strings.LastIndex(arn, "/")+1:]; name != "" && !ids[rec.ID.Name] && !slices.Contains(listed, name) {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return taken[name] })
	others, err := each(ctx, names, func(ctx context.Context, name string) (*deployer.Live, error) {
		role, err := r.get(ctx, name)
		if err != nil || role == nil || !ownsRole(q.Owner, role) {
			return nil, err
		}
		other := roleFacts(q.Owner, roleBase(name, q.Owner.Region), role)
		if ids[other.ID.Name] {
			other.ID.Name = name
		}
		return other, nil
	})
	return present(others), err
}

// list lists the names below a path.
func (r *roles) list(ctx context.Context, path string) ([]string, error) {
	roles, err := everyPage(ctx, iam.NewListRolesPaginator(r.reader, &iam.ListRolesInput{PathPrefix: &path}), func(page *iam.ListRolesOutput) []types.Role { return page.Roles })
	return texts(roles, func(role types.Role) *string { return role.RoleName }), err
}

// get reads a role; nil where there is none.
func (r *roles) get(ctx context.Context, name string) (*types.Role, error) {
	out, err := r.reader.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if isClass(err, deployer.ClassNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.Role, nil
}

// roleFacts are what a role says by itself.
func roleFacts(owner resource.Owner, want string, role *types.Role) *deployer.Live {
	owned, other := ownership(owner, roleTags(role))
	if ownsRole(owner, role) {
		owned, other = true, ""
	}
	name := awssdk.ToString(role.RoleName)
	return &deployer.Live{
		ID: resource.ID{Kind: resource.KindRole, Name: want}, Owned: owned, Owner: other, Title: "IAM role: " + name,
		Attributes: deployer.Attributes{resource.AttrARN: awssdk.ToString(role.Arn)},
		Handle:     &liveRole{name: name, made: awssdk.ToTime(role.CreateDate), function: roleBase(name, owner.Region)},
	}
}

// live reads the policies of a role too. Inline policies that are not ours count
// as statements of ours that nobody wants.
func (r *roles) live(ctx context.Context, owner resource.Owner, want string, role *types.Role) (*deployer.Live, error) {
	live := roleFacts(owner, want, role)
	handle := live.Handle.(*liveRole)
	var managed, names []string
	err := together(ctx,
		func(ctx context.Context) (err error) {
			handle.own, err = r.inline(ctx, handle.name, resource.PolicyName)
			return err
		},
		func(ctx context.Context) (err error) { names, err = r.policyNames(ctx, handle.name); return err },
		func(ctx context.Context) (err error) { managed, err = r.attached(ctx, handle.name); return err },
	)
	if err != nil {
		return nil, err
	}
	handle.strange = slices.DeleteFunc(names, func(name string) bool { return name == resource.PolicyName })
	strange, err := each(ctx, handle.strange, func(ctx context.Context, name string) (policy.Document, error) {
		return r.inline(ctx, handle.name, name)
	})
	if err != nil {
		return nil, err
	}
	document := handle.own
	for _, d := range strange {
		document.Version = d.Version
		document.Statements = append(slices.Clone(document.Statements), d.Statements...)
	}
	wanted := &resource.Role{
		Name: want, Path: awssdk.ToString(role.Path), Service: trusted(role, owner.Account), Policy: document,
		ManagedPolicies: managed, Tags: roleTags(role),
	}
	if role.PermissionsBoundary != nil {
		wanted.PermissionsBoundary = awssdk.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)
	}
	live.Resource = wanted
	return live, nil
}

// inline reads an inline policy; nothing where there is none. One that cannot be
// understood is one with a statement that nobody wants.
func (r *roles) inline(ctx context.Context, role, name string) (policy.Document, error) {
	out, err := r.reader.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
	if err != nil {
		return policy.Document{}, unlessGone(err)
	}
	document, err := policy.Parse([]byte(unescaped(out.PolicyDocument)))
	if err != nil {
		return policy.Document{Statements: []policy.Statement{{Sid: "NotUnderstood", Effect: "Allow"}}}, nil
	}
	return document, nil
}

// policyNames lists the inline policies.
func (r *roles) policyNames(ctx context.Context, role string) ([]string, error) {
	return everyPage(ctx, iam.NewListRolePoliciesPaginator(r.reader, &iam.ListRolePoliciesInput{RoleName: &role}), func(page *iam.ListRolePoliciesOutput) []string { return page.PolicyNames })
}

// attached lists the ARNs of the managed policies, sorted.
func (r *roles) attached(ctx context.Context, role string) ([]string, error) {
	policies, err := everyPage(ctx, iam.NewListAttachedRolePoliciesPaginator(r.reader, &iam.ListAttachedRolePoliciesInput{RoleName: &role}),
		func(page *iam.ListAttachedRolePoliciesOutput) []types.AttachedPolicy { return page.AttachedPolicies })
	arns := texts(policies, func(p types.AttachedPolicy) *string { return p.PolicyArn })
	slices.Sort(arns)
	return arns, err
}

func roleTags(role *types.Role) map[string]string {
	return tagMap(role.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

// ownsRole: the tags say it, and the path where they name nobody: a role that
// was taken over keeps its path.
func ownsRole(owner resource.Owner, role *types.Role) bool {
	tags := roleTags(role)
	taken := tags[resource.TagApp] != "" && tags[resource.TagStage] != "" && tags[resource.TagRegion] != ""
	return owner.Owns(tags) || !taken && awssdk.ToString(role.Path) == owner.RolePath()
}

// siblingRole says whether a role is that of the same app and stage in another
// region.
func siblingRole(owner resource.Owner, role *types.Role) bool {
	parts := strings.Split(awssdk.ToString(role.Path), "/") // "", chalicefile, region, app, stage, ""
	return len(parts) == 6 && parts[1] == "chalicefile" && parts[2] != owner.Region && parts[3] == owner.App && parts[4] == owner.Stage
}

// regionalName is the name of a role where the plain one is another region's.
// IAM takes 64 characters.
func regionalName(name, region string) string {
	const most = 64
	if full := name + "-" + region; len(full) <= most {
		return full
	}
	sum := sha256.Sum256([]byte(name))
	tail := "-" + hex.EncodeToString(sum[:3]) + "-" + region
	return name[:most-len(tail)] + tail
}

// roleBase is a role's name without its region.
func roleBase(name, region string) string { return strings.TrimSuffix(name, "-"+region) }

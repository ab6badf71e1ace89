package desired

import (
	"fmt"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

// Services that take on roles.
const (
	lambdaService    = "lambda.amazonaws.com"
	schedulerService = "scheduler.amazonaws.com"
)

// role is the ARN of what a function runs as: a role that the Chalicefile
// names, or one of the function's own, which it adds.
func (b *builder) role(fn *model.Function) resource.Text {
	if arn := b.App.RoleOf(fn); arn != "" {
		return resource.Lit(arn)
	}
	iam := &b.App.Spec.IAM
	r := &resource.Role{
		Name:                fn.LambdaName,
		Path:                b.Owner.RolePath(),
		Service:             lambdaService,
		Policy:              b.Policies[fn.Name],
		ManagedPolicies:     set(iam.ManagedPolicies, fn.Settings.IAM.ManagedPolicies),
		PermissionsBoundary: iam.PermissionsBoundary,
		Tags:                b.tags(fn.Settings.Tags),
	}
	if size := r.Policy.Size(); b.Policies != nil && size > policy.InlineLimit {
		b.findings.Err("policy-over-limit", place(fn),
			fmt.Sprintf("the policy of function %q has %d characters, and IAM takes %d of a role's own", fn.Name, size, policy.InlineLimit)).
			WithHint("split the function, state patterns of resources in iam.statements, or give it managed_policies or a role_arn")
	}
	b.add(r, place(fn))
	return resource.Attr(r.ID(), resource.AttrARN)
}

// schedulerRole is the ARN of the role by which EventBridge Scheduler calls the
// functions of the names given. Without manage_role it is that of the app, which
// then must trust the scheduler.
func (b *builder) schedulerRole(functions []string) resource.Text {
	iam := &b.App.Spec.IAM
	if iam.ManageRole != nil && !*iam.ManageRole {
		return resource.Lit(iam.RoleARN)
	}
	invoke := policy.Statement{Sid: "InvokeScheduledFunctions", Effect: policy.Allow, Action: []string{"lambda:InvokeFunction"}}
	for _, name := range functions {
		invoke.Resource = append(invoke.Resource, b.Owner.FunctionARN(name))
	}
	r := &resource.Role{
		Name:                b.name() + "-scheduler",
		Path:                b.Owner.RolePath(),
		Service:             schedulerService,
		Policy:              policy.Document{Statements: []policy.Statement{invoke}},
		PermissionsBoundary: iam.PermissionsBoundary,
		Tags:                b.tags(b.App.Spec.Defaults.Tags),
	}
	if size := r.Policy.Size(); size > policy.InlineLimit {
		b.findings.Err("policy-over-limit", diag.Key("schedules"),
			fmt.Sprintf("the policy of the scheduler's role has %d characters, and IAM takes %d: it names %d functions", size, policy.InlineLimit, len(functions))).
			WithHint("fewer schedules with a timezone or a single time need fewer characters, and so do shorter names")
	}
	b.add(r, diag.Key("schedules"))
	return resource.Attr(r.ID(), resource.AttrARN)
}

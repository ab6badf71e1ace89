package loader

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// iam checks roles and policies of the app.
func (c *checker) iam() {
	i := &c.app.IAM
	if !c.sound("iam") {
		return
	}
	if i.ManageRole != nil && !*i.ManageRole && i.RoleARN == "" {
		c.out.Err("role-arn-required", diag.Key("iam", "manage_role"), "without manage_role the functions need a role").
			WithHint("add role_arn")
	}
	c.ignoredByRole(i.RoleARN, "the app's functions run as role_arn", diag.Path{"iam"}, map[string]bool{
		"statements":           len(i.Statements) > 0,
		"managed_policies":     len(i.ManagedPolicies) > 0,
		"permissions_boundary": i.PermissionsBoundary != "",
	})
	if i.AutogenPolicy != nil && !*i.AutogenPolicy && i.RoleARN == "" && (i.ManageRole == nil || *i.ManageRole) {
		c.policyFile()
		c.ignoredByFile(len(i.Statements), diag.Path{"iam"})
	}
}

// ignoredByFile warns of statements where nothing is generated to which they
// could be added.
func (c *checker) ignoredByFile(statements int, at diag.Path) {
	if statements > 0 {
		c.out.Warn("iam-ignored", diag.Key(at.With("statements")...), "statements has no effect: with autogen_policy: false, policies stand in a file as a whole").
			WithHint("move them to the policy file").
			WithRelated(diag.Key("iam", "autogen_policy"), "no policy is generated")
	}
}

// functionIAM checks the iam of one function, or of defaults.
func (c *checker) functionIAM(i *spec.FunctionIAM, at diag.Path) {
	if i == nil || !c.sound(at...) {
		return
	}
	c.ignoredByRole(i.RoleARN, "the function runs as role_arn", at, map[string]bool{
		"statements":       len(i.Statements) > 0,
		"managed_policies": len(i.ManagedPolicies) > 0,
	})
	if auto := c.app.IAM.AutogenPolicy; auto != nil && !*auto && i.RoleARN == "" && c.app.IAM.RoleARN == "" {
		c.ignoredByFile(len(i.Statements), at)
	}
}

// ignoredByRole warns of what is set beside a role that deploy does not make.
func (c *checker) ignoredByRole(role, why string, at diag.Path, set map[string]bool) {
	if role == "" {
		return
	}
	for _, key := range []string{"statements", "managed_policies", "permissions_boundary"} {
		if set[key] {
			c.out.Warn("iam-ignored", diag.Key(at.With(key)...), fmt.Sprintf("%s has no effect: %s, which deploy does not change", key, why)).
				WithHint("take one of the two away").
				WithRelated(diag.Key(at.With("role_arn")...), "the role")
		}
	}
}

// policyFile checks the policies that stand in for generated ones: one policy
// for every function, or one for each by its name.
func (c *checker) policyFile() {
	name, at := c.app.IAM.PolicyFile, diag.Value("iam", "policy_file")
	if name == "" {
		name, at = ".chalicefile/policy-"+c.app.Stage+".json", diag.Key("iam", "autogen_policy")
		if _, err := c.readFile(name); errors.Is(err, fs.ErrNotExist) {
			// Only a deploy of this stage needs it.
			c.out.Warn("policy-file", at, fmt.Sprintf("stage %s has no policy: there is no file %s", c.app.Stage, name)).
				WithHint("write it, or name another one by policy_file: deploy needs it")
			return
		}
	}
	var content map[string]json.RawMessage
	if !c.jsonFile(name, at, &content) || content["Statement"] != nil {
		return
	}
	for _, f := range model.Resolve(c.app, model.Module{}).Functions {
		if content[f.Name] == nil && f.Settings.IAM.RoleARN == "" {
			c.out.Err("policy-file", at, fmt.Sprintf("%s has no policy for function %q", name, f.Name)).
				WithHint(fmt.Sprintf("add %q to it, or make it one policy for every function", f.Name))
		}
	}
}

// reason is what is wrong, without the path that an *fs.PathError repeats.
func reason(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

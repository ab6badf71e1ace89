package aws

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// skew is by how much the clocks of IAM and Lambda may differ.
const skew = 2 * time.Second

// orphaned says whether the role that a function was given is gone, though one
// of its name may be there: made later than the function was changed. Lambda
// has KMS let the very role that a function is given decrypt the environment,
// and no other of its name.
func (f *functions) orphaned(ctx context.Context, q *deployer.Query, c *types.FunctionConfiguration) (bool, error) {
	if c.Environment == nil || len(c.Environment.Variables) == 0 || q.Found == nil {
		return false, nil
	}
	arn := awssdk.ToString(c.Role)
	role := roleOf(q, arn)
	if role == nil {
		return strings.Contains(arn, ":role"+q.Owner.RolePath()), nil
	}
	modified, err := time.Parse("2006-01-02T15:04:05.999999999-0700", awssdk.ToString(c.LastModified))
	if err != nil || c.RevisionId == nil {
		return false, nil // an emulator, which does not say when it was changed
	}
	if h, ok := role.Handle.(*liveRole); ok {
		return h.made.After(modified.Add(skew)), nil
	}
	made, err := f.roles.get(ctx, roleName(arn)) // by this run
	return made != nil && awssdk.ToTime(made.CreateDate).After(modified.Add(skew)), err
}

// roleOf is the found role of an ARN; nil where none is found.
func roleOf(q *deployer.Query, arn string) *deployer.Live {
	if q.Found == nil {
		return nil
	}
	for _, role := range q.Found(resource.KindRole) {
		if role.Attributes[resource.AttrARN] == arn {
			return role
		}
	}
	return nil
}

// adopted gives a function a role that was made anew under the name of the one
// that it has: only another role makes Lambda ask KMS again, so that it has one
// of the same rights in between. That is what AWS says to do. What is left to
// change is returned.
func (f *functions) adopted(ctx context.Context, w *resource.Function, live *liveFunction, changes []deployer.Change, run *deployer.Run) ([]deployer.Change, error) {
	arn, err := run.Text(w.Role)
	if err != nil || arn != live.role {
		return changes, err // it gets another one anyway
	}
	other, err := f.copyOf(ctx, roleName(arn), run)
	if err != nil {
		return nil, err
	}
	made, err := f.roles.Create(ctx, other, run)
	if err == nil {
		err = f.setRole(ctx, w, made[resource.AttrARN], run)
	}
	if err == nil {
		err = f.setRole(ctx, w, arn, run)
	}
	// Where it is not deleted, the next run finds it by its path.
	gone := f.roles.Delete(ctx, &deployer.Live{Handle: &liveRole{name: other.Name}}, run)
	return without(changes, "iam.role_arn"), orElse(err, gone)
}

func (f *functions) setRole(ctx context.Context, w *resource.Function, arn string, run *deployer.Run) error {
	return f.configure(ctx, w, &lambda.UpdateFunctionConfigurationInput{FunctionName: &w.Name, Role: &arn}, roleLimit, run)
}

// copyOf is a role that may do what another may, of a name that nobody has.
func (f *functions) copyOf(ctx context.Context, name string, run *deployer.Run) (*resource.Role, error) {
	var out *iam.GetRoleOutput
	err := f.roles.known(ctx, run, func(ctx context.Context) (err error) {
		out, err = f.roles.reader.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		return err
	})
	if err != nil {
		return nil, err
	}
	live, err := f.roles.live(ctx, run.Owner, name, out.Role)
	if err != nil {
		return nil, err
	}
	role := *live.Resource.(*resource.Role)
	role.Name = regionalName(name, fmt.Sprintf("%08x", rand.Uint32()))
	role.Path, role.Service, role.Tags = run.Owner.RolePath(), "lambda.amazonaws.com", run.Owner.Tags()
	return &role, nil
}

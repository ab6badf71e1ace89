package deploytest

import (
	"sync"
	"testing"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// slow is what AWS says for a while of what was only just made or changed, in its
// own words.
var slow = map[string]awstest.Fault{
	"lambda:CreateFunction":                 awstest.Refuse(400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
	"lambda:UpdateFunctionCode":             awstest.Refuse(409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-west-2:123456789012:function:x"),
	"lambda:UpdateFunctionConfiguration":    awstest.Refuse(409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-west-2:123456789012:function:x"),
	"lambda:CreateEventSourceMapping":       awstest.Refuse(400, "InvalidParameterValueException", "The provided execution role does not have permissions to call ReceiveMessage on SQS"),
	"lambda:UpdateEventSourceMapping":       awstest.Refuse(400, "ResourceInUseException", "Cannot update the event source mapping because it is in use."),
	"lambda:DeleteEventSourceMapping":       awstest.Refuse(400, "ResourceInUseException", "Cannot delete the event source mapping because it is in use."),
	"lambda:AddPermission":                  awstest.Refuse(409, "ResourceConflictException", "The operation cannot be performed at this time. The function is currently in the following state: Pending"),
	"lambda:DeleteFunction":                 awstest.Refuse(409, "ResourceConflictException", "The operation cannot be performed at this time. The function is currently in the following state: Pending"),
	"s3:PutBucketNotificationConfiguration": awstest.Refuse(400, "InvalidArgument", "Unable to validate the following destination configurations"),
	"scheduler:CreateSchedule":              awstest.Refuse(400, "ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."),
	"apigateway:PutRestApi":                 awstest.Refuse(409, "ConflictException", "Unable to complete operation due to concurrent modification. Please try again later."),
	"apigateway:CreateDeployment":           awstest.Refuse(429, "TooManyRequestsException", "Too Many Requests"),
	"apigateway:DeleteRestApi":              awstest.Refuse(429, "TooManyRequestsException", "Too Many Requests"),
	"apigateway:CreateStage":                awstest.Refuse(404, "NotFoundException", "Invalid Deployment identifier specified"),
	"iam:PutRolePolicy":                     awstest.Refuse(404, "NoSuchEntity", "The role with name x cannot be found."),
	"iam:DeleteRole":                        awstest.Refuse(409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
	"logs:PutRetentionPolicy":               awstest.Refuse(400, "OperationAbortedException", "A conflicting operation is currently in progress against this resource. Please try again."),
	"events:PutTargets":                     awstest.Refuse(400, "ConcurrentModificationException", "Rule x was modified concurrently"),
	"events:DeleteRule":                     awstest.Refuse(400, "ConcurrentModificationException", "Rule x was modified concurrently"),
	"scheduler:DeleteSchedule":              awstest.Refuse(409, "ConflictException", "The schedule is being modified."),
	"scheduler:DeleteScheduleGroup":         awstest.Refuse(409, "ConflictException", "The schedule group is being modified."),
	"apigateway:CreateUsagePlanKey":         awstest.Refuse(409, "ConflictException", "Unable to complete operation due to concurrent modification. Please try again later."),
	"apigateway:UpdateUsagePlan":            awstest.Refuse(409, "ConflictException", "Unable to complete operation due to concurrent modification. Please try again later."),
	"apigateway:DeleteUsagePlan":            awstest.Refuse(409, "ConflictException", "Unable to complete operation due to concurrent modification. Please try again later."),
	"logs:CreateLogGroup":                   awstest.Refuse(400, "OperationAbortedException", "A conflicting operation is currently in progress against this resource. Please try again."),
}

// TestSlowAWS: each such call is refused the first time for each resource. It is
// waited for.
func TestSlowAWS(t *testing.T) {
	t.Parallel()
	l := newLab(t, "k0")
	w := l.undisturbed(t, "k0")
	refuse := func() {
		var mu sync.Mutex
		refused := map[string]bool{}
		l.proxy.Inject(func(c *awstest.Call) awstest.Fault {
			fault, ok := slow[c.Service+":"+c.Operation]
			key := c.Operation + c.Path
			if c.Path == "/" || c.Operation == "CreateFunction" || c.Operation == "CreateEventSourceMapping" {
				key += string(c.Body[:min(len(c.Body), 400)])
			}
			mu.Lock()
			defer mu.Unlock()
			if !ok || refused[key] {
				return awstest.None
			}
			refused[key] = true
			return fault
		})
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"deploy", "--yes", "--stage", "k0", "--file", "small.yaml"}, w.made},
		{[]string{"deploy", "--yes", "--stage", "k0", "--file", "changed.yaml"}, w.changed},
		{[]string{"delete", "--yes", "--stage", "k0", "--file", "changed.yaml", "--logs"}, ""},
	} {
		refuse()
		r := l.start(t, nil, step.args...)
		t.Logf("%s", r)
		if r.status != 0 {
			t.Errorf("%s\n%s", r, awstest.Log(l.proxy.Mutations()))
			l.proxy.Forget()
			l.run(t, 0, step.args...)
		}
		if step.want != "" {
			l.same(t, step.args[0], step.want, "k0")
		}
	}
	if left := l.inventory(t, "k0"); len(left) > 1 {
		t.Errorf("after the deletion there is\n%s", left)
	}
}

package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/chalicefile/chalicefile/deployer"
)

// answered is an error as clients of the SDK return it.
func answered(service, operation string, status int, code, message string) error {
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: &awshttp.ResponseError{
		RequestID: "request-1",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message},
		},
	}}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		service, operation string
		status             int
		code, message      string
		class              deployer.Class
		text               string
	}{
		{"Lambda", "CreateFunction", 403, "AccessDeniedException",
			"User: arn:aws:iam::1:user/ann is not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:eu-west-1:1:function:f because no identity-based policy allows the lambda:CreateFunction action",
			deployer.ClassDenied,
			"lambda:CreateFunction: AccessDeniedException: User: arn:aws:iam::1:user/ann is not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:eu-west-1:1:function:f because no identity-based policy allows the lambda:CreateFunction action (allow lambda:CreateFunction on arn:aws:lambda:eu-west-1:1:function:f to the caller)"},
		{"IAM", "CreateRole", 403, "AccessDenied", "User: u is not authorized to perform: iam:CreateRole on resource: r with an explicit deny in a service control policy",
			deployer.ClassDenied,
			"iam:CreateRole: AccessDenied: User: u is not authorized to perform: iam:CreateRole on resource: r with an explicit deny in a service control policy (a policy denies iam:CreateRole to the caller: its owner must change it)"},
		{"S3", "PutBucketNotificationConfiguration", 403, "AccessDenied", "Access Denied", deployer.ClassDenied,
			"s3:PutBucketNotificationConfiguration: AccessDenied: Access Denied (the caller's policy must allow s3:PutBucketNotification)"},
		{"Lambda", "CreateFunction", 409, "ResourceConflictException", "Function already exist: f", deployer.ClassExists, ""},
		{"Lambda", "AddPermission", 409, "ResourceConflictException", "The statement id (chalicefile-api) provided already exists. Please provide a new statement id, or remove the existing statement.", deployer.ClassExists, ""},
		{"Lambda", "CreateEventSourceMapping", 409, "ResourceConflictException", "An event source mapping with SQS arn (\" a \") and function (\" f \") already exists. Please update or delete the existing mapping with UUID u", deployer.ClassExists, ""},
		{"IAM", "CreateRole", 409, "EntityAlreadyExists", "Role with name f already exists.", deployer.ClassExists, ""},
		{"CloudWatch Logs", "CreateLogGroup", 400, "ResourceAlreadyExistsException", "The specified log group already exists", deployer.ClassExists, ""},
		{"SSM", "PutParameter", 400, "ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.", deployer.ClassExists, ""},
		{"API Gateway", "CreateDomainName", 400, "BadRequestException", "The domain name you provided already exists.", deployer.ClassExists, ""},
		{"Lambda", "UpdateFunctionCode", 409, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: arn:f", deployer.ClassLater, ""},
		{"Lambda", "UpdateFunctionCode", 409, "ResourceConflictException", "The operation cannot be performed at this time. The function is currently in the following state: Pending", deployer.ClassLater, ""},
		{"Lambda", "TagResource", 409, "ResourceConflictException", "The resource already exists, or another operation is in progress.", deployer.ClassLater, ""},
		{"Lambda", "CreateFunction", 409, "ResourceConflictException", "The resource already exists, or another operation is in progress.", deployer.ClassExists, ""},
		{"Lambda", "CreateFunction", 400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.", deployer.ClassLater, ""},
		{"Lambda", "CreateEventSourceMapping", 400, "InvalidParameterValueException", "The function execution role does not have permissions to call ReceiveMessage on SQS", deployer.ClassLater, ""},
		{"Lambda", "UpdateEventSourceMapping", 400, "ResourceInUseException", "Cannot update the event source mapping because it is in use.", deployer.ClassLater, ""},
		{"Scheduler", "CreateSchedule", 400, "ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.", deployer.ClassLater, ""},
		{"S3", "PutBucketNotificationConfiguration", 400, "InvalidArgument", "Unable to validate the following destination configurations", deployer.ClassLater, ""},
		{"Lambda", "GetFunction", 404, "ResourceNotFoundException", "Function not found: f", deployer.ClassNotFound, ""},
		{"IAM", "GetRole", 404, "NoSuchEntity", "The role with name f cannot be found.", deployer.ClassNotFound, ""},
		{"SQS", "GetQueueUrl", 400, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", deployer.ClassNotFound, ""},
		{"API Gateway", "GetStage", 404, "NotFoundException", "Invalid stage identifier specified", deployer.ClassNotFound, ""},
		{"STS", "GetCallerIdentity", 403, "ExpiredToken", "The security token included in the request is expired", deployer.ClassCredentials,
			"sts:GetCallerIdentity: ExpiredToken: The security token included in the request is expired (get new credentials, with `aws sso login` for a profile of SSO, and run the command again)"},
		{"STS", "GetCallerIdentity", 403, "InvalidClientTokenId", "The security token included in the request is invalid.", deployer.ClassCredentials, ""},
		{"Lambda", "GetFunction", 403, "InvalidSignatureException", "Signature expired", deployer.ClassCredentials, ""},
		{"Lambda", "CreateFunction", 500, "ServiceException", "An error occurred", deployer.ClassLost,
			"lambda:CreateFunction: ServiceException: An error occurred (run the command again: it looks what was done, and goes on)"},
		{"Lambda", "CreateFunction", 400, "CodeStorageExceededException", "Code storage limit exceeded.", deployer.ClassOther,
			"lambda:CreateFunction: CodeStorageExceededException: Code storage limit exceeded. (delete old versions of functions in this account and region, or ask AWS for a higher quota)"},
		{"IAM", "CreateRole", 409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", deployer.ClassOther,
			"iam:CreateRole: LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000 (this is a quota of the account: ask AWS for a higher one, or remove what is not needed)"},
		{"Lambda", "UpdateFunctionConfiguration", 400, "InvalidParameterValueException", "Layer version arn:x does not exist", deployer.ClassOther,
			"lambda:UpdateFunctionConfiguration: InvalidParameterValueException: Layer version arn:x does not exist"},
		{"EventBridge", "PutRule", 501, "NotImplemented", "not here", deployer.ClassOther, "events:PutRule: NotImplemented: not here"},
	} {
		err := fail(answered(test.service, test.operation, test.status, test.code, test.message))
		var f *deployer.Failure
		if !errors.As(err, &f) || f.Class != test.class || f.Code != test.code || f.RequestID != "request-1" {
			t.Errorf("%s %s is %#v, want class %q", test.operation, test.code, f, test.class)
		} else if test.text != "" && f.Error() != test.text {
			t.Errorf("%s %s reads\n%s\nwant\n%s", test.operation, test.code, f, test.text)
		}
		if !isClass(fmt.Errorf("wrapped: %w", err), test.class) || !isCode(err, "x", test.code) || isCode(err, "x") {
			t.Errorf("%s %s is not known again", test.operation, test.code)
		}
	}
}

func TestFailuresStayWhatTheyAre(t *testing.T) {
	known := &deployer.Failure{Class: deployer.ClassLater}
	if fail(nil) != nil || fail(error(known)) != error(known) {
		t.Error("nil or a failure became something else")
	}
	if err := fail(fmt.Errorf("call: %w", context.Canceled)); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of a context became %v", err)
	}
	if isClass(nil, deployer.ClassOther) || isCode(nil, "") {
		t.Error("nil has a class or a code")
	}
}

func TestChanged(t *testing.T) {
	changes := []deployer.Change{{Property: "tags.team"}, {Property: "timeout"}}
	for name, want := range map[string]bool{"tags": true, "timeout": true, "tag": false, "time": false, "tags.team": true} {
		if changed(changes, "x", name) != want {
			t.Errorf("changed %s is %v", name, !want)
		}
	}
}

func TestCanonicalJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"b": 1.50, "a": ["<", {"d":1,"c":2}]}`: `{"a":["<",{"c":2,"d":1}],"b":1.50}`,
		`no JSON`:                                `no JSON`,
		`{} {}`:                                  `{} {}`,
	} {
		if got := canonicalJSON([]byte(text)); got != want {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

func TestOwnership(t *testing.T) {
	tags := testOwner.Tags()
	if owned, other := ownership(testOwner, tags); !owned || other != "" {
		t.Errorf("our tags: %v %q", owned, other)
	}
	if owned, other := ownership(testOwner, nil); owned || other != "" {
		t.Errorf("no tags: %v %q", owned, other)
	}
	tags["chalicefile:stage"], tags["chalicefile:region"] = "prod", "us-east-1"
	if owned, other := ownership(testOwner, tags); owned || other != "app shop, stage prod, region us-east-1" {
		t.Errorf("others' tags: %v %q", owned, other)
	}
	if owned, other := ownership(testOwner, map[string]string{"chalicefile:app": "shop"}); owned || other != "app shop, as far as its tags say" {
		t.Errorf("a tag of three: %v %q", owned, other)
	}
}

func TestWaitFor(t *testing.T) {
	later := &deployer.Failure{Class: deployer.ClassLater, Message: "not yet"}
	other := errors.New("no")
	for name, test := range map[string]struct {
		answers []error // nil is "not done"; after the last it is done
		want    error
		said    int
	}{
		"done at once":   {nil, nil, 0},
		"done later":     {[]error{nil, later, nil}, nil, 2},
		"fails for good": {[]error{later, other}, other, 2},
	} {
		var said []string
		run := &deployer.Run{Clock: &stopwatch{}, Wait: func(text string) { said = append(said, text) }}
		n := 0
		err := waitFor(context.Background(), run, "it", roleLimit, func(context.Context) (bool, error) {
			if n++; n > len(test.answers) {
				return true, nil
			}
			return false, test.answers[n-1]
		})
		if !errors.Is(err, test.want) || len(said) != test.said || test.said > 0 && said[1] != "" {
			t.Errorf("%s: %v, said %q", name, err, said)
		}
	}
	clock := &stopwatch{}
	run := &deployer.Run{Clock: clock}
	if err := waitFor(context.Background(), run, "it", roleLimit, func(context.Context) (bool, error) { return false, nil }); !isClass(err, deployer.ClassLater) {
		t.Errorf("in vain: %v", err)
	}
	if err := waitFor(context.Background(), run, "it", roleLimit, func(context.Context) (bool, error) { return false, later }); !errors.Is(err, later) {
		t.Errorf("in vain, with a reason: %v", err)
	}
	if clock.slept < 2*roleLimit || clock.slept > 2*roleLimit+10e9 {
		t.Errorf("waited %v", clock.slept)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := waitFor(ctx, run, "it", roleLimit, func(context.Context) (bool, error) { return false, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestEachEndsAtTheFirstError(t *testing.T) {
	no := errors.New("no")
	_, err := each(context.Background(), indexes(1000), func(ctx context.Context, i int) (int, error) {
		if i == 3 {
			return 0, no
		}
		if i > 3 {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return i, nil
	})
	if !errors.Is(err, no) {
		t.Errorf("the error is %v", err)
	}
	list, err := each(context.Background(), indexes(100), func(_ context.Context, i int) (int, error) { return i * i, nil })
	if err != nil || list[99] != 99*99 {
		t.Errorf("the results are %v, %v", list, err)
	}
}

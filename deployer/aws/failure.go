package aws

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/chalicefile/chalicefile/deployer"
)

// fail makes a *deployer.Failure of an error of the SDK. Nil stays nil, a
// Failure and the end of a context stay what they are. What leaves an actuator
// goes through it by itself.
func fail(err error) error {
	var known *deployer.Failure
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	return failureOf(err)
}

// Fail is fail for who calls AWS beside the actuators.
func Fail(err error) error { return fail(err) }

// isClass says whether an error, of the SDK or a Failure, is of a class.
func isClass(err error, class deployer.Class) bool {
	if err == nil {
		return false
	}
	var f *deployer.Failure
	return errors.As(fail(err), &f) && f.Class == class
}

// isCode says whether AWS gave one of these codes.
func isCode(err error, codes ...string) bool {
	var api smithy.APIError
	if errors.As(err, &api) {
		return slices.Contains(codes, api.ErrorCode())
	}
	var f *deployer.Failure
	return errors.As(err, &f) && slices.Contains(codes, f.Code)
}

// failureOf takes an error of the SDK apart.
func failureOf(err error) *deployer.Failure {
	f := &deployer.Failure{Err: err, Message: err.Error()}
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		f.Operation = actionOf(operation.Service(), operation.Operation())
		f.Message = operation.Unwrap().Error()
	}
	status := statusOf(err)
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		f.RequestID = response.ServiceRequestID()
	}
	var api smithy.APIError
	switch {
	case isCredentials(err):
		f.Class = deployer.ClassCredentials
		f.Message, f.Hint = credentialsFailure(err)
		return f
	case errors.As(err, &api) && api.ErrorCode() == unknownCode:
		unexplained(f, status)
	case errors.As(err, &api):
		f.Code, f.Message = api.ErrorCode(), strings.TrimSpace(api.ErrorMessage())
		if f.Message == "" {
			f.Message = "no reason given, status " + http.StatusText(status)
		}
		f.Class = classOf(f.Code, f.Message, status)
		if f.Class == deployer.ClassExists && f.Code == "ResourceConflictException" && !makes(f.Operation) {
			f.Class = deployer.ClassLater
		}
	default:
		unanswered(f, err)
	}
	f.Hint = hint(f)
	return f
}

// deepest is the innermost error: the SDK wraps seven deep.
func deepest(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

var (
	notFoundCodes = []string{
		"ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "NotFoundException", "NotFound", "ParameterNotFound",
		"NoSuchBucket", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFound",
	}
	existsCodes = []string{
		"EntityAlreadyExists", "EntityAlreadyExistsException", "ResourceAlreadyExistsException", "ParameterAlreadyExists",
		"ResourceConflictException", "ConflictException",
	}
	deniedCodes = []string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException", "Forbidden", "NotAuthorized",
	}
	credentialCodes = []string{
		"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId",
		"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken",
		"MissingAuthenticationTokenException", "AuthFailure", "InvalidToken", "RequestTimeTooSkewed", "OptInRequired",
	}
	// laterTexts are in answers that will be others in a while: what was just
	// made is not known everywhere, or something else is under way.
	laterTexts = []string{
		"cannot be assumed by Lambda", "execution role does not have permissions to call", "must allow AWS EventBridge Scheduler to assume the role",
		"update is in progress", "in the following state: Pending", "cannot be performed at this time", "currently in the following state",
		"throttled by EC2",
		"Unable to validate the following destination configurations", "CreateGrant", "try again later",
	}
)

// classOf says what an answer of AWS means for what to do next.
func classOf(code, message string, status int) deployer.Class {
	exists := strings.Contains(message, "already exist")
	switch {
	case slices.Contains(credentialCodes, code):
		return deployer.ClassCredentials
	case slices.Contains(notFoundCodes, code):
		return deployer.ClassNotFound
	case code == "ResourceInUseException", code == "ResourceNotReadyException":
		return deployer.ClassLater
	case !exists && slices.ContainsFunc(laterTexts, func(text string) bool { return strings.Contains(message, text) }):
		return deployer.ClassLater
	case exists, slices.Contains(existsCodes, code):
		return deployer.ClassExists
	case slices.Contains(deniedCodes, code):
		return deployer.ClassDenied
	case status == http.StatusNotFound:
		return deployer.ClassNotFound
	case status >= http.StatusInternalServerError && status != http.StatusNotImplemented:
		return deployer.ClassLost
	case status == http.StatusForbidden && code != "":
		return deployer.ClassDenied
	}
	return deployer.ClassOther
}

// makes says whether an operation makes something of which there can be one
// already. Lambda gives one code, and sometimes one text ("The resource already
// exists, or another operation is in progress."), for that and for something
// else being under way.
func makes(operation string) bool {
	_, name, _ := strings.Cut(operation, ":")
	return name == "" || strings.HasPrefix(name, "Create") || strings.HasPrefix(name, "Add")
}

// notAuthorized takes IAM's own words apart.
var notAuthorized = regexp.MustCompile(`(\S+) is not authorized to perform: (\S+?)(?: on resource: (\S+))?(?:\s|$)(.*)`)

// hint says what to do about an answer of AWS; "" where that is not known.
func hint(f *deployer.Failure) string {
	switch {
	case f.Class == deployer.ClassDenied:
		return deniedHint(f)
	case f.Class == deployer.ClassCredentials:
		return credentialsHint(f.Code)
	case f.Code == "CodeStorageExceededException":
		return "delete old versions of functions in this account and region, or ask AWS for a higher quota"
	case f.Code == "LimitExceeded", f.Code == "LimitExceededException", f.Code == "ServiceQuotaExceededException", f.Code == "ParameterLimitExceeded":
		return "this is a quota of the account: ask AWS for a higher one, or remove what is not needed"
	case slices.Contains(throttleCodes, f.Code):
		return "AWS throttled the call for minutes: run the command again later"
	case f.Class == deployer.ClassLost:
		return "run the command again: it looks what was done, and goes on"
	}
	return f.Hint
}

// deniedHint says which action is missing, on what, for whom.
func deniedHint(f *deployer.Failure) string {
	m := notAuthorized.FindStringSubmatch(f.Message)
	if m == nil {
		if f.Operation == "" {
			return ""
		}
		return "the caller's policy must allow " + permissionOf(f.Operation)
	}
	if strings.Contains(m[4], "explicit deny") {
		return "a policy denies " + m[2] + " to the caller: its owner must change it"
	}
	text := "allow " + m[2]
	if m[3] != "" {
		text += " on " + strings.TrimSuffix(m[3], ".")
	}
	return text + " to the caller"
}

// credentialsHint says how to come by good ones.
func credentialsHint(code string) string {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return "get new credentials, with `aws sso login` for a profile of SSO, and run the command again"
	case "RequestTimeTooSkewed":
		return "set the clock of this machine"
	case "OptInRequired":
		return "the account is not enabled for this region or service"
	}
	return "check the access key, its secret and the session token, and that AWS_PROFILE or --profile names the account that is meant"
}

// prefixes are the services as policies name them, where that is not their
// lower-case name.
var prefixes = map[string]string{
	"API Gateway": "apigateway", "CloudWatch Logs": "logs", "EventBridge": "events", "Resource Groups Tagging API": "tag",
}

// actionOf is an operation as policies name it: "lambda:CreateFunction".
func actionOf(service, operation string) string {
	prefix := prefixes[service]
	if prefix == "" {
		prefix = strings.ToLower(strings.ReplaceAll(service, " ", ""))
	}
	return prefix + ":" + operation
}

// permissionOf is the action that an operation needs, where it has another name.
func permissionOf(operation string) string {
	switch operation {
	case "s3:PutBucketNotificationConfiguration":
		return "s3:PutBucketNotification"
	case "s3:GetBucketNotificationConfiguration":
		return "s3:GetBucketNotification"
	}
	return operation
}

// unlessGone is the error, but for one that is as good as none: what is to be
// deleted is not there any more.
func unlessGone(err error) error {
	if isClass(err, deployer.ClassNotFound) {
		return nil
	}
	return err
}

// orElse is the first of two errors that is one.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// changed says whether a property, or one below it ("tags.owner" is below
// "tags"), is among the changes.
func changed(changes []deployer.Change, names ...string) bool {
	return slices.ContainsFunc(changes, func(c deployer.Change) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return c.Property == name || strings.HasPrefix(c.Property, name+".")
		})
	})
}

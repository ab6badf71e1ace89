package remote

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/aws"
)

// Lambda is what this package calls of Lambda.
type Lambda interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
	GetFunctionConfiguration(context.Context, *lambda.GetFunctionConfigurationInput, ...func(*lambda.Options)) (*lambda.GetFunctionConfigurationOutput, error)
}

// Result is what came of an invocation.
type Result struct {
	// Payload is the answer, or the error object where FunctionError is set.
	Payload []byte
	// FunctionError is "", "Handled" or "Unhandled".
	FunctionError string
	// Log is its end, at most 4 KB.
	Log []byte
}

// MaxPayload is the most that a function takes when it is waited for.
const MaxPayload = 6 << 20

// Errors of this package that a caller tells apart.
var (
	// ErrNotDeployed says that AWS has no such function.
	ErrNotDeployed = errors.New("the function is not deployed")
	// ErrPayloadTooLarge says that Lambda would not take the payload.
	ErrPayloadTooLarge = errors.New("the payload exceeds 6 MB, the most that Lambda takes")
)

// Invoke runs a function by its name in AWS, once: where the answer is lost it
// is not run again, and the error says so.
func Invoke(ctx context.Context, client Lambda, name string, payload []byte) (Result, error) {
	if len(payload) > MaxPayload {
		return Result{}, ErrPayloadTooLarge
	}
	out, err := client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &name, InvocationType: types.InvocationTypeRequestResponse, LogType: types.LogTypeTail, Payload: payload,
	}, once)
	if err != nil {
		return Result{}, invokeError(ctx, err)
	}
	r := Result{Payload: out.Payload}
	if out.FunctionError != nil {
		r.FunctionError = *out.FunctionError
	}
	if out.LogResult != nil {
		r.Log, _ = base64.StdEncoding.DecodeString(*out.LogResult) // a log that cannot be read must not hide the answer
	}
	return r, nil
}

// longestRun is how long the answer of a function can take, and a bit.
const longestRun = 16 * time.Minute

// once waits for the answer as long as a function can take, and leaves of all
// retries only those after which it has run once: of invocations that Lambda
// turned away.
func once(o *lambda.Options) {
	if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
		o.HTTPClient = client.WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = longestRun })
	}
	o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = 3
		r.MaxBackoff = time.Second
		r.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: map[string]struct{}{
			"TooManyRequestsException": {}, "ThrottlingException": {}, "EC2ThrottledException": {},
		}}}
	})
	o.APIOptions = append(slices.Clone(o.APIOptions), func(stack *middleware.Stack) error {
		if _, ok := stack.Finalize.Get(aws.RetryID); ok {
			_, err := stack.Finalize.Remove(aws.RetryID)
			return err
		}
		return nil
	})
}

func invokeError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case hasCode(err, "ResourceNotFoundException"):
		return ErrNotDeployed
	case hasCode(err, "TooManyRequestsException"):
		return hinted(err, "its concurrency, or that of the account, is in use: try again later")
	case answerLost(err):
		return hinted(err, "it may have run, and was not invoked again: look at its logs")
	}
	return aws.Fail(err)
}

// hinted is the failure that an error is, with other words on what to do: a
// deploy can be run again, which a function may not like.
func hinted(err error, hint string) error {
	var known *deployer.Failure
	if !errors.As(aws.Fail(err), &known) {
		return err
	}
	f := *known
	f.Hint = hint
	return &f
}

// answerLost says that the invocation may have been taken on.
func answerLost(err error) bool {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return false
	}
	var send *smithyhttp.RequestSendError
	var garbled *smithy.DeserializationError
	if errors.As(err, &send) || errors.As(err, &garbled) {
		return true
	}
	var response *awshttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusInternalServerError && !notRun(err)
}

// notRun are errors of status 5xx that come before a function is run.
func notRun(err error) bool {
	return hasCode(err, "EC2AccessDeniedException", "EC2ThrottledException", "EC2UnexpectedException", "EFSIOException",
		"ENILimitReachedException", "InvalidRuntimeException", "InvalidSecurityGroupIDException", "InvalidSubnetIDException",
		"InvalidZipFileException", "KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException",
		"KMSNotFoundException", "SubnetIPAddressLimitReachedException")
}

// Deployed says whether AWS has a function of a name. Who may not ask is told
// that it has.
func Deployed(ctx context.Context, client Lambda, name string) (bool, error) {
	_, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	switch {
	case err == nil, hasCode(err, "AccessDeniedException"):
		return true, nil
	case hasCode(err, "ResourceNotFoundException"):
		return false, nil
	}
	return false, aws.Fail(err)
}

package aws

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/chalicefile/chalicefile/deployer"
)

// fail makes a *deployer.Failure of an error of the SDK. Nil stays nil, a
// Failure and the end of a context stay what they are.
func fail(err error) error {
	if err == nil {
		return nil
	}
	var known *deployer.Failure
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return failureOf(err)
}

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
	status := 0
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		f.RequestID, status = response.ServiceRequestID(), response.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Code, f.Message = api.ErrorCode(), api.ErrorMessage()
	}
	f.Class = classOf(f.Code, f.Message, status)
	var network net.Error
	if f.Code == "" && status == 0 && errors.As(err, &network) {
		f.Class = deployer.ClassLost
	}
	return f
}

func classOf(code, message string, status int) deployer.Class {
	switch {
	case slices.Contains([]string{"ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "NotFoundException", "ParameterNotFound"}, code):
		return deployer.ClassNotFound
	case strings.Contains(message, "already exist") || strings.Contains(code, "AlreadyExists"):
		return deployer.ClassExists
	case strings.HasPrefix(code, "AccessDenied"):
		return deployer.ClassDenied
	case status >= http.StatusInternalServerError:
		return deployer.ClassLost
	}
	return deployer.ClassOther
}

// actionOf is an operation as policies name it: "lambda:CreateFunction".
func actionOf(service, operation string) string {
	return strings.ToLower(strings.ReplaceAll(service, " ", "")) + ":" + operation
}

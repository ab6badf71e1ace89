// Package remote speaks with a deployed app: its logs, its functions, its URL.
package remote

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/smithy-go"
)

// explain makes one line of an error of the SDK: what was asked, and what AWS
// has against it, without request ids and the layers of the SDK.
func explain(err error) error {
	var operation *smithy.OperationError
	if !errors.As(err, &operation) {
		return err
	}
	action := strings.ToLower(strings.ReplaceAll(operation.Service(), " ", "")) + ":" + operation.Operation()
	var api smithy.APIError
	var network *net.OpError
	switch {
	case errors.As(err, &api):
		return &Error{text: fmt.Sprintf("%s: %s: %s", action, api.ErrorCode(), api.ErrorMessage()), err: err}
	case errors.As(err, &network):
		return &Error{text: fmt.Sprintf("%s: AWS cannot be reached: %v", action, network), err: err}
	}
	return &Error{text: fmt.Sprintf("%s: %v", action, operation.Unwrap()), err: err}
}

// Error is what AWS, or the way to it, has against a call, on one line.
type Error struct {
	text string
	err  error
}

// Error implements error.
func (e *Error) Error() string { return e.text }

// Unwrap gives the error of the SDK.
func (e *Error) Unwrap() error { return e.err }

// hasCode says whether AWS gave one of these codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, code := range codes {
		if api.ErrorCode() == code {
			return true
		}
	}
	return false
}

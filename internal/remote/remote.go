// Package remote speaks with a deployed app: its logs, its functions, its URL.
// Its errors are those of the deployer, one line each.
package remote

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// hasCode says whether AWS gave one of these codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

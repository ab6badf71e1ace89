package api

import (
	"context"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Secure is reached by those whom the gateway lets in.
func Secure() map[string]bool { return map[string]bool{"secure": true} }

// Caller is what the authorizer said of the caller.
type Caller struct {
	Principal string `auth:"principalId"`
	Team      string `auth:"team"`
}

// WhoAmI returns what the authorizer handed on.
func WhoAmI(in Caller) map[string]string {
	return map[string]string{"principal": in.Principal, "team": in.Team}
}

// Gatekeeper is a Lambda authorizer: "allow" may do everything, "deny" nothing,
// everybody else is nobody.
func Gatekeeper(ctx context.Context, req handlerkit.AuthRequest) (handlerkit.AuthResponse, error) {
	switch req.Token {
	case "allow":
		answer := handlerkit.Allow("alice")
		answer.Context = map[string]any{"team": "blue"}
		return answer, nil
	case "elsewhere":
		return handlerkit.Allow("bob", "GET /somewhere/else"), nil
	case "deny":
		return handlerkit.Deny("mallory"), nil
	}
	handlerkit.Logger(ctx).Info("unknown token")
	return handlerkit.AuthResponse{}, handlerkit.ErrUnauthorized
}

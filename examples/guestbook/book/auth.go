package book

import (
	"context"
	"crypto/subtle"
	"os"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Writers lets in who knows the token. The answer is kept for a minute, so it
// covers all routes and not only the one that was asked for.
func Writers(req handlerkit.AuthRequest) (handlerkit.AuthResponse, error) {
	token, ok := strings.CutPrefix(req.Token, "Bearer ")
	if !ok {
		return handlerkit.AuthResponse{}, handlerkit.ErrUnauthorized
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(os.Getenv("WRITERS_TOKEN"))) != 1 {
		return handlerkit.Deny("somebody"), nil
	}
	return handlerkit.Allow("writer"), nil
}

// Timed logs how long each request took.
func Timed(next handlerkit.Handler) handlerkit.Handler {
	return func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
		start := time.Now()
		res, err := next(ctx, req)
		handlerkit.Logger(ctx).Info("request",
			"method", req.Method, "resource", req.Resource, "took", time.Since(start).String(), "failed", err != nil)
		return res, err
	}
}

package handlerkit

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/chalicefile/chalicefile/handlerkit/internal/kitlog"
)

// Logger returns slog's default logger with the request id of ctx on every
// line. In a function the default writes JSON and says the function's name;
// slog.InfoContext(ctx, …) then says as much.
func Logger(ctx context.Context) *slog.Logger {
	l := slog.Default()
	if h, ok := l.Handler().(*kitlog.Handler); ok {
		return slog.New(h.Bind(ctx))
	}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return l.With(kitlog.RequestIDKey, lc.AwsRequestID)
	}
	return l
}

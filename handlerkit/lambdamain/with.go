package lambdamain

import (
	"context"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// With gives the function of a route the value whose method it calls.
//
// It is not inlined: each of ten thousand routes would have a closure of its own
// to compile.
//
//go:noinline
func With[T any](value T, serve func(context.Context, *handlerkit.Request, T) (any, error)) func(context.Context, *handlerkit.Request) (any, error) {
	return func(ctx context.Context, req *handlerkit.Request) (any, error) { return serve(ctx, req, value) }
}

// Package kitlog is the slog handler of a Lambda function: JSON lines that say
// which request of which function they are about.
package kitlog

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// The keys that every line has beside slog's own.
const (
	FunctionKey  = "function"
	RequestIDKey = "requestId"
)

// lambdaError is how a line starts in which aws-lambda-go logs an error that it
// hands on. It says neither the request nor the level, and whoever made the
// error has logged it with both.
const lambdaError = `{"errorMessage":`

// Handler adds the request id of the context to each record.
type Handler struct {
	inner slog.Handler // attributes and groups so far are in it, but see grouped
	// bound: inner already says the request id.
	bound bool
	// grouped are the attributes and groups since the first group: the request
	// id must come before that group, so they are applied to each record.
	grouped []func(slog.Handler) slog.Handler
}

// New returns a handler that writes to w what level lets through.
func New(w io.Writer, function string, level slog.Leveler) *Handler {
	var inner slog.Handler = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})
	return &Handler{inner: inner.WithAttrs([]slog.Attr{slog.String(FunctionKey, function)})}
}

// Bind returns a handler that says the request id of ctx on every line, also of
// those that are logged without a context.
func (h *Handler) Bind(ctx context.Context) *Handler {
	lc, ok := lambdacontext.FromContext(ctx)
	if !ok || h.bound {
		return h
	}
	c := *h
	c.inner = h.inner.WithAttrs([]slog.Attr{slog.String(RequestIDKey, lc.AwsRequestID)})
	c.bound = true
	return &c
}

// Enabled says whether the level is let through.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.inner.Enabled(ctx, level)
}

// Handle writes one line.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if r.NumAttrs() == 0 && strings.HasPrefix(r.Message, lambdaError) {
		return nil
	}
	if len(h.grouped) == 0 {
		if lc, ok := lambdacontext.FromContext(ctx); ok && !h.bound {
			r = r.Clone()
			r.AddAttrs(slog.String(RequestIDKey, lc.AwsRequestID))
		}
		return h.inner.Handle(ctx, r)
	}
	inner := h.Bind(ctx).inner
	for _, apply := range h.grouped {
		inner = apply(inner)
	}
	return inner.Handle(ctx, r)
}

// WithAttrs returns a handler that says attrs on every line.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(false, func(inner slog.Handler) slog.Handler { return inner.WithAttrs(attrs) })
}

// WithGroup returns a handler that puts what follows into a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(true, func(inner slog.Handler) slog.Handler { return inner.WithGroup(name) })
}

func (h *Handler) with(group bool, apply func(slog.Handler) slog.Handler) *Handler {
	c := *h
	if group || len(h.grouped) > 0 {
		c.grouped = append(h.grouped[:len(h.grouped):len(h.grouped)], apply)
	} else {
		c.inner = apply(h.inner)
	}
	return &c
}

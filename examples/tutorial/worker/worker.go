// Package worker holds the functions that no HTTP request runs.
package worker

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// PeriodicTask runs every five minutes.
func PeriodicTask(ctx context.Context, event events.EventBridgeEvent) (map[string]string, error) {
	slog.InfoContext(ctx, "tick", "time", event.Time)
	return map[string]string{"hello": "world"}, nil
}

// CleanupInput is the input of the schedule.
type CleanupInput struct {
	KeepDays int `json:"keep_days"`
}

// Cleanup runs at three o'clock in Zurich.
func Cleanup(ctx context.Context, in CleanupInput) error {
	if in.KeepDays < 1 {
		return fmt.Errorf("keep_days is %d, want at least 1", in.KeepDays)
	}
	slog.InfoContext(ctx, "cleaning up", "keep_days", in.KeepDays)
	return nil
}

// OnUpload runs for each object that is put below images/.
func OnUpload(ctx context.Context, object handlerkit.S3Object) error {
	slog.InfoContext(ctx, "object uploaded", "bucket", object.Bucket, "key", object.Key)
	return nil
}

// OnMessage runs for each message; one that fails is retried alone.
func OnMessage(ctx context.Context, body string) error {
	if body == "fail" {
		return fmt.Errorf("cannot work on %q", body)
	}
	slog.InfoContext(ctx, "message", "body", body)
	return nil
}

// Numbers are what Add adds.
type Numbers struct {
	A int `json:"a"`
	B int `json:"b"`
}

// Add is a plain function, for `invoke` and for whoever calls Lambda.
func Add(in Numbers) int { return in.A + in.B }

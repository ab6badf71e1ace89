package kitlog

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

func TestHandler(t *testing.T) {
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "id-1"})
	none := context.Background()
	tests := map[string]struct {
		log  func(l *slog.Logger, h *Handler)
		want string
	}{
		"with a context":    {func(l *slog.Logger, _ *Handler) { l.InfoContext(ctx, "m", "k", 1) }, `{"level":"INFO","msg":"m","function":"f","k":1,"requestId":"id-1"}`},
		"without":           {func(l *slog.Logger, _ *Handler) { l.InfoContext(none, "m") }, `{"level":"INFO","msg":"m","function":"f"}`},
		"bound":             {func(_ *slog.Logger, h *Handler) { slog.New(h.Bind(ctx)).Info("m") }, `{"level":"INFO","msg":"m","function":"f","requestId":"id-1"}`},
		"bound twice":       {func(_ *slog.Logger, h *Handler) { slog.New(h.Bind(ctx).Bind(ctx)).InfoContext(ctx, "m") }, `{"level":"INFO","msg":"m","function":"f","requestId":"id-1"}`},
		"attributes":        {func(l *slog.Logger, _ *Handler) { l.With("a", 1).InfoContext(ctx, "m", "b", 2) }, `{"level":"INFO","msg":"m","function":"f","a":1,"b":2,"requestId":"id-1"}`},
		"groups":            {func(l *slog.Logger, _ *Handler) { l.WithGroup("g").With("a", 1).InfoContext(ctx, "m", "b", 2) }, `{"level":"INFO","msg":"m","function":"f","requestId":"id-1","g":{"a":1,"b":2}}`},
		"empty group":       {func(l *slog.Logger, _ *Handler) { l.WithGroup("").Warn("m") }, `{"level":"WARN","msg":"m","function":"f"}`},
		"groups, unrelated": {func(l *slog.Logger, _ *Handler) { l.WithGroup("g").Info("m", "b", 2) }, `{"level":"INFO","msg":"m","function":"f","g":{"b":2}}`},
		"below the level":   {func(l *slog.Logger, _ *Handler) { l.Debug("m") }, ``},
	}
	for name, tt := range tests {
		var b bytes.Buffer
		h := New(&b, "f", slog.LevelInfo)
		tt.log(slog.New(h), h)
		got := regexp.MustCompile(`"time":"[^"]*",`).ReplaceAllString(b.String(), "")
		if want := tt.want; got != want+"\n" && (want != "" || got != "") {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

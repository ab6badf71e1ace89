// Package api is an app for the tests of handlertest.
package api

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Index says hello.
func Index() map[string]string { return map[string]string{"hello": "world"} }

// Echo answers with the request.
func Echo(req *handlerkit.Request) *handlerkit.Request { return req }

// Sum adds numbers, and fails without any.
func Sum(numbers []int) (int, error) {
	if len(numbers) == 0 {
		return 0, errors.New("no numbers")
	}
	sum := 0
	for _, n := range numbers {
		sum += n
	}
	return sum, nil
}

// Environment is what the process sees.
func Environment() string {
	return strings.Join([]string{os.Getenv("COLOR"), os.Getenv("STAGE"), os.Getenv("GIVEN")}, " ")
}

// OnMessage fails for a message "fail".
func OnMessage(ctx context.Context, body string) error {
	slog.InfoContext(ctx, "got "+body)
	if body == "fail" {
		return errors.New("failed as asked")
	}
	return nil
}

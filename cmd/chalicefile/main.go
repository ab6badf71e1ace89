// Command chalicefile makes a REST API, and what goes with it, of Go functions
// on AWS Lambda: see `chalicefile help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/chalicefile/chalicefile/internal/cli"
)

func main() {
	os.Exit(run())
}

// run hands what the process has to the command line. The first signal asks
// for an end; the second one gets Go's own treatment, so that nothing can keep
// a person in.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, cli.ProcessEnv(), os.Args[1:])
}

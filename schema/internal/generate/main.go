// Command generate writes schema/chalicefile.schema.json and docs/format.md. It
// is run by `go generate ./schema`, in that directory.
package main

import (
	"fmt"
	"os"

	"github.com/chalicefile/chalicefile/schema/internal/assemble"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	schema, err := assemble.Schema()
	if err != nil {
		return err
	}
	return os.WriteFile("chalicefile.schema.json", schema, 0o644)
}

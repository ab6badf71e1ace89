// Command generate writes schema/chalicefile.schema.json and docs/format.md. It
// is run by `go generate ./schema`, in that directory.
package main

import (
	"fmt"
	"os"
	"path/filepath"

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
	if err := os.WriteFile("chalicefile.schema.json", schema, 0o644); err != nil {
		return err
	}
	page, err := assemble.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("..", "docs", "format.md"), page, 0o644)
}

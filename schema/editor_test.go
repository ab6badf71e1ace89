package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// workspace is a directory with the schema, in which documents seem to lie.
func workspace(t *testing.T) (c *lspClient, uri string) {
	t.Helper()
	command := languageServer(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), JSON, 0o644); err != nil {
		t.Fatal(err)
	}
	uri = "file://" + filepath.ToSlash(dir)
	c = startServer(t, command...)
	c.initialize(t, uri)
	return c, uri
}

const modeline = "# yaml-language-server: $schema=" + File + "\n"

func TestScratch(t *testing.T) {
	c, root := workspace(t)
	for i, src := range []string{
		"|",
		"version: 1\napp: x\nroutes:\n  /a:\n    |\n",
		"version: 1\napp: x\nroutes:\n  /a:\n    G|\n",
		"version: 1\napp: x\nroutes:\n  /a:\n    GET: |\n",
		"version: 1\napp: x\nroutes:\n  /a:\n    GET:\n      |\n",
		"version: 1\napp: x\nroutes:\n  /a:\n    GET:\n      handler: X\n      |\n",
		"version: 1\napp: x\nroutes:\n  /a:\n    cors: |\n",
		"version: 1\napp: x\nroutes:\n  /a:\n    cors:\n      |\n",
		"version: 1\napp: x\nschedules:\n  a:\n    |\n",
		"version: 1\napp: x\nevents:\n  a:\n    |\n",
		"version: 1\napp: x\nevents:\n  a:\n    handler: A\n    s3:\n      bucket: b\n      events:\n        - |\n",
		"version: 1\napp: x\ndefaults:\n  |\n",
		"version: 1\napp: x\ndefaults:\n  architecture: |\n",
		"version: 1\napp: x\nauthorizers:\n  a:\n    |\n",
		"version: 1\napp: x\nstages:\n  prod:\n    |\n",
		"version: 1\napp: x\nschedules:\n  |\n",
		"version: 1\napp: x\niam:\n  statements:\n    - |\n",
	} {
		text, at := cursor(t, modeline+src)
		uri := fmt.Sprintf("%s/c%d.yaml", root, i)
		c.open(t, uri, text)
		fmt.Printf("---- %q\n", src)
		for _, item := range c.complete(t, uri, at) {
			fmt.Printf("   %q -> %q\n", item.Label, item.InsertText)
		}
	}
}

// Package schema is the JSON schema of a Chalicefile (draft-07), as editors and
// the loader read it. It is assembled from schema/internal/assemble and the
// fragments of the event sources, checked in, and held equal by a test.
package schema

import _ "embed"

//go:generate go run ./internal/generate

// JSON is the schema. An included file's is at its #/definitions/include.
//
//go:embed chalicefile.schema.json
var JSON []byte

// File is the name under which the schema is written for editors.
const File = "chalicefile.schema.json"

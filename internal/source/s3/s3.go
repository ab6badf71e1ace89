// Package s3 is the event source "s3": objects that change in a bucket.
package s3

import (
	_ "embed"

	"github.com/chalicefile/chalicefile/internal/source"
)

//go:embed schema.json
var schema []byte

// Source is the mapping under the key s3.
type Source struct {
	Bucket string   `yaml:"bucket"`
	Events []string `yaml:"events"` // nil: DefaultEvents
	Prefix string   `yaml:"prefix"`
	Suffix string   `yaml:"suffix"`
}

// DefaultEvents holds where the file names no events.
const DefaultEvents = "s3:ObjectCreated:*"

// Descriptor describes the source.
func Descriptor() source.Descriptor {
	return source.Descriptor{
		Kind:   "s3",
		New:    func() any { return new(Source) },
		Schema: schema,
		Check:  check,
		Shape:  source.Shape{Event: "events.S3Event", Record: "handlerkit.S3Object"},
		Plan:   plan,
		Sample: sample,
	}
}

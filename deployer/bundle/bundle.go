// Package bundle compiles a generated main and packs it for Lambda, byte for
// byte the same for the same input on any machine.
package bundle

import "context"

// Options say what to build.
type Options struct {
	// Dir is where the go command runs, absolute: a directory of the app's module.
	Dir string
	// Package is the main package, relative to Dir: "./.chalicefile/gen/dev".
	Package string
	// Out is the path of the binary, absolute.
	Out string
	// GOOS and GOARCH; "" means those of the go command.
	GOOS, GOARCH string
	// Tags are build tags beside lambda.norpc.
	Tags []string
	// Environ is the environment of the caller.
	Environ []string
	// Overlay is the path of a go build -overlay file, or "".
	Overlay string
}

// Binary is a compiled program.
type Binary struct {
	Path         string
	GOOS, GOARCH string
	Size         int64
}

// Archive is the zip of a binary.
type Archive struct {
	Bytes []byte
	// SHA256 of Bytes, base64, as Lambda's CodeSha256 has it.
	SHA256 string
}

// Build compiles. What the Go compiler says against the code is a *BuildError.
func Build(ctx context.Context, o Options) (Binary, error) { return Binary{}, nil }

// Zip packs a binary as Lambda wants it.
func Zip(b Binary) (Archive, error) { return Archive{}, nil }

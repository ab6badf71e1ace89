package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"time"
)

// Limits of Lambda for a function whose code is uploaded.
const (
	MaxZip      = 50 << 20  // bytes of the zip
	MaxUnzipped = 250 << 20 // bytes of all that is in it, layers included
)

// Archive is the zip of a binary.
type Archive struct {
	Bytes []byte
	// SHA256 of Bytes, base64, as Lambda's CodeSha256 has it.
	SHA256 string
}

// LimitError says that a binary is too large for Lambda.
type LimitError struct {
	What       string // "zip" or "binary"
	Size, Most int64
}

// Error says what to do, too.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the %s has %.1f MB, and Lambda takes %d MB at most: "+
		"see which packages make it large with `go version -m` and leave out what it embeds and does not need",
		e.What, float64(e.Size)/(1<<20), e.Most>>20)
}

// Zip packs a binary as Lambda wants it: "bootstrap" at the root, executable.
// The same binary gives the same bytes. One that is too large is a *LimitError.
func Zip(b Binary) (Archive, error) {
	f, err := os.Open(b.Path)
	if err != nil {
		return Archive{}, fmt.Errorf("zip: %w", err)
	}
	defer f.Close()
	var out bytes.Buffer
	out.Grow(int(b.Size/2) + 1024)
	n, err := pack(&out, f)
	if err != nil {
		return Archive{}, fmt.Errorf("zip %s: %w", b.Path, err)
	}
	if n > MaxUnzipped {
		return Archive{}, &LimitError{What: "binary", Size: n, Most: MaxUnzipped}
	}
	if int64(out.Len()) > MaxZip {
		return Archive{}, &LimitError{What: "zip", Size: int64(out.Len()), Most: MaxZip}
	}
	sum := sha256.Sum256(out.Bytes())
	return Archive{Bytes: out.Bytes(), SHA256: base64.StdEncoding.EncodeToString(sum[:])}, nil
}

// pack writes the zip and returns the size of what is in it.
func pack(w io.Writer, binary io.Reader) (int64, error) {
	z := zip.NewWriter(w)
	header := &zip.FileHeader{
		Name:   "bootstrap",
		Method: zip.Deflate,
		// The first time that a zip can say; any fixed one would do.
		Modified: time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC),
	}
	header.SetMode(0o755)
	entry, err := z.CreateHeader(header)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(entry, binary)
	if err != nil {
		return 0, err
	}
	return n, z.Close()
}

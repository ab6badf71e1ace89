package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
)

// packing is part of what Inputs tells: it changes where Zip does.
const packing = "1"

// listed is all of a package that a binary has of it: Go's own id of the
// compiled package, and what is written into the binary of its module.
const listed = `{{.ImportPath}} {{.BuildID}} {{.DefaultGODEBUG}} ` +
	`{{with .Module}}{{.Path}} {{.Version}} {{.Sum}}{{with .Replace}} {{.Path}} {{.Version}} {{.Sum}}{{end}}{{end}}`

// Inputs identifies what Build would make a binary of and Zip an archive: where
// it is the same, so is the archive. It compiles what Go's build cache does not
// have, and links nothing. An error may mean no more than that Build has one to
// tell.
func Inputs(ctx context.Context, o Options) (string, error) {
	goCommand, err := findGo(o.Environ)
	if err != nil {
		return "", err
	}
	env := o.Clean
	if env == nil {
		if env, err = Environment(ctx, o.Dir, o.Environ); err != nil {
			return "", err
		}
	}
	goos, goarch := orDefault(o.GOOS, runtime.GOOS), orDefault(o.GOARCH, runtime.GOARCH)
	args := []string{"list", "-deps", "-export", "-f", listed}
	args = append(args, flags(o)...)
	if o.Overlay != "" {
		args = append(args, "-overlay", o.Overlay)
	}
	var stdout, stderr bytes.Buffer
	cmd := command(ctx, goCommand, o.Dir, append(slices.Clip(env), "GOOS="+goos, "GOARCH="+goarch), append(args, o.Package)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go list: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	if stdout.Len() == 0 {
		return "", errors.New("go list: it says nothing")
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s %s %q\n", packing, runtime.Version(), goos, goarch, flags(o))
	h.Write(stdout.Bytes())
	return hex.EncodeToString(h.Sum(nil)), nil
}

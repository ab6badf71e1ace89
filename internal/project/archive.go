package project

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// archive is the zip for one architecture. One that was made of the same inputs
// is taken as it is: linking and packing take most of a deploy that has nothing
// to do.
func (p *Project) archive(ctx context.Context, goarch string) (bundle.Archive, diag.List, error) {
	t := Target{GOOS: "linux", GOARCH: goarch}
	dir := filepath.Join(p.Dir, toolDir, "build", p.Stage+"-zip-"+goarch)
	path := ""
	if key := p.inputs(ctx, t); key != "" {
		path = filepath.Join(dir, key+".zip")
		if data, err := os.ReadFile(path); err == nil {
			sum := sha256.Sum256(data)
			return bundle.Archive{Bytes: data, SHA256: base64.StdEncoding.EncodeToString(sum[:])}, diag.List{}, nil
		}
	}
	binary, findings, err := p.Build(ctx, t)
	if err != nil || findings.HasErrors() {
		return bundle.Archive{}, findings, err
	}
	archive, err := pack(binary, goarch)
	if err != nil || path == "" {
		return archive, diag.List{}, err
	}
	if err := writeFile(path, archive.Bytes); err != nil {
		return archive, diag.List{}, err
	}
	return archive, diag.List{}, removeOld(dir, filepath.Base(path))
}

// inputs identifies what the zip is made of; "" where that cannot be told: then
// the build tells why.
func (p *Project) inputs(ctx context.Context, t Target) string {
	main, err := codegen.Make(p.App)
	if err != nil || p.writeGen(main.Files) != nil {
		return ""
	}
	work, err := os.MkdirTemp("", "chalicefile-*")
	if err != nil {
		return ""
	}
	defer os.RemoveAll(work)
	overlay, err := writeOverlay(work, p.GenDir(), main.Files)
	if err != nil {
		return ""
	}
	key, err := bundle.Inputs(ctx, p.bundleOptions(t, overlay))
	if err != nil {
		return ""
	}
	return key
}

package project

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/internal/gen/codegen"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// keepBuilds is how many binaries of a stage and target stay: one that is
// being drained, the one that serves, and some that other tests started.
const keepBuilds = 6

// errNoApp is for those who build what did not load.
var errNoApp = errors.New("the app has errors and cannot be built: see its findings")

// Build generates, writes and compiles the app. The path is that of a binary
// that no later build changes (old ones go when a few newer ones exist). Faults
// of the code are findings; the error is for all else.
func (p *Project) Build(ctx context.Context, t Target) (string, diag.List, error) {
	if p.App == nil {
		return "", diag.List{}, errNoApp
	}
	main, err := codegen.Make(p.App)
	if err != nil {
		return "", diag.List{}, err
	}
	if err := p.writeGen(main.Files); err != nil {
		return "", diag.List{}, err
	}
	t.GOOS = cmp.Or(t.GOOS, runtime.GOOS)
	t.GOARCH = cmp.Or(t.GOARCH, runtime.GOARCH)
	path, err := p.compile(ctx, t, main.Files)
	var fault *bundle.BuildError
	if errors.As(err, &fault) {
		return "", p.tellFaults(fault, main), nil
	}
	return path, diag.List{}, err
}

// compile builds into a directory of its own and then gives the binary the name
// of its contents, so that builds at the same time do not meet.
func (p *Project) compile(ctx context.Context, t Target, files map[string][]byte) (string, error) {
	dir := filepath.Join(p.Dir, toolDir, "build", fmt.Sprintf("%s-%s-%s", p.Stage, t.GOOS, t.GOARCH))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	work, err := os.MkdirTemp(dir, ".work-*")
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	defer os.RemoveAll(work)
	overlay, err := writeOverlay(work, p.GenDir(), files)
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	o := p.bundleOptions(t, overlay)
	o.Out = filepath.Join(work, "bootstrap")
	bin, err := bundle.Build(ctx, o)
	if err != nil {
		return "", err
	}
	name, err := contentName(bin.Path)
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	if t.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	if err := os.Rename(bin.Path, path); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	return path, removeOld(dir, name)
}

func (p *Project) bundleOptions(t Target, overlay string) bundle.Options {
	return bundle.Options{
		Dir: p.Dir, Package: "./" + toolDir + "/gen/" + stageDir(p.Stage), GOOS: t.GOOS, GOARCH: t.GOARCH,
		Tags: p.App.Spec.Defaults.BuildTags, Environ: p.options.Environ, Clean: p.clean, Overlay: overlay,
	}
}

// writeOverlay makes the go command see files in gen as they are meant,
// whatever another build of the same stage writes there meanwhile.
func writeOverlay(work, gen string, files map[string][]byte) (string, error) {
	replace := map[string]string{}
	for name, src := range files {
		path := filepath.Join(work, name)
		if err := os.WriteFile(path, src, 0o644); err != nil {
			return "", err
		}
		replace[filepath.Join(gen, name)] = path
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(work, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}

func contentName(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return "bootstrap-" + hex.EncodeToString(h.Sum(nil))[:16], nil
}

// removeOld keeps the newest binaries. Another build may do the same at the
// same time: what is gone already is no fault.
func removeOld(dir, current string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	type binary struct {
		name  string
		mtime int64
	}
	var old []binary
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() || e.Name() == current {
			continue
		}
		old = append(old, binary{e.Name(), info.ModTime().UnixNano()})
	}
	slices.SortFunc(old, func(a, b binary) int { return cmp.Compare(b.mtime, a.mtime) })
	for i, b := range old {
		if i < keepBuilds-1 {
			continue
		}
		if err := os.Remove(filepath.Join(dir, b.name)); err != nil && !errors.Is(err, os.ErrNotExist) &&
			runtime.GOOS != "windows" { // where a running program cannot be removed
			return fmt.Errorf("build: %w", err)
		}
	}
	return nil
}

// Archive builds the app for Lambda and packs it: one zip for each architecture
// ("arm64", "x86_64") that a function of the app uses.
func (p *Project) Archive(ctx context.Context) (map[string]bundle.Archive, diag.List, error) {
	if p.App == nil {
		return nil, diag.List{}, errNoApp
	}
	wanted := map[string]bool{}
	for _, fn := range p.App.Functions {
		wanted[fn.Settings.Architecture] = true
	}
	archives := map[string]bundle.Archive{}
	for _, arch := range slices.Sorted(maps.Keys(wanted)) {
		goarch, ok := goArch[arch]
		if !ok {
			return nil, diag.List{}, fmt.Errorf("architecture %q is none that Lambda has: arm64 or x86_64", arch)
		}
		archive, findings, err := p.archive(ctx, goarch)
		if err != nil || findings.HasErrors() {
			return nil, findings, err
		}
		archives[arch] = archive
	}
	return archives, diag.List{}, nil
}

// goArch maps Lambda's names of architectures to Go's.
var goArch = map[string]string{"arm64": "arm64", "x86_64": "amd64"}

func pack(path, goarch string) (bundle.Archive, error) {
	info, err := os.Stat(path)
	if err != nil {
		return bundle.Archive{}, fmt.Errorf("build: %w", err)
	}
	return bundle.Zip(bundle.Binary{Path: path, GOOS: "linux", GOARCH: goarch, Size: info.Size()})
}

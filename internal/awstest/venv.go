package awstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// cacheDir is where tests keep what they install, as those of the schema do.
func cacheDir() (string, error) {
	if dir := os.Getenv("CHALICEFILE_TEST_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory, set CHALICEFILE_TEST_CACHE: %w", err)
	}
	return filepath.Join(dir, "chalicefile-test"), nil
}

func hash(requirements []string) string {
	sum := sha256.Sum256([]byte(strings.Join(requirements, "\n")))
	return hex.EncodeToString(sum[:])[:12]
}

// Python is the interpreter of a venv.
func Python(venv string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", "python.exe")
	}
	return filepath.Join(venv, "bin", "python")
}

// makeVenv makes a venv beside its place and renames it, so that one that is
// stopped leaves nothing half done; its programs are run as modules, since their
// first lines know the other place. The lock only saves a second download.
func makeVenv(ctx context.Context, dir string, requirements []string) (string, error) {
	if there(dir) {
		return dir, nil
	}
	system, err := exec.LookPath("python3")
	if err != nil {
		return "", errNoPython
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, dir)
	if err != nil {
		return "", err
	}
	defer unlock()
	if there(dir) {
		return dir, nil
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := run(ctx, system, "-m", "venv", work); err != nil {
		return "", fmt.Errorf("%w: %w", errNoPython, err)
	}
	install := append([]string{"-m", "pip", "--disable-pip-version-check", "install", "--quiet"}, requirements...)
	if err := run(ctx, Python(work), install...); err != nil {
		return "", fmt.Errorf("%s cannot be installed: %w", strings.Join(requirements, ", "), err)
	}
	if err := os.Rename(work, dir); err != nil && !there(dir) {
		return "", err
	}
	return dir, nil
}

func there(dir string) bool {
	_, err := os.Stat(Python(dir))
	return err == nil
}

// lock waits until nobody else makes dir. One who was killed holds it for no
// longer than it can take.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	name := dir + ".lock"
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err == nil {
			f.Close()
			return func() { _ = os.Remove(name) }, nil
		}
		if !os.IsExist(err) {
			return nil, err
		}
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > 5*time.Minute {
			_ = os.Remove(name)
			continue
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func run(ctx context.Context, name string, args ...string) error {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, bytes.TrimSpace(out.Bytes()))
	}
	return nil
}

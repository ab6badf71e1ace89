package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const hello = `package main

import "runtime/debug"

func main() {
	info, _ := debug.ReadBuildInfo()
	println(info.String())
}
`

// module writes a module of one main package and returns its directory.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"go.mod": "module example.com/app\n\ngo 1.26\n"}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func build(t *testing.T, dir string, environ []string) (Binary, error) {
	t.Helper()
	return Build(context.Background(), Options{
		Dir: dir, Package: "./.chalicefile/gen/dev", Out: filepath.Join(t.TempDir(), "bootstrap"),
		GOOS: "linux", GOARCH: "arm64", Environ: environ,
	})
}

func TestSameBytesWhereverItIsBuilt(t *testing.T) {
	files := map[string]string{".chalicefile/gen/dev/main.go": hello}
	plain := os.Environ()
	config := filepath.Join(t.TempDir(), "goenv")
	if err := os.WriteFile(config, []byte("GOFLAGS=-tags=surprise\nGOARM64=v9.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	loud := append(slices.Clone(plain), "GOFLAGS=-race -tags=other", "GOEXPERIMENT=arenas", "GOARM64=v8.1",
		"GOAMD64=v3", "CGO_ENABLED=1", "GOOS=windows", "GOARCH=386", "GOENV="+config)
	var archives []Archive
	for _, environ := range [][]string{plain, loud} {
		bin, err := build(t, module(t, files), environ)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Zip(bin)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, a)
	}
	if archives[0].SHA256 != archives[1].SHA256 || !bytes.Equal(archives[0].Bytes, archives[1].Bytes) {
		t.Error("two directories and two environments gave two zips")
	}
}

func TestVendorDirectoryIsUsed(t *testing.T) {
	dir := module(t, map[string]string{
		"go.mod":                        "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n",
		"vendor/modules.txt":            "# example.com/dep v1.0.0\n## explicit; go 1.26\nexample.com/dep\n",
		"vendor/example.com/dep/dep.go": "package dep\n\nfunc Hello() {}\n",
		".chalicefile/gen/dev/main.go":  "package main\n\nimport \"example.com/dep\"\n\nfunc main() { dep.Hello() }\n",
	})
	if _, err := build(t, dir, append(os.Environ(), "GOFLAGS=-mod=mod")); err != nil {
		t.Fatal(err)
	}
}

func TestTags(t *testing.T) {
	dir := module(t, map[string]string{
		".chalicefile/gen/dev/main.go": "package main\n\nfunc main() { tagged() }\n",
		".chalicefile/gen/dev/tag.go":  "//go:build extra && lambda.norpc\n\npackage main\n\nfunc tagged() {}\n",
	})
	o := Options{Dir: dir, Package: "./.chalicefile/gen/dev", Out: filepath.Join(t.TempDir(), "x"), Environ: os.Environ()}
	if _, err := Build(context.Background(), o); err == nil {
		t.Error("built without the tag")
	}
	o.Tags = []string{"extra"}
	bin, err := Build(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if bin.GOOS != runtime.GOOS || bin.GOARCH != runtime.GOARCH || bin.Size == 0 {
		t.Errorf("%+v", bin)
	}
}

func TestZip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "any")
	if err := os.WriteFile(path, []byte("binary"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := Zip(Binary{Path: path, Size: 6})
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(a.Bytes), int64(len(a.Bytes)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != 1 || r.File[0].Name != "bootstrap" || r.File[0].Mode() != 0o755 {
		t.Fatalf("%+v", r.File)
	}
	f, err := r.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || string(got) != "binary" {
		t.Errorf("%q, %v", got, err)
	}
	sum := sha256.Sum256(a.Bytes)
	if want := base64.StdEncoding.EncodeToString(sum[:]); a.SHA256 != want {
		t.Errorf("SHA256 %s, want %s", a.SHA256, want)
	}
}

func TestBuildFaults(t *testing.T) {
	dir := module(t, map[string]string{
		".chalicefile/gen/dev/main.go": "package main\n\nimport \"example.com/app/api\"\n\nfunc main() { api.Index(1) }\n",
		"api/api.go":                   "package api\n\nfunc Index() {\n\tvar x int = \"a\"\n}\n",
	})
	_, err := build(t, dir, os.Environ())
	var fault *BuildError
	if !errors.As(err, &fault) {
		t.Fatalf("%v", err)
	}
	if len(fault.Faults) == 0 {
		t.Fatalf("no faults in %q", fault.Output)
	}
	f := fault.Faults[0]
	if f.Package != "example.com/app/api" || f.File != filepath.Join(dir, "api", "api.go") || f.Line != 4 ||
		!strings.Contains(f.Message, "declared and not used: x") {
		t.Errorf("%+v", f)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Build(ctx, Options{Dir: t.TempDir(), Package: ".", Out: "x", Environ: os.Environ()})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNoGo(t *testing.T) {
	_, err := Build(context.Background(), Options{Dir: t.TempDir(), Package: ".", Out: "x", Environ: []string{"PATH=relative"}})
	if !errors.Is(err, ErrNoGo) {
		t.Error(err)
	}
}

func TestParseOutput(t *testing.T) {
	output := "# example.com/app/.chalicefile/gen/dev\n" +
		".chalicefile/gen/dev/main.go:12:9: cannot use x (variable of type int) as string value in argument to api.Index\n" +
		"\thave (int)\n\twant (string)\n" +
		"# example.com/lib\n/tmp/lib/lib.go:7: syntax error\n" +
		"api/api.go:4:2: no required module provides package x.org/y; to add it:\n\tgo get x.org/y\n" +
		"too many errors\n"
	got := parseOutput("/app", output)
	want := []Fault{
		{"example.com/app/.chalicefile/gen/dev", "/app/.chalicefile/gen/dev/main.go", 12, 9,
			"cannot use x (variable of type int) as string value in argument to api.Index\n\thave (int)\n\twant (string)"},
		{"example.com/lib", "/tmp/lib/lib.go", 7, 0, "syntax error"},
		{"example.com/lib", "/app/api/api.go", 4, 2, "no required module provides package x.org/y; to add it:\n\tgo get x.org/y"},
	}
	if !slices.Equal(got.Faults, want) {
		t.Errorf("%+v", got.Faults)
	}
}

func FuzzParseOutput(f *testing.F) {
	f.Add("# p\na.go:1:2: x\n\ty\n")
	f.Add("a.go:99999999999999999999:1: x")
	f.Add("\t\n#  \n")
	f.Fuzz(func(t *testing.T, output string) {
		for _, fault := range parseOutput("/app", output).Faults {
			if fault.File == "" || fault.Line < 0 || fault.Column < 0 {
				t.Errorf("%+v", fault)
			}
		}
	})
}

package cli

import (
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// modulePath is the module that this program is built from.
const modulePath = "github.com/chalicefile/chalicefile"

// BuildInfo says which build of the program this is.
type BuildInfo struct {
	// Version is the release, or "devel".
	Version string `json:"version"`
	// Released says that Version is one that `go install` finds again.
	Released bool `json:"released"`
	// Revision is the commit, where the build knows it; Modified says that the
	// files differed from it.
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	// Go, OS and Arch are what it was built with and for.
	Go   string `json:"go"`
	OS   string `json:"os"`
	Arch string `json:"arch"`
	// source is the checkout that it was built from; "" where that is not known.
	source string
}

// develVersion is the version of a build from a checkout.
const develVersion = "devel"

func readBuildInfo() BuildInfo {
	b := BuildInfo{Version: develVersion, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, source: sourceDir()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	// The version alone says nothing: a build in a checkout has one as well. Only
	// a module that came through the module system has a checksum.
	if info.Main.Path == modulePath && info.Main.Sum != "" {
		b.Version, b.Released = info.Main.Version, true
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// sourceDir is the checkout by the path that the compiler noted for this file.
func sourceDir() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) { // built with -trimpath
		return ""
	}
	dir, ok := strings.CutSuffix(filepath.ToSlash(file), "/internal/cli/buildinfo.go")
	if !ok {
		return ""
	}
	return filepath.FromSlash(dir)
}

// String is the build on one line.
func (b BuildInfo) String() string {
	text := "chalicefile " + b.Version
	if b.Revision != "" {
		text += " (" + b.Revision[:min(12, len(b.Revision))]
		if b.Modified {
			text += ", modified"
		}
		text += ")"
	}
	return text + " " + b.Go + " " + b.OS + "/" + b.Arch
}

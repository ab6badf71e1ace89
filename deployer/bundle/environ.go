package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ignored are the variables that change what a build makes of the same input.
// Neither the environment nor the file of `go env -w` may set them.
var ignored = map[string]bool{
	"GOFLAGS": true, "GOEXPERIMENT": true, "GOFIPS140": true,
	"GOOS": true, "GOARCH": true, "GOAMD64": true, "GOARM": true, "GOARM64": true, "GO386": true,
	"GOMIPS": true, "GOMIPS64": true, "GOPPC64": true, "GORISCV64": true, "GOWASM": true,
	"CGO_ENABLED": true, "GCCGO": true, "GO_EXTLINK_ENABLED": true, "GOENV": true, "GODEBUG": true,
	"GO111MODULE": true, "PWD": true,
}

// kept are the variables that `go env -w` may have set and a build needs to
// find modules and caches. They do not change its bytes.
var kept = []string{
	"GOPATH", "GOMODCACHE", "GOCACHE", "GOBIN", "GOTMPDIR", "GOTOOLCHAIN", "GOWORK", "GOPROXY", "GOPRIVATE",
	"GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH", "GOCACHEPROG",
}

// Environment is environ without what would change the bytes of a build: the
// file of `go env -w` is left out as a whole, after what it says of modules and
// caches was read. Whoever loads the code that will be built runs the go command
// in it too, so that both see the same files and share the build cache. Where
// there is no go command the error is ErrNoGo.
func Environment(ctx context.Context, dir string, environ []string) ([]string, error) {
	goCommand, err := findGo(environ)
	if err != nil {
		return nil, err
	}
	// What is ignored may keep even `go env` from running. It needs the file.
	without := slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return ignored[name] && name != "GOENV"
	})
	var stdout, stderr bytes.Buffer
	cmd := command(ctx, goCommand, dir, without, append([]string{"env", "-json"}, kept...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("go env: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	settings := map[string]string{}
	if err := json.Unmarshal(stdout.Bytes(), &settings); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	out := slices.DeleteFunc(without, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, set := settings[name]
		return ignored[name] || set
	})
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		// Without a home there is no cache, and the go command says so best itself.
		if settings[name] != "" && (name != "GOCACHE" || settings[name] != "off") {
			out = append(out, name+"="+settings[name])
		}
	}
	return append(out, "GOENV=off", "CGO_ENABLED=0"), nil
}

// lookup finds the value of a variable; the last entry counts.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

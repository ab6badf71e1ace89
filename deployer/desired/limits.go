package desired

import (
	"fmt"
	"maps"
	"slices"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// What AWS takes. The loader has told of names, environments and the number of
// paths.
const (
	zipLimit      = 50 << 20 // a zip in a call of Lambda
	documentLimit = 6 << 20  // the document of an import
)

// webSocket tells that a WebSocket API stays behind.
func (b *builder) webSocket() {
	if b.App.Spec.WebSocket != nil {
		b.findings.Err("websocket-not-deployable", diag.Key("websocket"), "WebSocket APIs cannot be deployed by this version of chalicefile").
			WithHint("move it to an app of its own, or remove it for this stage by stages.<name>.websocket: null")
	}
}

// codeLimits tells of zips that are too large.
func (b *builder) codeLimits() {
	for _, arch := range slices.Sorted(maps.Keys(b.Code)) {
		if code := b.Code[arch]; code != nil && len(code.Zip) > zipLimit {
			b.findings.Err("zip-too-large", diag.Value("app"),
				fmt.Sprintf("the zip for %s has %.1f MB, and Lambda takes %d MB", arch, float64(len(code.Zip))/(1<<20), zipLimit>>20)).
				WithHint("see what the binary holds by go tool nm -size -sort size .chalicefile/build, and keep large data in S3 or in a layer")
		}
	}
}

//go:build never

package handlerkit

// Vendoring and go mod tidy keep what an app's code imports. Apps import
// handlerkit alone, but the main that is generated for them imports lambdamain.
import _ "github.com/chalicefile/chalicefile/handlerkit/lambdamain"

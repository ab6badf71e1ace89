package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// SupportsCORS is called by browsers of other origins.
func SupportsCORS() map[string]bool { return map[string]bool{"cors": true} }

// Fails shows that errors carry the headers of CORS too.
func Fails() error { return errors.New("no luck") }

var allowedOrigins = []string{"http://allowed1.example.com", "http://allowed2.example.com"}

// ManyOrigins compares the origin itself. A list under allow_origin does the
// same without a handler.
func ManyOrigins(req *handlerkit.Request) (any, error) {
	if req.Method != http.MethodOptions {
		return "Foo", nil
	}
	header := http.Header{
		"Access-Control-Allow-Methods": {"GET,OPTIONS"},
		"Access-Control-Allow-Headers": {"X-Some-Header"},
	}
	if origin := req.Header().Get("Origin"); slices.Contains(allowedOrigins, origin) {
		header.Set("Access-Control-Allow-Origin", origin)
	}
	return &handlerkit.Response{Headers: header}, nil
}

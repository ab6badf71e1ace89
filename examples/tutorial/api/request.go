package api

import (
	"net/url"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// Introspect returns all that is known of the request.
func Introspect(req *handlerkit.Request) *handlerkit.Request { return req }

// Form takes the fields of an HTML form.
func Form(form url.Values) map[string][]string {
	return map[string][]string{"states": form["states"]}
}

// Upload takes bytes of any content type and says how many there were.
func Upload(data []byte) map[string]int {
	return map[string]int{"size": len(data)}
}

package gateway

import (
	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/model"
)

// corsFields are the headers of a CORS setting, Allow-Methods where it has one.
func corsFields(c *model.CORS) []http1.Field {
	var fields []http1.Field
	for _, h := range c.Headers() {
		fields = append(fields, http1.Field{Name: h.Name, Value: h.Value})
	}
	return fields
}

// gatewayCORS are the headers of the answers that the gateway makes by itself.
func gatewayCORS(c *model.CORS) []http1.Field {
	if c == nil || len(c.AllowOrigin) == 0 {
		return nil
	}
	own := *c
	own.AllowMethods = "" // only a preflight says these
	return corsFields(&own)
}

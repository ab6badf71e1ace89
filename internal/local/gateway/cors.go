package gateway

import (
	"strconv"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/model"
)

// corsFields are the headers of a CORS setting, Allow-Methods where it has one.
func corsFields(c *model.CORS) []http1.Field {
	var fields []http1.Field
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, http1.Field{Name: "Access-Control-" + name, Value: value})
		}
	}
	add("Allow-Origin", c.AllowOrigin[0])
	add("Allow-Headers", c.AllowHeaders)
	add("Allow-Methods", c.AllowMethods)
	add("Expose-Headers", c.ExposeHeaders)
	if c.MaxAge != nil {
		add("Max-Age", strconv.Itoa(*c.MaxAge))
	}
	if c.AllowCredentials {
		add("Allow-Credentials", "true")
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

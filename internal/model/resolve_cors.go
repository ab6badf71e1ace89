package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/spec"
)

// anyMethods is what ANY counts as in Access-Control-Allow-Methods.
var anyMethods = [...]string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}

// allowHeaders are in every Access-Control-Allow-Headers.
var allowHeaders = [...]string{"Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Security-Token", "X-Api-Key"}

func resolveCORS(c *spec.CORS, methods []spec.Method) *CORS {
	out := &CORS{
		AllowOrigin:      c.AllowOrigin,
		AllowHeaders:     allowHeadersValue(c.AllowHeaders),
		AllowMethods:     allowMethodsValue(methods),
		ExposeHeaders:    strings.Join(c.ExposeHeaders, ","),
		MaxAge:           c.MaxAge,
		AllowCredentials: c.AllowCredentials,
	}
	if len(out.AllowOrigin) == 0 {
		out.AllowOrigin = []string{"*"}
	}
	return out
}

// allowHeadersValue is the standard headers and the path's own, sorted, none
// twice whatever its case.
func allowHeadersValue(own []string) string {
	if len(own) == 0 {
		return strings.Join(allowHeaders[:], ",")
	}
	all := slices.Clone(allowHeaders[:])
	for _, h := range own {
		if !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, h) }) {
			all = append(all, h)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// allowMethodsValue is the methods in the order of the file, then OPTIONS.
func allowMethodsValue(methods []spec.Method) string {
	var all []string
	add := func(names ...string) {
		for _, n := range names {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	for i := range methods {
		switch m := methods[i].HTTPMethod; m {
		case "ANY":
			add(anyMethods[:]...)
		case "OPTIONS":
		default:
			add(m)
		}
	}
	add("OPTIONS")
	return strings.Join(all, ",")
}

// gatewayCORS is what API Gateway's own answers carry, one set per API. They
// are fixed text and cannot choose among origins: a list of them counts as
// settings that differ.
func gatewayCORS(paths []*Path) *CORS {
	var shared *CORS
	for _, p := range paths {
		switch {
		case p.CORS == nil:
		case shared == nil:
			shared = p.CORS
		case !sameCORS(shared, p.CORS):
			return &CORS{AllowOrigin: []string{"*"}}
		}
	}
	switch {
	case shared == nil:
		return nil
	case len(shared.AllowOrigin) > 1:
		return &CORS{AllowOrigin: []string{"*"}}
	}
	out := *shared
	out.AllowMethods = ""
	return &out
}

// sameCORS compares what an answer carries, which is all but the methods.
func sameCORS(a, b *CORS) bool {
	return slices.Equal(a.AllowOrigin, b.AllowOrigin) &&
		a.AllowHeaders == b.AllowHeaders &&
		a.ExposeHeaders == b.ExposeHeaders &&
		valueOr(a.MaxAge, -1) == valueOr(b.MaxAge, -1) &&
		a.AllowCredentials == b.AllowCredentials
}

// Header is a header of an answer.
type Header struct{ Name, Value string }

// Headers are those of a preflight, and without Access-Control-Allow-Methods
// those of other answers. Of several origins it takes the first.
func (c *CORS) Headers() []Header {
	var headers []Header
	add := func(name, value string) {
		if value != "" {
			headers = append(headers, Header{"Access-Control-" + name, value})
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
	return headers
}

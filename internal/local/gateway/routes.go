package gateway

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/local/http1"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/router"
)

// route is what answers a method of a path.
type route struct {
	// method is nil for preflights.
	method   *model.Method
	function *model.Function
	// preflight are the headers of a preflight that needs no function.
	preflight []http1.Field
	// resource is the path as a JSON string; context is the beginning of the
	// requestContext, what does not change.
	resource, context []byte
}

type routes struct{ table *router.Table[*route] }

// match finds the route; without one it returns the methods that the path has.
func (r routes) match(method, path string) (*route, router.Params, []string) {
	found, params, ok := r.table.Match(method, path)
	if !ok {
		return nil, nil, r.table.Methods(path)
	}
	return found, params, nil
}

// buildRoutes fills the table from the app.
func (g *Gateway) buildRoutes() error {
	var b router.Builder[*route]
	for _, p := range g.app.Paths {
		for _, m := range p.Methods {
			r := g.newRoute(p)
			r.method, r.function = m, m.Function
			if err := b.Add(m.HTTPMethod, p.Path, r); err != nil {
				return fmt.Errorf("the routes of the app: %w", err)
			}
		}
		if !p.Preflight || p.CORS == nil {
			continue
		}
		r := g.newRoute(p)
		if len(p.CORS.AllowOrigin) == 1 {
			r.preflight = corsFields(p.CORS)
		} else if r.function = g.functions[p.PreflightFunction]; r.function == nil {
			return fmt.Errorf("the routes of the app: no function %q for the preflight of %s", p.PreflightFunction, p.Path)
		}
		if err := b.Add("OPTIONS", p.Path, r); err != nil {
			return fmt.Errorf("the routes of the app: %w", err)
		}
	}
	g.routes = routes{b.Build()}
	return nil
}

func (g *Gateway) newRoute(p *model.Path) *route {
	c := append([]byte(nil), `{"resourceId":`...)
	c = appendString(c, resourceID(p.Path))
	c = append(c, `,"resourcePath":`...)
	c = appendString(c, p.Path)
	c = append(c, `,"accountId":`...)
	c = appendString(c, g.account)
	c = append(c, `,"apiId":"`+apiID+`","deploymentId":"local","stage":`...)
	c = appendString(c, g.app.API.StageName)
	return &route{resource: appendString(nil, p.Path), context: c}
}

// resourceID stands for the id that AWS gives each path: six characters.
func resourceID(path string) string {
	sum := sha256.Sum256([]byte(path))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:6])
}

// stageVariables is their JSON; null where there are none.
func stageVariables(variables map[string]string) []byte {
	if len(variables) == 0 {
		return []byte("null")
	}
	b := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		b = appendName(b, name)
		b = appendString(b, variables[name])
	}
	return append(b, '}')
}

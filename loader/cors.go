package loader

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// cors checks each CORS setting, and that no path answers OPTIONS twice.
func (c *checker) cors() {
	c.corsObject(c.app.CORS, "cors")
	for i := range c.app.Routes {
		r := &c.app.Routes[i]
		if r.CORS == nil {
			continue
		}
		c.corsObject(r.CORS, "routes", r.Path, "cors")
		if r.CORS.Enabled && model.Handles(r, "OPTIONS") {
			c.out.Err("cors-conflict", diag.Key("routes", r.Path, "OPTIONS"),
				fmt.Sprintf("path %q has cors, which answers OPTIONS, and a method OPTIONS", r.Path)).
				WithHint("keep one of the two").
				WithRelated(diag.Key("routes", r.Path, "cors"), "the other one").AsConflict()
		}
	}
}

func (c *checker) corsObject(s *spec.CORS, path ...string) {
	if s == nil || !s.Enabled || !c.sound(path...) {
		return
	}
	at := diag.Path(path)
	star := len(s.AllowOrigin) == 0 || slices.Contains(s.AllowOrigin, "*")
	if s.AllowCredentials && star {
		c.out.Err("cors-credentials", diag.Value(at.With("allow_credentials")...),
			"allow_credentials does not go with the origin '*': browsers refuse the answer").
			WithHint("name the origins in allow_origin")
	}
	for i, origin := range s.AllowOrigin {
		where := at.With("allow_origin")
		if n := c.at(where...); n != nil && len(n.Items) > 0 {
			where = where.With(strconv.Itoa(i))
		}
		switch {
		case origin == "*" && len(s.AllowOrigin) > 1:
			c.out.Err("cors-origin", diag.Value(where...), "'*' stands among other origins").
				WithHint("'*' allows every origin: write it alone, or leave it out")
		case origin != "*" && !unresolved(origin) && !isOrigin(origin):
			c.out.Err("cors-origin", diag.Value(where...), fmt.Sprintf("%q is not an origin", origin)).
				WithHint(originHint(origin))
		}
	}
}

// isOrigin says that a browser may send this as Origin: scheme and host alone.
func isOrigin(s string) bool {
	if s == "null" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != "" && s == u.Scheme+"://"+u.Host &&
		!strings.Contains(s, "*") && s == strings.ToLower(s)
}

func originHint(s string) string {
	s = strings.ToLower(s)
	if strings.Contains(s, "*") {
		return "origins are compared as they are: name each, or let a handler of OPTIONS and a middleware decide"
	}
	if u, err := url.Parse(s); err == nil && u.Scheme != "" && u.Host != "" {
		return fmt.Sprintf("did you mean %q?", u.Scheme+"://"+u.Host)
	}
	return "an origin is scheme and host, as https://example.com"
}

package loader

import (
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// Quotas of API Gateway. AWS raises them on request, so that going over one is
// a warning.
const (
	maxResources   = 300
	maxAuthorizers = 10
)

// quotas warns where AWS refuses an app of this size until it is asked.
func (c *checker) quotas() {
	if over, at := c.resources(); over > 0 {
		c.out.Warn("quota-exceeded", at,
			fmt.Sprintf("the REST API has %d resources, and API Gateway allows %d: this path is the first beyond", over, maxResources)).
			WithHint("ask AWS to raise the quota, or join paths under {proxy+}")
	}
	if n := len(c.app.Authorizers); n > maxAuthorizers {
		c.out.Warn("quota-exceeded", diag.Key("authorizers", c.app.Authorizers[maxAuthorizers].Name),
			fmt.Sprintf("the app has %d authorizers, and API Gateway allows %d: this is the first beyond", n, maxAuthorizers)).
			WithHint("ask AWS to raise the quota")
	}
}

// resources counts the resources of the REST API, which are the paths and all
// paths above them; 0 where the quota holds. The place is the first path that
// goes beyond.
func (c *checker) resources() (int, diag.At) {
	seen := map[string]bool{"": true}
	var first diag.At
	for i := range c.app.Routes {
		path := strings.TrimSuffix(c.app.Routes[i].Path, "/")
		for p := path; !seen[p]; p = p[:max(strings.LastIndexByte(p, '/'), 0)] {
			seen[p] = true
		}
		if len(seen) > maxResources && first.Path == nil {
			first = diag.Key("routes", c.app.Routes[i].Path)
		}
	}
	if first.Path == nil {
		return 0, first
	}
	return len(seen), first
}

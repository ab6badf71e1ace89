package loader

import (
	"fmt"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// authorizers checks each by itself, and the scopes that routes want of them.
func (c *checker) authorizers() {
	for i := range c.app.Authorizers {
		a := &c.app.Authorizers[i]
		switch {
		case a.Custom != nil:
			c.lambdaAuth(&a.Custom.LambdaAuth, "authorizers", a.Name, "custom")
		case a.Handler != nil:
			c.lambdaAuth(&a.Handler.LambdaAuth, "authorizers", a.Name)
		}
	}
	kinds := c.authorizersByName()
	model.EachMethod(c.app, func(r *spec.Route, m *spec.Method) {
		if len(m.Scopes) == 0 {
			return
		}
		at := diag.Key("routes", r.Path, m.HTTPMethod, "scopes")
		name := model.AuthorizerOf(c.app, r, m)
		a := kinds[name]
		switch {
		case name == "":
			c.out.Err("scopes-without-cognito", at, "scopes are checked by a cognito authorizer, and the method has none").
				WithHint("give it an authorizer, or leave the scopes out")
		case a != nil && a.Cognito == nil && c.sound("authorizers", name):
			c.out.Err("scopes-without-cognito", at, fmt.Sprintf("scopes are checked by a cognito authorizer, and %q is none", name)).
				WithHint("leave the scopes out, or let the authorizer check them").
				WithRelated(diag.Key("authorizers", name), "the authorizer")
		}
	})
}

func (c *checker) authorizersByName() map[string]*spec.Authorizer {
	byName := make(map[string]*spec.Authorizer, len(c.app.Authorizers))
	for i := range c.app.Authorizers {
		byName[c.app.Authorizers[i].Name] = &c.app.Authorizers[i]
	}
	return byName
}

// lambdaAuth checks what custom and handler authorizers share; path leads to
// the mapping that holds it.
func (c *checker) lambdaAuth(a *spec.LambdaAuth, path ...string) {
	at := diag.Path(path)
	if a.Identity == nil || !c.sound(at.With("identity")...) || !c.sound(at.With("type")...) {
		return
	}
	if a.Type != "request" {
		c.out.Err("identity-without-request", diag.Key(at.With("identity")...), "identity is for authorizers of type request: of type token the header is the identity").
			WithHint("add type: request, or use header")
	}
}

// unknownNames tells references to authorizers and functions that are not
// there.
func (c *checker) unknownNames() {
	c.unknownAuthorizers()
	c.unknownFunctions()
}

func (c *checker) unknownAuthorizers() {
	if !c.complete("authorizers") {
		return
	}
	known := c.authorizersByName()
	check := func(name string, path []string) {
		if known[name] != nil || name == model.NoAuthorizer || unresolved(name) {
			return
		}
		hint := c.suggest("authorizers", name, path)
		if hint == "" {
			hint = "define it under authorizers"
		}
		c.out.Err("unknown-authorizer", diag.Value(path...), fmt.Sprintf("no authorizer is named %q", name)).WithHint(hint)
	}
	c.eachRouteSetting("authorizer", func(d *spec.RouteDefaults) string { return d.Authorizer },
		func(m *spec.Method) string { return m.Authorizer }, check)
	if w := c.app.WebSocket; w != nil && w.Authorizer != "" {
		check(w.Authorizer, []string{"websocket", "authorizer"})
	}
}

// eachRouteSetting calls f for each place where the root, a path or a method
// sets a name.
func (c *checker) eachRouteSetting(key string, ofDefaults func(*spec.RouteDefaults) string, ofMethod func(*spec.Method) string, f func(name string, path []string)) {
	if name := ofDefaults(&c.app.RouteDefaults); name != "" {
		f(name, []string{key})
	}
	for i := range c.app.Routes {
		r := &c.app.Routes[i]
		if name := ofDefaults(&r.RouteDefaults); name != "" {
			f(name, []string{"routes", r.Path, key})
		}
		for j := range r.Methods {
			if name := ofMethod(&r.Methods[j]); name != "" {
				f(name, []string{"routes", r.Path, r.Methods[j].HTTPMethod, key})
			}
		}
	}
}

// webSocket checks the WebSocket API.
func (c *checker) webSocket() {
	w := c.app.WebSocket
	if w == nil || !c.sound("websocket") {
		return
	}
	if w.Connect.IsZero() && w.Disconnect.IsZero() && w.Default.IsZero() && len(w.Routes) == 0 {
		c.out.Err("websocket-without-handlers", diag.Key("websocket"), "the WebSocket API has no handler").
			WithHint("give it connect, disconnect, default or routes")
	}
	if a := c.authorizersByName()[w.Authorizer]; a != nil && a.Cognito != nil {
		c.out.Err("websocket-authorizer", diag.Value("websocket", "authorizer"), fmt.Sprintf("%q is a cognito authorizer, which WebSocket APIs do not know", a.Name)).
			WithHint("take one of kind iam, custom or handler").
			WithRelated(diag.Key("authorizers", a.Name), "the authorizer")
	}
}

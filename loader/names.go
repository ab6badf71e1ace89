package loader

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// reserved are names that functions of the app cannot have.
var reserved = [...]string{"api", "websocket", "scheduler"}

// unit is anything that becomes a Lambda function of its own.
type unit struct {
	name     string
	path     []string
	settings *spec.Settings
}

// units are plain functions and settings of others, schedules, events and
// handler authorizers, in this order.
func units(app *spec.App) []unit {
	var all []unit
	for i := range app.Functions {
		f := &app.Functions[i]
		all = append(all, unit{f.Name, []string{"functions", f.Name}, &f.Settings})
	}
	for i := range app.Schedules {
		s := &app.Schedules[i]
		all = append(all, unit{s.Name, []string{"schedules", s.Name}, &s.Settings})
	}
	for i := range app.Events {
		e := &app.Events[i]
		all = append(all, unit{e.Name, []string{"events", e.Name}, &e.Settings})
	}
	for i := range app.Authorizers {
		if a := &app.Authorizers[i]; a.Handler != nil {
			all = append(all, unit{a.Name, []string{"authorizers", a.Name}, &a.Handler.Settings})
		}
	}
	return all
}

// names checks the one namespace of everything that becomes a function.
func (c *checker) names() {
	first := map[string]unit{}
	for _, u := range units(c.app) {
		if slices.Contains(reserved[:], u.name) {
			if u.path[0] != "functions" || u.name == "scheduler" {
				c.out.Err("reserved-name", diag.Key(u.path...), fmt.Sprintf("name %q is reserved", u.name)).WithHint("take another name")
			}
			continue
		}
		if earlier, ok := first[u.name]; ok {
			c.out.Err("name-conflict", diag.Key(u.path...),
				fmt.Sprintf("name %q is taken: functions, schedules, events and handler authorizers share one namespace", u.name)).
				WithHint("give one of the two another name").
				WithRelated(diag.Key(earlier.path...), "the other one").AsConflict()
			continue
		}
		first[u.name] = u
	}
	for i := range c.app.Authorizers {
		if a := &c.app.Authorizers[i]; a.Name == model.NoAuthorizer {
			c.out.Err("reserved-name", diag.Key("authorizers", a.Name), `name "none" is reserved: a route says it to have no authorizer`).
				WithHint("take another name")
		}
	}
}

// unknownFunctions tells functions of routes that functions does not have.
func (c *checker) unknownFunctions() {
	if !c.complete("functions") {
		return
	}
	known := map[string]bool{model.DefaultFunction: true}
	for i := range c.app.Functions {
		known[c.app.Functions[i].Name] = true
	}
	taken := map[string]string{}
	for _, u := range units(c.app) {
		if u.path[0] != "functions" {
			taken[u.name] = u.path[0]
		}
	}
	c.eachFunctionOfRoutes(func(name string, path []string) {
		at := diag.Value(path...)
		switch {
		case slices.Contains(reserved[1:], name):
			c.out.Err("reserved-name", at, fmt.Sprintf("function %q cannot serve routes: the name is reserved", name)).WithHint("take another name")
		case !known[name] && !unresolved(name):
			hint := c.suggest("functions", name, path, model.DefaultFunction)
			if other := taken[name]; other != "" {
				hint = fmt.Sprintf("%q is one of the %s: name another function", name, other)
			}
			if hint == "" {
				hint = fmt.Sprintf("add it under functions, be it as %s: {}", name)
			}
			c.out.Err("unknown-function", at, fmt.Sprintf("functions has no %q", name)).WithHint(hint)
		}
	})
}

func (c *checker) eachFunctionOfRoutes(f func(name string, path []string)) {
	c.eachRouteSetting("function", func(d *spec.RouteDefaults) string { return d.Function },
		func(m *spec.Method) string { return m.Function }, f)
}

// functions wants a handler in plain functions and in no others.
func (c *checker) functions() {
	serving := map[string][]string{}
	c.eachFunctionOfRoutes(func(name string, path []string) {
		if serving[name] == nil {
			serving[name] = path
		}
	})
	for i := range c.app.Functions {
		f := &c.app.Functions[i]
		own := f.Name == model.DefaultFunction || f.Name == model.WebSocketFunction
		by := serving[f.Name]
		path := []string{"functions", f.Name}
		switch {
		case own && !f.Handler.IsZero():
			c.out.Err("function-with-handler", diag.Key("functions", f.Name, "handler"),
				fmt.Sprintf("function %q has a handler, but it is the one that serves the %s: its entry only sets", f.Name, served(f.Name))).
				WithHint("take the handler away, or give the function another name")
		case !f.Handler.IsZero() && by != nil && !slices.Contains(reserved[:], f.Name):
			c.out.Err("function-with-handler", diag.Key("functions", f.Name, "handler"),
				fmt.Sprintf("function %q has a handler, but a route names it as the one that serves it", f.Name)).
				WithHint("take the handler away, or name another function at the route").
				WithRelated(diag.Value(by...), "the other one").AsConflict()
		case f.Handler.IsZero() && by == nil && !own && !c.misspelt[f.Name] && c.sound(path...) && c.complete("routes"):
			c.out.Err("function-without-handler", diag.Key(path...), fmt.Sprintf("function %q has no handler, and no route names it", f.Name)).
				WithHint("give it a handler, or name it as the function of a route")
		}
	}
}

func served(function string) string {
	if function == model.WebSocketFunction {
		return "WebSocket API"
	}
	return "routes"
}

// maxName is how long names of Lambda functions, roles, rules and schedules
// may be.
const maxName = 64

// nameLengths checks the names that resources get in AWS.
func (c *checker) nameLengths() {
	app := c.app.Name + "-" + c.app.Stage
	if c.app.Name == "" || c.tooLong(app, diag.Value("app"), "the app") {
		return
	}
	for _, u := range units(c.app) {
		if !slices.Contains(reserved[:], u.name) {
			c.tooLong(model.LambdaName(c.app.Name, c.app.Stage, u.name), diag.Key(u.path...), "the function")
		}
	}
	if c.app.WebSocket != nil {
		c.tooLong(model.LambdaName(c.app.Name, c.app.Stage, model.WebSocketFunction), diag.Key("websocket"), "the function")
	}
	if len(c.app.Schedules) > 0 {
		c.tooLong(app+"-scheduler", diag.Key("schedules"), "the scheduler's role")
	}
}

func (c *checker) tooLong(name string, at diag.At, what string) bool {
	n := utf8.RuneCountInString(name)
	if n <= maxName {
		return false
	}
	c.out.Err("name-too-long", at, fmt.Sprintf("%s would be named %q in AWS, which has %d characters of at most %d", what, name, n, maxName)).
		WithHint("shorten the name, the app's or the stage's")
	return true
}

package codegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// main writes the entry point: the list of functions.
func (g *generator) main() {
	f := g.mainFile
	for _, fn := range g.functions {
		g.news[fn] = g.top.pick("new" + camel(fn.Name))
	}
	f.p("func main() {\n%s(%s{\nName: %q,\nStage: %q,\nFunctions: []%s{\n",
		f.lam("Main"), f.lam("App"), g.app.Name, g.app.Stage, f.lam("Function"))
	for _, fn := range g.functions {
		f.p("{Name: %q, New: %s},\n", fn.Name, g.news[fn])
	}
	f.p("},\n})\n}\n")
}

// function writes what makes one Lambda function.
func (g *generator) function(fn *model.Function) {
	if fn.Kind == model.KindRoutes {
		g.routes(fn)
		return
	}
	f := g.mainFile
	g.handlers[g.news[fn]] = fn.Call
	f.p("\n// %s makes the function %s: %s.\n", g.news[fn], fn.Name, purpose(fn))
	needed := g.needed(fn)
	f.p("func %s(%s %s.Context) (%s.Handler, error) {\n",
		g.news[fn], contextName(needed), f.pkg(pkgContext), f.pkg(pkgLambda))
	g.construct(f, needed)
	f.p("return %s, nil\n}\n", g.handler(f, fn))
}

// purpose says in a comment what a function is.
func purpose(fn *model.Function) string {
	handler := fn.Call.Func.String()
	switch fn.Kind {
	case model.KindSchedule:
		return handler + ", run by its schedule"
	case model.KindAuthorizer:
		return handler + ", an authorizer"
	case model.KindEvent:
		return handler + ", run by " + fn.Event.Kind
	default:
		return handler
	}
}

// needed are the constructors that fn needs, in the order of calling.
func (g *generator) needed(fn *model.Function) []*model.Constructor {
	want := map[*model.Constructor]bool{}
	var add func(c *model.Constructor)
	add = func(c *model.Constructor) {
		if c == nil || want[c] {
			return
		}
		want[c] = true
		for _, p := range c.Params {
			add(p)
		}
	}
	if fn.Call != nil {
		add(fn.Call.Recv)
	}
	for _, m := range fn.Methods {
		add(m.Call.Recv)
		for _, mw := range m.Middleware {
			add(mw.Func.Recv)
		}
	}
	return slices.DeleteFunc(slices.Clone(g.app.Constructors), func(c *model.Constructor) bool { return !want[c] })
}

// contextName leaves a parameter that nothing reads blank.
func contextName(needed []*model.Constructor) string {
	if slices.ContainsFunc(needed, func(c *model.Constructor) bool { return c.TakesContext }) {
		return "ctx"
	}
	return "_"
}

// construct writes the calls of constructors.
func (g *generator) construct(f *file, needed []*model.Constructor) {
	for _, c := range needed {
		call := fmt.Sprintf("%s(%s)", f.fun(c.Func), strings.Join(g.constructorArgs(c), ", "))
		made := g.values[c]
		if g.made[c] != "" {
			made = g.made[c]
		}
		if c.ReturnsError {
			f.p("%s, err := %s\nif err != nil {\nreturn nil, %s.Errorf(%q, err)\n}\n",
				made, call, f.pkg(pkgFmt), c.Func.String()+": %w")
		} else {
			f.p("%s := %s\n", made, call)
		}
		if g.made[c] != "" {
			f.p("%s := &%s\n", g.values[c], made)
		}
	}
}

// sharedType is the type of a constructed value as the code hands it around.
func (g *generator) sharedType(f *file, c *model.Constructor) string {
	if g.made[c] != "" {
		return "*" + f.typ(c.Type)
	}
	return f.typ(c.Type)
}

func (g *generator) constructorArgs(c *model.Constructor) []string {
	var args []string
	if c.TakesContext {
		args = append(args, "ctx")
	}
	for i, p := range c.Params {
		convert := ""
		if i < len(c.Convert) {
			convert = c.Convert[i]
		}
		switch {
		case g.made[p] == "":
			args = append(args, convert+g.values[p])
		case convert == "&":
			args = append(args, g.values[p])
		default:
			args = append(args, "*"+g.values[p])
		}
	}
	return args
}

// stringSlice writes a []string literal.
func stringSlice(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}

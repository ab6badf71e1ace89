package codegen

import (
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// serve writes the function of one route and returns the expression that the
// table names it by.
func (g *generator) serve(table *file, m *model.Method) string {
	if len(m.Call.Params) == 1 && m.Call.Params[0].From == model.FromHTTP {
		return fmt.Sprintf("%s(%s)", table.lam("HTTP"), table.fun(m.Call.Func))
	}
	name := g.top.pick(serveName(m))
	g.handlers[name] = m.Call
	f := g.serveFile()
	body := g.newFile("")
	b := &binding{f: body, call: m.Call, locals: g.locals()}
	b.write()
	f.append(body)
	f.p("\n// %s serves %s %s with %s.\n", name, m.HTTPMethod, m.Path.Path, m.Call.Func)
	params := fmt.Sprintf("%s %s.Context, %s *%s",
		blank("ctx", m.Call.TakesContext), f.pkg(pkgContext), blank("req", b.request), f.kit("Request"))
	expression := name
	if recv := m.Call.Recv; recv != nil {
		params += fmt.Sprintf(", %s %s", g.values[recv], g.sharedType(f, recv))
		expression = fmt.Sprintf("%s(%s, %s)", table.lam("With"), g.values[recv], name)
	}
	f.p("func %s(%s) (any, error) {\n%s}\n", name, params, b.code.String())
	return expression
}

func blank(name string, used bool) string {
	if used {
		return name
	}
	return "_"
}

// binding is the body of a route's function in the making. Its steps stand in
// the order in which a request may fail: values of parameters first, told
// together by the binder, then the body, then what Validate says.
type binding struct {
	f       *file // for imports
	call    *model.Call
	locals  *names
	code    strings.Builder
	request bool // the code reads req

	declare, bind, decode, validate strings.Builder
	binder                          string
	args                            []string
}

func (b *binding) write() {
	if b.call.TakesContext {
		b.args = append(b.args, "ctx")
	}
	for i := range b.call.Params {
		b.param(&b.call.Params[i])
	}
	b.code.WriteString(b.declare.String())
	if b.binder != "" {
		fmt.Fprintf(&b.code, "%s := %s(req)\n%sif err := %s.Err(); err != nil {\nreturn nil, err\n}\n",
			b.binder, b.f.lam("Bind"), b.bind.String(), b.binder)
	}
	b.code.WriteString(b.decode.String())
	b.code.WriteString(b.validate.String())
	b.code.WriteString(returnAny(b.f, b.call, b.args))
}

// param writes what one parameter needs and adds its argument.
func (b *binding) param(p *model.Param) {
	b.request = true
	switch p.From {
	case model.FromRequest:
		b.args = append(b.args, "req")
	case model.FromRaw:
		b.args = append(b.args, convert(b.f.typ(p.Type), "[]byte", "req.RawBody()"))
	case model.FromForm:
		name := b.locals.pick(p.Name, "form")
		fmt.Fprintf(&b.decode, "%s, err := %s(req)\nif err != nil {\nreturn nil, err\n}\n", name, b.f.lam("Form"))
		b.args = append(b.args, name)
	case model.FromBody:
		name := b.body(b.locals.pick(p.Name, "body"), p.Type, p.Pointer)
		b.checkBody(name, p.Pointer, p.Validate)
		b.args = append(b.args, name)
	case model.FromInput:
		b.input(p)
	default:
		b.scalar(p)
	}
}

// scalar binds a path parameter.
func (b *binding) scalar(p *model.Param) {
	if p.Scalar == model.String && !p.Pointer {
		b.args = append(b.args, convert(b.f.typ(p.Type), "string", fmt.Sprintf("req.PathValue(%q)", p.Key)))
		return
	}
	name := b.locals.pick(p.Name, p.Name+"Value")
	fmt.Fprintf(&b.declare, "var %s %s\n", name, b.f.typ(p.Type))
	fmt.Fprintf(&b.bind, "%s(%s, %s, %q, &%s, %s)\n", b.f.lam("One"), b.useBinder(), b.place(model.FromPath),
		p.Key, name, b.parse(p.Scalar))
	b.args = append(b.args, pointerTo(p.Pointer, name))
}

// input binds the tagged fields of a struct.
func (b *binding) input(p *model.Param) {
	name := b.locals.pick(p.Name, "in")
	fmt.Fprintf(&b.declare, "var %s %s\n", name, b.f.typ(p.Type))
	allocated := map[string]bool{}
	for i := range p.Fields {
		field := &p.Fields[i]
		for _, a := range field.Allocate {
			if !allocated[a.Path] {
				allocated[a.Path] = true
				fmt.Fprintf(&b.declare, "%s.%s = new(%s)\n", name, selector(a.Path), b.f.typ(a.Type))
			}
		}
		b.field(name+"."+selector(field.Path), field)
	}
	if p.Validate {
		b.check(name)
	}
	b.args = append(b.args, pointerTo(p.Pointer, name))
}

// selector leaves out embedded structs that are not exported: their exported
// fields are promoted, and nobody outside can name the struct itself.
func selector(path string) string {
	elems := strings.Split(path, ".")
	kept := elems[:0]
	for i, e := range elems {
		if i == len(elems)-1 || lowerFirst(e) != e {
			kept = append(kept, e)
		}
	}
	return strings.Join(kept, ".")
}

// field binds one tagged field of an input.
func (b *binding) field(target string, field *model.Field) {
	if field.From == model.FromBody {
		b.bodyField(target, field)
		return
	}
	bind := "One"
	switch {
	case field.Slice:
		bind = "Many"
	case field.Pointer:
		bind = "Optional"
	}
	options := ""
	if field.Default != nil {
		options += fmt.Sprintf(", %s(%q)", b.f.lam("Default"), *field.Default)
	}
	if field.Required {
		options += fmt.Sprintf(", %s()", b.f.lam("Required"))
	}
	fmt.Fprintf(&b.bind, "%s(%s, %s, %q, &%s, %s%s)\n", b.f.lam(bind), b.useBinder(), b.place(field.From),
		field.Key, target, b.parse(field.Scalar), options)
}

func (b *binding) bodyField(target string, field *model.Field) {
	if field.Raw {
		fmt.Fprintf(&b.decode, "%s = %s\n", target, convert(b.f.typ(field.Type), "[]byte", "req.RawBody()"))
		return
	}
	fmt.Fprintf(&b.decode, "%s = %s\n", target, b.body(b.locals.pick("body"), field.Type, field.Pointer))
	b.checkBody(target, field.Pointer, field.Validate)
}

// body decodes the JSON body into a new variable.
func (b *binding) body(name string, typ model.Type, pointer bool) string {
	decode := "Body"
	if pointer {
		decode = "OptionalBody"
	}
	fmt.Fprintf(&b.decode, "%s, err := %s[%s](req)\nif err != nil {\nreturn nil, err\n}\n",
		name, b.f.lam(decode), b.f.typ(typ))
	return name
}

// checkBody validates a body where it is kept; one that is not there is not.
func (b *binding) checkBody(target string, pointer, validate bool) {
	switch {
	case validate && pointer:
		fmt.Fprintf(&b.validate, "if %s != nil {\n", target)
		b.check(target)
		b.validate.WriteString("}\n")
	case validate:
		b.check(target)
	}
}

// check calls Validate.
func (b *binding) check(name string) {
	fmt.Fprintf(&b.validate, "if err := %s.Validate(); err != nil {\nreturn nil, %s(err)\n}\n",
		name, b.f.lam("Invalid"))
}

// useBinder names the binder, which exists from its first use on.
func (b *binding) useBinder() string {
	if b.binder == "" {
		b.binder = b.locals.pick("b", "binder")
	}
	return b.binder
}

// place is the constant for where a value comes from.
func (b *binding) place(from model.From) string {
	return b.f.lam(map[model.From]string{
		model.FromPath: "Path", model.FromQuery: "Query", model.FromHeader: "Header",
		model.FromCookie: "Cookie", model.FromForm: "FormField", model.FromAuth: "Auth",
	}[from])
}

// parse is the function that reads a scalar's text.
func (b *binding) parse(s model.Scalar) string {
	return b.f.lam(map[model.Scalar]string{
		model.String: "ParseString", model.Bool: "ParseBool", model.Int: "ParseInt",
		model.Uint: "ParseUint", model.Float: "ParseFloat", model.Text: "ParseText",
	}[s])
}

// convert converts an expression of type from to the type to.
func convert(to, from, expression string) string {
	if to == from {
		return expression
	}
	if strings.HasPrefix(to, "*") || strings.HasPrefix(to, "[") {
		to = "(" + to + ")"
	}
	return to + "(" + expression + ")"
}

func pointerTo(pointer bool, name string) string {
	if pointer {
		return "&" + name
	}
	return name
}

// returnAny calls the handler and returns (any, error).
func returnAny(f *file, c *model.Call, args []string) string {
	call := f.fun(c.Func) + "(" + strings.Join(args, ", ") + ")"
	switch {
	case c.Result.Kind == model.ResultNone && c.Result.Error:
		return "return nil, " + call + "\n"
	case c.Result.Kind == model.ResultNone:
		return call + "\nreturn nil, nil\n"
	case c.Result.Error:
		return "return " + call + "\n"
	default:
		return "return " + call + ", nil\n"
	}
}

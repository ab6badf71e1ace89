package codegen

import (
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/chalicefile/chalicefile/internal/model"
)

// reserved are names that generated code must leave alone: the predeclared
// ones. (Keywords are no identifiers at all.)
var reserved = strings.Fields(`any append bool byte cap clear close comparable complex complex64 complex128
	copy delete error false float32 float64 imag int int8 int16 int32 int64 iota len make max min new nil panic
	print println real recover rune string true uint uint8 uint16 uint32 uint64 uintptr`)

// names hands out identifiers, each once.
type names struct{ taken map[string]bool }

func newNames(taken ...[]string) *names {
	n := &names{taken: map[string]bool{}}
	for _, t := range slices.Concat(taken...) {
		n.taken[t] = true
	}
	return n
}

// pick takes the first of the wanted names that is free, or adds a number to
// the last.
func (n *names) pick(wanted ...string) string {
	for _, w := range wanted {
		if n.take(w) {
			return w
		}
	}
	last := wanted[len(wanted)-1]
	for i := 2; ; i++ {
		if w := last + strconv.Itoa(i); n.take(w) {
			return w
		}
	}
}

func (n *names) take(name string) bool {
	if n.taken[name] || !token.IsIdentifier(name) {
		return false
	}
	n.taken[name] = true
	return true
}

// scope is a set of names in which no import is shadowed.
func (g *generator) scope(more ...string) *names {
	n := newNames(reserved, more)
	for _, alias := range g.aliases {
		n.taken[alias] = true
	}
	return n
}

// locals is the scope of a function that sees all constructed values.
func (g *generator) locals() *names {
	n := g.scope("ctx", "req", "err")
	for _, v := range g.values {
		n.taken[v] = true
	}
	for _, v := range g.made {
		n.taken[v] = true
	}
	return n
}

// pointed are the constructors whose values have methods called, or are passed
// by a pointer: a copy of them would not be the one value of the process.
func (g *generator) pointed() map[*model.Constructor]bool {
	all := map[*model.Constructor]bool{}
	for _, c := range g.app.Constructors {
		for i, p := range c.Params {
			if i < len(c.Convert) && c.Convert[i] == "&" {
				all[p] = true
			}
		}
	}
	for _, fn := range g.functions {
		if fn.Call != nil {
			all[fn.Call.Recv] = true
		}
		for _, m := range fn.Methods {
			all[m.Call.Recv] = true
			for _, mw := range m.Middleware {
				all[mw.Func.Recv] = true
			}
		}
	}
	return all
}

// nameValues names the constructed values: the type's name, with its package's
// before it where that is taken.
func (g *generator) nameValues() {
	n := g.scope("ctx", "req", "err")
	g.values = map[*model.Constructor]string{}
	g.made = map[*model.Constructor]string{}
	pointed := g.pointed()
	for _, c := range g.app.Constructors {
		g.values[c] = n.pick(lowerFirst(c.TypeName), lowerFirst(identifier(c.Func.PackageName))+c.TypeName)
		if c.Value && pointed[c] {
			g.made[c] = n.pick(g.values[c] + "Value")
		}
	}
}

// initialisms that people write in capitals.
var initialisms = map[string]string{
	"api": "API", "db": "DB", "html": "HTML", "http": "HTTP", "id": "ID", "json": "JSON",
	"sns": "SNS", "sqs": "SQS", "uri": "URI", "url": "URL", "xml": "XML",
}

// camel joins the words of text, each with a capital: "periodic_task" is
// "PeriodicTask", "/cities/{city_id}" is "CitiesCityID".
func camel(text string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(text, notWord) {
		if known, ok := initialisms[strings.ToLower(word)]; ok {
			b.WriteString(known)
			continue
		}
		r := []rune(word)
		r[0] = unicode.ToUpper(r[0])
		b.WriteString(string(r))
	}
	return b.String()
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// identifier drops what cannot stand in one.
func identifier(text string) string {
	s := strings.Map(func(r rune) rune {
		if notWord(r) {
			return -1
		}
		return r
	}, text)
	return strings.TrimLeftFunc(s, unicode.IsDigit)
}

// lowerFirst makes an exported name unexported: "Store" is "store", "API"
// "api", "HTTPClient" "httpClient".
func lowerFirst(name string) string {
	r := []rune(name)
	n := 0
	for n < len(r) && unicode.IsUpper(r[n]) {
		n++
	}
	if n > 1 && n < len(r) {
		n-- // the last capital begins the next word
	}
	return strings.ToLower(string(r[:n])) + string(r[n:])
}

// serveName is the name of the function that serves a route.
func serveName(m *model.Method) string {
	path := camel(m.Path.Path)
	if path == "" {
		path = "Root"
	}
	return strings.ToLower(m.HTTPMethod) + path
}

// Package assemble makes schema/chalicefile.schema.json from the parts beside
// it and the fragments of the event sources. The parts are draft-07 with a few
// directives, which keep what must agree from being written twice:
//
//	"$literal": true      the pattern holds for the text as it stands: the key is
//	                      never interpolated. Every other pattern lets ${…} pass
//	"$settings": true     among properties: a function's settings; false in a
//	                      branch: none of them
//	"$sources": true      among properties: every event source
//	"$exactlyOne"         {keys, message}: an if/then/else chain
//
// Beside that it makes the definitions for overlays of stages and for included
// files, and the markdown that editors show.
package assemble

import (
	"embed"
	"fmt"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/all"
)

//go:embed parts/*.json
var parts embed.FS

// partNames in the order in which their definitions stand.
var partNames = [...]string{"routes", "authorizers", "functions", "settings", "iam", "api"}

const definitions = "#/definitions/"

// Schema is the schema as it is checked in.
func Schema() ([]byte, error) {
	a, err := load(all.Events())
	if err != nil {
		return nil, err
	}
	a.include()
	a.overlay()
	for _, name := range a.defs.keys {
		a.finish(a.defs.object(name))
	}
	a.finish(a.root)
	for _, name := range a.defs.keys {
		a.describe(a.defs.object(name))
	}
	a.describe(a.root)
	for _, name := range a.defs.keys {
		a.wrap(a.defs.object(name))
	}
	a.wrap(a.root)
	a.root.delete("markdownDescription") // the root is no key: it would head every hover
	a.root.set("definitions", a.defs)
	return encode(a.root), nil
}

type assembler struct {
	root, defs *object
	settings   []string // keys of a function's settings
	sources    []source.Descriptor
}

func load(sources []source.Descriptor) (*assembler, error) {
	a := &assembler{defs: newObject(), sources: sources}
	var err error
	if a.root, err = part("root"); err != nil {
		return nil, err
	}
	for _, name := range partNames {
		defs, err := part(name)
		if err != nil {
			return nil, err
		}
		for _, k := range defs.keys {
			a.defs.set(k, defs.get(k))
		}
	}
	for _, s := range sources {
		fragment, err := decode(s.Schema)
		if err != nil {
			return nil, fmt.Errorf("schema of the source %s: %w", s.Kind, err)
		}
		a.defs.set("source_"+s.Kind, fragment)
	}
	for _, k := range a.defs.object("defaults").object("properties").keys {
		if k != "build_tags" { // one binary serves all functions
			a.settings = append(a.settings, k)
		}
	}
	for _, name := range a.defs.keys {
		a.expand(a.defs.object(name))
	}
	return a, nil
}

func part(name string) (*object, error) {
	src, err := parts.ReadFile("parts/" + name + ".json")
	if err != nil {
		return nil, err
	}
	o, err := decode(src)
	if err != nil {
		return nil, fmt.Errorf("parts/%s.json: %w", name, err)
	}
	return o, nil
}

// expand carries out $settings and $sources in a schema and those below it.
func (a *assembler) expand(s *object) {
	if props := s.object("properties"); props != nil {
		s.set("properties", a.expandProperties(props))
	}
	if on, ok := s.get("$settings").(bool); ok && !on {
		s.delete("$settings")
		for _, k := range a.settings {
			if !s.object("properties").has(k) {
				s.object("properties").set(k, false)
			}
		}
	}
	if s.text("defaultSnippets") == "$sources" {
		s.set("defaultSnippets", a.sourceSnippets())
	}
	if one := s.object("$exactlyOne"); one != nil && one.text("keys") == "$sources" {
		kinds := a.kinds()
		one.set("keys", toAny(kinds))
		one.set("message", one.text("message")+orList(kinds))
	}
	for _, k := range s.keys {
		if sub := s.object(k); sub != nil && k != "properties" && k != "default" {
			a.expand(sub)
		}
	}
}

func (a *assembler) expandProperties(props *object) *object {
	out := newObject()
	for _, k := range props.keys {
		switch k {
		case "$settings":
			for _, name := range a.settings {
				if !props.has(name) {
					out.set(name, ref("defaults/properties/"+name))
				}
			}
		case "$sources":
			for _, s := range a.sources {
				out.set(s.Kind, ref("source_"+s.Kind))
			}
		default:
			out.set(k, props.get(k))
		}
	}
	return out
}

func (a *assembler) kinds() []string {
	var kinds []string
	for _, s := range a.sources {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}

// sourceSnippets completes an event by each source.
func (a *assembler) sourceSnippets() []any {
	var out []any
	for _, s := range a.sources {
		first, ok := firstSnippet(a.defs.object("source_" + s.Kind))
		if !ok {
			continue
		}
		body := newObject()
		body.set(s.Kind, cloneValue(first))
		body.set("handler", "${9:Handle}")
		snippet := newObject()
		snippet.set("label", s.Kind+": …")
		snippet.set("description", a.defs.object("source_"+s.Kind).text("description"))
		snippet.set("body", body)
		out = append(out, snippet)
	}
	return out
}

func firstSnippet(s *object) (any, bool) {
	snippets, _ := s.get("defaultSnippets").([]any)
	if len(snippets) == 0 {
		return nil, false
	}
	return snippets[0].(*object).get("body"), true
}

func ref(to string) *object {
	o := newObject()
	o.set("$ref", definitions+to)
	return o
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// include makes the definition of an included file.
func (a *assembler) include() {
	inc := newObject()
	inc.set("description", "A Chalicefile that another one includes.")
	inc.set("type", "object")
	inc.set("additionalProperties", false)
	props := newObject()
	for _, k := range a.root.object("properties").keys {
		switch k {
		case "app", "api", "iam", "stages":
			continue
		}
		props.set(k, cloneValue(a.root.object("properties").get(k)))
	}
	describeAs(props, "package", "Package of the handlers that are named without one, relative to this file. Default: that of the file that includes it.")
	describeAs(props, "cors", "CORS of every path of this file that does not set its own and handles no `OPTIONS` itself.")
	describeAs(props, "defaults", "Settings of this file's Lambda functions, where they have none of their own, over those of the app.")
	describeAs(props, "middleware", "Middleware around this file's routes, inside that of the app, outermost first.")
	inc.set("properties", props)
	a.defs.set("include", inc)
}

func describeAs(props *object, key, description string) {
	props.object(key).set("description", description)
}

// finish carries out the directives that are left, in a schema and those below
// it.
func (a *assembler) finish(s *object) {
	if one := s.object("$exactlyOne"); one != nil {
		s.delete("$exactlyOne")
		inOverlay, _ := one.get("overlay").(bool)
		exactlyOne(s, list(one.get("keys")), one.text("message"), inOverlay)
	}
	literal := s.has("$literal")
	s.delete("$literal")
	if pattern := s.text("pattern"); pattern != "" && !literal {
		s.set("pattern", `\$\{|`+pattern)
	}
	for _, k := range s.keys {
		switch v := s.get(k).(type) {
		case *object:
			switch k {
			case "properties":
				for _, p := range v.keys {
					if sub := v.object(p); sub != nil {
						a.finish(sub)
					}
				}
			case "propertyNames": // keys are never interpolated
				v.set("$literal", true)
				a.finish(v)
			case "items", "additionalProperties", "if", "then", "else":
				a.finish(v)
			}
		case []any:
			if k == "oneOf" || k == "allOf" {
				for _, sub := range v {
					a.finish(sub.(*object))
				}
			}
		}
	}
}

// exactlyOne adds a chain of if, then and else to s: where one key stands the
// others must not, and one must. An overlay need not have one, and a key that
// is null there does not stand.
func exactlyOne(s *object, keys []string, message string, overlay bool) {
	for i, k := range keys {
		last := i == len(keys)-1
		if last && overlay {
			return
		}
		if last {
			s.set("required", []any{k})
			s.set("errorMessage", message)
			return
		}
		condition, then, rest := newObject(), newObject(), newObject()
		condition.set("required", []any{k})
		others := newObject()
		for _, other := range keys[i+1:] {
			others.set(other, forbidden(message, overlay))
		}
		if overlay {
			notNull := newObject()
			notNull.set("type", toAny([]string{"object", "array", "string", "number", "boolean"}))
			present := newObject()
			present.set(k, notNull)
			condition.set("properties", present)
		}
		then.set("properties", others)
		if !overlay {
			then.set("errorMessage", message)
		}
		s.set("if", condition)
		s.set("then", then)
		if !overlay || i < len(keys)-2 {
			s.set("else", rest)
		}
		s = rest
	}
}

func forbidden(message string, overlay bool) any {
	if !overlay {
		return false
	}
	null := newObject()
	null.set("type", "null")
	null.set("errorMessage", message)
	return null
}

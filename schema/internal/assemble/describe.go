package assemble

import (
	"regexp"
	"strings"
)

// describe gives every description in a schema its markdown form: with the
// default, and with an example where completing by one would not do (an editor
// labels an example that is an object "[object Object]").
func (a *assembler) describe(s *object) {
	a.describeOne(s)
	for _, k := range s.keys {
		switch v := s.get(k).(type) {
		case *object:
			switch k {
			case "properties":
				for _, p := range v.keys {
					if sub := v.object(p); sub != nil {
						a.describe(sub)
					}
				}
			case "items", "additionalProperties", "then", "else":
				a.describe(v)
			}
		case []any:
			if k == "oneOf" || k == "allOf" {
				for _, sub := range v {
					a.describe(sub.(*object))
				}
			}
		}
	}
}

func (a *assembler) describeOne(s *object) {
	description := s.text("description")
	if description == "" {
		return
	}
	target := a.resolve(s)
	markdown := description
	if def, ok := target.values["default"]; ok && !isEmpty(def) {
		markdown += "\n\nDefault: `" + flow(def) + "`"
	}
	if !target.has("examples") {
		if body, ok := firstSnippet(target); ok {
			markdown += "\n\n```yaml\n" + block(unsnippet(body), "") + "```"
		}
	}
	if markdown != description || strings.Contains(description, "`") || target != s {
		insertAfter(s, "description", "markdownDescription", markdown)
	}
}

func (a *assembler) resolve(s *object) *object {
	return resolve(a.defs, s)
}

// resolve follows references, as far as they go.
func resolve(defs, s *object) *object {
	for s.has("$ref") {
		at := defs
		for _, step := range strings.Split(strings.TrimPrefix(s.text("$ref"), definitions), "/") {
			at = at.object(step)
		}
		s = at
	}
	return s
}

// wrap makes a property that refers to a closed mapping one that refers to it
// through allOf. It means the same; but of a mapping's own properties an editor
// writes out every default when it completes the key, and of this one it writes
// the example.
func (a *assembler) wrap(s *object) {
	props := s.object("properties")
	if props == nil {
		return
	}
	for _, k := range props.keys {
		p := props.object(k)
		if p == nil || !p.has("$ref") {
			continue
		}
		target := a.resolve(p)
		if !target.has("properties") || !target.has("defaultSnippets") {
			continue
		}
		wrapped := newObject()
		for _, key := range []string{"description", "markdownDescription", "defaultSnippets"} {
			switch {
			case p.has(key):
				wrapped.set(key, p.get(key))
			case target.has(key):
				wrapped.set(key, cloneValue(target.get(key)))
			}
		}
		wrapped.set("allOf", []any{ref(strings.TrimPrefix(p.text("$ref"), definitions))})
		props.set(k, wrapped)
	}
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case *object:
		return len(v.keys) == 0
	case []any:
		return len(v) == 0
	}
	return v == nil
}

func insertAfter(s *object, after, key string, v any) {
	s.delete(key)
	s.set(key, v)
	keys := s.keys[:0:0]
	for _, k := range s.keys {
		if k != key {
			keys = append(keys, k)
		}
		if k == after {
			keys = append(keys, key)
		}
	}
	s.keys = keys
}

var placeholder = regexp.MustCompile(`\$\{[0-9]+:((?:[^{}]|\{[^}]*\})*)\}`)

// unsnippet is a snippet's body with what its placeholders propose.
func unsnippet(v any) any {
	switch v := v.(type) {
	case string:
		return placeholder.ReplaceAllString(v, "$1")
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = unsnippet(v[i])
		}
		return out
	case *object:
		out := newObject()
		for _, k := range v.keys {
			out.set(placeholder.ReplaceAllString(k, "$1"), unsnippet(v.values[k]))
		}
		return out
	}
	return v
}

// block writes a value as YAML, one key a line.
func block(v any, indent string) string {
	var b strings.Builder
	switch v := v.(type) {
	case *object:
		for _, k := range v.keys {
			b.WriteString(indent + scalar(k) + ":")
			b.WriteString(below(v.values[k], indent))
		}
	case []any:
		for _, e := range v {
			if o, ok := e.(*object); ok && len(o.keys) > 0 {
				b.WriteString(indent + "- " + strings.TrimLeft(block(o, indent+"  "), " "))
				continue
			}
			b.WriteString(indent + "- " + flow(e) + "\n")
		}
	default:
		b.WriteString(indent + flow(v) + "\n")
	}
	return b.String()
}

func below(v any, indent string) string {
	switch v := v.(type) {
	case *object:
		if len(v.keys) > 0 {
			return "\n" + block(v, indent+"  ")
		}
	case []any:
		if len(v) > 0 && !isScalar(v[0]) {
			return "\n" + block(v, indent+"  ")
		}
	}
	return " " + flow(v) + "\n"
}

// flow writes a value as YAML on one line.
func flow(v any) string { return inBrackets(v, scalar) }

var (
	plainText = regexp.MustCompile(`^[A-Za-z/.$][^\s,\[\]{}#'"]*(?: [^\s,:\[\]{}#'"]+)*$`)
	keyword   = regexp.MustCompile(`^(?i:true|false|null|yes|no|on|off|~)$`)
	rate      = regexp.MustCompile(`^[0-9]+ [a-z]+$`)
)

// scalar quotes a string where YAML needs it.
func scalar(s string) string {
	brace := strings.HasPrefix(s, "/") && !strings.ContainsAny(s, " #,")
	if (plainText.MatchString(s) || rate.MatchString(s) || brace) && !keyword.MatchString(s) && !strings.HasSuffix(s, ":") && !strings.Contains(s, ": ") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

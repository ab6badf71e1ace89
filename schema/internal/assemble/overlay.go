package assemble

import "strings"

// overlay makes the definition of a stage's overlay, and every definition that
// it needs: like those of the file itself, but nothing is required, and null
// removes. Lists are replaced whole, so their items stay as they are.
func (a *assembler) overlay() {
	overlay := newObject()
	overlay.set("description", "What differs in this stage. Mappings merge, anything else replaces, `null` removes.")
	overlay.set("type", []any{"object", "null"})
	overlay.set("additionalProperties", false)
	props := newObject()
	for _, k := range a.root.object("properties").keys {
		switch k {
		case "version", "app", "package", "include", "stages":
			continue
		}
		props.set(k, a.partial(a.root.object("properties").get(k), true))
	}
	overlay.set("properties", props)
	first := newObject()
	first.set("label", "Settings")
	body := newObject()
	inner := newObject()
	inner.set("memory_size", 1024)
	body.set("defaults", inner)
	first.set("body", body)
	overlay.set("defaultSnippets", []any{first})
	a.defs.set("overlay", overlay)
}

// partial is what a schema becomes in an overlay. null says whether the value
// may be null; a branch of a oneOf may not, or null would fit two.
func (a *assembler) partial(v any, null bool) any {
	s, ok := v.(*object)
	if !ok {
		return v
	}
	s = s.clone()
	for _, k := range []string{"required", "minProperties"} {
		s.delete(k)
	}
	if to := s.text("$ref"); to != "" {
		s.set("$ref", a.partialRef(to, null))
		return s
	}
	if props := s.object("properties"); props != nil {
		for _, k := range props.keys {
			props.set(k, a.partialProperty(props.get(k)))
		}
	}
	if sub := s.object("additionalProperties"); sub != nil {
		s.set("additionalProperties", a.partial(sub, true))
	}
	if one := s.object("$exactlyOne"); one != nil {
		one.set("overlay", true)
	}
	if branches, ok := s.get("oneOf").([]any); ok {
		for i := range branches {
			branches[i] = a.partial(branches[i], false)
		}
		if null {
			s.set("oneOf", append(branches, nullType()))
		}
		return s
	}
	if all, ok := s.get("allOf").([]any); ok {
		for i := range all {
			all[i] = a.partial(all[i], false)
		}
	}
	a.partialBranches(s)
	if null {
		allowNull(s)
	}
	return s
}

// partialBranches keeps what a then forbids, and drops what an else does: the
// key that its if asks for may stand in the file that is overlaid.
func (a *assembler) partialBranches(s *object) {
	if then := s.object("then"); then != nil {
		message := then.text("errorMessage")
		props := then.object("properties")
		for _, k := range props.keys {
			if props.get(k) == false {
				props.set(k, forbidden(message, true))
				continue
			}
			props.set(k, a.partial(props.get(k), true))
		}
		then.delete("errorMessage")
	}
	if other := s.object("else"); other != nil {
		for _, k := range []string{"properties", "errorMessage"} {
			other.delete(k)
		}
		s.set("else", a.partial(other, false))
	}
}

func (a *assembler) partialProperty(v any) any {
	if v == false {
		return v
	}
	return a.partial(v, true)
}

// partialRef is the reference to the overlay's version of a definition, which
// is made when it is first asked for.
func (a *assembler) partialRef(to string, null bool) string {
	name, rest, _ := strings.Cut(strings.TrimPrefix(to, definitions), "/")
	suffix := "_overlay"
	if !null {
		suffix = "_partial"
	}
	if rest != "" {
		rest = "/" + rest
	}
	if !null && !a.differs(name) {
		return to // nothing below that could be left out or null
	}
	if !a.defs.has(name + suffix) {
		a.defs.set(name+suffix, nil) // its place, should it refer to itself
		a.defs.set(name+suffix, a.partial(a.defs.get(name), null))
	}
	return definitions + name + suffix + rest
}

func (a *assembler) differs(name string) bool {
	d := a.defs.object(name)
	return d.has("properties") || d.has("additionalProperties")
}

func allowNull(s *object) {
	switch t := s.get("type").(type) {
	case string:
		s.set("type", []any{t, "null"})
	case []any:
		s.set("type", append(t, "null"))
	}
	if values, ok := s.get("enum").([]any); ok {
		s.set("enum", append(values, nil))
		if texts, ok := s.get("markdownEnumDescriptions").([]any); ok {
			s.set("markdownEnumDescriptions", append(texts, "Removed"))
		}
	}
}

func nullType() *object {
	o := newObject()
	o.set("type", "null")
	return o
}

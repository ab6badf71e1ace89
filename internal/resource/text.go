package resource

import "strings"

// Ref is an attribute of a resource that AWS gives it: its id or its ARN.
type Ref struct {
	ID        ID
	Attribute string
}

// Attributes that resources have once they exist.
const (
	// AttrARN of roles (whose name depends on what else there is in the account).
	AttrARN = "arn"
	// AttrID of REST APIs, usage plans, API keys.
	AttrID = "id"
)

// Lookup finds an attribute; false where it is not known yet.
type Lookup func(Ref) (string, bool)

// Text is a string in which attributes of other resources may stand.
type Text struct {
	parts []part
}

type part struct {
	text string
	ref  Ref // where text is ""
}

// Lit is text that is known.
func Lit(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{[]part{{text: s}}}
}

// Attr is an attribute of another resource.
func Attr(id ID, attribute string) Text {
	return Text{[]part{{ref: Ref{id, attribute}}}}
}

// Concat is one text after the other.
func Concat(texts ...Text) Text {
	var all Text
	for _, t := range texts {
		all.parts = append(all.parts, t.parts...)
	}
	return all
}

// IsZero says whether there is nothing in it.
func (t Text) IsZero() bool { return len(t.parts) == 0 }

// Refs are the attributes in it.
func (t Text) Refs() []Ref {
	var refs []Ref
	for _, p := range t.parts {
		if p.text == "" {
			refs = append(refs, p.ref)
		}
	}
	return refs
}

// Resolve puts the attributes in. Where one is not known, it is written
// "(arn of role/helloworld-dev)" and known is false.
func (t Text) Resolve(get Lookup) (text string, known bool) {
	var b strings.Builder
	known = true
	for _, p := range t.parts {
		if p.text != "" {
			b.WriteString(p.text)
			continue
		}
		value, ok := "", false
		if get != nil {
			value, ok = get(p.ref)
		}
		if !ok {
			value, known = "("+p.ref.Attribute+" of "+p.ref.ID.String()+")", false
		}
		b.WriteString(value)
	}
	return b.String(), known
}

// Each calls f for each part: known text, or a reference. Templates are written
// so.
func (t Text) Each(text func(string), ref func(Ref)) {
	for _, p := range t.parts {
		if p.text != "" {
			text(p.text)
		} else {
			ref(p.ref)
		}
	}
}

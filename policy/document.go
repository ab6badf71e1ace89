// Package policy has IAM policy documents as data: read, merged, written in one canonical form, compared, and measured
// against IAM's limits. It knows no action and no service; package actions does.
package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Version is the version of the policy language that documents are written in.
const Version = "2012-10-17"

// What IAM takes, in characters as Size counts them.
const (
	InlineLimit  = 10240 // the inline policies of a role together
	ManagedLimit = 6144  // one managed policy
)

// Effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// A Document is a policy.
type Document struct {
	Version    string
	ID         string
	Statements []Statement
}

// A Statement allows or denies actions on resources. Each list is that of the document, whether it has a single value
// there or several.
type Statement struct {
	Sid         string
	Effect      string
	Action      []string
	NotAction   []string
	Resource    []string
	NotResource []string

	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Condition    json.RawMessage
}

// written is a statement in the order of its keys.
type written struct {
	Sid          string          `json:"Sid,omitempty"`
	Effect       string          `json:"Effect"`
	Principal    json.RawMessage `json:"Principal,omitempty"`
	NotPrincipal json.RawMessage `json:"NotPrincipal,omitempty"`
	Action       []string        `json:"Action,omitempty"`
	NotAction    []string        `json:"NotAction,omitempty"`
	Resource     []string        `json:"Resource,omitempty"`
	NotResource  []string        `json:"NotResource,omitempty"`
	Condition    json.RawMessage `json:"Condition,omitempty"`
}

// MarshalJSON writes the document without white space, its lists as lists, sorted. The statements keep their order,
// which Merge makes the same for the same statements.
func (d Document) MarshalJSON() ([]byte, error) {
	version := d.Version
	if version == "" {
		version = Version
	}
	statements := []written{}
	for _, s := range d.Statements {
		statements = append(statements, s.written())
	}
	return encode(struct {
		Version   string    `json:"Version"`
		ID        string    `json:"Id,omitempty"`
		Statement []written `json:"Statement"`
	}{version, d.ID, statements})
}

func (s Statement) written() written {
	return written{
		Sid: s.Sid, Effect: s.Effect,
		Principal: canonical(s.Principal), NotPrincipal: canonical(s.NotPrincipal),
		Action: sorted(s.Action), NotAction: sorted(s.NotAction),
		Resource: sorted(s.Resource), NotResource: sorted(s.NotResource),
		Condition: canonical(s.Condition),
	}
}

// JSON returns the document as people read it: with two spaces a level, and a newline at its end.
func (d Document) JSON() []byte {
	data, err := d.MarshalJSON()
	if err != nil {
		return nil // only a raw message that is no JSON fails, and Parse takes none
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		return nil
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// Size returns the document's length as IAM counts it: in characters, without the white space between its parts.
func (d Document) Size() int {
	data, err := d.MarshalJSON()
	if err != nil {
		return 0
	}
	return utf8.RuneCount(data)
}

// encode writes JSON as it is, without escapes for HTML.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// canonical returns JSON with its keys sorted and without white space; what is no JSON stays as it is.
func canonical(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	data, err := encode(v)
	if err != nil {
		return raw
	}
	return data
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// Covers tells whether a pattern of an action or a resource, with "*" and "?", matches all that another one does.
func Covers(pattern, other string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == other
	}
	// p and o walk along; back is where to go on when a "*" must take one more character.
	p, o, star, back := 0, 0, -1, 0
	for o < len(other) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, o
			p++
		case p < len(pattern) && (pattern[p] == other[o] || pattern[p] == '?' && other[o] != '*'):
			p++
			o++
		case star >= 0:
			back++
			p, o = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// CoversAction is Covers for actions, whose case does not count.
func CoversAction(pattern, other string) bool {
	return Covers(strings.ToLower(pattern), strings.ToLower(other))
}

// Allows tells whether the document allows an action on a resource whatever the conditions of the call are; either may
// be a pattern. A statement with a Condition allows nothing here, and denies.
func (d Document) Allows(action, resource string) bool {
	allowed := false
	for _, s := range d.Statements {
		switch {
		case s.Effect == Deny && s.reaches(action, resource):
			return false
		case s.Effect == Allow && len(s.Condition) == 0 && s.covers(action, resource):
			allowed = true
		}
	}
	return allowed
}

// covers tells whether the statement is about all of an action and a resource.
func (s Statement) covers(action, resource string) bool {
	return s.coversAction(action) && s.coversResource(resource)
}

func (s Statement) coversAction(action string) bool {
	if len(s.NotAction) > 0 {
		return !slices.ContainsFunc(s.NotAction, func(p string) bool { return overlap(strings.ToLower(p), strings.ToLower(action)) })
	}
	return slices.ContainsFunc(s.Action, func(p string) bool { return CoversAction(p, action) })
}

func (s Statement) coversResource(resource string) bool {
	if len(s.NotResource) > 0 {
		return !slices.ContainsFunc(s.NotResource, func(p string) bool { return overlap(p, resource) })
	}
	return slices.ContainsFunc(s.Resource, func(p string) bool { return Covers(p, resource) })
}

// reaches tells whether the statement is about some of an action and a resource.
func (s Statement) reaches(action, resource string) bool {
	actions := slices.ContainsFunc(s.Action, func(p string) bool { return overlap(strings.ToLower(p), strings.ToLower(action)) })
	if len(s.NotAction) > 0 {
		actions = !slices.ContainsFunc(s.NotAction, func(p string) bool { return CoversAction(p, action) })
	}
	resources := slices.ContainsFunc(s.Resource, func(p string) bool { return overlap(p, resource) })
	if len(s.NotResource) > 0 {
		resources = !slices.ContainsFunc(s.NotResource, func(p string) bool { return Covers(p, resource) })
	}
	return actions && resources
}

// overlap tells whether two patterns match a text in common.
func overlap(a, b string) bool {
	next := make([]bool, len(b)+1) // whether a[i+1:] and b[j:] overlap
	for j := range next {
		next[j] = strings.Trim(b[j:], "*") == ""
	}
	for i := len(a) - 1; i >= 0; i-- {
		row := make([]bool, len(b)+1)
		row[len(b)] = strings.Trim(a[i:], "*") == ""
		for j := len(b) - 1; j >= 0; j-- {
			switch {
			case a[i] == '*' || b[j] == '*':
				row[j] = next[j] || row[j+1]
			default:
				row[j] = (a[i] == b[j] || a[i] == '?' || b[j] == '?') && next[j+1]
			}
		}
		next = row
	}
	return next[0]
}

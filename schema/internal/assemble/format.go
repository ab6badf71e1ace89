package assemble

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/chalicefile/chalicefile/internal/source/all"
)

//go:embed format.md.tmpl
var formatTemplate string

// Format is docs/format.md: the prose of the template, and a table of keys
// wherever it asks for one, from the schema.
func Format() ([]byte, error) {
	a, err := load(all.Events())
	if err != nil {
		return nil, err
	}
	a.overlay() // stages refers to it
	f := &formatter{a: a}
	t, err := template.New("format").Funcs(template.FuncMap{
		"keys": f.keys, "without": f.without, "about": f.about, "example": f.example, "sources": f.sources,
	}).Parse(formatTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type formatter struct{ a *assembler }

func (f *formatter) schema(name string) (*object, error) {
	if name == "root" {
		return f.a.root, nil
	}
	if s := f.a.defs.object(name); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("there is no definition %q", name)
}

// keys is the table of a definition's keys.
func (f *formatter) keys(name string) (string, error) { return f.table(name, nil) }

// without is the table without a function's settings, which have their own.
func (f *formatter) without(name string) (string, error) { return f.table(name, f.a.settings) }

func (f *formatter) table(name string, leaveOut []string) (string, error) {
	s, err := f.schema(name)
	if err != nil {
		return "", err
	}
	required := list(s.get("required"))
	var b strings.Builder
	b.WriteString("| key | value | default | meaning | example |\n|---|---|---|---|---|\n")
	props := s.object("properties")
	for _, k := range props.keys {
		p := props.object(k)
		if slices.Contains(leaveOut, k) && strings.HasPrefix(p.text("$ref"), definitions+"defaults/") {
			continue
		}
		target := f.a.resolve(p)
		description := p.text("description")
		if description == "" {
			description = target.text("description")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k, f.value(p), cell(byDefault(target, slices.Contains(required, k))), cell(description), cell(exampleOf(target)))
	}
	return b.String(), nil
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func byDefault(s *object, required bool) string {
	if required {
		return "required"
	}
	if def, ok := s.values["default"]; ok {
		return code(flow(def))
	}
	return "–"
}

func code(s string) string { return "`" + s + "`" }

func exampleOf(s *object) string {
	if examples, _ := s.get("examples").([]any); len(examples) > 0 {
		return code(flow(examples[0]))
	}
	if body, ok := firstSnippet(s); ok {
		return code(flow(unsnippet(body)))
	}
	return ""
}

// about is what a definition says of itself.
func (f *formatter) about(name string) (string, error) {
	s, err := f.schema(name)
	if err != nil {
		return "", err
	}
	return s.text("description"), nil
}

// example is the first example of a definition, as YAML.
func (f *formatter) example(name string) (string, error) {
	s, err := f.schema(name)
	if err != nil {
		return "", err
	}
	body, ok := firstSnippet(s)
	if !ok {
		return "", fmt.Errorf("definition %q has no example", name)
	}
	return "```yaml\n" + block(unsnippet(body), "") + "```", nil
}

// sources is a section for each event source.
func (f *formatter) sources() (string, error) {
	var b strings.Builder
	for _, s := range f.a.sources {
		name := "source_" + s.Kind
		table, err := f.keys(name)
		if err != nil {
			return "", err
		}
		about, err := f.about(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "### %s\n\n%s\n\n%s\n", s.Kind, about, table)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// sections are the headings under which definitions are described.
var sections = map[string]string{
	"routes": "routes", "route": "routes", "method": "methods", "cors_object": "cors", "authorizers": "authorizers",
	"authorizer": "authorizers", "cognito": "cognito", "custom": "custom", "schedules": "schedules", "schedule": "schedules",
	"events": "events", "event": "events", "websocket": "websocket", "functions": "functions", "function": "functions",
	"defaults": "settings-of-functions", "function_iam": "iam-of-a-function", "statement": "statements", "iam": "iam",
	"api": "api", "includes": "include", "include_item": "include", "stages": "stages", "overlay": "stages", "handler": "handler-references",
	"handler_short": "handler-references",
}

// value says what may stand at a key.
func (f *formatter) value(s *object) string {
	name, _, deeper := strings.Cut(strings.TrimPrefix(s.text("$ref"), definitions), "/")
	target := f.a.resolve(s)
	if kind, ok := strings.CutPrefix(name, "source_"); ok {
		return link(kind, "mapping")
	}
	if section := sections[name]; section != "" && !deeper {
		return link(section, simple(target))
	}
	if branches, ok := target.get("oneOf").([]any); ok {
		var words []string
		for _, b := range branches {
			words = append(words, f.value(b.(*object)))
		}
		slices.Reverse(words) // the short form first
		return strings.Join(words, " or ")
	}
	return f.kind(target)
}

// simple is the type alone, of what is described elsewhere.
func simple(s *object) string {
	switch t := s.get("type").(type) {
	case string:
		switch t {
		case "object":
			return "mapping"
		case "array":
			return "list"
		}
		return t
	}
	return "mapping" // of an overlay, or null
}

func link(section, text string) string { return "[" + text + "](#" + section + ")" }

func (f *formatter) kind(s *object) string {
	if c, ok := s.values["const"]; ok {
		return code(flow(c))
	}
	if values, ok := s.get("enum").([]any); ok {
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = code(flow(v))
		}
		return strings.Join(words, ", ")
	}
	switch t := s.get("type").(type) {
	case string:
		return f.ofType(t, s)
	case []any:
		return strings.Join(list(s.get("type")), " or ")
	}
	return "anything"
}

func (f *formatter) ofType(t string, s *object) string {
	switch t {
	case "integer":
		return "integer" + between(s)
	case "array":
		items := s.object("items")
		if items == nil {
			return "list"
		}
		return "list of " + plural(f.value(items)) + atMost(s)
	case "object":
		if values := s.object("additionalProperties"); values != nil {
			return "mapping of names to " + plural(f.value(values))
		}
		return "mapping"
	}
	return t
}

func between(s *object) string {
	lowest, highest := s.get("minimum"), s.get("maximum")
	switch {
	case lowest == nil:
		return ""
	case highest == nil || fmt.Sprint(highest) == "2147483647":
		return fmt.Sprintf(" from %v on", lowest)
	}
	return fmt.Sprintf(", %v..%v", lowest, highest)
}

func atMost(s *object) string {
	if n := s.get("maxItems"); n != nil {
		return fmt.Sprintf(", at most %v", n)
	}
	return ""
}

func plural(word string) string {
	switch word {
	case "string", "mapping":
		return word + "s"
	case "string or number":
		return "strings or numbers"
	case "anything":
		return word
	}
	if strings.HasPrefix(word, "[") {
		text, rest, _ := strings.Cut(word[1:], "]")
		return "[" + plural(text) + "]" + rest
	}
	return word
}

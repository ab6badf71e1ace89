package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/chalicefile/chalicefile/schema/internal/assemble"
)

func TestSchemaIsAssembled(t *testing.T) {
	want, err := assemble.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(JSON, want) {
		t.Error("chalicefile.schema.json is not what its parts make: run go generate ./schema")
	}
}

func TestFormatPageIsGenerated(t *testing.T) {
	want, err := assemble.Format()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "docs", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/format.md is not what the schema makes: run go generate ./schema")
	}
	for _, link := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllSubmatch(got, -1) {
		if !slices.Contains(headings(got), string(link[1])) {
			t.Errorf("docs/format.md has no heading #%s", link[1])
		}
	}
}

func headings(page []byte) []string {
	var ids []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllSubmatch(page, -1) {
		ids = append(ids, strings.ReplaceAll(strings.ToLower(string(m[1])), " ", "-"))
	}
	return ids
}

type node = map[string]any

func decoded(t *testing.T) node {
	t.Helper()
	var root node
	if err := json.Unmarshal(JSON, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// walk visits every schema below s, with its JSON pointer.
func walk(s any, at string, visit func(at string, s node)) {
	n, ok := s.(node)
	if !ok {
		return
	}
	visit(at, n)
	for _, keyword := range []string{"properties", "definitions"} {
		for name, sub := range asNode(n[keyword]) {
			walk(sub, at+"/"+keyword+"/"+name, visit)
		}
	}
	for _, keyword := range []string{"items", "additionalProperties", "propertyNames", "if", "then", "else"} {
		walk(n[keyword], at+"/"+keyword, visit)
	}
	for _, keyword := range []string{"oneOf", "allOf"} {
		branches, _ := n[keyword].([]any)
		for i, sub := range branches {
			walk(sub, fmt.Sprintf("%s/%s/%d", at, keyword, i), visit)
		}
	}
}

func asNode(v any) node { n, _ := v.(node); return n }

// resolve follows $ref, also within an allOf that wraps it; what stands beside
// the reference counts first.
func resolve(root, s node) node {
	for {
		to, ok := s["$ref"].(string)
		if all, _ := s["allOf"].([]any); !ok && len(all) == 1 {
			to, ok = asNode(all[0])["$ref"].(string)
		}
		if !ok {
			return s
		}
		var at any = root
		for _, step := range strings.Split(strings.TrimPrefix(to, "#/"), "/") {
			at = asNode(at)[step]
		}
		merged := node{}
		for k, v := range asNode(at) {
			merged[k] = v
		}
		for k, v := range s {
			if k != "$ref" && k != "allOf" {
				merged[k] = v
			}
		}
		s = merged
	}
}

// Keywords that editors do badly with, or do not know in draft-07.
var unwanted = []string{"anyOf", "not", "unevaluatedProperties", "title", "patternProperties", "dependencies", "$id", "const"}

func TestSchemaIsForEditors(t *testing.T) {
	root := decoded(t)
	if root["$schema"] != "http://json-schema.org/draft-07/schema#" {
		t.Errorf("$schema is %v", root["$schema"])
	}
	walk(root, "#", func(at string, s node) {
		for _, keyword := range unwanted {
			switch {
			case s[keyword] == nil:
			case keyword == "title" && (strings.HasSuffix(at, "/propertyNames") || at == "#/definitions/name"):
			case keyword == "const" && (at == "#/properties/version" || at == "#/definitions/include/properties/version" || s["const"] == true):
			default:
				t.Errorf("%s has the keyword %s", at, keyword)
			}
		}
		for keyword := range s {
			if strings.HasPrefix(keyword, "$") && keyword != "$ref" && keyword != "$schema" {
				t.Errorf("%s has the directive %s left", at, keyword)
			}
		}
		if s["pattern"] != nil && s["patternErrorMessage"] == nil {
			t.Errorf("%s has a pattern and no words for who misses it", at)
		}
		if s["type"] == "object" && s["properties"] != nil && s["additionalProperties"] != false && !strings.Contains(at, "source_eventbridge") {
			t.Errorf("%s is not closed", at)
		}
		if branches, ok := s["oneOf"].([]any); ok {
			typesAreDisjoint(t, root, at, branches)
		}
	})
}

func typesAreDisjoint(t *testing.T, root node, at string, branches []any) {
	t.Helper()
	seen := map[string]bool{}
	for _, b := range branches {
		name, ok := resolve(root, asNode(b))["type"].(string)
		if !ok || seen[name] {
			t.Errorf("%s: branches are not told apart by type", at)
		}
		if asNode(b)["description"] != nil {
			t.Errorf("%s: a description on a branch hides that of the key", at)
		}
		seen[name] = true
	}
}

// Every key says what it means, and has an example.
func TestKeysAreDescribed(t *testing.T) {
	root := decoded(t)
	count := 0
	walk(root, "#", func(at string, s node) {
		for key, sub := range asNode(s["properties"]) {
			p, ok := sub.(node)
			if !ok || strings.Contains(at, "/then") || strings.HasSuffix(at, "/else") || strings.HasSuffix(at, "/if") {
				continue
			}
			count++
			p = resolve(root, p)
			description, _ := p["description"].(string)
			if description == "" || !strings.HasSuffix(description, ".") && !strings.HasSuffix(description, ".)") {
				t.Errorf("%s: the key %s has the description %q", at, key, description)
			}
			if p["examples"] == nil && p["defaultSnippets"] == nil {
				t.Errorf("%s: the key %s has no example", at, key)
			}
			for _, e := range asList(p["examples"]) {
				if _, isObject := e.(node); isObject {
					t.Errorf("%s: the example of %s is an object, which editors do not label", at, key)
				}
			}
		}
	})
	if count < 200 {
		t.Errorf("only %d keys were seen", count)
	}
}

func asList(v any) []any { l, _ := v.([]any); return l }

// Examples, defaults and the bodies of snippets fit their schema.
func TestExamplesFit(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	if err := c.AddResource(File, bytes.NewReader(JSON)); err != nil {
		t.Fatal(err)
	}
	walk(decoded(t), "#", func(at string, s node) {
		if strings.Contains(at, "/propertyNames") {
			return
		}
		values := asList(s["examples"])
		if d, ok := s["default"]; ok {
			values = append(values, d)
		}
		for _, snippet := range asList(s["defaultSnippets"]) {
			values = append(values, filled(asNode(snippet)["body"]))
		}
		if len(values) == 0 {
			return
		}
		compiled, err := c.Compile(File + strings.NewReplacer("~", "~0", "{", "%7B", "}", "%7D").Replace(at))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if err := compiled.Validate(v); err != nil {
				t.Errorf("%s: %v does not fit: %v", at, v, err)
			}
		}
	})
}

var placeholder = regexp.MustCompile(`\$\{[0-9]+:((?:[^{}]|\{[^}]*\})*)\}`)

// filled is the body of a snippet with what its placeholders propose.
func filled(v any) any {
	switch v := v.(type) {
	case string:
		return placeholder.ReplaceAllString(v, "$1")
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = filled(v[i])
		}
		return out
	case node:
		out := node{}
		for k, e := range v {
			out[placeholder.ReplaceAllString(k, "$1")] = filled(e)
		}
		return out
	}
	return v
}

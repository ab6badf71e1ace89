package loader

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/schema"
)

// compiled is the JSON schema, ready to be held against a tree.
type compiled struct {
	root, include *rule
}

// rule is one schema. It is what jsonschema compiled, put so that a tree can be
// walked with it as it is: without a copy of the tree in maps, and with the
// node at hand where a fault is told. A test holds its verdicts equal to those
// of jsonschema.
type rule struct {
	// location is the JSON pointer of the schema: "/definitions/handler".
	location string
	never    bool // the schema false

	kinds        kindSet               // 0: any
	enum         []any                 // of a const too
	pattern      func() *regexp.Regexp // compiled when first needed
	interpolated bool                  // a string that holds ${…} passes the pattern
	minimum      float64
	maximum      float64
	maxLength    int
	minItems     int
	maxItems     int
	minEntries   int
	required     []string
	properties   map[string]*rule
	keys         []string // of properties, sorted
	closed       bool     // no other keys
	others       *rule    // values of other keys
	names        *rule    // propertyNames
	items        *rule
	all          []*rule // allOf, and the schema that $ref names
	oneOf        []*rule // told apart by the kind of the node
	condition    *rule   // if
	then, elses  *rule

	// patternMessage and message are patternErrorMessage and errorMessage.
	patternMessage, message string
}

// kindSet is a set of kinds of nodes.
type kindSet uint

func setOf(kinds ...yamltree.Kind) kindSet {
	var s kindSet
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

func (s kindSet) has(k yamltree.Kind) bool { return s == 0 || s&(1<<k) != 0 }

// compileSchema compiles the embedded schema, once. It panics on a schema that
// does not compile, which a test rules out.
var compileSchema = sync.OnceValue(func() *compiled {
	c, err := compile(schema.JSON)
	if err != nil {
		panic(err)
	}
	return c
})

const schemaURL = "chalicefile.schema.json"

func newSchemaCompiler(src []byte) (*jsonschema.Compiler, error) {
	jc := jsonschema.NewCompiler()
	jc.Draft = jsonschema.Draft7
	return jc, jc.AddResource(schemaURL, bytes.NewReader(src))
}

// lean is the schema without what people read, and with its patterns under a
// key that jsonschema does not know: it would compile each several times, which
// takes longer than to validate most files.
func lean(src []byte) ([]byte, error) {
	var root map[string]any
	if err := json.Unmarshal(src, &root); err != nil {
		return nil, err
	}
	leanSchema(root)
	return json.Marshal(root)
}

func leanSchema(s map[string]any) {
	for _, k := range [...]string{"description", "markdownDescription", "markdownEnumDescriptions", "defaultSnippets", "examples", "default", "title"} {
		delete(s, k)
	}
	if pattern, ok := s["pattern"]; ok {
		delete(s, "pattern")
		s[patternKey] = pattern
	}
	for k, v := range s {
		switch v := v.(type) {
		case map[string]any:
			if k == "properties" || k == "definitions" {
				for _, sub := range v {
					if sub, ok := sub.(map[string]any); ok {
						leanSchema(sub)
					}
				}
				continue
			}
			leanSchema(v)
		case []any:
			for _, sub := range v {
				if sub, ok := sub.(map[string]any); ok {
					leanSchema(sub)
				}
			}
		}
	}
}

func compile(src []byte) (*compiled, error) {
	src, err := lean(src)
	if err != nil {
		return nil, err
	}
	jc, err := newSchemaCompiler(src)
	if err != nil {
		return nil, err
	}
	jc.RegisterExtension(wordsKey, nil, wordsCompiler{})
	root, err := jc.Compile(schemaURL)
	if err != nil {
		return nil, err
	}
	include, err := jc.Compile(schemaURL + "#/definitions/include")
	if err != nil {
		return nil, err
	}
	c := ruleCompiler{rules: map[*jsonschema.Schema]*rule{}}
	return &compiled{root: c.rule(root), include: c.rule(include)}, c.err
}

const (
	patternKey = "x-pattern"
	wordsKey   = "words"
)

// words are the pattern of a schema, and the keywords that say a fault in
// people's words.
type words struct{ pattern, patternMessage, message string }

func (words) Validate(jsonschema.ValidationContext, any) error { return nil }

type wordsCompiler struct{}

func (wordsCompiler) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	var w words
	w.pattern, _ = m[patternKey].(string)
	w.patternMessage, _ = m["patternErrorMessage"].(string)
	w.message, _ = m["errorMessage"].(string)
	if w == (words{}) {
		return nil, nil
	}
	return w, nil
}

type ruleCompiler struct {
	rules map[*jsonschema.Schema]*rule
	err   error
}

func (c *ruleCompiler) rule(s *jsonschema.Schema) *rule {
	if s == nil {
		return nil
	}
	if r, ok := c.rules[s]; ok {
		return r
	}
	_, location, _ := strings.Cut(s.Location, "#")
	r := &rule{
		location: location, never: s.Always != nil && !*s.Always,
		minimum: math.Inf(-1), maximum: math.Inf(1),
		maxLength: s.MaxLength, minItems: s.MinItems, maxItems: s.MaxItems, minEntries: s.MinProperties,
		required: s.Required,
	}
	c.rules[s] = r // before what is below: a schema may refer to itself
	c.refuse(s)
	r.enum = append(slices.Clone(s.Constant), s.Enum...)
	for _, t := range s.Types {
		r.kinds |= c.kinds(t)
	}
	if s.Minimum != nil {
		r.minimum, _ = s.Minimum.Float64()
	}
	if s.Maximum != nil {
		r.maximum, _ = s.Maximum.Float64()
	}
	if w, ok := s.Extensions[wordsKey].(words); ok {
		r.patternMessage, r.message = w.patternMessage, w.message
		if w.pattern != "" {
			r.setPattern(w.pattern)
		}
	}
	c.below(s, r)
	return r
}

// setPattern leaves the branch out that lets ${…} pass: the tree knows which
// strings hold it, and without it the expression is anchored, and many times
// faster.
func (r *rule) setPattern(pattern string) {
	expr, ok := strings.CutPrefix(pattern, `\$\{|`)
	r.pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	r.interpolated = ok
}

func (c *ruleCompiler) below(s *jsonschema.Schema, r *rule) {
	if len(s.Properties) > 0 {
		r.properties = make(map[string]*rule, len(s.Properties))
		for k, p := range s.Properties {
			r.properties[k] = c.rule(p)
			r.keys = append(r.keys, k)
		}
		slices.Sort(r.keys)
	}
	switch additional := s.AdditionalProperties.(type) {
	case bool:
		r.closed = !additional
	case *jsonschema.Schema:
		r.others = c.rule(additional)
	}
	if items, ok := s.Items.(*jsonschema.Schema); ok {
		r.items = c.rule(items)
	}
	r.names = c.rule(s.PropertyNames)
	if s.Ref != nil {
		r.all = append(r.all, c.rule(s.Ref))
	}
	for _, sub := range s.AllOf {
		r.all = append(r.all, c.rule(sub))
	}
	for _, sub := range s.OneOf {
		r.oneOf = append(r.oneOf, c.rule(sub))
	}
	r.condition, r.then, r.elses = c.rule(s.If), c.rule(s.Then), c.rule(s.Else)
}

func (c *ruleCompiler) kinds(t string) kindSet {
	switch t {
	case "null":
		return setOf(yamltree.Null)
	case "boolean":
		return setOf(yamltree.Bool)
	case "integer":
		return setOf(yamltree.Int)
	case "number":
		return setOf(yamltree.Int, yamltree.Float)
	case "string":
		return setOf(yamltree.String)
	case "object":
		return setOf(yamltree.Mapping)
	case "array":
		return setOf(yamltree.Sequence)
	}
	c.err = fmt.Errorf("unknown type %q", t)
	return 0
}

// refuse keeps the schema within what a rule can say.
func (c *ruleCompiler) refuse(s *jsonschema.Schema) {
	_, itemsFit := s.Items.([]*jsonschema.Schema)
	for keyword, used := range map[string]bool{
		"not": s.Not != nil, "anyOf": len(s.AnyOf) > 0, "patternProperties": len(s.PatternProperties) > 0,
		"dependencies": len(s.Dependencies) > 0, "contains": s.Contains != nil, "items as a list": itemsFit,
		"additionalItems": s.AdditionalItems != nil, "uniqueItems": s.UniqueItems, "maxProperties": s.MaxProperties >= 0,
		"minLength": s.MinLength >= 0, "format": s.Format != "", "multipleOf": s.MultipleOf != nil,
		"exclusiveMinimum": s.ExclusiveMinimum != nil, "exclusiveMaximum": s.ExclusiveMaximum != nil,
	} {
		if used {
			c.err = fmt.Errorf("%s: the loader does not know %s", s.Location, keyword)
		}
	}
}

// admitted is the kinds of nodes that a rule takes, through references.
func (r *rule) admitted() kindSet {
	if r.kinds != 0 {
		return r.kinds
	}
	var kinds kindSet
	for _, sub := range r.oneOf {
		kinds |= sub.admitted()
	}
	if kinds != 0 {
		return kinds
	}
	for _, sub := range r.all {
		if k := sub.admitted(); k != 0 {
			return k
		}
	}
	return 0
}

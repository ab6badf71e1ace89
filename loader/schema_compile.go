package loader

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/schema"
)

// compiled is the JSON schema, ready to be held against a tree.
type compiled struct {
	root, include *rule
}

// rule is one schema, put so that a tree can be walked with it as it is: without
// a copy of the tree in maps, and with the node at hand where a fault is told.
// Tests hold its verdicts equal to those of jsonschema, a library.
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

func compile(src []byte) (*compiled, error) {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber() // findings show numbers as the schema writes them
	c := ruleCompiler{rules: map[string]*rule{}}
	if err := d.Decode(&c.document); err != nil {
		return nil, err
	}
	return &compiled{root: c.at(""), include: c.at("/definitions/include")}, c.err
}

// ruleCompiler makes rules of the keywords that the schema uses, and knows no
// others. That the schema is one, and means to jsonschema what it means here,
// is what tests are for: jsonschema takes longer to compile it than most files
// take to validate.
type ruleCompiler struct {
	document any
	rules    map[string]*rule // by location
	err      error
}

func (c *ruleCompiler) fail(location, format string, args ...any) {
	c.err = fmt.Errorf("#%s: %s", location, fmt.Sprintf(format, args...))
}

// at is the rule of the schema that a JSON pointer names.
func (c *ruleCompiler) at(location string) *rule {
	s := c.document
	for i, key := range strings.Split(location, "/") {
		if i == 0 && key == "" {
			continue // what all pointers start with
		}
		m, _ := s.(map[string]any)
		s = m[key]
	}
	return c.rule(location, s)
}

func (c *ruleCompiler) rule(location string, schema any) *rule {
	if r, ok := c.rules[location]; ok {
		return r
	}
	r := &rule{
		location: location, minimum: math.Inf(-1), maximum: math.Inf(1),
		maxLength: -1, minItems: -1, maxItems: -1, minEntries: -1,
	}
	c.rules[location] = r // before what is below: a schema may refer to itself
	switch s := schema.(type) {
	case bool:
		r.never = !s
	case map[string]any:
		if ref, ok := s["$ref"].(string); ok { // draft 7 looks at nothing beside it
			r.all = []*rule{c.at(strings.TrimPrefix(ref, "#"))}
			return r
		}
		for keyword, v := range s {
			if !c.constraint(r, keyword, v) && !c.below(r, keyword, v) && !silent(keyword) {
				c.fail(location, "the loader does not know %s", keyword)
			}
		}
	default:
		c.fail(location, "no schema")
	}
	return r
}

// silent says whether a keyword is for people, or has no say where it stands.
func silent(keyword string) bool {
	switch keyword {
	case "title", "description", "markdownDescription", "markdownEnumDescriptions", "defaultSnippets", "examples", "default", "$schema", "definitions":
		return true
	}
	return false
}

// constraint takes a keyword that stands for itself.
func (c *ruleCompiler) constraint(r *rule, keyword string, v any) bool {
	switch keyword {
	case "type":
		r.kinds = c.kinds(r, v)
	case "enum":
		r.enum = append(r.enum, list(v)...)
	case "const":
		r.enum = append(r.enum, v)
	case "pattern":
		r.setPattern(c.text(r, v))
	case "patternErrorMessage":
		r.patternMessage = c.text(r, v)
	case "errorMessage":
		r.message = c.text(r, v)
	case "minimum":
		r.minimum = c.number(r, v)
	case "maximum":
		r.maximum = c.number(r, v)
	case "maxLength":
		r.maxLength = int(c.number(r, v))
	case "minItems":
		r.minItems = int(c.number(r, v))
	case "maxItems":
		r.maxItems = int(c.number(r, v))
	case "minProperties":
		r.minEntries = int(c.number(r, v))
	case "required":
		for _, key := range list(v) {
			r.required = append(r.required, c.text(r, key))
		}
	default:
		return false
	}
	return true
}

// setPattern leaves the branch out that lets ${…} pass: the tree knows which
// strings hold it, and without it the expression is anchored, and many times
// faster.
func (r *rule) setPattern(pattern string) {
	expr, ok := strings.CutPrefix(pattern, `\$\{|`)
	r.pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	r.interpolated = ok
}

// below takes a keyword that has schemas below it.
func (c *ruleCompiler) below(r *rule, keyword string, v any) bool {
	location := r.location + "/" + keyword
	switch keyword {
	case "properties":
		properties, _ := v.(map[string]any)
		r.keys = slices.Sorted(maps.Keys(properties))
		r.properties = make(map[string]*rule, len(properties))
		for _, key := range r.keys {
			r.properties[key] = c.rule(location+"/"+key, properties[key])
		}
	case "additionalProperties":
		if others, ok := v.(bool); ok {
			r.closed = !others
		} else {
			r.others = c.rule(location, v)
		}
	case "propertyNames":
		r.names = c.rule(location, v)
	case "items":
		r.items = c.rule(location, v)
	case "allOf":
		r.all = c.each(location, v)
	case "oneOf":
		r.oneOf = c.each(location, v)
	case "if":
		r.condition = c.rule(location, v)
	case "then":
		r.then = c.rule(location, v)
	case "else":
		r.elses = c.rule(location, v)
	default:
		return false
	}
	return true
}

func (c *ruleCompiler) each(location string, v any) []*rule {
	var all []*rule
	for i, sub := range list(v) {
		all = append(all, c.rule(fmt.Sprintf("%s/%d", location, i), sub))
	}
	return all
}

func list(v any) []any { l, _ := v.([]any); return l }

func (c *ruleCompiler) text(r *rule, v any) string {
	s, ok := v.(string)
	if !ok {
		c.fail(r.location, "%v is no string", v)
	}
	return s
}

func (c *ruleCompiler) number(r *rule, v any) float64 {
	n, _ := v.(json.Number)
	f, err := n.Float64()
	if err != nil {
		c.fail(r.location, "%v is no number", v)
	}
	return f
}

// kinds is what a type, or a list of them, admits.
func (c *ruleCompiler) kinds(r *rule, v any) (all kindSet) {
	types, ok := v.([]any)
	if !ok {
		types = []any{v}
	}
	for _, t := range types {
		kinds := kindsOf(c.text(r, t))
		if kinds == 0 {
			c.fail(r.location, "unknown type %v", t)
		}
		all |= kinds
	}
	return all
}

func kindsOf(t string) kindSet {
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
	return 0
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

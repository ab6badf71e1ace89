package assemble

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// object is a JSON object that keeps the order of its keys: it is the order in
// which editors and the documentation show them.
type object struct {
	keys   []string
	values map[string]any
}

func newObject() *object { return &object{values: map[string]any{}} }

func (o *object) get(key string) any { return o.values[key] }

func (o *object) object(key string) *object {
	v, _ := o.values[key].(*object)
	return v
}

func (o *object) text(key string) string {
	v, _ := o.values[key].(string)
	return v
}

func (o *object) has(key string) bool {
	_, ok := o.values[key]
	return ok
}

func (o *object) set(key string, v any) {
	if !o.has(key) {
		o.keys = append(o.keys, key)
	}
	o.values[key] = v
}

func (o *object) delete(key string) {
	delete(o.values, key)
	o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
}

// clone copies o and everything below.
func (o *object) clone() *object { return cloneValue(o).(*object) }

func cloneValue(v any) any {
	switch v := v.(type) {
	case *object:
		c := newObject()
		for _, k := range v.keys {
			c.set(k, cloneValue(v.values[k]))
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = cloneValue(v[i])
		}
		return c
	}
	return v
}

func decode(src []byte) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	v, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the JSON object")
	}
	o, ok := v.(*object)
	if !ok {
		return nil, fmt.Errorf("not a JSON object")
	}
	return o, nil
}

func decodeValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if delim == '[' {
		list := []any{}
		for d.More() {
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	o := newObject()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if o.has(key.(string)) {
			return nil, fmt.Errorf("the key %q stands twice", key)
		}
		v, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		o.set(key.(string), v)
	}
	_, err = d.Token()
	return o, err
}

// encode writes v over several lines, but small arrays and objects on one.
func encode(v any) []byte {
	var b strings.Builder
	writeValue(&b, v, "")
	b.WriteByte('\n')
	return []byte(b.String())
}

const lineWidth = 110

func writeValue(b *strings.Builder, v any, indent string) {
	if line := oneLine(v); len(indent)+len(line) <= lineWidth || isScalar(v) {
		b.WriteString(line)
		return
	}
	inner := indent + "  "
	switch v := v.(type) {
	case *object:
		b.WriteByte('{')
		for i, k := range v.keys {
			separate(b, i, inner)
			b.WriteString(quote(k) + ": ")
			writeValue(b, v.values[k], inner)
		}
		b.WriteString("\n" + indent + "}")
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			separate(b, i, inner)
			writeValue(b, e, inner)
		}
		b.WriteString("\n" + indent + "]")
	}
}

func separate(b *strings.Builder, i int, indent string) {
	if i > 0 {
		b.WriteByte(',')
	}
	b.WriteString("\n" + indent)
}

func isScalar(v any) bool {
	switch v.(type) {
	case *object, []any:
		return false
	}
	return true
}

// oneLine writes a value on one line for people to read.
func oneLine(v any) string { return inBrackets(v, quote) }

// inBrackets writes a value on one line; text says how keys and strings look.
func inBrackets(v any, text func(string) string) string {
	switch v := v.(type) {
	case *object:
		parts := make([]string, len(v.keys))
		for i, k := range v.keys {
			parts[i] = text(k) + ": " + inBrackets(v.values[k], text)
		}
		if len(parts) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = inBrackets(v[i], text)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return text(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

// quote is a JSON string that leaves <, > and & readable.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// list is the strings of a JSON array.
func list(v any) []string {
	items, _ := v.([]any)
	out := make([]string, 0, len(items))
	for _, i := range items {
		if s, ok := i.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func toAny(items []string) []any {
	out := make([]any, len(items))
	for i, s := range items {
		out[i] = s
	}
	return out
}

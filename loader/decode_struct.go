package loader

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/yamltree"
)

// decode fills the struct that into points to from a mapping, by its yaml
// tags; fields of embedded structs count as its own. What does not fit its
// field is left out: the schema has told it.
//
// Beside what their types say, []byte takes any node as JSON.
func (s structFields) decode(n *yamltree.Node, into any) {
	if n == nil || n.Kind != yamltree.Mapping {
		return
	}
	v := reflect.ValueOf(into).Elem()
	fields := s.of(v.Type())
	for _, e := range n.Entries {
		if index, ok := fields[e.Key.Text]; ok {
			s.value(e.Value, v.FieldByIndex(index))
		}
	}
}

// structFields are the fields of struct types by their keys, as they are found
// out.
type structFields map[reflect.Type]map[string][]int

func (s structFields) of(t reflect.Type) map[string][]int {
	if known, ok := s[t]; ok {
		return known
	}
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); tag != "" && tag != "-" {
			fields[tag] = f.Index
		}
	}
	s[t] = fields
	return fields
}

var (
	bytesType     = reflect.TypeFor[[]byte]()
	stringMapType = reflect.TypeFor[map[string]string]()
)

func (s structFields) value(n *yamltree.Node, v reflect.Value) {
	if n.Kind == yamltree.Null {
		return
	}
	switch t := v.Type(); {
	case t == bytesType:
		v.SetBytes(n.JSON())
	case t == stringMapType:
		if m := stringMap(n); m != nil {
			v.Set(reflect.ValueOf(m))
		}
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		if fits(n, t.Elem()) {
			s.value(n, p.Elem())
			v.Set(p)
		}
	case t.Kind() == reflect.Struct:
		s.decode(n, v.Addr().Interface())
	case t.Kind() == reflect.Slice:
		s.slice(n, v)
	case fits(n, t):
		decodeScalar(n, v)
	}
}

func (s structFields) slice(n *yamltree.Node, v reflect.Value) {
	if n.Kind != yamltree.Sequence {
		return
	}
	elem := v.Type().Elem()
	out := reflect.MakeSlice(v.Type(), 0, len(n.Items))
	for _, item := range n.Items {
		if elem == bytesType || fits(item, elem) {
			out = reflect.Append(out, reflect.Zero(elem))
			s.value(item, out.Index(out.Len()-1))
		}
	}
	v.Set(out)
}

// fits says whether a node can become a value of the type.
func fits(n *yamltree.Node, t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return n.Kind == yamltree.String
	case reflect.Bool:
		return n.Kind == yamltree.Bool
	case reflect.Int:
		_, ok := integer(n)
		return ok
	case reflect.Struct:
		return n.Kind == yamltree.Mapping
	}
	return false
}

func decodeScalar(n *yamltree.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Text)
	case reflect.Bool:
		v.SetBool(boolean(n))
	case reflect.Int:
		i, _ := integer(n)
		v.SetInt(int64(i))
	}
}

// integer is the value of an integer that this program has room for.
func integer(n *yamltree.Node) (int, bool) {
	if n == nil || n.Kind != yamltree.Int {
		return 0, false
	}
	if i, err := strconv.Atoi(n.Text); err == nil {
		return i, true
	}
	i, err := strconv.ParseInt(n.Text, 0, 0) // 0o17, 0x1f
	return int(i), err == nil
}

func boolean(n *yamltree.Node) bool {
	return n != nil && n.Kind == yamltree.Bool && strings.EqualFold(n.Text, "true")
}

// stringMap takes names to strings; numbers are taken as they are written.
func stringMap(n *yamltree.Node) map[string]string {
	if n == nil || n.Kind != yamltree.Mapping {
		return nil
	}
	m := make(map[string]string, len(n.Entries))
	for _, e := range n.Entries {
		switch e.Value.Kind {
		case yamltree.String, yamltree.Int, yamltree.Float:
			m[e.Key.Text] = e.Value.Text
		}
	}
	return m
}

func text(n *yamltree.Node) string {
	if n == nil || n.Kind != yamltree.String {
		return ""
	}
	return n.Text
}

func intPointer(n *yamltree.Node) *int {
	if i, ok := integer(n); ok {
		return &i
	}
	return nil
}

func boolPointer(n *yamltree.Node) *bool {
	if n == nil || n.Kind != yamltree.Bool {
		return nil
	}
	b := boolean(n)
	return &b
}

// textList takes the strings of a list; nil where there is no list.
func textList(n *yamltree.Node) []string {
	if n == nil || n.Kind != yamltree.Sequence {
		return nil
	}
	out := make([]string, 0, len(n.Items))
	for _, item := range n.Items {
		if item.Kind == yamltree.String {
			out = append(out, item.Text)
		}
	}
	return out
}

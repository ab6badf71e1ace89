package dynamoav

import (
	"encoding"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// tag is what a field's dynamodbav tag says.
type tag struct {
	name     string
	skip     bool
	unixTime bool
}

func parseTag(f reflect.StructField) tag {
	name, options, _ := strings.Cut(f.Tag.Get("dynamodbav"), ",")
	t := tag{name: name, skip: name == "-" && options == ""}
	for o := range strings.SplitSeq(options, ",") {
		if o == "unixtime" {
			t.unixTime = true
		}
	}
	return t
}

// object decodes a map into a struct or a map.
func object(item Item, v reflect.Value, path string) error {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		return structure(item, v, path)
	case v.Kind() == reflect.Map:
		return mapping(item, v, path)
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		out := map[string]any{}
		err := object(item, reflect.ValueOf(&out).Elem(), path)
		v.Set(reflect.ValueOf(out))
		return err
	}
	return misfit(path, events.NewMapAttribute(item), v)
}

func mapping(item Item, v reflect.Value, path string) error {
	if v.IsNil() {
		v.Set(reflect.MakeMapWithSize(v.Type(), len(item)))
	}
	for name, av := range item {
		key := reflect.New(v.Type().Key()).Elem()
		if err := mapKey(name, key, path); err != nil {
			return err
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := value(av, elem, join(path, name), tag{}); err != nil {
			return err
		}
		v.SetMapIndex(key, elem)
	}
	return nil
}

func mapKey(name string, key reflect.Value, path string) error {
	if u, ok := key.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(name))
	}
	return text(name, events.NewStringAttribute(name), key, join(path, name))
}

// structure decodes each attribute into the field of its name: exactly that
// first, else without regard to case.
func structure(item Item, v reflect.Value, path string) error {
	for name, av := range item {
		f, t, ok := field(v, name)
		if !ok {
			continue
		}
		if err := value(av, f, join(path, name), t); err != nil {
			return err
		}
	}
	return nil
}

// field finds the field of a name, outer ones before those of embedded structs.
func field(v reflect.Value, name string) (reflect.Value, tag, bool) {
	index, t := fieldIndex(v.Type(), func(s string) bool { return s == name })
	if index == nil {
		index, t = fieldIndex(v.Type(), func(s string) bool { return strings.EqualFold(s, name) })
	}
	if index == nil {
		return reflect.Value{}, tag{}, false
	}
	for i, n := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return reflect.Value{}, tag{}, false
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, t, true
}

func fieldIndex(typ reflect.Type, is func(string) bool) ([]int, tag) {
	type level struct {
		typ   reflect.Type
		index []int
	}
	seen := map[reflect.Type]bool{typ: true}
	for queue := []level{{typ, nil}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for i := range at.typ.NumField() {
			f := at.typ.Field(i)
			t := parseTag(f)
			if t.skip {
				continue
			}
			index := append(at.index[:len(at.index):len(at.index)], i)
			if inner, ok := embedded(f, t); ok {
				if !seen[inner] {
					seen[inner] = true
					queue = append(queue, level{inner, index})
				}
				continue
			}
			if t.name == "" {
				t.name = f.Name
			}
			if f.IsExported() && is(t.name) {
				return index, t
			}
		}
	}
	return nil, tag{}
}

// embedded returns the struct that a field embeds without a name of its own.
func embedded(f reflect.StructField, t tag) (reflect.Type, bool) {
	if !f.Anonymous || t.name != "" {
		return nil, false
	}
	typ := f.Type
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	return typ, typ.Kind() == reflect.Struct && typ != timeType
}

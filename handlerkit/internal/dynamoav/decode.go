// Package dynamoav decodes attribute values of DynamoDB's events into Go values
// by their dynamodbav tags, as the SDK's attributevalue does, without the SDK.
package dynamoav

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Item is an item or a part of it.
type Item = map[string]events.DynamoDBAttributeValue

// Decode decodes an item into v, a pointer.
func Decode(item Item, v any) error {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Pointer || r.IsNil() {
		return fmt.Errorf("dynamoav: %T is no pointer to decode into", v)
	}
	return object(item, r.Elem(), "")
}

// misfit says that an attribute does not fit a Go type.
func misfit(path string, av events.DynamoDBAttributeValue, v reflect.Value) error {
	return fmt.Errorf("attribute %s: a %s does not fit %s", path, typeName(av.DataType()), v.Type())
}

func typeName(t events.DynamoDBDataType) string {
	names := map[events.DynamoDBDataType]string{
		events.DataTypeBinary: "binary", events.DataTypeBoolean: "boolean", events.DataTypeBinarySet: "binary set",
		events.DataTypeList: "list", events.DataTypeMap: "map", events.DataTypeNumber: "number",
		events.DataTypeNumberSet: "number set", events.DataTypeNull: "null", events.DataTypeString: "string",
		events.DataTypeStringSet: "string set",
	}
	return names[t]
}

// value decodes one attribute.
func value(av events.DynamoDBAttributeValue, v reflect.Value, path string, tag tag) error {
	if av.DataType() == events.DataTypeNull {
		v.SetZero()
		return nil
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
		x, err := plain(av, path)
		if err == nil && x != nil {
			v.Set(reflect.ValueOf(x))
		}
		return err
	}
	if done, err := special(av, v, path, tag); done {
		return err
	}
	switch av.DataType() {
	case events.DataTypeString:
		return text(av.String(), av, v, path)
	case events.DataTypeNumber:
		return number(av.Number(), av, v, path)
	case events.DataTypeBoolean:
		if v.Kind() != reflect.Bool {
			return misfit(path, av, v)
		}
		v.SetBool(av.Boolean())
		return nil
	case events.DataTypeBinary:
		return binary(av.Binary(), av, v, path)
	case events.DataTypeMap:
		return object(av.Map(), v, path)
	default:
		return collection(av, v, path)
	}
}

var timeType = reflect.TypeFor[time.Time]()

// special decodes into times and into types that read text themselves.
func special(av events.DynamoDBAttributeValue, v reflect.Value, path string, tag tag) (bool, error) {
	isTime := v.Type() == timeType || tag.unixTime && v.Type().ConvertibleTo(timeType)
	switch {
	case isTime && av.DataType() == events.DataTypeNumber:
		seconds, err := strconv.ParseInt(av.Number(), 10, 64)
		if err != nil {
			return true, fmt.Errorf("attribute %s: %q is no time in seconds", path, av.Number())
		}
		v.Set(reflect.ValueOf(time.Unix(seconds, 0)).Convert(v.Type()))
		return true, nil
	case av.DataType() == events.DataTypeString && v.CanAddr():
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if err := u.UnmarshalText([]byte(av.String())); err != nil {
				return true, fmt.Errorf("attribute %s: %w", path, err)
			}
			return true, nil
		}
	}
	return false, nil
}

func text(s string, av events.DynamoDBAttributeValue, v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
		return nil
	// The tag option "string" keeps a number or a boolean as text.
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return misfit(path, av, v)
		}
		v.SetBool(b)
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return number(s, av, v, path)
	}
	return misfit(path, av, v)
}

func number(s string, av events.DynamoDBAttributeValue, v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || v.OverflowInt(n) {
			return fmt.Errorf("attribute %s: %s does not fit %s", path, s, v.Type())
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || v.OverflowUint(n) {
			return fmt.Errorf("attribute %s: %s does not fit %s", path, s, v.Type())
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || v.OverflowFloat(f) {
			return fmt.Errorf("attribute %s: %s does not fit %s", path, s, v.Type())
		}
		v.SetFloat(f)
	case reflect.String: // a number type of one's own, such as json.Number
		if v.Type() == reflect.TypeFor[string]() {
			return misfit(path, av, v)
		}
		v.SetString(s)
	default:
		return misfit(path, av, v)
	}
	return nil
}

func binary(b []byte, av events.DynamoDBAttributeValue, v reflect.Value, path string) error {
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		v.SetBytes(b)
	case v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8 && v.Len() == len(b):
		reflect.Copy(v, reflect.ValueOf(b))
	default:
		return misfit(path, av, v)
	}
	return nil
}

// elements are the members of a list or a set as attribute values.
func elements(av events.DynamoDBAttributeValue) []events.DynamoDBAttributeValue {
	var out []events.DynamoDBAttributeValue
	switch av.DataType() {
	case events.DataTypeList:
		return av.List()
	case events.DataTypeStringSet:
		for _, s := range av.StringSet() {
			out = append(out, events.NewStringAttribute(s))
		}
	case events.DataTypeNumberSet:
		for _, s := range av.NumberSet() {
			out = append(out, events.NewNumberAttribute(s))
		}
	case events.DataTypeBinarySet:
		for _, b := range av.BinarySet() {
			out = append(out, events.NewBinaryAttribute(b))
		}
	}
	return out
}

// collection decodes a list or a set into a slice, an array, or (a set) into
// the keys of a map.
func collection(av events.DynamoDBAttributeValue, v reflect.Value, path string) error {
	items := elements(av)
	switch v.Kind() {
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	case reflect.Array:
		v.SetZero()
	case reflect.Map:
		if av.DataType() == events.DataTypeList {
			return misfit(path, av, v)
		}
		return setKeys(items, v, path)
	default:
		return misfit(path, av, v)
	}
	for i, item := range items {
		if i >= v.Len() {
			break
		}
		if err := value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), tag{}); err != nil {
			return err
		}
	}
	return nil
}

// setKeys makes the members of a set keys of a map of booleans or empty
// structs.
func setKeys(items []events.DynamoDBAttributeValue, v reflect.Value, path string) error {
	v.Set(reflect.MakeMapWithSize(v.Type(), len(items)))
	member := reflect.New(v.Type().Elem()).Elem()
	if member.Kind() == reflect.Bool {
		member.SetBool(true)
	}
	for i, item := range items {
		key := reflect.New(v.Type().Key()).Elem()
		if err := value(item, key, fmt.Sprintf("%s[%d]", path, i), tag{}); err != nil {
			return err
		}
		v.SetMapIndex(key, member)
	}
	return nil
}

// plain is what an attribute becomes in an any.
func plain(av events.DynamoDBAttributeValue, path string) (any, error) {
	switch av.DataType() {
	case events.DataTypeString:
		return av.String(), nil
	case events.DataTypeNumber:
		f, err := strconv.ParseFloat(av.Number(), 64)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %q is no number", path, av.Number())
		}
		return f, nil
	case events.DataTypeBoolean:
		return av.Boolean(), nil
	case events.DataTypeBinary:
		return av.Binary(), nil
	case events.DataTypeStringSet:
		return av.StringSet(), nil
	case events.DataTypeBinarySet:
		return av.BinarySet(), nil
	case events.DataTypeNumberSet:
		var out []float64
		err := collection(av, reflect.ValueOf(&out).Elem(), path)
		return out, err
	case events.DataTypeList:
		out := []any{}
		err := collection(av, reflect.ValueOf(&out).Elem(), path)
		return out, err
	case events.DataTypeMap:
		out := map[string]any{}
		err := object(av.Map(), reflect.ValueOf(&out).Elem(), path)
		return out, err
	}
	return nil, nil
}

func join(path, name string) string {
	if path == "" {
		return strconv.Quote(name)
	}
	return path + "." + strings.TrimSpace(name)
}

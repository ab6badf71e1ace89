package handlers

import (
	"go/types"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/internal/model"
)

// places are the tags of input structs, in the order in which messages list
// them.
var places = []model.From{
	model.FromPath, model.FromQuery, model.FromHeader, model.FromCookie, model.FromForm, model.FromAuth, model.FromBody,
}

// inputOf is the struct of an input, nil where t is none: a struct, or a
// pointer to one, with a tagged field.
func (b *binder) inputOf(t types.Type) *types.Struct {
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok || !tagged(st, nil) {
		return nil
	}
	switch declaredIn(deref(t)) {
	case handlerkitPath, eventsPath:
		return nil
	}
	return st
}

// tagged says that a field of st, or of a struct embedded in it, has a tag of a
// place. above are the structs on the way, which may embed each other.
func tagged(st *types.Struct, above []*types.Struct) bool {
	for _, s := range above {
		if s == st {
			return false
		}
	}
	for i := range st.NumFields() {
		if len(placesOf(st.Tag(i))) > 0 || malformedTag(st.Tag(i)) {
			return true
		}
		if st.Field(i).Embedded() {
			if inner, ok := deref(st.Field(i).Type()).Underlying().(*types.Struct); ok && tagged(inner, append(above, st)) {
				return true
			}
		}
	}
	return false
}

func placesOf(tag string) []model.From {
	if tag == "" {
		return nil
	}
	var found []model.From
	for _, place := range places {
		if _, ok := reflect.StructTag(tag).Lookup(string(place)); ok {
			found = append(found, place)
		}
	}
	return found
}

// inputs collects the fields of one input.
type inputs struct {
	*binder
	out    *problems
	t      *target
	param  *types.Var
	fields []model.Field
	body   string // the field that takes it
}

func (b *binder) inputFields(out *problems, t *target, v *types.Var, st *types.Struct) []model.Field {
	in := &inputs{binder: b, out: out, t: t, param: v}
	in.walk(st, nil, nil, nil)
	return in.fields
}

// fault tells something against a field.
func (in *inputs) fault(v *types.Var, code, format string, args ...any) *problem {
	p := in.out.add(code, format, args...)
	return p.at(in.t.here).at(in.noteOf(v, "field "+v.Name()))
}

// malformedTag says that a tag was meant for a place, but reflection does not
// see it: `query:limit`.
func malformedTag(tag string) bool {
	return tag != "" && malformed.MatchString(quoted.ReplaceAllString(tag, `"`))
}

// quoted are the values of a tag, which may say anything.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

var malformed = regexp.MustCompile(`(?:^|\s)(path|query|header|cookie|form|auth|body)(?:\s*:\s*[^"\s]|\s*:\s+"|\s+:|\s*$)`)

func (in *inputs) walk(st *types.Struct, path []string, allocate []model.Allocation, above []*types.Struct) {
	for i := range st.NumFields() {
		f, tag := st.Field(i), st.Tag(i)
		at := append(path[:len(path):len(path)], f.Name())
		switch found := placesOf(tag); {
		case len(found) > 1:
			in.fault(f, "handler-input-tag", "field %s of %s has tags of two places, %s and %s", f.Name(), showName(in.param), found[0], found[1]).
				withHint("a value comes from one place: make two fields")
		case len(found) == 1:
			in.field(f, tag, found[0], at, allocate)
		case malformedTag(tag):
			in.fault(f, "handler-input-tag", "field %s of %s has a malformed tag: %s", f.Name(), showName(in.param), tag).
				withHint("write `query:\"limit\"`: no blanks, the name in quotes")
		case f.Embedded():
			in.embedded(f, st, at, allocate, above)
		}
	}
}

func (in *inputs) embedded(f *types.Var, st *types.Struct, at []string, allocate []model.Allocation, above []*types.Struct) {
	inner, ok := deref(f.Type()).Underlying().(*types.Struct)
	if !ok || !tagged(inner, nil) {
		return
	}
	for _, s := range above {
		if s == inner {
			return
		}
	}
	if isPointer(f.Type()) {
		if obj := in.unnameable(deref(f.Type())); obj != nil || !f.Exported() {
			in.fault(f, "handler-input-field", "%s embeds a pointer to %s, which is not exported, so that the generated main cannot make one", showName(in.param), f.Name()).
				withHint("embed the struct itself, or rename it %s", exported(f.Name()))
			return
		}
		allocate = append(allocate[:len(allocate):len(allocate)], model.Allocation{
			Path: strings.Join(at, "."), Type: typeExpr(deref(f.Type())),
		})
	}
	in.walk(inner, at, allocate, append(above, st))
}

// field binds one tagged field.
func (in *inputs) field(v *types.Var, tag string, from model.From, at []string, allocate []model.Allocation) {
	f := model.Field{Path: strings.Join(at, "."), Allocate: allocate, From: from}
	f.Key = reflect.StructTag(tag).Get(string(from))
	if !v.Exported() {
		in.fault(v, "handler-input-field", "field %s of %s is not exported, so that nothing can set it", f.Path, showName(in.param)).
			withHint("rename it %s", exported(v.Name()))
		return
	}
	if !in.reachable(v, f.Path) {
		in.fault(v, "handler-input-field", "field %s of %s is hidden by another of its name", f.Path, showName(in.param)).
			withHint("rename one of them")
		return
	}
	if from == model.FromBody {
		in.bodyField(v, tag, f)
		return
	}
	switch {
	case f.Key == "":
		in.fault(v, "handler-input-tag", "field %s of %s has no name in its tag", f.Path, showName(in.param)).
			withHint("write `%s:\"%s\"`", from, strings.ToLower(v.Name()))
		return
	case strings.ContainsAny(f.Key, ", \t"):
		in.fault(v, "handler-input-tag", "field %s of %s has %q in its tag, which is no name", f.Path, showName(in.param), f.Key).
			withHint("a tag takes a name and no options; `default:\"…\"` and `required:\"true\"` are tags of their own")
		return
	}
	if in.fieldType(v, &f) && in.options(v, tag, &f) {
		in.fields = append(in.fields, f)
	}
}

// reachable: the selector that the generated main writes (embedded structs that
// are not exported are left out of it) means this field.
func (in *inputs) reachable(v *types.Var, path string) bool {
	at := in.param.Type()
	elems := strings.Split(path, ".")
	for i, e := range elems {
		if i < len(elems)-1 && strings.ToUpper(e[:1]) != e[:1] {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(at, true, v.Pkg(), e)
		field, ok := obj.(*types.Var)
		if !ok {
			return false
		}
		if i == len(elems)-1 {
			return field.Pos() == v.Pos()
		}
		at = field.Type()
	}
	return false
}

// fieldType fits the type of a field that is not the body: a scalar, a pointer
// to one, or a slice of them.
func (in *inputs) fieldType(v *types.Var, f *model.Field) bool {
	typ := v.Type()
	scalar, ok := scalarOf(typ)
	if !ok {
		switch t := types.Unalias(typ).(type) {
		case *types.Pointer:
			typ, f.Pointer = t.Elem(), true
		case *types.Slice:
			typ, f.Slice = t.Elem(), !isBytes(t)
		}
		if f.Pointer || f.Slice {
			scalar, ok = scalarOf(typ)
		}
	}
	switch {
	case !ok:
		in.fault(v, "handler-input-field", "field %s of %s has type %s, which a %s cannot fill", f.Path, showName(in.param), in.showType(v.Type()), placeWords(f.From)).
			withHint("a field is a string, number, boolean or encoding.TextUnmarshaler, a pointer to one, or a slice of them")
		return false
	case f.Slice && f.From == model.FromPath:
		in.fault(v, "handler-input-field", "field %s of %s is a slice, but a path parameter has one value", f.Path, showName(in.param)).
			withHint("make it %s", in.showType(typ))
		return false
	}
	if obj := in.unnameable(typ); obj != nil {
		in.fault(v, "handler-type", "field %s of %s has the type %s, which the generated main cannot name", f.Path, showName(in.param), obj.Name()).
			withHint("rename the type %s", exported(obj.Name()))
		return false
	}
	f.Scalar, f.Type = scalar, typeExpr(typ)
	return true
}

func placeWords(f model.From) string {
	switch f {
	case model.FromPath:
		return "path parameter"
	case model.FromQuery:
		return "query parameter"
	case model.FromForm:
		return "form value"
	case model.FromAuth:
		return "value of an authorizer"
	default:
		return string(f)
	}
}

// options reads the tags default and required.
func (in *inputs) options(v *types.Var, tag string, f *model.Field) bool {
	fine := in.required(v, tag, f)
	text, ok := reflect.StructTag(tag).Lookup("default")
	if !ok {
		return fine
	}
	if f.Required {
		in.fault(v, "handler-input-tag", "field %s of %s is required and has a default", f.Path, showName(in.param)).
			withHint("leave one of the tags out")
		return false
	}
	elem := deref(v.Type())
	if s, ok := types.Unalias(v.Type()).(*types.Slice); ok && f.Slice {
		elem = s.Elem()
	}
	if want := converts(elem, f.Scalar, text); want != "" {
		in.fault(v, "handler-input-default", "the default %q of field %s of %s is not %s", text, f.Path, showName(in.param), want)
		return false
	}
	f.Default = &text
	return fine
}

func (in *inputs) required(v *types.Var, tag string, f *model.Field) bool {
	text, ok := reflect.StructTag(tag).Lookup("required")
	if !ok {
		return true
	}
	if text != "true" && text != "false" {
		in.fault(v, "handler-input-tag", "field %s of %s has the tag required:%q", f.Path, showName(in.param), text).
			withHint("write required:\"true\", or leave it out")
		return false
	}
	f.Required = text == "true"
	return true
}

// converts says what text should be, "" where it is.
func converts(t types.Type, s model.Scalar, text string) string {
	bits := 64
	if basic, ok := t.Underlying().(*types.Basic); ok {
		bits = sizeOf(basic.Kind())
	}
	var err error
	switch s {
	case model.Bool:
		if _, err = strconv.ParseBool(text); err != nil {
			return "true or false"
		}
	case model.Int:
		if _, err = strconv.ParseInt(text, 10, bits); err != nil {
			return "an integer of " + strconv.Itoa(bits) + " bits"
		}
	case model.Uint:
		if _, err = strconv.ParseUint(text, 10, bits); err != nil {
			return "an unsigned integer of " + strconv.Itoa(bits) + " bits"
		}
	case model.Float:
		if _, err = strconv.ParseFloat(text, bits); err != nil {
			return "a number"
		}
	case model.Text:
		return convertsText(t, text)
	}
	return ""
}

func sizeOf(k types.BasicKind) int {
	switch k {
	case types.Int8, types.Uint8:
		return 8
	case types.Int16, types.Uint16:
		return 16
	case types.Int32, types.Uint32, types.Float32:
		return 32
	}
	return 64
}

// convertsText tries the types of the standard library; what others make of a
// text is known only when they run.
func convertsText(t types.Type, text string) string {
	for _, known := range []struct {
		pkg, name string
		value     interface{ UnmarshalText([]byte) error }
		want      string
	}{
		{"time", "Time", new(time.Time), "a time such as 2006-01-02T15:04:05Z"},
		{"net/netip", "Addr", new(netip.Addr), "an IP address"},
		{"net/netip", "AddrPort", new(netip.AddrPort), "an IP address with a port"},
		{"net/netip", "Prefix", new(netip.Prefix), "an IP prefix"},
		{"net", "IP", new(net.IP), "an IP address"},
		{"math/big", "Int", new(big.Int), "an integer"},
	} {
		if isNamed(t, known.pkg, known.name) && known.value.UnmarshalText([]byte(text)) != nil {
			return known.want
		}
	}
	return ""
}

// bodyField binds the field that takes the body.
func (in *inputs) bodyField(v *types.Var, tag string, f model.Field) {
	typ := v.Type()
	f.Key = ""
	if in.body != "" {
		in.fault(v, "handler-input-tag", "fields %s and %s of %s both take the body", in.body, f.Path, showName(in.param)).
			withHint("leave one of them out")
		return
	}
	in.body = f.Path
	if _, ok := reflect.StructTag(tag).Lookup("default"); ok {
		in.fault(v, "handler-input-tag", "field %s of %s takes the body, which has no default", f.Path, showName(in.param)).
			withHint("leave the tag out, or make the field a pointer: it is nil for an empty body")
		return
	}
	if !in.required(v, tag, &f) {
		return
	}
	if isBytes(typ) || isString(typ) {
		f.Raw, f.Type = true, typeExpr(typ)
		in.fields = append(in.fields, f)
		return
	}
	if p, ok := types.Unalias(typ).(*types.Pointer); ok {
		typ, f.Pointer = p.Elem(), true
	}
	if fault := decodable(typ); fault != "" {
		in.fault(v, "handler-input-field", "field %s of %s has type %s, which cannot take the body: %s", f.Path, showName(in.param), in.showType(v.Type()), fault).
			withHint("make it a struct, map or slice for JSON, or []byte for the raw body")
		return
	}
	if obj := in.unnameable(typ); obj != nil {
		in.fault(v, "handler-type", "field %s of %s has the type %s, which the generated main cannot name", f.Path, showName(in.param), obj.Name()).
			withHint("rename the type %s", exported(obj.Name()))
		return
	}
	f.Type, f.Validate = typeExpr(typ), validates(typ)
	in.fields = append(in.fields, f)
}

// decodable says what keeps JSON from being decoded into a type; "" if nothing
// does.
func decodable(t types.Type) string {
	if _, ok := t.Underlying().(*types.Pointer); ok {
		return "it is a pointer to a pointer"
	}
	if types.IsInterface(t) && !isAny(t) {
		return "an interface with methods cannot be decoded"
	}
	if fault := jsonFault(t); fault != "" {
		return "JSON has no " + fault
	}
	return ""
}

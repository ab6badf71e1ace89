// Package sourcetest is what every event source must pass.
package sourcetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/spec"
)

// Comply checks a descriptor; types makes an instance of a type that its Shape
// names, such as "events.S3Event", or nil for one that is not known.
func Comply(t *testing.T, d source.Descriptor, types func(name string) any) {
	t.Run(d.Kind, func(t *testing.T) {
		if d.Kind == "" || d.Kind != strings.ToLower(d.Kind) {
			t.Errorf("Kind is %q", d.Kind)
		}
		if (d.New == nil) != (d.Schema == nil) {
			t.Error("New and Schema stand together or not at all")
		}
		if d.New != nil {
			config(t, d)
			fragment(t, d)
		}
		shape(t, d.Shape, types)
		samples(t, d, types)
		emptyCheck(t, d)
		statements(t, d)
		plan(t, d)
	})
}

// config wants a struct whose fields have the schema's keys as tags.
func config(t *testing.T, d source.Descriptor) {
	v := reflect.ValueOf(d.New())
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		t.Fatalf("New makes a %T, which is no pointer to a struct", d.New())
	}
	if d.New() == d.New() {
		t.Error("New returns the same pointer twice")
	}
	var tags []string
	for _, f := range reflect.VisibleFields(v.Elem().Type()) {
		tags = append(tags, f.Tag.Get("yaml"))
	}
	var s struct {
		Properties map[string]struct {
			Type any
		}
	}
	if err := json.Unmarshal(d.Schema, &s); err != nil {
		t.Fatal(err)
	}
	for _, tag := range tags {
		if _, ok := s.Properties[tag]; !ok {
			t.Errorf("the field with tag %q is not in the schema", tag)
		}
	}
	for key := range s.Properties {
		if !slices.Contains(tags, key) {
			t.Errorf("the schema's key %q has no field", key)
		}
	}
}

// fragment wants a closed mapping that says of every key what it means, with
// an example. That examples and defaults fit, the test of package schema wants.
func fragment(t *testing.T, d source.Descriptor) {
	var s struct {
		Type, Description    string
		AdditionalProperties any
		Properties           map[string]map[string]any
	}
	if err := json.Unmarshal(d.Schema, &s); err != nil {
		t.Fatal(err)
	}
	if s.Type != "object" || s.AdditionalProperties != false {
		t.Error("the schema is not that of a closed mapping")
	}
	if s.Description == "" {
		t.Error("the source has no description")
	}
	for key, p := range s.Properties {
		if p["description"] == nil {
			t.Errorf("the key %q has no description", key)
		}
		if p["examples"] == nil && p["defaultSnippets"] == nil {
			t.Errorf("the key %q has no example", key)
		}
	}
}

func shape(t *testing.T, s source.Shape, types func(string) any) {
	if s.Event == "" {
		t.Error("the shape has no event")
	}
	if s.PartialFailures != (s.Response != "") {
		t.Error("partial failures need a response, and only they")
	}
	for _, name := range append([]string{s.Event, s.Record, s.Response}, s.Nested...) {
		if name != "" && types(name) == nil {
			t.Errorf("there is no type %s", name)
		}
	}
}

// samples wants events that decode into the shape's type with nothing left
// over, and hold what they were given.
func samples(t *testing.T, d source.Descriptor, types func(string) any) {
	options := []source.SampleOptions{{}, {Bodies: []string{`{"a":1}`, "text"}, Region: "eu-west-1", Account: "123456789012", Name: "x"}}
	if d.New != nil {
		options = append(options, source.SampleOptions{Source: d.New()})
	}
	for i, o := range options {
		raw := d.Sample(o)
		if d.Kind == "schedule" && len(o.Bodies) > 0 {
			continue // an input is the event
		}
		if !json.Valid(raw) {
			t.Fatalf("sample %d is no JSON: %s", i, raw)
		}
		if again := d.Sample(o); !bytes.Equal(raw, again) {
			t.Errorf("sample %d differs from call to call", i)
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(types(d.Shape.Event)); err != nil {
			t.Errorf("sample %d does not fit %s: %v\n%s", i, d.Shape.Event, err, raw)
		}
		if o.Region != "" && !bytes.Contains(raw, []byte(o.Region)) {
			t.Errorf("sample %d does not have the region: %s", i, raw)
		}
		var records struct{ Records []any }
		if err := json.Unmarshal(raw, &records); err != nil {
			t.Fatal(err)
		}
		if d.Shape.Record != "" && len(records.Records) != max(1, len(o.Bodies)) {
			t.Errorf("sample %d has %d records", i, len(records.Records))
		}
	}
}

// emptyCheck wants Check to take what an unsound file leaves: nothing at all.
func emptyCheck(t *testing.T, d source.Descriptor) {
	if d.Check == nil || d.New == nil {
		return
	}
	var out diag.List
	entries := []source.Entry{{Name: "a", Source: d.New()}, {Name: "b", Source: d.New()}}
	d.Check(&spec.App{}, entries, &out)
	d.Check(&spec.App{}, nil, &out)
	if len(out.Findings) > 0 {
		t.Errorf("findings where nothing is set: %s", Told(out))
	}
}

// statements wants rights that IAM takes: allowed actions on resources, the
// same from call to call, also where nothing is set.
func statements(t *testing.T, d source.Descriptor) {
	if d.Statements == nil {
		return
	}
	e := source.Entry{Name: "a", Source: &spec.Schedule{}}
	if d.New != nil {
		e.Source = d.New()
	}
	at := source.Place{Partition: "aws", Region: "*", Account: "*"}
	list := d.Statements(e, at)
	if _, err := policy.ParseIdentity(policy.Merge(policy.Document{Statements: list}).JSON()); err != nil {
		t.Errorf("the statements are no policy: %v", err)
	}
	for _, s := range list {
		if s.Effect != policy.Allow || len(s.Action) == 0 || len(s.Resource) == 0 {
			t.Errorf("a statement does not allow actions on resources: %+v", s)
		}
	}
	if again := d.Statements(e, at); !reflect.DeepEqual(list, again) {
		t.Error("the statements differ from call to call")
	}
}

// Allowed is statements as tests compare them: "effect actions on resources" a
// line.
func Allowed(list []policy.Statement) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%s %s on %s\n", s.Effect, strings.Join(s.Action, " "), strings.Join(s.Resource, " "))
	}
	return b.String()
}

// Told is findings as tests compare them: "severity code path: message (hint)
// [path]" a line; a path with # in front is that of a key.
func Told(l diag.List) string {
	where := func(at diag.At) string {
		p := strings.Join(at.Path, "/")
		if at.OnKey {
			p = "#" + p
		}
		return p
	}
	var b strings.Builder
	for _, f := range l.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s", f.Severity, f.Code, where(f.At), f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, " (%s)", f.Hint)
		}
		for _, r := range f.Related {
			fmt.Fprintf(&b, " [%s]", where(r.At))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

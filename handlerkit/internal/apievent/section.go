package apievent

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"unicode/utf8"
)

// members walks over the members of a section. It ends at the first fault: a
// section that is no JSON has what stands before it.
type members struct {
	c          cursor
	i          int
	key, value []byte
}

func (s section) members() members { return members{c: cursor{s}, i: 1} }

func (s section) absent() bool { return len(s) == 0 }

// next moves to the next member; key has its quotes.
func (m *members) next() bool {
	b := m.c.b
	i := m.c.space(m.i)
	if i < len(b) && b[i] == ',' {
		i = m.c.space(i + 1)
	}
	if i >= len(b) || b[i] != '"' {
		return false
	}
	end := m.c.str(i)
	if end < 0 {
		return false
	}
	m.key = b[i:end]
	colon := m.c.space(end)
	if colon >= len(b) || b[colon] != ':' {
		return false
	}
	from := m.c.space(colon + 1)
	if m.i = m.c.value(from, 1); m.i < 0 {
		return false
	}
	m.value = b[from:m.i]
	return true
}

// find returns the value of the last member of the name. With fold, ASCII case
// does not count.
func (s section) find(name string, fold bool) []byte {
	var found []byte
	for m := s.members(); m.next(); {
		if key := m.key[1 : len(m.key)-1]; len(key) == len(name) {
			if string(key) == name || fold && equalFold(key, name) {
				found = m.value
			}
		} else if len(key) > len(name) {
			if k := inner(m.key); len(k) < len(key) && (string(k) == name || fold && equalFold(k, name)) {
				found = m.value
			}
		}
	}
	return found
}

func equalFold(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// elements walks over the elements of an array.
type elements struct {
	c     cursor
	i     int
	value []byte
}

func (e *elements) next() bool {
	b := e.c.b
	i := e.c.space(e.i)
	if i < len(b) && b[i] == ',' {
		i = e.c.space(i + 1)
	}
	if i >= len(b) || b[i] == ']' {
		return false
	}
	if e.i = e.c.value(i, 1); e.i < 0 {
		return false
	}
	e.value = b[i:e.i]
	return true
}

// scalar decodes a string; a number or a boolean is its text, anything else
// nothing.
func scalar(value []byte) (string, bool) {
	switch {
	case len(value) == 0 || value[0] == 'n' || value[0] == '{' || value[0] == '[':
		return "", false
	case value[0] == '"':
		return text(value), true
	}
	return string(value), true
}

// appendValues appends the scalars of an array.
func appendValues(dst []string, array []byte) []string {
	if len(array) == 0 || array[0] != '[' {
		return dst
	}
	for e := (elements{c: cursor{array}, i: 1}); e.next(); {
		if v, ok := scalar(e.value); ok {
			dst = append(dst, v)
		}
	}
	return dst
}

// lookup returns all values of a name: of the section with several values,
// else of the one with the last.
func lookup(multi, single section, name string, fold bool) []string {
	if !multi.absent() {
		if !fold {
			return appendValues(nil, multi.find(name, false))
		}
		var all []string
		for m := multi.members(); m.next(); {
			if equalFold(inner(m.key), name) {
				all = appendValues(all, m.value)
			}
		}
		return all
	}
	if v, ok := scalar(single.find(name, fold)); ok {
		return []string{v}
	}
	return nil
}

// Header returns the last value of a header, whatever the case of its name.
func (e *Event) Header(name string) string {
	if multi := e.section(e.multiHeaders); !multi.absent() {
		array := multi.find(name, true)
		if len(array) == 0 || array[0] != '[' {
			return ""
		}
		var last []byte
		for el := (elements{c: cursor{array}, i: 1}); el.next(); {
			last = el.value
		}
		v, _ := scalar(last)
		return v
	}
	v, _ := scalar(e.section(e.headers).find(name, true))
	return v
}

// HeaderValues returns all values of a header, whatever the case of its name.
func (e *Event) HeaderValues(name string) []string {
	return lookup(e.section(e.multiHeaders), e.section(e.headers), name, true)
}

// QueryValues returns all values of a query parameter.
func (e *Event) QueryValues(name string) []string {
	return lookup(e.section(e.multiQuery), e.section(e.query), name, false)
}

// Param returns a path parameter as API Gateway sent it, percent-encoded.
func (e *Event) Param(name string) (string, bool) {
	return scalar(e.section(e.params).find(name, false))
}

// each decodes the members of the section with several values, else those of
// the one with the last.
func each(multi, single section, yield func(name string, values []string)) {
	if !multi.absent() {
		for m := multi.members(); m.next(); {
			yield(text(m.key), appendValues(nil, m.value))
		}
		return
	}
	for m := single.members(); m.next(); {
		if v, ok := scalar(m.value); ok {
			yield(text(m.key), []string{v})
		}
	}
}

// Headers calls yield for each header with its values, names as they came.
func (e *Event) Headers(yield func(name string, values []string)) {
	each(e.section(e.multiHeaders), e.section(e.headers), yield)
}

// Query calls yield for each query parameter with its values.
func (e *Event) Query(yield func(name string, values []string)) {
	each(e.section(e.multiQuery), e.section(e.query), yield)
}

// Params returns the path parameters as API Gateway sent them, nil where there
// are none.
func (e *Event) Params() map[string]string { return e.section(e.params).decode() }

// StageVars returns the stage variables, nil where there are none.
func (e *Event) StageVars() map[string]string { return e.section(e.stageVars).decode() }

func (s section) decode() map[string]string {
	var out map[string]string
	for m := s.members(); m.next(); {
		if v, ok := scalar(m.value); ok {
			if out == nil {
				out = make(map[string]string)
			}
			out[text(m.key)] = v
		}
	}
	return out
}

// HasBody says that the event has a body that is not empty.
func (e *Event) HasBody() bool { return e.body.to-e.body.from > 2 }

// Body returns the bytes of the body, base64 undone, nil without one. Each call
// decodes anew.
func (e *Event) Body() ([]byte, error) {
	if !e.HasBody() {
		return nil, nil
	}
	b, err := e.AppendBody(nil)
	if err == nil && !e.base64 && !utf8.Valid(b) {
		b = []byte(string([]rune(string(b)))) // U+FFFD for each wrong byte
	}
	return b, err
}

// AppendBody appends what Body returns, but that wrong UTF-8 stays as it is.
func (e *Event) AppendBody(out []byte) ([]byte, error) {
	if !e.HasBody() {
		return out, nil
	}
	in := e.raw[e.body.from+1 : e.body.to-1]
	if e.base64 && !e.guessed {
		return appendBase64(out, inner(e.at(e.body)))
	}
	if e.base64 && bytes.IndexByte(in, '"') < 0 && bytes.IndexByte(in, '\\') < 0 {
		return appendBase64(out, in)
	}
	if !e.base64 {
		b, quotes := appendUnescaped(out, in)
		if !e.guessed || bytes.Count(in, quote) == quotes {
			return b, nil
		}
	}
	if err := e.rescan(); err != nil {
		return nil, err
	}
	return e.AppendBody(out)
}

func appendBase64(out, in []byte) ([]byte, error) {
	out, err := base64.StdEncoding.AppendDecode(out, in)
	if err != nil {
		return nil, fmt.Errorf("the event's body is no base64: %w", err)
	}
	return out, nil
}

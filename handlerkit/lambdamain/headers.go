package lambdamain

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// header is one line of an answer.
type header struct{ name, value string }

// headers of an answer in the order in which they are sent; equal names stand
// together.
type headers struct {
	list  []header
	array [8]header // the first of list: most answers have few
}

func (h *headers) set(name, value string) {
	if h.list == nil {
		h.list = h.array[:0]
	}
	h.list = append(h.list, header{name, value})
}

func (h *headers) get(name string) (string, bool) {
	for _, l := range h.list {
		if l.name == name {
			return l.value, true
		}
	}
	return "", false
}

// addAll adds headers with canonical names, sorted, and refuses those that
// HTTP forbids.
func (h *headers) addAll(from http.Header) error {
	for name, values := range from {
		if !validName(name) {
			return fmt.Errorf("the response header %q has a name that HTTP forbids", name)
		}
		canonical := http.CanonicalHeaderKey(name)
		for _, v := range values {
			if !validValue(v) {
				return fmt.Errorf("the response header %s has a value that HTTP forbids: %q", canonical, v)
			}
			h.set(canonical, v)
		}
	}
	if len(h.list) > 1 {
		slices.SortStableFunc(h.list, func(a, b header) int { return strings.Compare(a.name, b.name) })
	}
	return nil
}

func (h *headers) addCookies(cookies []*http.Cookie) error {
	for _, c := range cookies {
		if c == nil {
			continue
		}
		if err := c.Valid(); err != nil {
			return fmt.Errorf("the response's cookie %q is one that HTTP forbids: %w", c.Name, err)
		}
		h.set("Set-Cookie", c.String())
	}
	return nil
}

// validName says whether a header's name is a token of HTTP.
func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// validValue says whether a header's value has no control characters. An
// answer is JSON and so it must be UTF-8 as well.
func validValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(v)
}

// appendTo appends the headers as an answer has them, up to the opening quote
// of the body: single values in headers, the others in multiValueHeaders.
func (h *headers) appendTo(out []byte) []byte {
	if out == nil {
		out = make([]byte, 0, 64+48*len(h.list))
	}
	out = append(out, `,"headers":{`...)
	several := false
	first := true
	for i, l := range h.list {
		if h.count(l.name) > 1 {
			several = true
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = appendQuoted(out, l.name)
		out = append(out, ':')
		out = appendQuoted(out, h.list[i].value)
	}
	out = append(out, '}')
	if several {
		out = h.appendMulti(out)
	}
	return append(out, `,"body":"`...)
}

func (h *headers) appendMulti(out []byte) []byte {
	out = append(out, `,"multiValueHeaders":`...)
	open := byte('{')
	for i, l := range h.list {
		if h.count(l.name) == 1 || h.index(l.name) != i {
			continue
		}
		out = append(out, open)
		open = ','
		out = appendQuoted(out, l.name)
		bracket := byte('[')
		out = append(out, ':')
		for _, m := range h.list[i:] {
			if m.name == l.name {
				out = append(out, bracket)
				out = appendQuoted(out, m.value)
				bracket = ','
			}
		}
		out = append(out, ']')
	}
	return append(out, '}')
}

func (h *headers) count(name string) int {
	n := 0
	for _, l := range h.list {
		if l.name == name {
			n++
		}
	}
	return n
}

func (h *headers) index(name string) int {
	return slices.IndexFunc(h.list, func(l header) bool { return l.name == name })
}

// varies says that the answer depends on the request's origin.
func (c *CORS) varies() bool { return len(c.AllowOrigin) > 1 }

// add adds the headers that every answer of a path with CORS has, but for those
// that the handler set itself.
func (c *CORS) add(h *headers, origin string) {
	if c == nil {
		return
	}
	fill := func(name, value string) {
		if _, there := h.get(name); !there && value != "" {
			h.set(name, value)
		}
	}
	if !c.varies() {
		fill("Access-Control-Allow-Origin", c.AllowOrigin[0])
	} else {
		if slices.Contains(c.AllowOrigin, "*") {
			fill("Access-Control-Allow-Origin", "*")
		} else if slices.Contains(c.AllowOrigin, origin) {
			fill("Access-Control-Allow-Origin", origin)
		}
		h.vary("Origin")
	}
	fill("Access-Control-Allow-Headers", c.AllowHeaders)
	fill("Access-Control-Expose-Headers", c.ExposeHeaders)
	fill("Access-Control-Max-Age", c.MaxAge)
	if c.AllowCredentials {
		fill("Access-Control-Allow-Credentials", "true")
	}
}

// vary adds a name to Vary, if it is not there.
func (h *headers) vary(name string) {
	for i, l := range h.list {
		if l.name != "Vary" {
			continue
		}
		for field := range strings.SplitSeq(l.value, ",") {
			if field = strings.TrimSpace(field); strings.EqualFold(field, name) || field == "*" {
				return
			}
		}
		h.list[i].value += ", " + name
		return
	}
	h.set("Vary", name)
}

// isNil says that v holds a nil pointer.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

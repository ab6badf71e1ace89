// Package apievent reads the proxy events of API Gateway without decoding what
// nobody asks for: one pass over the bytes checks them and notes where each
// section lies.
package apievent

import (
	"errors"
	"fmt"
)

// Event is a scanned proxy event. It owns its bytes: every string that its
// methods return is a copy that the caller may keep.
type Event struct {
	raw []byte
	// Sections as they stand in raw: an object, or nil where the event has
	// none or null.
	headers, multiHeaders, query, multiQuery, params, stageVars, context section
	// path, resource, method and body are JSON strings with their quotes, or nil.
	path, resource, method, body []byte
	base64                       bool
}

// section is the text of a JSON object that the scan has found sound.
type section []byte

// Scan checks that raw is a proxy event and notes its sections. The event
// keeps raw: it must not change afterwards.
func (e *Event) Scan(raw []byte) error {
	*e = Event{raw: raw}
	c := cursor{raw}
	i := c.space(0)
	if i >= len(raw) || raw[i] != '{' {
		return c.fault(i)
	}
	i = c.space(i + 1)
	if i < len(raw) && raw[i] == '}' {
		i++
	} else {
		var err error
		if i, err = e.members(c, i); err != nil {
			return err
		}
	}
	if i = c.space(i); i != len(raw) {
		return c.fault(i)
	}
	if e.method == nil || e.resource == nil {
		return errors.New("the event is no request of an API Gateway REST API: httpMethod or resource is missing")
	}
	return nil
}

// members scans the members of the event, from the first key to behind its
// closing brace.
func (e *Event) members(c cursor, i int) (int, error) {
	raw := c.b
	for {
		if i >= len(raw) || raw[i] != '"' {
			return i, c.fault(i)
		}
		end := c.str(i)
		if end < 0 {
			return i, c.fault(-1 - end)
		}
		key := raw[i+1 : end-1]
		if i = c.space(end); i >= len(raw) || raw[i] != ':' {
			return i, c.fault(i)
		}
		from := c.space(i + 1)
		end = c.value(from, 1)
		if end < 0 {
			return i, c.fault(-1 - end)
		}
		if err := e.member(key, raw[from:end]); err != nil {
			return i, err
		}
		i = c.space(end)
		switch {
		case i >= len(raw):
			return i, c.fault(i)
		case raw[i] == ',':
			i = c.space(i + 1)
		case raw[i] == '}':
			return i + 1, nil
		default:
			return i, c.fault(i)
		}
	}
}

// member notes one member of the event.
func (e *Event) member(key, value []byte) error {
	switch string(key) {
	case "resource":
		return note(&e.resource, key, value, '"')
	case "path":
		return note(&e.path, key, value, '"')
	case "httpMethod":
		return note(&e.method, key, value, '"')
	case "headers":
		return note((*[]byte)(&e.headers), key, value, '{')
	case "multiValueHeaders":
		return note((*[]byte)(&e.multiHeaders), key, value, '{')
	case "queryStringParameters":
		return note((*[]byte)(&e.query), key, value, '{')
	case "multiValueQueryStringParameters":
		return note((*[]byte)(&e.multiQuery), key, value, '{')
	case "pathParameters":
		return note((*[]byte)(&e.params), key, value, '{')
	case "stageVariables":
		return note((*[]byte)(&e.stageVars), key, value, '{')
	case "requestContext":
		return note((*[]byte)(&e.context), key, value, '{')
	case "body":
		return note(&e.body, key, value, '"')
	case "isBase64Encoded":
		e.base64 = string(value) == "true"
	}
	return nil
}

// note sets dst to value, which is null or starts with first.
func note(dst *[]byte, key, value []byte, first byte) error {
	switch value[0] {
	case first:
		*dst = value
	case 'n':
		*dst = nil
	default:
		return fmt.Errorf("the event is no request of an API Gateway REST API: its %s is %.40s", key, value)
	}
	return nil
}

// Raw returns the event as it came.
func (e *Event) Raw() []byte { return e.raw }

// Method returns the HTTP method.
func (e *Event) Method() string {
	if len(e.method) > 2 {
		switch string(e.method[1 : len(e.method)-1]) {
		case "GET":
			return "GET"
		case "POST":
			return "POST"
		case "PUT":
			return "PUT"
		case "PATCH":
			return "PATCH"
		case "DELETE":
			return "DELETE"
		case "HEAD":
			return "HEAD"
		case "OPTIONS":
			return "OPTIONS"
		}
	}
	return text(e.method)
}

// Path returns the path of the request.
func (e *Event) Path() string { return text(e.path) }

// Resource returns the path of the route.
func (e *Event) Resource() string { return text(e.resource) }

// ResourceBytes is Resource without a copy where the text has no escapes:
// only to look it up.
func (e *Event) ResourceBytes() []byte { return inner(e.resource) }

// Context returns the JSON of requestContext, nil where the event has none.
// It must not be changed.
func (e *Event) Context() []byte { return e.context }

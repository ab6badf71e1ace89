// Package apievent reads the proxy events of API Gateway without decoding what
// nobody asks for: one pass over the bytes checks them and notes where each
// section lies.
package apievent

import (
	"bytes"
	"errors"
	"fmt"
)

// Event is a scanned proxy event. Every string and every slice that its methods
// return is a copy that the caller may keep, but for those of Context,
// ResourceBytes and Raw.
type Event struct {
	raw []byte
	// Sections as they stand in raw: an object, or nothing where the event has
	// none or null. What is in them is not checked.
	headers, multiHeaders, query, multiQuery, params, stageVars, context span
	// path, resource, method and body are JSON strings with their quotes.
	path, resource, method, body span
	base64                       bool
	owned                        bool
	// guessed: the body ends where bodyEnd thinks; exact: do not guess.
	guessed, exact bool
}

// section is the text of a JSON object, found but not checked.
type section []byte

// span is a part of the event; empty where it lacks.
type span struct{ from, to int32 }

// maxSize keeps positions within a span's; events have 6 MB at most.
const maxSize = 1 << 30

func (e *Event) at(s span) []byte { return e.raw[s.from:s.to] }

func (e *Event) section(s span) section { return e.raw[s.from:s.to] }

// Scan checks that raw is a proxy event and notes its sections. The event reads
// raw until Own or Release is called: it must not change before.
func (e *Event) Scan(raw []byte) error {
	*e = Event{}
	return e.scan(raw)
}

func (e *Event) scan(raw []byte) error {
	e.raw = raw
	if len(raw) > maxSize {
		return fmt.Errorf("the event has %d bytes", len(raw))
	}
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
	if e.method.to == 0 || e.resource.to == 0 {
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
		if end = 0; string(key) == "body" {
			end = e.bodyEnd(from)
		}
		if end == 0 {
			end = c.skip(from)
		}
		if end < 0 {
			return i, c.fault(-1 - end)
		}
		if err := e.member(key, from, end); err != nil {
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

// bodyTails are what follows the text of a body in an event of API Gateway, to
// the event's end.
var bodyTails = [2][]byte{[]byte(`","isBase64Encoded":false}`), []byte(`","isBase64Encoded":true}`)}

// bodyEnd finds the end of the body without reading it: in an event of API
// Gateway nothing but isBase64Encoded follows. It is a guess, since another
// member might stand between; who decodes the body sees that. It returns 0
// where the event looks otherwise.
func (e *Event) bodyEnd(from int) int {
	if e.exact || e.context.to == 0 || e.method.to == 0 || e.resource.to == 0 || from >= len(e.raw) || e.raw[from] != '"' {
		return 0
	}
	for _, tail := range bodyTails {
		if end := len(e.raw) - len(tail) + 1; end > from+1 && bytes.HasSuffix(e.raw, tail) {
			e.guessed = true
			return end
		}
	}
	return 0
}

// rescan scans anew without a guess.
func (e *Event) rescan() error {
	again := Event{exact: true}
	if err := again.scan(e.raw); err != nil {
		return err
	}
	again.owned = e.owned
	*e = again
	return nil
}

// member notes one member of the event.
func (e *Event) member(key []byte, from, to int) error {
	var dst *span
	first := byte('{')
	switch string(key) {
	case "resource":
		dst, first = &e.resource, '"'
	case "path":
		dst, first = &e.path, '"'
	case "httpMethod":
		dst, first = &e.method, '"'
	case "headers":
		dst = &e.headers
	case "multiValueHeaders":
		dst = &e.multiHeaders
	case "queryStringParameters":
		dst = &e.query
	case "multiValueQueryStringParameters":
		dst = &e.multiQuery
	case "pathParameters":
		dst = &e.params
	case "stageVariables":
		dst = &e.stageVars
	case "requestContext":
		dst = &e.context
	case "body":
		dst, first = &e.body, '"'
	case "isBase64Encoded":
		e.base64 = e.raw[from] == 't'
		return nil
	default:
		return nil
	}
	switch e.raw[from] {
	case first:
		*dst = span{int32(from), int32(to)}
	case 'n':
		*dst = span{}
	default:
		return fmt.Errorf("the event is no request of an API Gateway REST API: its %s is %.40s", key, e.raw[from:to])
	}
	return nil
}

// Own makes the event keep a copy of its bytes in place of those that it was
// scanned from.
func (e *Event) Own() {
	if !e.owned {
		e.raw, e.owned = bytes.Clone(e.raw), true
	}
}

// Release lets go of bytes that are not the event's own: what was not read
// until now reads as absent.
func (e *Event) Release() {
	if !e.owned {
		*e = Event{owned: true}
	}
}

// Raw returns the event as it came.
func (e *Event) Raw() []byte { return e.raw }

// Method returns the HTTP method.
func (e *Event) Method() string {
	if quoted := e.at(e.method); len(quoted) > 2 {
		switch string(quoted[1 : len(quoted)-1]) {
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
	return text(e.at(e.method))
}

// Path returns the path of the request.
func (e *Event) Path() string { return text(e.at(e.path)) }

// Resource returns the path of the route.
func (e *Event) Resource() string { return text(e.at(e.resource)) }

// ResourceBytes is Resource without a copy where the text has no escapes:
// only to look it up.
func (e *Event) ResourceBytes() []byte { return inner(e.at(e.resource)) }

// Context returns the JSON of requestContext, nil where the event has none.
// It must not be changed.
func (e *Event) Context() []byte {
	if e.context.to == 0 {
		return nil
	}
	return e.at(e.context)
}

// Package http1 is a lean HTTP/1.1 server side: it reads requests without
// changing how the client spelled them, and writes answers in one write. The
// local API Gateway needs the spelling (net/http makes all header names
// canonical), and both it and the Runtime API need the speed.
package http1

import (
	"errors"
	"strings"
)

// Limits of what is read; a head beyond them is refused.
const (
	maxHead   = 64 << 10
	maxFields = 500
	maxLine   = 4 << 10 // of a chunk's size with its extensions
)

// Field is one header field, spelled as it was sent.
type Field struct{ Name, Value string }

// Head is the head of a request. Its strings are the client's own bytes; its
// Fields are reused for the next request of the connection.
type Head struct {
	Method, Target string
	Fields         []Field
	// Minor is x of HTTP/1.x.
	Minor int
	// Close says that the client wants the connection closed, Continue that it
	// waits for a 100 before it sends the body.
	Close, Continue bool

	length  int64 // of the body; 0 where there is none
	chunked bool
}

// HasBody says that a body follows the head.
func (h *Head) HasBody() bool { return h.chunked || h.length > 0 }

// Get is the last value of a header field.
func (h *Head) Get(name string) string {
	for i := len(h.Fields) - 1; i >= 0; i-- {
		if EqualFold(h.Fields[i].Name, name) {
			return h.Fields[i].Value
		}
	}
	return ""
}

// Error is a request that is no HTTP; Status is the answer that it deserves.
type Error struct {
	Status int
	Text   string
}

func (e *Error) Error() string { return "malformed HTTP request: " + e.Text }

func malformed(text string) error { return &Error{400, text} }

// ErrBodyTooLarge says that a body is longer than it may be.
var ErrBodyTooLarge = errors.New("the body is too large")

// parseHead fills h from the text of a head, up to and without the empty line.
func parseHead(text string, h *Head) error {
	*h = Head{Fields: h.Fields[:0]}
	line, rest := cutLine(text)
	if err := parseRequestLine(line, h); err != nil {
		return err
	}
	for rest != "" {
		line, rest = cutLine(rest)
		f, err := parseField(line)
		if err != nil {
			return err
		}
		if len(h.Fields) == maxFields {
			return &Error{431, "too many header fields"}
		}
		h.Fields = append(h.Fields, f)
	}
	return h.frame()
}

// cutLine cuts the first line off; lines end in CRLF or LF.
func cutLine(text string) (line, rest string) {
	i := strings.IndexByte(text, '\n')
	if i < 0 {
		return strings.TrimSuffix(text, "\r"), ""
	}
	return strings.TrimSuffix(text[:i], "\r"), text[i+1:]
}

func parseRequestLine(line string, h *Head) error {
	method, rest, ok := strings.Cut(line, " ")
	if !ok || !isToken(method) {
		return malformed("the request line has no method")
	}
	target, version, ok := strings.Cut(rest, " ")
	if !ok || target == "" {
		return malformed("the request line has no target")
	}
	for i := range len(target) {
		if target[i] <= ' ' || target[i] == 0x7f {
			return malformed("the request target holds a control character")
		}
	}
	switch version {
	case "HTTP/1.1":
		h.Minor = 1
	case "HTTP/1.0":
		h.Close = true
	default:
		if strings.HasPrefix(version, "HTTP/") {
			return &Error{505, "the version is neither HTTP/1.1 nor HTTP/1.0"}
		}
		return malformed("the request line has no version")
	}
	h.Method, h.Target = method, target
	return nil
}

func parseField(line string) (Field, error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !isToken(name) {
		// A folded line lands here too: it starts with a space.
		return Field{}, malformed("a header line has no valid name")
	}
	value = strings.Trim(value, " \t")
	if !ValidValue(value) {
		return Field{}, malformed("a header value holds a control character")
	}
	return Field{name, value}, nil
}

// frame works out how long the body is and what becomes of the connection.
func (h *Head) frame() error {
	sized := false
	for _, f := range h.Fields {
		switch len(f.Name) {
		case len("Content-Length"):
			if !EqualFold(f.Name, "Content-Length") {
				continue
			}
			n, ok := parseLength(f.Value)
			if !ok || sized && n != h.length {
				return malformed("the Content-Length is no number, or two of them differ")
			}
			h.length, sized = n, true
		case len("Transfer-Encoding"):
			if !EqualFold(f.Name, "Transfer-Encoding") {
				continue
			}
			if h.chunked || !EqualFold(f.Value, "chunked") {
				return &Error{501, "a Transfer-Encoding other than chunked"}
			}
			h.chunked = true
		case len("Connection"): // and "Keep-Alive", which says nothing here
			if EqualFold(f.Name, "Connection") {
				h.connection(f.Value)
			}
		case len("Expect"):
			if EqualFold(f.Name, "Expect") && EqualFold(f.Value, "100-continue") {
				h.Continue = true
			}
		}
	}
	if h.chunked && (sized || h.Minor == 0) {
		// What one side takes for the body, the other takes for the next request.
		return malformed("a Transfer-Encoding beside a Content-Length, or in HTTP/1.0")
	}
	return nil
}

func (h *Head) connection(value string) {
	for token := range strings.SplitSeq(value, ",") {
		switch token = strings.Trim(token, " \t"); {
		case EqualFold(token, "close"):
			h.Close = true
		case EqualFold(token, "keep-alive") && h.Minor == 0:
			h.Close = false
		}
	}
}

func parseLength(text string) (int64, bool) {
	if text == "" || len(text) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(text[i]-'0')
	}
	return n, true
}

// EqualFold compares header names: ASCII, without case.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// isToken says that text may be a header name or a method.
func isToken(text string) bool {
	for i := range len(text) {
		if !tokens[text[i]] {
			return false
		}
	}
	return text != ""
}

// ValidName and ValidValue say what HTTP lets stand in a header field.
func ValidName(name string) bool { return isToken(name) }

// ValidValue says that a value holds no line break or other control character.
func ValidValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

var tokens = func() (table [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		table[c] = true
	}
	return table
}()

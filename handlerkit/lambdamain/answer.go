package lambdamain

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/handlerkit"
)

const (
	jsonType  = "application/json"
	textType  = "text/plain; charset=utf-8"
	bytesType = "application/octet-stream"

	answerStart = `{"statusCode":`
	bodyEnd     = `","isBase64Encoded":false}`
	bodyEnd64   = `","isBase64Encoded":true}`
)

// jsonWriter encodes values as JSON straight into the body of an answer.
type jsonWriter struct {
	out    []byte
	status int
	head   []byte
	enc    *json.Encoder
}

var jsonWriters = sync.Pool{New: func() any {
	w := new(jsonWriter)
	w.enc = json.NewEncoder(w)
	w.enc.SetEscapeHTML(false)
	return w
}}

// Write escapes what the encoder writes. The encoder writes once, so that the
// size of the answer is known at the first call.
func (w *jsonWriter) Write(p []byte) (int, error) {
	if w.out == nil {
		w.out = make([]byte, 0, len(answerStart)+3+len(w.head)+len(p)+len(p)/4+len(bodyEnd)+16)
		w.out = appendHead(w.out, w.status, w.head)
	}
	w.out = appendText(w.out, p)
	return len(p), nil
}

func appendHead(out []byte, status int, head []byte) []byte {
	out = append(out, answerStart...)
	out = strconv.AppendInt(out, int64(status), 10)
	return append(out, head...)
}

// jsonAnswer makes the whole answer of a value. A panic of the value's own
// MarshalJSON is an error.
func jsonAnswer(status int, head []byte, v any) (out []byte, err error) {
	w := jsonWriters.Get().(*jsonWriter)
	w.status, w.head, w.out = status, head, nil
	finished := false
	defer func() {
		if !finished {
			err = caught(recover(), debug.Stack())
		}
	}()
	err = w.enc.Encode(v)
	finished = true
	out = w.out
	w.out, w.head = nil, nil
	jsonWriters.Put(w)
	if err != nil {
		return nil, fmt.Errorf("the result is no JSON: %w", err)
	}
	// The encoder ends with a line break, which is an escape by now.
	return append(out[:len(out)-len(`\n`)], bodyEnd...), nil
}

// jsonHead is what stands between the status and the body of an answer in JSON;
// nil where it depends on the request.
func (rt *route) jsonHead() []byte {
	if rt.CORS != nil && rt.CORS.varies() {
		return nil
	}
	var h headers
	h.set("Content-Type", jsonType)
	rt.CORS.add(&h, "")
	return h.appendTo(nil)
}

// headFor is jsonHead for a request.
func (rt *route) headFor(req *handlerkit.Request) []byte {
	if rt.head != nil {
		return rt.head
	}
	var h headers
	h.set("Content-Type", jsonType)
	rt.CORS.add(&h, req.Event().Header("Origin"))
	return h.appendTo(nil)
}

// preflight answers a CORS preflight.
func (rt *route) preflight(req *handlerkit.Request) []byte {
	var h headers
	rt.CORS.add(&h, req.Event().Header("Origin"))
	if rt.CORS != nil {
		h.set("Access-Control-Allow-Methods", rt.CORS.AllowMethods)
	}
	return append(h.appendTo(append([]byte(answerStart), "200"...)), bodyEnd...)
}

// answer makes the answer of what a handler returned.
func (a *api) answer(rt *route, req *handlerkit.Request, v any) (out []byte, err error) {
	finished := false
	defer func() {
		if !finished { // a method Response panicked
			out, err = nil, caught(recover(), debug.Stack())
		}
	}()
	out, err = a.encode(rt, req, v)
	finished = true
	return out, err
}

func (a *api) encode(rt *route, req *handlerkit.Request, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil, string:
	case []byte:
		return a.response(rt, req, &handlerkit.Response{Body: v})
	default:
		if r, ok := responseOf(v); ok {
			return a.response(rt, req, r)
		}
	}
	if noBody(req.Method, rt.status) {
		return a.response(rt, req, &handlerkit.Response{Body: v})
	}
	return jsonAnswer(rt.status, rt.headFor(req), v)
}

// responseOf returns the Response that v is or makes; a nil *Response is an
// empty one.
func responseOf(v any) (*handlerkit.Response, bool) {
	switch v := v.(type) {
	case *handlerkit.Response:
		if v == nil {
			return &handlerkit.Response{}, true
		}
		return v, true
	case handlerkit.Response:
		return &v, true
	case interface{ Response() *handlerkit.Response }:
		return v.Response(), true
	}
	return nil, false
}

// noBody says that HTTP lets the answer have no body.
func noBody(method string, status int) bool {
	return method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// response makes the answer of a Response.
func (a *api) response(rt *route, req *handlerkit.Request, r *handlerkit.Response) ([]byte, error) {
	status := r.StatusCode
	if status == 0 {
		status = rt.status
	}
	if status < 200 || status > 599 {
		return nil, fmt.Errorf("the response has the status %d: HTTP has 200 to 599", status)
	}
	var h headers
	if err := h.addAll(r.Headers); err != nil {
		return nil, err
	}
	if err := h.addCookies(r.Cookies); err != nil {
		return nil, err
	}
	body, err := a.body(&h, r, noBody(req.Method, status), status)
	if err != nil {
		return nil, err
	}
	rt.CORS.add(&h, req.Event().Header("Origin"))
	if body.isJSON {
		return jsonAnswer(status, h.appendTo(nil), body.value)
	}
	head := h.appendTo(nil)
	out := make([]byte, 0, len(answerStart)+3+len(head)+body.size()+len(bodyEnd)+16)
	out = appendHead(out, status, head)
	if body.base64 {
		out = base64.StdEncoding.AppendEncode(out, body.bytes)
		return append(out, bodyEnd64...), nil
	}
	if body.bytes != nil {
		out = appendText(out, body.bytes)
	} else {
		out = appendString(out, body.text)
	}
	return append(out, bodyEnd...), nil
}

// body is a response's body on its way: a value to encode, bytes or a text.
type body struct {
	isJSON bool
	value  any
	bytes  []byte
	base64 bool
	text   string
}

func (b body) size() int {
	if b.base64 {
		return base64.StdEncoding.EncodedLen(len(b.bytes))
	}
	n := len(b.bytes) + len(b.text)
	return n + n/16
}

// body decides how the body of a response is sent, and its content type where
// the handler set none.
func (a *api) body(h *headers, r *handlerkit.Response, none bool, status int) (body, error) {
	contentType, typed := h.get("Content-Type")
	fill := func(standard string) {
		if !typed && status != http.StatusNoContent && status != http.StatusNotModified {
			contentType = standard
			h.set("Content-Type", standard)
		}
	}
	v := r.Body
	if reader, ok := v.(io.Reader); ok && !isNil(v) {
		b, err := drain(reader, none)
		if err != nil {
			return body{}, fmt.Errorf("the response's body cannot be read: %w", err)
		}
		v = b
	}
	switch v := v.(type) {
	case string:
		if r.IsResult() && (!typed || isJSON(contentType)) {
			break
		}
		fill(textType)
		if none {
			return body{}, nil
		}
		if a.binary.matches(contentType) || !utf8.ValidString(v) {
			return a.bytes([]byte(v), contentType)
		}
		return body{text: v}, nil
	case []byte:
		fill(bytesType)
		if none {
			return body{}, nil
		}
		return a.bytes(v, contentType)
	}
	fill(jsonType)
	if none {
		return body{}, nil
	}
	if v != nil && !isJSON(contentType) {
		return body{}, fmt.Errorf("the response's content type is %q and its body a %T: with a type that is not JSON the body must be a string, a []byte or an io.Reader", contentType, v)
	}
	return body{isJSON: true, value: v}, nil
}

// bytes decides whether bytes go out base64 coded.
func (a *api) bytes(b []byte, contentType string) (body, error) {
	if a.binary.all || a.binary.matches(contentType) {
		return body{bytes: b, base64: true}, nil
	}
	if !utf8.Valid(b) {
		return body{}, fmt.Errorf("the response's body is binary and its content type %q is none of api.binary_types: add it there", mediaType(contentType))
	}
	return body{bytes: b}, nil
}

// drain reads a body to its end and closes it.
func drain(r io.Reader, none bool) (b []byte, err error) {
	finished := false
	defer func() {
		if !finished {
			err = caught(recover(), debug.Stack())
		}
	}()
	b = []byte{}
	if !none {
		b, err = io.ReadAll(r)
	}
	if c, ok := r.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	finished = true
	return b, err
}

// binaryTypes are the media types that API Gateway takes for binary.
type binaryTypes struct {
	all  bool
	list []string
}

func newBinaryTypes(list []string) binaryTypes {
	b := binaryTypes{all: len(list) == 0 || slices.Contains(list, "*/*")}
	if !b.all {
		for _, t := range list {
			b.list = append(b.list, mediaType(t))
		}
	}
	return b
}

// matches says whether the list names the type. That */* is the default does
// not make text binary.
func (b binaryTypes) matches(contentType string) bool {
	return !b.all && matchType(b.list, mediaType(contentType))
}

// mediaType is a content type without parameters, in lower case.
func mediaType(contentType string) string {
	if i := strings.IndexByte(contentType, ';'); i >= 0 {
		contentType = contentType[:i]
	}
	return strings.ToLower(strings.TrimSpace(contentType))
}

// matchType says whether a list of types, in which */* and image/* are
// wildcards, names a media type.
func matchType(list []string, media string) bool {
	for _, t := range list {
		if t == media || t == "*/*" {
			return true
		}
		if prefix, ok := strings.CutSuffix(t, "*"); ok && strings.HasSuffix(prefix, "/") && strings.HasPrefix(media, prefix) {
			return true
		}
	}
	return false
}

func isJSON(contentType string) bool {
	media := mediaType(contentType)
	return media == jsonType || strings.HasSuffix(media, "+json")
}

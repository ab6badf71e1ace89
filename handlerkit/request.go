package handlerkit

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/chalicefile/chalicefile/handlerkit/internal/apievent"
)

// Request is an HTTP request as API Gateway handed it to the function. Its
// methods decode what they return when first called; what is not asked for
// costs nothing. What they return may be kept; maps and slices are shared by
// all callers, as those of an http.Request are. Methods may be called by
// several goroutines.
type Request struct {
	// Method is GET, POST, ….
	Method string
	// Path is the path of the request: /cities/seattle.
	Path string
	// Resource is the path of the route: /cities/{city}.
	Resource string

	event apievent.Event

	mu      sync.Mutex
	decoded *decoded
}

// decoded is what methods of a Request have decoded.
type decoded struct {
	header  http.Header
	query   url.Values
	params  map[string]string
	body    []byte
	bodyErr error
	hasBody bool // body and bodyErr are decoded
	context *RequestContext
}

// lock returns what is decoded. The caller unlocks r.mu.
func (r *Request) lock() *decoded {
	r.mu.Lock()
	if r.decoded == nil {
		r.decoded = new(decoded)
	}
	return r.decoded
}

// NewRequest makes a Request of an event, the JSON that API Gateway sends to a
// function. It is for tests and tools: a handler is given its Request.
func NewRequest(event []byte) (*Request, error) {
	r := new(Request)
	if err := r.event.Scan(event); err != nil {
		return nil, err
	}
	r.event.Own()
	r.Method, r.Path, r.Resource = r.event.Method(), r.event.Path(), r.event.Resource()
	return r, nil
}

// Event is what the request came in, scanned but not decoded. It is for the
// generated code.
func (r *Request) Event() *apievent.Event { return &r.event }

// Release ends the time in which the bytes of the event may be read, if nobody
// but the generated code had the request until now.
func (r *Request) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.event.Release()
}

// Header returns the headers, with canonical names.
func (r *Request) Header() http.Header {
	d := r.lock()
	defer r.mu.Unlock()
	if d.header == nil {
		d.header = make(http.Header)
		r.event.Headers(func(name string, values []string) {
			name = http.CanonicalHeaderKey(name)
			d.header[name] = append(d.header[name], values...)
		})
	}
	return d.header
}

// Query returns the query parameters, decoded.
func (r *Request) Query() url.Values {
	d := r.lock()
	defer r.mu.Unlock()
	if d.query == nil {
		d.query = make(url.Values)
		r.event.Query(func(name string, values []string) { d.query[name] = values })
	}
	return d.query
}

// PathValue returns a path parameter by its name in the route, percent-decoded
// once; "" where the route has none of the name.
func (r *Request) PathValue(name string) string {
	v, _ := r.event.Param(name)
	return unescapePath(v)
}

// unescapePath undoes percent-encoding; a plus stays a plus.
func unescapePath(v string) string {
	if strings.IndexByte(v, '%') < 0 {
		return v
	}
	if plain, err := url.PathUnescape(v); err == nil {
		return plain
	}
	return v
}

// PathValues returns all path parameters, percent-decoded once; nil where the
// route has none.
func (r *Request) PathValues() map[string]string {
	d := r.lock()
	defer r.mu.Unlock()
	if d.params == nil {
		d.params = r.event.Params()
		for name, v := range d.params {
			d.params[name] = unescapePath(v)
		}
	}
	return d.params
}

// RawBody returns the body as the client sent it, nil without one.
func (r *Request) RawBody() []byte {
	b, _ := r.readBody()
	return b
}

func (r *Request) readBody() ([]byte, error) {
	d := r.lock()
	defer r.mu.Unlock()
	if !d.hasBody {
		d.body, d.bodyErr = r.event.Body()
		d.hasBody = true
	}
	return d.body, d.bodyErr
}

// contentType is the media type of the body in lower case, without parameters;
// application/json where the client named none.
func (r *Request) contentType() string {
	v := r.event.Header("Content-Type")
	if v == "" {
		return "application/json"
	}
	if i := strings.IndexByte(v, ';'); i >= 0 {
		v = v[:i]
	}
	return strings.ToLower(strings.TrimSpace(v))
}

// JSONBody decodes the body into v, a pointer. The error answers 400. Where the
// content type is not JSON, v stays untouched and there is no error; a missing
// content type counts as JSON.
func (r *Request) JSONBody(v any) error {
	if ct := r.contentType(); ct != "application/json" && !strings.HasSuffix(ct, "+json") {
		return nil
	}
	return r.DecodeBody(v)
}

// scratch is where bodies are put for the time in which they are decoded.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch keeps rare large bodies from being held for ever.
const maxScratch = 1 << 20

// DecodeBody decodes the body into v, a pointer, as JSON, whatever its content
// type says. The error answers 400.
func (r *Request) DecodeBody(v any) error {
	buf := scratch.Get().(*[]byte)
	r.mu.Lock()
	b, err := r.event.AppendBody((*buf)[:0])
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return BadRequest("the body is empty: JSON is expected")
	}
	err = json.Unmarshal(b, v) // it copies what it keeps
	if cap(b) <= maxScratch {
		*buf = b
		scratch.Put(buf)
	}
	if err != nil {
		return badBody(err)
	}
	return nil
}

// Form decodes the body as a form (application/x-www-form-urlencoded). The
// error answers 400.
func (r *Request) Form() (url.Values, error) {
	if strings.HasPrefix(r.contentType(), "multipart/") {
		return nil, BadRequest("the body is not a form: its content type is %q, application/x-www-form-urlencoded is expected", r.contentType())
	}
	b, err := r.readBody()
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, BadRequest("the body is not a form: %w", err)
	}
	return form, nil
}

// StageVars returns the stage variables of the API, nil where there are none.
func (r *Request) StageVars() map[string]string { return r.event.StageVars() }

// RequestContext returns what API Gateway knows about the request: its id, the
// stage, who called, and what the authorizer said.
func (r *Request) RequestContext() *RequestContext {
	d := r.lock()
	defer r.mu.Unlock()
	if d.context == nil {
		d.context = decodeContext(r.event.Context())
	}
	return d.context
}

// MarshalJSON makes the JSON object that tells everything about the request.
func (r *Request) MarshalJSON() ([]byte, error) {
	out := struct {
		Context     *RequestContext   `json:"context"`
		Headers     map[string]string `json:"headers"`
		Method      string            `json:"method"`
		QueryParams map[string]string `json:"query_params"`
		RawBody     *string           `json:"raw_body"`
		StageVars   map[string]string `json:"stage_vars"`
		URIParams   map[string]string `json:"uri_params"`
	}{
		Context:     r.RequestContext(),
		Headers:     make(map[string]string),
		Method:      r.Method,
		QueryParams: lastValues(r.Query()),
		StageVars:   r.StageVars(),
		URIParams:   r.PathValues(),
	}
	for name, v := range lastValues(r.Header()) {
		out.Headers[strings.ToLower(name)] = v
	}
	if b := r.RawBody(); len(b) > 0 {
		s := textOrBase64(b)
		out.RawBody = &s
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func lastValues(values map[string][]string) map[string]string {
	var out map[string]string
	for name := range maps.Keys(values) {
		if v := values[name]; len(v) > 0 {
			if out == nil {
				out = make(map[string]string, len(values))
			}
			out[name] = v[len(v)-1]
		}
	}
	return out
}

type requestKey struct{}

// requestContext is a context that holds a request; leaner than
// context.WithValue.
type requestContext struct {
	context.Context
	req *Request
}

// Value finds the request, or asks the parent.
func (c *requestContext) Value(key any) any {
	if key == (requestKey{}) {
		return c.req
	}
	return c.Context.Value(key)
}

// WithRequest returns a context from which RequestFrom takes req. The generated
// code calls it for every request; a test may too.
func WithRequest(ctx context.Context, req *Request) context.Context {
	return &requestContext{ctx, req}
}

// RequestFrom returns the request that is being answered, nil where ctx does
// not come from a route.
func RequestFrom(ctx context.Context) *Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	if r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.event.Own() // whoever asks may keep it
	}
	return r
}

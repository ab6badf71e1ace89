package handlertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Response is an answer, read to its end. Its Body can be read as well.
type Response struct {
	*http.Response
	body []byte
}

// Bytes is the body.
func (r *Response) Bytes() []byte { return r.body }

// Text is the body as text.
func (r *Response) Text() string { return string(r.body) }

// JSON decodes the body into v, a pointer.
func (r *Response) JSON(v any) error {
	if err := json.Unmarshal(r.body, v); err != nil {
		return fmt.Errorf("%w in the answer %q", err, r.body)
	}
	return nil
}

// RequestOption is an option of a request.
type RequestOption func(*requestOptions)

type requestOptions struct {
	header     http.Header
	resource   string
	authorizer map[string]any
}

// Header sets a header of a request; a second value for the same name is added
// to the first.
func Header(name, value string) RequestOption {
	return func(o *requestOptions) { o.header.Add(name, value) }
}

func newClient() *http.Client {
	return &http.Client{
		// As it came: neither unpacked nor through a proxy, and a redirect is an
		// answer like any other.
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Get sends a GET request.
func (a *App) Get(path string, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodGet, path, nil, opts...)
}

// Head sends a HEAD request.
func (a *App) Head(path string, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodHead, path, nil, opts...)
}

// Options sends an OPTIONS request.
func (a *App) Options(path string, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodOptions, path, nil, opts...)
}

// Delete sends a DELETE request.
func (a *App) Delete(path string, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodDelete, path, nil, opts...)
}

// Post sends a POST request; see Request for body.
func (a *App) Post(path string, body any, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodPost, path, body, opts...)
}

// Put sends a PUT request; see Request for body.
func (a *App) Put(path string, body any, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodPut, path, body, opts...)
}

// Patch sends a PATCH request; see Request for body.
func (a *App) Patch(path string, body any, opts ...RequestOption) *Response {
	a.t.Helper()
	return a.Request(http.MethodPatch, path, body, opts...)
}

// Request sends a request and fails the test where no answer comes. A body
// that is a string, a []byte or an io.Reader is sent as it is, url.Values as a
// form, anything else as JSON; without a Content-Type of its own it is
// application/json, or a form's.
func (a *App) Request(method, path string, body any, opts ...RequestOption) *Response {
	a.t.Helper()
	o := optionsOf(opts)
	data, err := encodeBody(body, o.header)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.URL+path, bytes.NewReader(data))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header = o.header
	res, err := a.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	return res
}

// Do sends any request to the app, whatever host its URL names.
func (a *App) Do(req *http.Request) (*Response, error) {
	target, err := url.Parse(a.URL)
	if err != nil {
		return nil, err
	}
	if req.URL.Host != target.Host || req.RequestURI != "" {
		req = req.Clone(req.Context())
		req.RequestURI, req.Host = "", ""
		req.URL.Scheme, req.URL.Host = target.Scheme, target.Host
	}
	res, err := a.client.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s %s: %w", req.Method, req.URL, err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return &Response{res, body}, nil
}

const formType = "application/x-www-form-urlencoded"

func optionsOf(opts []RequestOption) requestOptions {
	o := requestOptions{header: http.Header{}}
	for _, option := range opts {
		option(&o)
	}
	return o
}

// encodeBody makes the bytes of a body, and says in header what they are.
func encodeBody(body any, header http.Header) ([]byte, error) {
	var data []byte
	var err error
	contentType := "application/json"
	switch body := body.(type) {
	case nil:
		return nil, nil
	case string:
		data = []byte(body)
	case io.Reader:
		data, err = io.ReadAll(body)
	case url.Values:
		data, contentType = []byte(body.Encode()), formType
	default:
		data, err = encode(body)
	}
	if len(data) > 0 && header.Get("Content-Type") == "" {
		header.Set("Content-Type", contentType)
	}
	return data, err
}

// encode is v as JSON; bytes are taken to be what is wanted already.
func encode(v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return v, nil
	case json.RawMessage:
		return v, nil
	}
	return json.Marshal(v)
}

// logBuffer keeps what the app writes.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

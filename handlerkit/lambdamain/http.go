package lambdamain

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// HTTP makes a route of a handler of net/http.
func HTTP(h func(http.ResponseWriter, *http.Request)) func(context.Context, *handlerkit.Request) (any, error) {
	return func(ctx context.Context, req *handlerkit.Request) (any, error) {
		w := &recorder{header: http.Header{}}
		h(w, httpRequest(ctx, req))
		return w.response(), nil
	}
}

// HTTPMiddleware makes a middleware of one of net/http.
func HTTPMiddleware(m func(http.Handler) http.Handler) func(handlerkit.Handler) handlerkit.Handler {
	return func(next handlerkit.Handler) handlerkit.Handler {
		inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			call := r.Context().Value(callKey{}).(*httpCall)
			ctx := context.WithValue(r.Context(), httpKey{}, r)
			resp, err := next(ctx, call.req)
			call.err = err
			if err != nil {
				addHeaders(w.Header(), resp)
				return
			}
			call.err = call.write(w, resp)
		})
		outer := m(inner)
		return func(ctx context.Context, req *handlerkit.Request) (*handlerkit.Response, error) {
			call := &httpCall{req: req}
			w := &recorder{header: http.Header{}}
			outer.ServeHTTP(w, httpRequest(context.WithValue(ctx, callKey{}, call), req))
			resp := w.response()
			if call.err != nil && !w.wrote {
				resp.StatusCode = classify(call.err).status
				return resp, call.err
			}
			return resp, nil
		}
	}
}

type (
	// callKey finds the call of a middleware in the context of its request.
	callKey struct{}
	// httpKey finds the request as a middleware of net/http handed it on.
	httpKey struct{}
)

// httpCall is one request on its way through a middleware of net/http.
type httpCall struct {
	req *handlerkit.Request
	err error
}

// write sends what the rest of the chain answered through the middleware's
// writer, encoded: a middleware of net/http sees bytes.
func (c *httpCall) write(w http.ResponseWriter, resp *handlerkit.Response) error {
	if resp == nil {
		resp = handlerkit.ResultOf(nil)
	}
	h := headers{}
	if err := h.addAll(resp.Headers); err != nil {
		return err
	}
	status := resp.StatusCode
	if status == 0 {
		status = http.StatusOK
	}
	none := noBody(c.req.Method, status)
	a := api{binary: binaryTypes{all: true}}
	b, err := a.body(&h, resp, none, status)
	if err != nil {
		return err
	}
	out := b.bytes
	if b.isJSON {
		if out, err = result(b.value); err != nil {
			return err
		}
	} else if out == nil {
		out = []byte(b.text)
	}
	addHeaders(w.Header(), resp)
	if ct, ok := h.get("Content-Type"); ok {
		w.Header().Set("Content-Type", ct)
	}
	w.WriteHeader(status)
	if !none {
		_, err = w.Write(out)
	}
	return err
}

// addHeaders puts the headers and cookies of a response into those of net/http.
func addHeaders(to http.Header, resp *handlerkit.Response) {
	if resp == nil {
		return
	}
	for name, values := range resp.Headers {
		to[http.CanonicalHeaderKey(name)] = values
	}
	for _, c := range resp.Cookies {
		if c != nil {
			to.Add("Set-Cookie", c.String())
		}
	}
}

// httpRequest is the request as net/http has it, or as a middleware of net/http
// around it made it.
func httpRequest(ctx context.Context, req *handlerkit.Request) *http.Request {
	if r, ok := ctx.Value(httpKey{}).(*http.Request); ok {
		return r.WithContext(ctx)
	}
	u := &url.URL{Path: req.Path, RawQuery: req.Query().Encode()}
	if plain, err := url.PathUnescape(req.Path); err == nil && plain != req.Path {
		u.Path, u.RawPath = plain, req.Path
	}
	body := req.RawBody()
	caller := req.RequestContext()
	r := &http.Request{
		Method: req.Method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: req.Header().Clone(), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		Host: req.Header().Get("Host"), RequestURI: u.RequestURI(),
	}
	if r.Host == "" {
		r.Host = caller.DomainName
	}
	r.Header.Del("Host")
	if caller.Identity.SourceIP != "" {
		r.RemoteAddr = caller.Identity.SourceIP + ":0"
	}
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	for name, v := range req.PathValues() {
		r.SetPathValue(strings.TrimSuffix(name, "+"), v)
	}
	return r.WithContext(ctx)
}

// recorder keeps what a handler of net/http writes.
type recorder struct {
	header http.Header
	sent   http.Header // header as it was when the status was written
	status int
	wrote  bool
	body   bytes.Buffer
}

// Header returns the headers that can still be set.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader sets the status; only the first counts.
func (w *recorder) WriteHeader(status int) {
	if w.wrote || status >= 100 && status <= 199 {
		return
	}
	w.wrote, w.status, w.sent = true, status, w.header.Clone()
}

// Write adds to the body.
func (w *recorder) Write(b []byte) (int, error) {
	if !w.wrote {
		if w.header.Get("Content-Type") == "" && w.header.Get("Content-Encoding") == "" && len(b) > 0 {
			w.header.Set("Content-Type", http.DetectContentType(b))
		}
		w.WriteHeader(http.StatusOK)
	}
	return w.body.Write(b)
}

// Flush is there for handlers that stream: nothing leaves before the end.
func (w *recorder) Flush() {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
}

// response is what was written. Text goes out as text, so that it is not
// base64 coded on its way.
func (w *recorder) response() *handlerkit.Response {
	if !w.wrote {
		return &handlerkit.Response{StatusCode: http.StatusOK, Headers: w.header, Body: ""}
	}
	h := w.sent
	h.Del("Content-Length")
	b := w.body.Bytes()
	ct := h.Get("Content-Type")
	if ct == "" && len(b) > 0 {
		ct = http.DetectContentType(b)
		h.Set("Content-Type", ct)
	}
	r := &handlerkit.Response{StatusCode: w.status, Headers: h, Body: b}
	if len(b) == 0 || h.Get("Content-Encoding") == "" && isText(ct) && utf8.Valid(b) {
		r.Body = string(b)
	}
	return r
}

// isText says that a media type is one of text.
func isText(contentType string) bool {
	media := mediaType(contentType)
	for _, suffix := range []string{"json", "xml", "javascript", "x-www-form-urlencoded"} {
		if strings.HasSuffix(media, suffix) {
			return true
		}
	}
	return strings.HasPrefix(media, "text/")
}

package awstest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Call is one request to AWS.
type Call struct {
	Service, Operation string
	Mutating           bool
	// N counts all calls, Mutation the mutating ones, both from 1; Mutation is 0
	// of one that reads.
	N, Mutation int
	// Path and Body are of the request, before it was repaired.
	Path string
	Body []byte
	// Status is that of the answer, 0 where there was none.
	Status int
	Fault  Fault
	// At is when it came, from when the counting began.
	At time.Duration
	// Took is how long the answer took, delay included.
	Took time.Duration
}

// String is service:operation and what came of it.
func (c *Call) String() string {
	text := fmt.Sprintf("%s:%s %d", c.Service, c.Operation, c.Status)
	if c.Fault.kind != faultNone {
		text += " (" + c.Fault.String() + ")"
	}
	return text
}

// Proxy stands between a program and moto: it counts, delays, and makes calls
// fail.
type Proxy struct {
	// URL is the endpoint for the program.
	URL string

	upstream *url.URL
	server   *httptest.Server
	client   http.RoundTripper

	mu       sync.Mutex
	fault    func(*Call) Fault
	delay    time.Duration
	calls    []*Call
	since    time.Time
	mutated  int
	inFlight int
	most     int
}

// NewProxy starts a proxy before an endpoint; it ends with the test.
func NewProxy(t testing.TB, endpoint string) *Proxy {
	t.Helper()
	p, err := StartProxy(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// StartProxy is NewProxy without a test.
func StartProxy(endpoint string) (*Proxy, error) {
	upstream, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	p := &Proxy{upstream: upstream, since: time.Now(), client: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL
	return p, nil
}

// Close ends it and all connections.
func (p *Proxy) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// Inject says which calls fail from now on; nil is none. The counting begins
// anew.
func (p *Proxy) Inject(fault func(*Call) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.calls, p.mutated, p.most, p.since = fault, nil, 0, 0, time.Now()
}

// Forget begins the counting anew, without faults.
func (p *Proxy) Forget() { p.Inject(nil) }

// Delay makes each call take at least d.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Calls are those since the counting began.
func (p *Proxy) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Call, len(p.calls))
	for i, c := range p.calls {
		all[i] = *c
	}
	return all
}

// Mutations are the mutating calls among Calls.
func (p *Proxy) Mutations() []Call {
	var all []Call
	for _, c := range p.Calls() {
		if c.Mutating {
			all = append(all, c)
		}
	}
	return all
}

// Settle waits until no call is under way: those of a program that was killed
// are carried out, as AWS would.
func (p *Proxy) Settle() {
	for range 1000 {
		p.mu.Lock()
		n := p.inFlight
		p.mu.Unlock()
		if n == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// MostInFlight is how many calls there were at once.
func (p *Proxy) MostInFlight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// Log is a line for each call.
func Log(calls []Call) string {
	var b strings.Builder
	for i := range calls {
		fmt.Fprintf(&b, "%3d %s\n", calls[i].N, &calls[i])
	}
	return b.String()
}

// begin counts a call and decides what becomes of it.
func (p *Proxy) begin(r *http.Request, body []byte) (*Call, time.Duration) {
	service, operation := identify(r, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &Call{Service: service, Operation: operation, Mutating: mutates(operation), N: len(p.calls) + 1, At: time.Since(p.since), Path: r.URL.Path, Body: body}
	if c.Mutating {
		p.mutated++
		c.Mutation = p.mutated
	}
	p.calls = append(p.calls, c)
	p.inFlight++
	p.most = max(p.most, p.inFlight)
	if p.fault != nil {
		c.Fault = p.fault(c)
	}
	return c, p.delay
}

func (p *Proxy) end(c *Call, status *int, start time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.Status, c.Took = *status, time.Since(start)
	p.inFlight--
}

// ServeHTTP handles one call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the program ended
	}
	start := time.Now()
	c, delay := p.begin(r, body)
	status := 0
	defer p.end(c, &status, start)
	late := func() { time.Sleep(time.Until(start.Add(delay))) }
	if c.Fault.kind == faultHold {
		c.Fault.do()
	} else if c.Fault.kind != faultNone && c.Fault.before() {
		late()
		status = p.fail(w, r, c)
		return
	}
	res, err := p.forward(r, repairRequest(c.Service, c.Operation, body))
	if err != nil {
		status = http.StatusBadGateway
		http.Error(w, err.Error(), status)
		return
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return
	}
	answer = p.repair(r, c, res.StatusCode, answer)
	late()
	if c.Fault.kind != faultNone && c.Fault.kind != faultHold {
		status = p.fail(w, r, c)
		return
	}
	status = res.StatusCode
	if crashes(c, status) {
		status = http.StatusNotFound
		writeError(w, restJSON, status, "NotFoundException", "Invalid identifier specified")
		return
	}
	for name, values := range res.Header {
		if name != "Connection" {
			w.Header()[name] = values
		}
	}
	if r.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// repair makes up for what moto left out of what it was asked for.
func (p *Proxy) repair(r *http.Request, c *Call, status int, answer []byte) []byte {
	answer, path, patch := repairAnswer(c, status, answer)
	if path == "" {
		return answer
	}
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Method, again.URL.Path, again.URL.RawPath, again.URL.RawQuery = http.MethodPatch, path, "", ""
	if res, err := p.forward(again, []byte(patch)); err == nil {
		res.Body.Close()
	}
	return answer
}

// fail does what the fault says; the status is 0 where there is no answer.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, c *Call) int {
	if c.Fault.do != nil {
		c.Fault.do()
	}
	switch c.Fault.kind {
	case faultRefuse:
		writeError(w, protocolOf(r, c.Service), c.Fault.status, c.Fault.code, c.Fault.message)
		return c.Fault.status
	case faultThrottle:
		return writeThrottled(w, r, c.Service)
	case faultError, faultErrorAfter:
		return writeInternalError(w, r, c.Service)
	}
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
	return 0
}

// forward sends a call on to moto.
func (p *Proxy) forward(r *http.Request, body []byte) (*http.Response, error) {
	// A program that is killed has sent what it has sent.
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host = p.upstream.Scheme, p.upstream.Host
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if len(body) == 0 {
		out.Body = http.NoBody
	}
	out.Header.Del("Connection")
	out.Header.Del("Expect")
	if _, ok := out.Header["Content-Length"]; ok {
		out.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return p.client.RoundTrip(out)
}

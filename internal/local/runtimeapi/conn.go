package runtimeapi

import (
	"encoding/base64"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/chalicefile/chalicefile/internal/local/http1"
)

const (
	apiPrefix       = "/2018-06-01/runtime/"
	extensionPrefix = "/2020-01-01/extension/"
)

// conn is one connection of a process. The process sends one request at a time,
// so that only one goroutine writes at a time: the one that serves the
// connection, or, while the process waits for an event, the one that brings it.
type conn struct {
	run    *process
	conn   net.Conn
	reader *http1.Reader
	head   http1.Head
	out    []byte
}

func newConn(run *process, nc net.Conn) *conn {
	return &conn{run: run, conn: nc, reader: http1.NewReader(nc)}
}

// serve answers the process until the connection ends.
func (c *conn) serve() {
	defer c.end()
	for c.reader.ReadHead(&c.head) == nil && c.serveOne() && !c.head.Close {
	}
}

func (c *conn) end() {
	c.conn.Close()
	p := c.run.pool
	p.mu.Lock()
	if c.run.poll == c {
		p.drop(c.run)
	}
	delete(c.run.conns, c)
	p.mu.Unlock()
	c.run.readers.Done()
}

// serveOne answers the request whose head has been read, and says whether the
// connection can go on.
func (c *conn) serveOne() bool {
	if c.waits() {
		return false // it may not ask again before it is answered
	}
	target, _, _ := strings.Cut(c.head.Target, "?")
	op, ok := strings.CutPrefix(target, apiPrefix)
	switch {
	case !ok:
		return c.extension(target)
	case op == "invocation/next" && c.head.Method == "GET":
		return c.next()
	case op == "init/error" && c.head.Method == "POST":
		return c.initError()
	}
	id, op, ok := strings.Cut(strings.TrimPrefix(op, "invocation/"), "/")
	switch {
	case ok && op == "response" && c.head.Method == "POST":
		return c.response(id)
	case ok && op == "error" && c.head.Method == "POST":
		return c.failure(id)
	}
	return c.unknown()
}

func (c *conn) waits() bool {
	p := c.run.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.run.poll == c
}

// next answers GET …/invocation/next: at once where an invocation waits, else
// whoever brings one does.
func (c *conn) next() bool {
	if _, _, err := c.reader.ReadBody(&c.head, nil, 0); err != nil {
		return false
	}
	inv, ok := c.run.pool.next(c.run, c)
	switch {
	case !ok:
		return c.answer(403, invalidTransition)
	case inv != nil:
		c.deliver(inv)
	}
	return true
}

// buffers holds what events are put together in.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// deliver sends the event. A process that cannot be reached is ended: whoever
// waits for the answer hears of it through that.
func (c *conn) deliver(inv *invocation) {
	run := c.run
	out := buffers.Get().(*[]byte)
	b := (*out)[:0]
	b = append(b, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: "...)
	b = append(b, inv.RequestID...)
	b = append(b, "\r\nLambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, run.pool.host.Now().Add(run.pool.fn.Timeout).UnixMilli(), 10)
	b = append(b, "\r\nLambda-Runtime-Invoked-Function-Arn: "...)
	b = append(b, run.pool.fn.ARN...)
	if inv.TraceID != "" {
		b = append(b, "\r\nLambda-Runtime-Trace-Id: "...)
		b = append(b, inv.TraceID...)
	}
	if inv.ClientContext != "" {
		b = append(b, "\r\nLambda-Runtime-Client-Context: "...)
		b = append(b, inv.ClientContext...)
	}
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(inv.Payload)), 10)
	b = append(b, "\r\n\r\n"...)
	var err error
	if len(inv.Payload) <= 64<<10 {
		b = append(b, inv.Payload...)
		_, err = c.conn.Write(b)
	} else {
		parts := net.Buffers{b, inv.Payload}
		_, err = parts.WriteTo(c.conn)
	}
	*out = b
	buffers.Put(out)
	if err != nil {
		run.broken()
	}
}

// response answers POST …/invocation/{id}/response.
func (c *conn) response(id string) bool {
	body, trailer, err := c.reader.ReadBody(&c.head, nil, MaxResponse)
	if errors.Is(err, http1.ErrBodyTooLarge) {
		c.run.pool.complete(c.run, id, tooLarge())
		if c.answer(413, responseTooLarge) {
			http1.Linger(c.conn)
		}
		return false
	}
	if err != nil {
		return false
	}
	res := Result{Payload: body}
	if failure, ok := trailed(trailer); ok {
		res = failure
	}
	if !c.run.pool.complete(c.run, id, res) {
		return c.answer(400, invalidRequestID)
	}
	return c.answer(202, okBody)
}

// trailed is the error that a function met after it had begun to answer.
func trailed(trailer []http1.Field) (Result, bool) {
	var errorType, encoded string
	for _, f := range trailer {
		switch {
		case http1.EqualFold(f.Name, "Lambda-Runtime-Function-Error-Type"):
			errorType = f.Value
		case http1.EqualFold(f.Name, "Lambda-Runtime-Function-Error-Body"):
			encoded = f.Value
		}
	}
	if errorType == "" {
		return Result{}, false
	}
	if body, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(body) > 0 {
		return Result{Payload: body, FunctionError: "Unhandled"}, true
	}
	return failed(errorType, "the function failed while it answered"), true
}

// failure answers POST …/invocation/{id}/error.
func (c *conn) failure(id string) bool {
	res, ok := c.readFailure()
	if !ok {
		return false
	}
	if !c.run.pool.complete(c.run, id, res) {
		return c.answer(400, invalidRequestID)
	}
	return c.answer(202, okBody)
}

// initError answers POST …/init/error.
func (c *conn) initError() bool {
	res, ok := c.readFailure()
	if !ok {
		return false
	}
	p := c.run.pool
	p.mu.Lock()
	started := c.run.ready
	if !started {
		c.run.fault = &res
	}
	p.mu.Unlock()
	if started {
		return c.answer(403, invalidTransition)
	}
	c.run.say("init error: %s", res.Payload)
	return c.answer(202, okBody)
}

// readFailure reads an error object, or makes one where the process sent none.
func (c *conn) readFailure() (Result, bool) {
	body, _, err := c.reader.ReadBody(&c.head, nil, MaxResponse)
	if err != nil && !errors.Is(err, http1.ErrBodyTooLarge) {
		return Result{}, false
	}
	if err != nil || len(body) == 0 {
		errorType := c.head.Get("Lambda-Runtime-Function-Error-Type")
		return failed(cmpOr(errorType, "Runtime.Unknown"), ""), err == nil
	}
	return Result{Payload: body, FunctionError: "Unhandled"}, true
}

// extension answers the Extensions API as far as a function itself uses it:
// aws-lambda-go registers one in order to be sent SIGTERM, and then waits for an
// event that does not come here.
func (c *conn) extension(target string) bool {
	op, ok := strings.CutPrefix(target, extensionPrefix)
	switch {
	case ok && op == "register" && c.head.Method == "POST":
		if _, _, err := c.reader.ReadBody(&c.head, nil, MaxResponse); err != nil {
			return false
		}
		return c.answer(200, `{"functionName":"","functionVersion":"$LATEST","handler":""}`, "Lambda-Extension-Identifier", "local")
	case ok && op == "event/next" && c.head.Method == "GET":
		// Nothing more comes on this connection until the process ends it.
		_ = c.reader.Wait()
		return false
	}
	return c.unknown()
}

func (c *conn) unknown() bool {
	if _, _, err := c.reader.ReadBody(&c.head, nil, MaxResponse); err != nil {
		return false
	}
	return c.answer(404, unknownRuntimeRoute)
}

// answer writes a small JSON answer with further header fields.
func (c *conn) answer(status int, body string, fields ...string) bool {
	b := http1.AppendStatusLine(c.out[:0], status)
	b = append(b, "Content-Type: application/json\r\n"...)
	for i := 0; i+1 < len(fields); i += 2 {
		b = http1.AppendField(b, fields[i], fields[i+1])
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	b = append(b, body...)
	c.out = b
	_, err := c.conn.Write(b)
	return err == nil
}

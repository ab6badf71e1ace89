package http1

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Request is a whole request. It and its Body hold until the handler returns;
// the strings of the head may be kept.
type Request struct {
	Head
	Body []byte
	// TooLarge says that the body exceeds the server's limit; Body is then empty.
	TooLarge bool
	// Remote is the address of the client.
	Remote net.Addr
}

// Answer is what a handler makes of a request. Content-Length, Date and
// Connection are the server's.
type Answer struct {
	Status int
	Fields []Field
	Body   []byte
}

// Add adds a header field.
func (a *Answer) Add(name, value string) { a.Fields = append(a.Fields, Field{name, value}) }

// Handler answers a request; the answer comes empty.
type Handler func(*Request, *Answer)

// Server serves HTTP/1.1 on a listener.
type Server struct {
	Handler Handler
	// MaxBody is the length up to which bodies are read.
	MaxBody int64
	// Now is the clock of the Date header.
	Now func() time.Time

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
	wg     sync.WaitGroup
}

// drain bounds what is still read after an answer that came before the body's
// end, so that a client which first sends all sees the answer.
const (
	drainBytes = 64 << 20
	drainTime  = 2 * time.Second
)

// Serve accepts connections until the listener is closed. It returns nil after
// Close.
func (s *Server) Serve(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			if s.isClosed() {
				return nil
			}
			var temporary net.Error
			if errors.As(err, &temporary) && temporary.Timeout() {
				continue
			}
			return err
		}
		if !s.track(conn) {
			conn.Close()
			return nil
		}
		go s.serve(conn)
	}
}

// Close closes all connections and waits until their handlers have returned.
// The listener is the caller's.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// MarkClosed makes Serve take the end of its listener for a wish.
func (s *Server) MarkClosed() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Server) track(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.conns == nil {
		s.conns = map[net.Conn]struct{}{}
	}
	s.conns[conn] = struct{}{}
	s.wg.Add(1)
	return true
}

func (s *Server) untrack(conn net.Conn) {
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	s.wg.Done()
}

// state is what one connection needs; it is used again by another.
type state struct {
	reader Reader
	req    Request
	ans    Answer
	out    []byte
}

var states = sync.Pool{New: func() any {
	return &state{reader: Reader{buf: make([]byte, 4<<10)}}
}}

func (s *Server) serve(conn net.Conn) {
	st := states.Get().(*state)
	st.reader.Reset(conn)
	st.req.Remote = conn.RemoteAddr()
	defer func() {
		conn.Close()
		s.untrack(conn)
		if cap(st.req.Body) > 1<<20 || cap(st.out) > 1<<20 {
			return // too large to keep for small requests
		}
		st.reader.Reset(nil)
		st.req.Remote = nil
		states.Put(st)
	}()
	for s.serveOne(conn, st) {
	}
}

// serveOne answers one request and says whether the connection goes on.
func (s *Server) serveOne(conn net.Conn, st *state) bool {
	req, ans := &st.req, &st.ans
	if err := st.reader.ReadHead(&req.Head); err != nil {
		s.refuse(conn, err)
		return false
	}
	if err := s.readBody(conn, st); err != nil {
		s.refuse(conn, err)
		return false
	}
	*ans = Answer{Fields: ans.Fields[:0]}
	s.Handler(req, ans)
	end := req.Close || req.TooLarge
	st.out = s.appendHead(st.out[:0], ans, req, end)
	if err := s.write(conn, st, ans, req); err != nil || end {
		if req.TooLarge {
			Linger(conn)
		}
		return false
	}
	return true
}

func (s *Server) readBody(conn net.Conn, st *state) (err error) {
	req := &st.req
	req.Body, req.TooLarge = req.Body[:0], false
	if !req.HasBody() {
		return nil
	}
	if req.length > s.MaxBody {
		req.TooLarge = true
		return nil
	}
	if req.Continue && st.reader.Buffered() == 0 {
		if _, err := io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return err
		}
	}
	req.Body, _, err = st.reader.ReadBody(&req.Head, req.Body, s.MaxBody)
	if errors.Is(err, ErrBodyTooLarge) {
		req.Body, req.TooLarge = nil, true
		return nil
	}
	return err
}

// write sends head and body, small ones together.
func (s *Server) write(conn net.Conn, st *state, ans *Answer, req *Request) error {
	body := ans.Body
	if req.Method == http.MethodHead || !mayHaveBody(ans.Status) {
		body = nil
	}
	if len(body) <= 64<<10 {
		st.out = append(st.out, body...)
		_, err := conn.Write(st.out)
		return err
	}
	buffers := net.Buffers{st.out, body}
	_, err := buffers.WriteTo(conn)
	return err
}

func mayHaveBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

func (s *Server) appendHead(out []byte, ans *Answer, req *Request, end bool) []byte {
	out = AppendStatusLine(out, ans.Status)
	for _, f := range ans.Fields {
		out = AppendField(out, f.Name, f.Value)
	}
	out = append(out, "Date: "...)
	out = s.Now().UTC().AppendFormat(out, http.TimeFormat)
	out = append(out, "\r\n"...)
	if mayHaveBody(ans.Status) {
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, int64(len(ans.Body)), 10)
		out = append(out, "\r\n"...)
	}
	switch {
	case end:
		out = append(out, "Connection: close\r\n"...)
	case req.Minor == 0:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	return append(out, "\r\n"...)
}

// AppendStatusLine appends the first line of an answer.
func AppendStatusLine(out []byte, status int) []byte {
	if status == http.StatusOK {
		return append(out, "HTTP/1.1 200 OK\r\n"...)
	}
	out = append(out, "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(status), 10)
	out = append(out, ' ')
	out = append(out, http.StatusText(status)...)
	return append(out, "\r\n"...)
}

// AppendField appends a header line.
func AppendField(out []byte, name, value string) []byte {
	out = append(out, name...)
	out = append(out, ": "...)
	out = append(out, value...)
	return append(out, "\r\n"...)
}

// refuse answers what is no request; a connection that just ended gets nothing.
func (s *Server) refuse(conn net.Conn, err error) {
	var fault *Error
	if !errors.As(err, &fault) {
		return
	}
	ans := Answer{Status: fault.Status, Body: []byte(fault.Text + "\n")}
	ans.Add("Content-Type", "text/plain; charset=utf-8")
	out := s.appendHead(nil, &ans, &Request{}, true)
	if _, err := conn.Write(append(out, ans.Body...)); err == nil {
		Linger(conn)
	}
}

// Linger reads what the client still sends, for a while: closing at once could
// take an answer away that the client has not read yet.
func Linger(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	// net takes deadlines in its own clock, so that this needs no Now.
	timer := time.AfterFunc(drainTime, func() { conn.Close() })
	defer timer.Stop()
	io.Copy(io.Discard, io.LimitReader(conn, drainBytes))
}

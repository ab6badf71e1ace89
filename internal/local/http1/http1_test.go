package http1

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// readOne reads a request with its body from text, in one piece or by bytes.
func readOne(text string, slow bool) (Head, string, []Field, error) {
	var from io.Reader = strings.NewReader(text)
	if slow {
		from = iotest.OneByteReader(from)
	}
	r := NewReader(from)
	var h Head
	if err := r.ReadHead(&h); err != nil {
		return h, "", nil, err
	}
	body, trailer, err := r.ReadBody(&h, nil, 1000)
	return h, string(body), trailer, err
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		text    string
		want    Head
		body    string
		trailer []Field
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\nx-ODD:  v w \t\r\n\r\n", Head{Method: "GET", Target: "/", Minor: 1, Fields: []Field{{"Host", "a"}, {"x-ODD", "v w"}}}, "", nil},
		{"\r\n\r\nGET /a%20b?c HTTP/1.1\nA:\n\n", Head{Method: "GET", Target: "/a%20b?c", Minor: 1, Fields: []Field{{"A", ""}}}, "", nil},
		{"GET / HTTP/1.0\r\n\r\n", Head{Method: "GET", Target: "/", Close: true}, "", nil},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", Head{Method: "GET", Target: "/", Fields: []Field{{"Connection", "Keep-Alive"}}}, "", nil},
		{"GET / HTTP/1.1\r\nconnection: x, CLOSE\r\n\r\n", Head{Method: "GET", Target: "/", Minor: 1, Close: true, Fields: []Field{{"connection", "x, CLOSE"}}}, "", nil},
		{"POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\nhello", Head{Method: "POST", Target: "/", Minor: 1, Continue: true, length: 5, Fields: []Field{{"Content-Length", "5"}, {"Expect", "100-Continue"}}}, "hello", nil},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nTr-1: x\r\ntr-2:\r\n\r\n",
			Head{Method: "POST", Target: "/", Minor: 1, chunked: true, Fields: []Field{{"Transfer-Encoding", "chunked"}}}, "hello0123456789", []Field{{"Tr-1", "x"}, {"tr-2", ""}}},
	} {
		for _, slow := range []bool{false, true} {
			h, body, trailer, err := readOne(c.text, slow)
			if err != nil || body != c.body || !reflect.DeepEqual(trailer, c.trailer) {
				t.Errorf("%q: %q %v %v", c.text, body, trailer, err)
			}
			if len(h.Fields) == 0 {
				h.Fields = nil
			}
			if !reflect.DeepEqual(h, c.want) {
				t.Errorf("%q: %+v, want %+v", c.text, h, c.want)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int
	}{
		{"GET\r\n\r\n", 400}, {"GET /\r\n\r\n", 400}, {"GET / HTTP/2.0\r\n\r\n", 505}, {"GET / x\r\n\r\n", 400}, {"G T / HTTP/1.1\r\n\r\n", 400},
		{"GET /\x01 HTTP/1.1\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA b: c\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA : c\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nA: b\x00\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400}, {"GET / HTTP/1.1\r\n: c\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400}, {"GET / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400}, {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501}, {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400}, {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1111111111111111\r\n", 400}, {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad\r\n\r\n", 400},
		{strings.Repeat("\r\n", 20) + "GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nA: " + strings.Repeat("x", maxHead), 431}, {"GET / HTTP/1.1\r\n" + strings.Repeat("A: x\r\n", maxFields+1) + "\r\n", 431},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 3*maxLine), 400},
	} {
		_, _, _, err := readOne(c.text, false)
		var fault *Error
		if !errors.As(err, &fault) || fault.Status != c.status {
			t.Errorf("%.80q: %v, want %d", c.text, err, c.status)
		}
	}
	for text, want := range map[string]error{
		"":                   io.EOF,
		"GET / HTTP/1.1\r\n": io.ErrUnexpectedEOF,
		"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell":                        io.ErrUnexpectedEOF,
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel":           io.ErrUnexpectedEOF,
		"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n":                         ErrBodyTooLarge,
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nffff\r\n": ErrBodyTooLarge,
	} {
		if _, _, _, err := readOne(text, false); err != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

// FuzzRead holds the reader to net/http's: what both take they understand alike,
// and what comes in pieces is read as what comes at once.
func FuzzRead(f *testing.F) {
	f.Add("GET /a?b HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n")
	f.Add("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
	f.Add("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n")
	f.Add("GET / HTTP/1.0\nHost:x\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 5000 {
			return
		}
		h, body, trailer, err := readOne(text, false)
		h2, body2, trailer2, err2 := readOne(text, true)
		if fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && (body != body2 || !reflect.DeepEqual(h, h2) || !reflect.DeepEqual(trailer, trailer2)) {
			t.Errorf("%q: at once %+v %q %v, in pieces %+v %q %v", text, h, body, err, h2, body2, err2)
		}
		req, other := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil || other != nil {
			return
		}
		otherBody, other := io.ReadAll(io.LimitReader(req.Body, 1001))
		if other != nil {
			return
		}
		if h.Method != req.Method || h.Target != req.RequestURI || body != string(otherBody) {
			t.Errorf("%q: %s %q %q, net/http: %s %q %q", text, h.Method, h.Target, body, req.Method, req.RequestURI, otherBody)
		}
	})
}

// serveTest serves a handler and returns its address.
func serveTest(t *testing.T, handler Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Handler: handler, MaxBody: 1000, Now: time.Now}
	done := make(chan error)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.MarkClosed()
		l.Close()
		s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func echo(req *Request, ans *Answer) {
	ans.Status = 200
	if req.TooLarge {
		ans.Status = 413
	}
	ans.Add("X-Method", req.Method)
	ans.Body = append([]byte(nil), req.Body...)
}

func TestServer(t *testing.T) {
	address := serveTest(t, echo)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		method, body string
		length       int64
		status       int
		want         string
	}{
		{"GET", "", 0, 200, ""}, {"POST", "hello", 5, 200, "hello"}, {"POST", "chunked", -1, 200, "chunked"}, {"HEAD", "", 0, 200, ""},
		{"POST", strings.Repeat("x", 1001), 1001, 413, ""}, {"POST", strings.Repeat("x", 1001), -1, 413, ""}, {"POST", strings.Repeat("x", 5<<20), 5 << 20, 413, ""},
	} {
		req, err := http.NewRequest(c.method, "http://"+address+"/", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = c.length
		res, err := client.Do(req)
		if err != nil {
			t.Errorf("%s %.10s: %v", c.method, c.body, err)
			continue
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.status || string(body) != c.want || res.Header.Get("X-Method") != c.method || res.Header.Get("Date") == "" {
			t.Errorf("%s %.10s: %d %q %v %v", c.method, c.body, res.StatusCode, body, res.Header, err)
		}
	}
}

func TestConnections(t *testing.T) {
	address := serveTest(t, echo)
	for _, c := range []struct{ name, send, want string }{
		{"pipelined", "GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\nConnection: close\r\n\r\n", "200,200,200"},
		{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", "200"},
		{"no HTTP", "hello\r\n\r\n", "400"},
		{"continue", "POST / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n", "100,200"},
		{"continue not wanted", "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n", "413"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, c.send)
			if c.name == "continue" {
				go func() {
					time.Sleep(20 * time.Millisecond)
					io.WriteString(conn, "ok")
				}()
			}
			data, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			var statuses []string
			for _, line := range strings.Split(string(data), "\r\n") {
				if i := strings.Index(line, "HTTP/1.1 "); i >= 0 {
					statuses = append(statuses, line[i+9:i+12])
				}
			}
			if got := strings.Join(statuses, ","); got != c.want {
				t.Errorf("%s: %q", got, data)
			}
		})
	}
}

func TestLargeAnswers(t *testing.T) {
	large := bytes.Repeat([]byte("y"), 1<<20)
	address := serveTest(t, func(_ *Request, ans *Answer) { ans.Status, ans.Body = 200, large })
	res, err := http.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if body, err := io.ReadAll(res.Body); err != nil || !bytes.Equal(body, large) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

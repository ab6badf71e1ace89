// Command local sends requests to a server on this machine from several clients
// at once and prints how many it answers in a second. The script beside it
// compares `chalicefile local` with `chalice local` in one run.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is one run of clients against a server.
type load struct {
	address, path string
	clients       int
	during        time.Duration
	fresh         bool
}

// client is one of them, with a connection at a time.
type client struct {
	load
	request []byte
	conn    net.Conn
	reader  *bufio.Reader
	times   []time.Duration
	err     error
}

func main() {
	var l load
	flag.StringVar(&l.address, "address", "localhost:8000", "where the server listens")
	flag.StringVar(&l.path, "path", "/", "what is asked for")
	flag.IntVar(&l.clients, "clients", 8, "number of clients")
	flag.DurationVar(&l.during, "for", 5*time.Second, "how long")
	flag.BoolVar(&l.fresh, "new", false, "a new connection for each request")
	flag.Parse()
	if err := l.run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

// run runs all clients and prints what came of it.
func (l load) run(out io.Writer) error {
	clients := make([]*client, l.clients)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range clients {
		c := &client{load: l, reader: bufio.NewReader(nil)}
		c.request = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n", l.path, l.address)
		clients[i] = c
		wg.Go(func() { c.run(start.Add(l.during)) })
	}
	wg.Wait()
	took := time.Since(start)
	var times []time.Duration
	for _, c := range clients {
		if c.err != nil {
			return c.err
		}
		times = append(times, c.times...)
	}
	slices.Sort(times)
	if len(times) == 0 {
		return fmt.Errorf("%s answered nothing in %s", l.address, l.during)
	}
	fmt.Fprintf(out, "%.0f requests/s, half of them within %.2f ms, 99%% within %.2f ms\n", float64(len(times))/took.Seconds(),
		ms(times[len(times)/2]), ms(times[len(times)*99/100]))
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (c *client) run(end time.Time) {
	defer func() {
		if c.conn != nil {
			c.conn.Close()
		}
	}()
	for begun := time.Now(); begun.Before(end) && c.err == nil; begun = time.Now() {
		if c.err = c.once(); c.err == nil {
			c.times = append(c.times, time.Since(begun))
		}
	}
}

// once sends a request and reads the answer, which must be a 200.
func (c *client) once() (err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return err
		}
		c.reader.Reset(c.conn)
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	length, end := -1, c.fresh
	for first := true; ; first = false {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line[len("HTTP/1.1"):], []byte(" 200")) {
			return fmt.Errorf("the server answered %s", bytes.TrimSpace(line))
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := strings.Cut(strings.ToLower(string(line)), ":")
		switch value = strings.TrimSpace(value); {
		case name == "content-length":
			if length, err = strconv.Atoi(value); err != nil {
				return err
			}
		case name == "connection" && value == "close":
			end = true
		}
	}
	if length < 0 {
		return fmt.Errorf("the answer has no Content-Length")
	}
	if _, err := c.reader.Discard(length); err != nil {
		return err
	}
	if end {
		c.conn.Close()
		c.conn = nil
	}
	return nil
}

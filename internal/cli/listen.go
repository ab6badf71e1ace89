package cli

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// listen opens the port that local serves on, before anything is built: a port
// that is taken is told at once. "localhost" is both 127.0.0.1 and ::1, where
// the machine has it, since clients try either.
func listen(host string, port uint16) (net.Listener, error) {
	names := []string{host}
	if host == "localhost" {
		names = []string{"127.0.0.1", "::1"}
	}
	l := &loopback{host: host, conns: make(chan accepted), closed: make(chan struct{})}
	for i, name := range names {
		one, err := net.Listen("tcp", net.JoinHostPort(name, strconv.Itoa(int(port))))
		switch {
		case err == nil:
			l.all = append(l.all, one)
			port = uint16(one.Addr().(*net.TCPAddr).Port)
		case i > 0 && !errors.Is(err, syscall.EADDRINUSE):
			// This machine has no IPv6.
		default:
			return nil, errors.Join(listenError(host, port, err), l.Close())
		}
	}
	return l, nil
}

func listenError(host string, port uint16, err error) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d of %s is taken by another program; choose one with --port, or --port 0 for any that is free", port, host)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %d of %s may not be taken by this user; choose one from 1024 on with --port", port, host)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &dns):
		return fmt.Errorf("--host: %s is no name or address of this machine", host)
	}
	return fmt.Errorf("listening on port %d of %s: %w", port, host, err)
}

// loopback accepts from several listeners of one port.
type loopback struct {
	host   string
	all    []net.Listener
	start  sync.Once
	conns  chan accepted
	closed chan struct{}
	close  sync.Once
}

type accepted struct {
	conn net.Conn
	err  error
}

// Accept returns the next connection of any of the listeners.
func (l *loopback) Accept() (net.Conn, error) {
	if len(l.all) == 1 {
		return l.all[0].Accept()
	}
	l.start.Do(func() {
		for _, one := range l.all {
			go l.accept(one)
		}
	})
	select {
	case a := <-l.conns:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *loopback) accept(one net.Listener) {
	for {
		conn, err := one.Accept()
		select {
		case l.conns <- accepted{conn, err}:
		case <-l.closed:
			if err == nil {
				_ = conn.Close()
			}
			return
		}
	}
}

// Close closes all listeners.
func (l *loopback) Close() error {
	var err error
	l.close.Do(func() {
		close(l.closed)
		for _, one := range l.all {
			err = errors.Join(err, one.Close())
		}
	})
	return err
}

// Addr is what people call the address: "localhost:8000".
func (l *loopback) Addr() net.Addr {
	port := l.all[0].Addr().(*net.TCPAddr).Port
	return namedAddr(net.JoinHostPort(l.host, strconv.Itoa(port)))
}

type namedAddr string

func (namedAddr) Network() string  { return "tcp" }
func (a namedAddr) String() string { return string(a) }

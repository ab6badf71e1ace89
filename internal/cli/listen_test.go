package cli

import (
	"io"
	"net"
	"strings"
	"testing"
)

func TestListenOnBothLoopbacks(t *testing.T) {
	l, err := listen("localhost", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil || !strings.HasPrefix(l.Addr().String(), "localhost:") {
		t.Fatalf("address %s, %v", l.Addr(), err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "hello")
			_ = conn.Close()
		}
	}()
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err != nil && host == "::1" {
			t.Log("no IPv6 here")
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(conn); err != nil || string(text) != "hello" {
			t.Errorf("%s says %q, %v", host, text, err)
		}
		_ = conn.Close()
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	<-done
	if _, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
		t.Error("it still listens")
	}
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := uint16(taken.Addr().(*net.TCPAddr).Port)
	for host, want := range map[string]string{
		"localhost": "is taken by another program",
		"127.0.0.1": "is taken by another program",
		"192.0.2.1": "192.0.2.1 is no name or address of this machine",
	} {
		if l, err := listen(host, port); err == nil {
			t.Errorf("%s: %v", host, l.Close())
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

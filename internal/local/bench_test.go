package local

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
)

const benchRequest = "GET /cities/seattle?answer=%7B%22statusCode%22%3A200%2C%22headers%22%3A%7B%22Content-Type%22%3A%22application%2Fjson%22%7D%2C%22body%22%3A%22%7B%5C%22hello%5C%22%3A%5C%22world%5C%22%7D%22%7D HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"

// exchangeOnce sends the request and reads the answer.
func exchangeOnce(conn net.Conn, r *bufio.Reader) error {
	if _, err := io.WriteString(conn, benchRequest); err != nil {
		return err
	}
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(string(value)))
		}
		if len(line) == 2 {
			break
		}
	}
	_, err := r.Discard(length)
	return err
}

// BenchmarkServer is requests by eight clients to a function that stands on
// aws-lambda-go.
func BenchmarkServer(b *testing.B) {
	for _, c := range []struct {
		name string
		keep bool
	}{{"keep-alive", true}, {"new-connections", false}} {
		b.Run(c.name, func(b *testing.B) {
			s := start(b, localtest.App())
			address := strings.TrimPrefix(s.URL(), "http://")
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			b.ResetTimer()
			for range 8 {
				wg.Go(func() {
					var conn net.Conn
					var r *bufio.Reader
					for left.Add(-1) >= 0 {
						if conn == nil {
							var err error
							if conn, err = net.Dial("tcp", address); err != nil {
								b.Error(err)
								return
							}
							r = bufio.NewReader(conn)
						}
						if err := exchangeOnce(conn, r); err != nil {
							b.Error(err)
							return
						}
						if !c.keep {
							conn.Close()
							conn = nil
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

package aws

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// stallError is of an answer that began, or of a request, that does not go on.
// It is a timeout of the network.
type stallError struct {
	what  string
	limit time.Duration
}

func (e *stallError) Error() string   { return fmt.Sprintf("%s has stood still for %s", e.what, e.limit) }
func (e *stallError) Timeout() bool   { return true }
func (e *stallError) Temporary() bool { return true }

var _ net.Error = (*stallError)(nil)

// watching ends an attempt whose answer began to arrive and does not go on: the
// transport waits for the rest of it for ever.
func watching(limit time.Duration) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("ChalicefileStall",
			func(caller context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				ctx, cancel := context.WithCancel(caller)
				out, metadata, err := next.HandleDeserialize(ctx, in)
				response, ok := out.RawResponse.(*smithyhttp.Response)
				if !ok || response.Body == nil {
					cancel()
					return out, metadata, err
				}
				response.Body = &watchedBody{ReadCloser: response.Body, limit: limit, cancel: cancel}
				return out, metadata, err
			}), middleware.After)
	}
}

// watchedBody is the body of an answer. What its readers do not read must be
// closed.
type watchedBody struct {
	io.ReadCloser
	limit   time.Duration
	cancel  context.CancelFunc // of the attempt
	stalled atomic.Bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	timer := time.AfterFunc(b.limit, func() {
		b.stalled.Store(true)
		b.cancel()
	})
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	if err != nil && err != io.EOF && b.stalled.Load() {
		err = &stallError{"the answer", b.limit}
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel()
	return err
}

// dial makes connections on which a request that nobody takes in ends: what is
// uploaded may be slow, but goes on.
func dial(dialer *net.Dialer, limit time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watchedConn{conn, limit}, nil
	}
}

type watchedConn struct {
	net.Conn
	limit time.Duration
}

func (c *watchedConn) Write(p []byte) (int, error) {
	var stalled atomic.Bool
	timer := time.AfterFunc(c.limit, func() {
		stalled.Store(true)
		c.Close()
	})
	n, err := c.Conn.Write(p)
	timer.Stop()
	if err != nil && stalled.Load() {
		err = &stallError{"the request", c.limit}
	}
	return n, err
}

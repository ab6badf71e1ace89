package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
)

// slowServer answers with handler, and lets go of who hangs at the end.
func slowServer(t *testing.T, handler func(w http.ResponseWriter, hang <-chan struct{})) (url string, calls *atomic.Int32) {
	t.Helper()
	hang := make(chan struct{})
	calls = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(20 * time.Millisecond) // the client gives up writing where it is answered before it has ended
		handler(w, hang)
	}))
	t.Cleanup(func() {
		close(hang)
		server.Close()
	})
	return server.URL, calls
}

// identity asks an endpoint who this is.
func identity(t *testing.T, url string, timeout time.Duration) error {
	t.Helper()
	bare(t, "", "AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL="+url)
	cfg, err := Config(context.Background(), Options{Region: "eu-west-1", ConnectionTimeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Identity(withWait(context.Background(), instant{}, nil), NewClients(cfg))
	return err
}

// instant is a clock whose sleep takes no time.
type instant struct{}

func (instant) Now() time.Time { return time.Time{} }

func (instant) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestAnswersThatStandStillEnd(t *testing.T) {
	url, calls := slowServer(t, func(w http.ResponseWriter, hang <-chan struct{}) {
		_, _ = io.WriteString(w, "<GetCallerIdentityResponse>")
		w.(http.Flusher).Flush()
		<-hang
	})
	err := identity(t, url, 50*time.Millisecond)
	var failure *deployer.Failure
	if !errors.As(err, &failure) || failure.Class != deployer.ClassLost || !strings.Contains(err.Error(), "has stood still for 50ms") {
		t.Errorf("the error is %v", err)
	}
	if n := calls.Load(); n != silentAttempts {
		t.Errorf("asked %d times", n)
	}
}

func TestSlowAnswersArrive(t *testing.T) {
	url, _ := slowServer(t, func(w http.ResponseWriter, _ <-chan struct{}) {
		text := `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
		for part := range strings.SplitAfterSeq(text, ">") {
			_, _ = io.WriteString(w, part)
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	if err := identity(t, url, 150*time.Millisecond); err != nil {
		t.Error(err)
	}
}

func TestRequestsThatNobodyTakesInEnd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := dial(&net.Dialer{}, 50*time.Millisecond)(context.Background(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.Copy(conn, bytes.NewReader(make([]byte, 64<<20)))
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("the error is %v", err)
	}
}

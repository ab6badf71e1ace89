package remote

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/chalicefile/chalicefile/deployer/aws"
)

// lambdaAt is the client that the tool uses, with its retries.
func lambdaAt(url string) *lambda.Client {
	return aws.NewClients(awssdk.Config{
		Region: "us-west-2", BaseEndpoint: &url,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	}).Lambda
}

// lambdaServer counts invocations and answers as Lambda would.
func lambdaServer(t *testing.T, answer func(call int32, w http.ResponseWriter, r *http.Request)) (*lambda.Client, *atomic.Int32) {
	t.Helper()
	calls := new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(calls.Add(1), w, r)
	}))
	t.Cleanup(server.Close)
	return lambdaAt(server.URL), calls
}

func refuse(status int, code, message string) func(int32, http.ResponseWriter, *http.Request) {
	return func(_ int32, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"Message":"`+message+`"}`)
	}
}

// A call that waits for a function waits longer than others.
func TestInvokeWaits(t *testing.T) {
	o := lambda.Options{HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.ResponseHeaderTimeout, t.MaxConnsPerHost = time.Minute, 7
	})}
	once(&o)
	if transport := o.HTTPClient.(*awshttp.BuildableClient).GetTransport(); transport.ResponseHeaderTimeout != longestRun || transport.MaxConnsPerHost != 7 {
		t.Errorf("%s, %d connections", transport.ResponseHeaderTimeout, transport.MaxConnsPerHost)
	}
}

func TestInvoke(t *testing.T) {
	client, calls := lambdaServer(t, func(_ int32, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/2015-03-31/functions/app-dev-sum/invocations" || r.Header.Get("X-Amz-Invocation-Type") != "RequestResponse" || r.Header.Get("X-Amz-Log-Type") != "Tail" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("a line\n")))
		if strings.Contains(string(body), "fail") {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		_, _ = w.Write(body)
	})
	r, err := Invoke(t.Context(), client, "app-dev-sum", []byte("[1]"))
	if string(r.Payload) != "[1]" || r.FunctionError != "" || string(r.Log) != "a line\n" || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = Invoke(t.Context(), client, "app-dev-sum", []byte(`"fail"`))
	if string(r.Payload) != `"fail"` || r.FunctionError != "Unhandled" || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Invoke(t.Context(), client, "app-dev-sum", make([]byte, MaxPayload+1)); !errors.Is(err, ErrPayloadTooLarge) || calls.Load() != 2 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

// A function that may have run is not run again.
func TestInvokeLost(t *testing.T) {
	tests := map[string]struct {
		answer func(int32, http.ResponseWriter, *http.Request)
		want   string // beginning
	}{
		"dropped": {func(_ int32, w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}, "lambda:Invoke: the answer did not arrive: "},
		"cut off": {func(_ int32, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"half":`)
		}, "lambda:Invoke: "},
		"fault":   {refuse(500, "ServiceException", "internal"), "lambda:Invoke: ServiceException: internal"},
		"gateway": {refuse(504, "", ""), "lambda:Invoke: "},
	}
	for name, tt := range tests {
		client, calls := lambdaServer(t, tt.answer)
		_, err := Invoke(t.Context(), client, "f", []byte("{}"))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !strings.HasSuffix(err.Error(), "(it may have run, and was not invoked again: look at its logs)") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if calls.Load() != 1 {
			t.Errorf("%s: ran %d times", name, calls.Load())
		}
	}
}

func TestInvokeRefused(t *testing.T) {
	client, calls := lambdaServer(t, refuse(404, "ResourceNotFoundException", "Function not found"))
	if _, err := Invoke(t.Context(), client, "f", nil); !errors.Is(err, ErrNotDeployed) || calls.Load() != 1 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	if deployed, err := Deployed(t.Context(), client, "f"); deployed || err != nil {
		t.Errorf("deployed: %t, %v", deployed, err)
	}
	client, _ = lambdaServer(t, refuse(403, "AccessDeniedException", "no"))
	if deployed, err := Deployed(t.Context(), client, "f"); !deployed || err != nil {
		t.Errorf("who may not ask: %t, %v", deployed, err)
	}
	if _, err := Invoke(t.Context(), client, "f", nil); err == nil || !strings.HasPrefix(err.Error(), "lambda:Invoke: AccessDeniedException: no") {
		t.Errorf("denied: %v", err)
	}
	client, calls = lambdaServer(t, refuse(502, "KMSDisabledException", "the key is disabled"))
	if _, err := Invoke(t.Context(), client, "f", nil); err == nil || strings.Contains(err.Error(), "may have run") || calls.Load() != 1 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	// Nobody listens.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	if _, err := Invoke(t.Context(), lambdaAt("http://"+listener.Addr().String()), "f", nil); err == nil || !strings.HasPrefix(err.Error(), "lambda:Invoke: no connection to ") {
		t.Errorf("no connection: %v", err)
	}
}

// What Lambda turned away has not run, and is tried again.
func TestInvokeThrottled(t *testing.T) {
	t.Parallel() // it waits between the tries
	busy := refuse(429, "TooManyRequestsException", "Rate Exceeded.")
	client, calls := lambdaServer(t, func(call int32, w http.ResponseWriter, r *http.Request) {
		if call == 1 {
			busy(call, w, r)
			return
		}
		_, _ = io.WriteString(w, "1")
	})
	if r, err := Invoke(t.Context(), client, "f", nil); string(r.Payload) != "1" || err != nil || calls.Load() != 2 {
		t.Errorf("%+v, %v after %d calls", r, err, calls.Load())
	}
	client, _ = lambdaServer(t, busy)
	const want = "lambda:Invoke: TooManyRequestsException: Rate Exceeded. (its concurrency, or that of the account, is in use: try again later)"
	if _, err := Invoke(t.Context(), client, "f", nil); err == nil || err.Error() != want {
		t.Errorf("throttled for ever: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Invoke(ended, client, "f", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}

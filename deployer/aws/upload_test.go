package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// recorder keeps bodies, refuses the first of each path, and checks signatures.
type recorder struct {
	t      *testing.T
	creds  awssdk.Credentials
	mu     sync.Mutex
	bodies map[string][][]byte
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil || int64(len(body)) != req.ContentLength {
		r.t.Errorf("%d bytes of %d, %v", len(body), req.ContentLength, err)
	}
	if want := r.signature(req, body); req.Header.Get("Authorization") != want {
		r.t.Errorf("%s %s is signed\n%s\nwant\n%s", req.Method, req.URL, req.Header.Get("Authorization"), want)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies[req.URL.Path] = append(r.bodies[req.URL.Path], body)
	if len(r.bodies[req.URL.Path]) == 1 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, "{}")
}

// signature is what the SDK's signer makes of the request and the hash of what
// came in.
func (r *recorder) signature(req *http.Request, body []byte) string {
	at, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
	if err != nil {
		r.t.Error(err)
	}
	again := &http.Request{Method: req.Method, Host: req.Host, ContentLength: req.ContentLength, Header: http.Header{}, URL: req.URL}
	again.URL.Host, again.URL.Scheme = req.Host, "http"
	_, rest, _ := strings.Cut(req.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	for _, name := range strings.Split(names, ";") {
		if name != "host" && name != "content-length" {
			again.Header[http.CanonicalHeaderKey(name)] = req.Header.Values(name)
		}
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(context.Background(), r.creds, again, hex.EncodeToString(sum[:]), "lambda", "us-west-2", at); err != nil {
		r.t.Error(err)
	}
	return again.Header.Get("Authorization")
}

// TestUploads: what is sent says what the SDK itself would send, is signed, and
// can be sent again.
func TestUploads(t *testing.T) {
	r := &recorder{t: t, creds: awssdk.Credentials{AccessKeyID: "id", SecretAccessKey: "key"}, bodies: map[string][][]byte{}}
	server := httptest.NewServer(r)
	defer server.Close()
	cfg := awssdk.Config{
		Region: "us-west-2", BaseEndpoint: &server.URL,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) { return r.creds, nil }),
		Retryer:     func() awssdk.Retryer { return awssdk.NopRetryer{} },
	}
	plain := lambda.NewFromConfig(cfg)
	u := &uploads{}
	cfg.Retryer = func() awssdk.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}
	ours := lambda.NewFromConfig(cfg, lambda.WithAPIOptions(u.install))
	zip := bytes.Repeat([]byte("a zip\x00\xff"), 20_000)

	send := func(client *lambda.Client, path string, call func(*lambda.Client) error) (bodies [][]byte) {
		t.Helper()
		r.bodies = map[string][][]byte{}
		if client == plain {
			r.bodies[path] = [][]byte{nil} // not refused
		}
		if err := call(client); err != nil {
			t.Error(err)
		}
		return r.bodies[path]
	}
	for i, input := range []*lambda.CreateFunctionInput{
		{FunctionName: awssdk.String("f"), Role: awssdk.String("r"), Code: &types.FunctionCode{ZipFile: zip}},
		{FunctionName: awssdk.String("g"), Role: awssdk.String("r"), Code: &types.FunctionCode{ZipFile: zip}, Architectures: []types.Architecture{"arm64"},
			Environment: &types.Environment{Variables: map[string]string{"Code": "{}", "X": `"Code":{}`}}},
		{FunctionName: awssdk.String("h"), Role: awssdk.String("r"), Code: &types.FunctionCode{S3Bucket: awssdk.String("b"), S3Key: awssdk.String("k")}},
	} {
		call := func(c *lambda.Client) error {
			_, err := c.CreateFunction(context.Background(), input)
			return err
		}
		same(t, fmt.Sprintf("create %d", i), send(plain, "/2015-03-31/functions", call), send(ours, "/2015-03-31/functions", call))
	}
	for i, input := range []*lambda.UpdateFunctionCodeInput{
		{FunctionName: awssdk.String("f"), ZipFile: zip},
		{FunctionName: awssdk.String("f"), ZipFile: zip, Architectures: []types.Architecture{"x86_64"}},
		{FunctionName: awssdk.String("f"), ZipFile: []byte("another")},
	} {
		call := func(c *lambda.Client) error {
			_, err := c.UpdateFunctionCode(context.Background(), input)
			return err
		}
		same(t, fmt.Sprintf("update %d", i), send(plain, "/2015-03-31/functions/f/code", call), send(ours, "/2015-03-31/functions/f/code", call))
		if input.ZipFile == nil {
			t.Error("the caller's input was changed")
		}
	}
	if len(u.zips) != 2 {
		t.Errorf("%d zips were encoded, want 2", len(u.zips))
	}
}

// same compares what the SDK sent (after a place left out) with what was sent twice.
func same(t *testing.T, name string, want, got [][]byte) {
	t.Helper()
	if len(want) != 2 || len(got) != 2 || !bytes.Equal(got[0], got[1]) {
		t.Fatalf("%s: %d and %d bodies", name, len(want), len(got))
	}
	var a, b any
	if err := json.Unmarshal(want[1], &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got[1], &b); err != nil {
		t.Fatalf("%s: %v in %.80q … %q", name, err, got[1], got[1][max(0, len(got[1])-200):])
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s: other than the SDK's: %.80q … %q", name, got[1], got[1][max(0, len(got[1])-200):])
	}
}

// BenchmarkUpload sends one zip to twelve functions, as a deploy does.
func BenchmarkUpload(b *testing.B) {
	zip := make([]byte, 2_300_000)
	transport := roundTripper(func(req *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, req.Body)
		return &http.Response{StatusCode: http.StatusCreated, Body: io.NopCloser(strings.NewReader("{}")), Header: http.Header{}, Request: req}, err
	})
	cfg := awssdk.Config{
		Region: "us-west-2", HTTPClient: &http.Client{Transport: transport},
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{AccessKeyID: "id", SecretAccessKey: "key"}, nil
		}),
	}
	for name, options := range map[string]func(*lambda.Options){
		"sdk": func(*lambda.Options) {}, "shared": lambda.WithAPIOptions((&uploads{}).install),
	} {
		b.Run(name, func(b *testing.B) {
			client := lambda.NewFromConfig(cfg, options)
			b.ReportAllocs()
			for b.Loop() {
				for range 12 {
					_, err := client.CreateFunction(context.Background(), &lambda.CreateFunctionInput{
						FunctionName: awssdk.String("f"), Role: awssdk.String("r"), Code: &types.FunctionCode{ZipFile: zip},
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

package aws

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestUnanswered: one sentence that says why AWS does not answer, and what to do.
func TestUnanswered(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<html>The proxy lets nobody pass</html>")
	}))
	defer plain.Close()
	garbled := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>Nobody passes<br></body></html>")
	}))
	defer garbled.Close()
	role := "[profile p]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = q\n"
	source := "[profile q]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n"
	const noURL = "the URL of the endpoint is none (AWS_ENDPOINT_URL, or endpoint_url of the profile, begins with http:// or https://)"
	for name, test := range map[string]struct {
		config string
		env    []string
		want   string
	}{
		"no region":               {"", []string{"AWS_REGION=eu west"}, `"eu west" is no region (use --region, set AWS_REGION, or correct the profile's)`},
		"no URL":                  {"", []string{"AWS_ENDPOINT_URL=localhost:4566"}, noURL},
		"no URL, with an address": {"", []string{"AWS_ENDPOINT_URL=127.0.0.1:4566"}, noURL},
		"not over TLS": {"", []string{"AWS_ENDPOINT_URL=" + strings.Replace(plain.URL, "http:", "https:", 1)},
			"the endpoint answers, but not over TLS (should AWS_ENDPOINT_URL, or HTTPS_PROXY, begin with http://?)"},
		"not AWS":          {"", []string{"AWS_ENDPOINT_URL=" + plain.URL}, "the answer was 403 Forbidden, and nothing of AWS in it (is the endpoint AWS, or an emulator of it, or is there a proxy in between?)"},
		"not AWS, nor XML": {"", []string{"AWS_ENDPOINT_URL=" + garbled.URL}, "the answer was 403 Forbidden, and nothing of AWS in it (is the endpoint AWS, or an emulator of it, or is there a proxy in between?)"},
		"a role, with nobody to ask": {role + source, []string{"AWS_PROFILE=p", "AWS_ENDPOINT_URL_STS=http://" + closed.Addr().String(), "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="},
			"the AWS credentials cannot be had: no connection to " + closed.Addr().String() + ": connection refused (check the network, and AWS_ENDPOINT_URL where an emulator is meant)"},
		"a role, with MFA": {role + "mfa_serial = arn:aws:iam::123456789012:mfa/me\n" + source, []string{"AWS_PROFILE=p", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="},
			"the profile takes on a role with a code of MFA, which cannot be asked for here (run `eval \"$(aws configure export-credentials --format env --profile NAME)\"`, and the command again without the profile)"},
		"a login that ended": {"[profile p]\nregion = eu-west-1\nlogin_session = arn:aws:sts::123456789012:assumed-role/x/y\n", []string{"AWS_PROFILE=p", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="},
			"the session of `aws login` has expired, or there is none (run `aws login`, with --profile NAME for a profile)"},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, test.config, append([]string{"AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1"}, test.env...)...)
			ctx := withWait(context.Background(), instant{}, nil)
			cfg, err := Config(ctx, Options{})
			if err == nil {
				_, err = Identity(ctx, NewClients(cfg))
			}
			if err == nil {
				t.Fatal("there is no error")
			}
			if got := strings.TrimPrefix(err.Error(), "sts:GetCallerIdentity: "); got != test.want {
				t.Errorf("says\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestNoConnectionToTheProxy asks through a proxy that is not there.
func TestNoConnectionToTheProxy(t *testing.T) {
	client := httpClient(Options{}).WithTransportOptions(func(tr *http.Transport) {
		tr.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://127.0.0.1:1") }
	})
	bare(t, "", "AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1")
	cfg, err := Config(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTPClient = client
	_, err = Identity(withWait(context.Background(), instant{}, nil), NewClients(cfg))
	if err == nil || !strings.Contains(err.Error(), "no connection to the proxy: dial tcp 127.0.0.1:1: connect: connection refused (check HTTPS_PROXY") {
		t.Error(err)
	}
}

// TestNobodyAnswers: each attempt takes as long as is waited for, so that there
// are few of them.
func TestNobodyAnswers(t *testing.T) {
	endpoint, calls := slowServer(t, func(_ http.ResponseWriter, hang <-chan struct{}) { <-hang })
	err := identity(t, endpoint, 50*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "the answer did not arrive: net/http: timeout awaiting response headers") {
		t.Error(err)
	}
	if n := calls.Load(); n != silentAttempts {
		t.Errorf("asked %d times", n)
	}
}

package aws

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
)

// bare is an environment that says nothing of AWS, but for a configuration.
func bare(t *testing.T, config string, env ...string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	home := t.TempDir()
	file := filepath.Join(home, "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "none"))
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}

func TestConfigSaysInOneSentenceWhatIsMissing(t *testing.T) {
	keys := []string{"AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret"}
	sso := "[profile s]\nregion = eu-west-1\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n[sso-session x]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n"
	for name, test := range map[string]struct {
		config  string
		env     []string
		options Options
		want    string
	}{
		"no region":      {"", keys, Options{}, "no region is set (use --region, set AWS_REGION, or give the profile one with `aws configure`)"},
		"no credentials": {"", nil, Options{Region: "eu-west-1"}, "there are no AWS credentials (run `aws configure`, or `aws sso login --profile NAME` and use --profile NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"},
		"no metadata": {"", []string{"AWS_EC2_METADATA_DISABLED=true"}, Options{Region: "eu-west-1"},
			"there are no AWS credentials (run `aws configure`, or `aws sso login --profile NAME` and use --profile NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"},
		"unknown profile":        {"", keys, Options{Profile: "wrk"}, "there is no profile \"wrk\" in the files of AWS (`aws configure list-profiles` lists those that there are, `aws configure --profile wrk` makes it)"},
		"unknown profile of env": {"", append([]string{"AWS_PROFILE=wrk"}, keys...), Options{}, "there is no profile \"wrk\" in the files of AWS (`aws configure list-profiles` lists those that there are, `aws configure --profile wrk` makes it)"},
		"SSO that never began":   {sso, nil, Options{Profile: "s"}, "the session of AWS SSO has expired, or there is none (run `aws sso login`, with --profile NAME for a profile)"},
		"no certificates":        {"", append([]string{"AWS_CA_BUNDLE=" + os.DevNull}, keys...), Options{Region: "eu-west-1"}, "the file of AWS_CA_BUNDLE has no certificates in it"},
		"no bundle":              {"", append([]string{"AWS_CA_BUNDLE=/nowhere/bundle.pem"}, keys...), Options{Region: "eu-west-1"}, "cannot read /nowhere/bundle.pem: no such file or directory (AWS_CA_BUNDLE, or ca_bundle of the profile, names it)"},
		"a process that fails":   {"[profile p]\nregion = eu-west-1\ncredential_process = false\n", nil, Options{Profile: "p"}, "the credential_process of the profile failed: exit status 1 (run it by hand: it says why)"},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, test.config, test.env...)
			began := time.Now()
			cfg, err := Config(context.Background(), test.options)
			if err == nil {
				_, err = Identity(context.Background(), NewClients(cfg))
			}
			if err == nil {
				t.Fatal("there is no error")
			}
			if got := strings.TrimPrefix(err.Error(), "sts:GetCallerIdentity: "); got != test.want {
				t.Errorf("says\n%s\nwant\n%s", got, test.want)
			}
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestConfigReachesEndpointsOfTheEnvironment: over https too, with a bundle of
// certificates.
func TestConfigReachesEndpointsOfTheEnvironment(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws-cn:iam::42:user/a</Arn><Account>42</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`))
	})
	server := httptest.NewTLSServer(answer)
	defer server.Close()
	env := []string{"AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=cn-north-1"}
	bare(t, "", env...)
	cfg, err := Config(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Identity(context.Background(), NewClients(cfg))
	var f *deployer.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Hint, "AWS_CA_BUNDLE") {
		t.Errorf("an unknown certificate gives %v", err)
	}

	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(bundle, certificate(server), 0o600); err != nil {
		t.Fatal(err)
	}
	bare(t, "", append(env, "AWS_CA_BUNDLE="+bundle)...)
	cfg, err = Config(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	owner, err := Identity(context.Background(), NewClients(cfg))
	if err != nil || owner.Account != "42" || owner.Partition != "aws-cn" || owner.Region != "cn-north-1" {
		t.Errorf("the identity is %v, %v", owner, err)
	}
}

// TestConnectionTimeout: who does not answer is not waited for for ever.
func TestConnectionTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	bare(t, "", "AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1")
	cfg, err := Config(context.Background(), Options{ConnectionTimeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewClients(cfg).STS.GetCallerIdentity(withWait(context.Background(), &stopwatch{}, nil), nil)
	if !isClass(err, deployer.ClassLost) || !strings.Contains(fail(err).Error(), "timeout") {
		t.Errorf("no answer gives %v", fail(err))
	}
}

func certificate(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

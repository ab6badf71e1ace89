package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// remoteApp is an app whose Go code is not there: what is deployed is asked
// about all the same.
const remoteApp = `version: 1
app: hello
package: ./gone
routes:
  /:
    GET: { handler: Index, api_key_required: true }
functions:
  sum: { handler: Sum }
api:
  custom_domain: { domain_name: api.example.com, base_path: v1, certificate_arn: "arn:aws:acm:us-west-2:123456789012:certificate/x" }
stages:
  prod: {}
`

// standIn answers what logs, invoke and url ask of AWS, of the stage dev alone.
func standIn(t *testing.T) Env {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		if target := r.Header.Get("X-Amz-Target"); target == "Logs_20140328.FilterLogEvents" {
			filterLogEvents(w, r)
			return
		}
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	})
	tags := `{"chalicefile:app":"hello","chalicefile:stage":"dev","chalicefile:region":"us-west-2"}`
	mux.HandleFunc("GET /restapis", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"item":[{"id":"abc123","name":"hello-dev","createdDate":1,"tags":`+tags+`}]}`)
	})
	mux.HandleFunc("GET /apikeys", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"item":[{"id":"k","name":"hello-dev","createdDate":1,"tags":`+tags+`}]}`)
	})
	mux.HandleFunc("GET /apikeys/k", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":"k","value":"the-key"}`)
	})
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", invocations)
	mux.HandleFunc("GET /2015-03-31/functions/{name}/configuration", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("name") != "hello-dev-sum" {
			notFound(w)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "", "AWS_REGION": "us-west-2",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true", "CHALICEFILE_STAGE": "",
		"NO_PROXY": "127.0.0.1",
	} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Chalicefile.yaml"), []byte(remoteApp), 0o666); err != nil {
		t.Fatal(err)
	}
	return Env{Dir: dir, Environ: os.Environ()}
}

func notFound(w http.ResponseWriter) {
	w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","message":"not found"}`)
}

// filterLogEvents knows what hello-dev has logged.
func filterLogEvents(w http.ResponseWriter, r *http.Request) {
	var in struct {
		LogGroupName, FilterPattern string
		StartTime                   int64
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.LogGroupName != "/aws/lambda/hello-dev" {
		notFound(w)
		return
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixMilli()
	type event struct {
		EventID       string `json:"eventId"`
		LogStreamName string `json:"logStreamName"`
		Message       string `json:"message"`
		Timestamp     int64  `json:"timestamp"`
	}
	var events []event
	for i, message := range []string{
		"START RequestId: 1 Version: $LATEST\n",
		`{"time":"t","level":"INFO","msg":"a < b","function":"api","requestId":"1","n":1}` + "\n",
		"plain\n", "END RequestId: 1\n",
	} {
		if strings.Contains(message, in.FilterPattern) {
			events = append(events, event{fmt.Sprint(i), "stream", message, at + int64(i)})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"events": events})
}

func invocations(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("name") != "hello-dev-sum" {
		notFound(w)
		return
	}
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Amz-Log-Result", "U1RBUlQgUmVxdWVzdElkOiAxCnN1bW1pbmcK") // START RequestId: 1, summing
	if string(body) == "{}" {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, _ = io.WriteString(w, `{"errorMessage":"no numbers"}`)
		return
	}
	_, _ = io.WriteString(w, "6")
}

func TestRemoteCommands(t *testing.T) {
	env := standIn(t)
	const (
		text   = "2026-11-22T12:00:00.001Z INFO api a < b n=1\n2026-11-22T12:00:00.002Z plain\n"
		named  = "2026-11-22T12:00:00.001Z api INFO a < b n=1\n2026-11-22T12:00:00.002Z api plain\n"
		lines  = `{"timestamp":"2026-11-22T12:00:00.002Z","function":"api","message":"plain","stream":"stream"}` + "\n"
		record = `{"timestamp":"2026-11-22T12:00:00.001Z","function":"api","message":"{\"time\":\"t\",\"level\":\"INFO\",\"msg\":\"a < b\",\"function\":\"api\",\"requestId\":\"1\",\"n\":1}","stream":"stream"}` + "\n"
		prod   = `is not deployed to stage prod in us-west-2: run "chalicefile deploy --stage prod"` + "\n"
		failed = "summing\nchalicefile: the function sum failed\n{\"errorMessage\":\"no numbers\"}\n"
	)
	tests := []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"logs", 0, named, ""},
		{"logs --name api", 0, text, ""},
		{"logs --name hello-dev --output json", 0, record + lines, ""},
		{"logs --name api --filter plain --output json --since 1h", 0, lines, ""},
		{"logs --name api --num-entries 1 --include-lambda-messages", 0, "2026-11-22T12:00:00.003Z END RequestId: 1\n", ""},
		{"logs --name api --filter nothing", 0, "", "no logs that fit the filter in the last 30 days\n"},
		{"logs --name api --filter nothing --since 2026-11-22T01:00:00+01:00", 0, "", "no logs that fit the filter since 2026-11-22T00:00:00Z\n"},
		{"logs --name sum", 0, "", "no logs yet: the function sum has not run\n"},
		{"logs --stage prod", 1, "", "chalicefile: the app hello " + prod},
		{"logs --name api --follow --stage prod", 1, "", "chalicefile: the function api " + prod},
		{"logs --name smu", 1, "", "chalicefile: the app hello has no function \"smu\"; did you mean \"sum\"?\n"},
		{"invoke sum --payload [1,2,3]", 0, "6\n", ""},
		{"invoke sum --payload [1,2,3] --log", 0, "6\n", "summing\n"},
		{"invoke sum --payload [1,2,3] --log --output json", 0, "{\n  \"payload\": 6,\n  \"log\": \"START RequestId: 1\\nsumming\\n\"\n}\n", ""},
		{"invoke sum", 1, "", failed},
		{"invoke sum --log", 1, "", failed},
		{"invoke sum --output json", 1, "{\n  \"payload\": {\n    \"errorMessage\": \"no numbers\"\n  },\n  \"function_error\": \"Unhandled\"\n}\n", ""},
		{"invoke sum --stage prod", 1, "", "chalicefile: the function sum " + prod},
		{"invoke smu", 1, "", "chalicefile: the app hello has no function \"smu\"; did you mean \"sum\"?\n"},
		{"url", 0, "https://abc123.execute-api.us-west-2.amazonaws.com/api/\n", ""},
		{"url --output json", 0, "{\n  \"url\": \"https://abc123.execute-api.us-west-2.amazonaws.com/api/\",\n  \"custom_domain_url\": \"https://api.example.com/v1/\",\n  \"api_id\": \"abc123\"\n}\n", ""},
		{"url --api-key", 0, "the-key\n", ""},
		{"url --api-key --output json", 0, "{\n  \"api_key\": \"the-key\"\n}\n", ""},
		{"url --stage prod", 1, "", "chalicefile: the app hello " + prod},
		{"url --api-key --stage prod", 1, "", "chalicefile: the API key of the app hello " + prod},
	}
	for _, tt := range tests {
		status, stdout, stderr := run(t, env, strings.Fields(tt.args)...)
		if status != tt.status || stdout != tt.stdout || stderr != tt.stderr {
			t.Errorf("%s: status %d\n%s%s\nwant %d\n%s%s", tt.args, status, stdout, stderr, tt.status, tt.stdout, tt.stderr)
		}
	}
	if _, _, stderr := run(t, env, "url", "--debug"); strings.Contains(stderr, "the-key") {
		t.Error(stderr)
	}
	if status, _, stderr := run(t, env, "invoke", "sum", "--payload", `"`+strings.Repeat("x", 6<<20)+`"`); status != 1 || stderr != "chalicefile: --payload: the payload exceeds 6 MB, the most that Lambda takes\n" {
		t.Errorf("status %d, %.100s", status, stderr)
	}
}

// What is wrong with the Chalicefile may be why it has no function of a name;
// where it has one, nothing else matters.
func TestRemoteCommandsOfAFaultyChalicefile(t *testing.T) {
	env := standIn(t)
	const more = "schedules:\n  tick: { rate: 1 hour, cron: 0 9 * * ? *, handler: Tick }\n"
	if err := os.WriteFile(filepath.Join(env.Dir, "Chalicefile.yaml"), []byte(remoteApp+more), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := run(t, env, "invoke", "sum", "--payload", "[6]"); status != 0 || stdout != "6\n" || stderr != "" {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	if status, _, stderr := run(t, env, "invoke", "tock"); status != 1 || !strings.Contains(stderr, "Chalicefile.yaml:") || !strings.Contains(stderr, `has no function "tock"`) {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// stopper ends a command when it first writes.
type stopper struct {
	bytes.Buffer
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	s.stop()
	return s.Buffer.Write(p)
}

func TestInterruptEndsFollowing(t *testing.T) {
	env := standIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stderr bytes.Buffer
	out := &stopper{stop: cancel}
	env.Stdout, env.Stderr, env.Stdin = out, &stderr, strings.NewReader("")
	if status := Run(ctx, env, []string{"logs", "--name", "api", "--follow"}); status != 130 || !strings.Contains(out.String(), "INFO api") || stderr.Len() > 0 {
		t.Errorf("status %d, %q, %q", status, out, &stderr)
	}
}

func TestParseSince(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"10m": "2026-11-22T11:50:00Z", "2h": "2026-11-22T10:00:00Z", "1d": "2026-11-21T12:00:00Z", "1w2d1h30m": "2026-11-13T10:30:00Z",
		"2026-01-02T03:04:05+01:00": "2026-01-02T03:04:05+01:00", "0s": "2026-11-22T12:00:00Z", "90s": "2026-11-22T11:58:30Z",
	} {
		if got, err := parseSince(text, now); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %s, %v, want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	for _, text := range []string{"10", "-10m", "yesterday", "1d-1h", "d", "10 m", "2026-01-02", "99999d"} {
		if got, err := parseSince(text, now); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}

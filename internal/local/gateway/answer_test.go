package gateway

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/spec"
)

func TestAnswers(t *testing.T) {
	r := newRig(t, localtest.App())
	for _, c := range []struct {
		answer string
		status int
		body   string
		header map[string][]string
	}{
		{`{}`, 200, "", map[string][]string{"content-type": {"application/json"}}},
		{` { "statusCode" : 201 , "body" : "a\"\u00e9\ud83d\ude00" } `, 201, "a\"é😀", nil},
		{`{"statusCode":"404","body":null,"headers":null,"multiValueHeaders":null,"isBase64Encoded":null}`, 404, "", nil},
		{`{"body":"x","headers":{"content-TYPE":"text/plain","X-True":true}}`, 200, "x", map[string][]string{"content-type": {"text/plain"}, "x-true": {"true"}}},
		{`{"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]},"headers":{"set-cookie":"b=2","X-A":"1"}}`, 200, "", map[string][]string{"set-cookie": {"a=1", "b=2"}, "x-a": {"1"}}},
		{`{"multiValueHeaders":{"X-A":"one"},"headers":{"X-A":"two"}}`, 200, "", map[string][]string{"x-a": {"one", "two"}}},
		{`{"headers":{"Content-Length":"99","Server":"me","Date":"now","Connection":"x","Transfer-Encoding":"chunked","WWW-Authenticate":"Basic","Host":"h"},"body":"x"}`, 200, "x",
			map[string][]string{"content-length": {"1"}, "x-amzn-remapped-content-length": {"99"}, "x-amzn-remapped-server": {"me"}, "x-amzn-remapped-date": {"now"}, "server": nil, "transfer-encoding": nil, "host": nil, "www-authenticate": nil, "x-amzn-remapped-www-authenticate": {"Basic"}}},
		{`{"body":"//4=","isBase64Encoded":true,"headers":{"Content-Type":"image/png"}}`, 200, "\xff\xfe", nil},
	} {
		r.fake.answer["api"] = payload(c.answer)
		res := r.do(t, "GET /")
		if res.status != c.status || res.body != c.body {
			t.Errorf("%s: %d %q, want %d %q", c.answer, res.status, res.body, c.status, c.body)
		}
		for name, want := range c.header {
			if got := res.header[name]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: %q, want %q", c.answer, name, got, want)
			}
		}
		if len(res.get("x-amzn-RequestId")) != 36 || res.get("x-amzn-ErrorType") != "" {
			t.Errorf("%s: %s", c.answer, res.raw)
		}
	}
	if want := "  API Gateway sends the function's Content-Length as x-amzn-Remapped-Content-Length\n"; !strings.Contains(r.log.String(), want) {
		t.Errorf("the log does not say so: %s", r.log)
	}
	// The function's own spelling goes out.
	r.fake.answer["api"] = payload(`{"headers":{"x-oDD":"1"}}`)
	if res := r.do(t, "GET /"); !strings.Contains(res.raw, "\r\nx-oDD: 1") {
		t.Errorf("%s", res.raw)
	}
}

func TestMalformedAnswers(t *testing.T) {
	for _, answer := range []string{
		``, `[]`, `{"statusCode":200,"extra":1}`, `{"StatusCode":200}`, `{"statusCode":"x"}`, `{"statusCode":99}`, `{"statusCode":200.5}`, `{"statusCode":600}`,
		`{"statusCode":{}}`, `{"body":1}`, `{"headers":[]}`, `{"headers":{"a":1}}`, `{"headers":{"a":["x"]}}`, `{"headers":{"a b":"x"}}`, `{"headers":{"a":"x\ny"}}`, `{"headers":{"":"x"}}`,
		`{"multiValueHeaders":{"a":[1]}}`, `{"isBase64Encoded":"yes"}`, `{} {}`, `{"body":"x"`, `{"body":"\x"}`,
	} {
		if p, err := parseResponse([]byte(answer)); err == nil {
			t.Errorf("%s is taken: %+v", answer, p)
		}
	}
}

func TestBinaryAnswers(t *testing.T) {
	r := newRig(t, localtest.App(func(s *spec.App) { s.API.BinaryTypes = []string{"image/*"} }))
	r.fake.answer["api"] = payload(`{"body":"//4=","isBase64Encoded":true,"headers":{"Content-Type":"image/png"}}`)
	for accept, want := range map[string]string{
		"":                             "//4=",
		"\nAccept: image/png":          "\xff\xfe",
		"\nAccept: image/*":            "\xff\xfe",
		"\nAccept: image/webp, */*":    "\xff\xfe",
		"\nAccept: */*":                "//4=",
		"\nAccept: text/html, image/*": "//4=",
	} {
		if res := r.do(t, "GET /"+accept); res.body != want {
			t.Errorf("%q: %q, want %q", accept, res.body, want)
		}
	}
	r = newRig(t, localtest.App())
	r.fake.answer["api"] = payload(`{"body":"not base64!","isBase64Encoded":true}`)
	if res := r.do(t, "GET /"); res.status != 500 || res.body != `{"message": "Internal server error"}` {
		t.Errorf("%d %s", res.status, res.body)
	}
}

func TestCompression(t *testing.T) {
	size := 100
	app := localtest.App(func(s *spec.App) { s.API.MinimumCompressionSize = &size })
	r := newRig(t, app)
	long := strings.Repeat("x", 100)
	for _, c := range []struct {
		request, answer string
		packed          bool
	}{
		{"GET /\nAccept-Encoding: gzip", `{"body":"` + long + `"}`, true},
		{"GET /\nAccept-Encoding: br, gzip;q=0.5", `{"body":"` + long + `"}`, true},
		{"GET /\nAccept-Encoding: *", `{"body":"` + long + `"}`, true},
		{"GET /\nAccept-Encoding: gzip;q=0", `{"body":"` + long + `"}`, false},
		{"GET /", `{"body":"` + long + `"}`, false},
		{"GET /\nAccept-Encoding: gzip", `{"body":"short"}`, false},
		{"GET /\nAccept-Encoding: gzip", `{"body":"` + long + `","headers":{"content-encoding":"x"}}`, false},
	} {
		r.fake.answer["api"] = payload(c.answer)
		res := r.do(t, c.request)
		if got := res.get("Content-Encoding") == "gzip"; got != c.packed {
			t.Errorf("%s: %s", c.request, res.raw)
		}
		if c.packed {
			z, err := gzip.NewReader(strings.NewReader(res.body))
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(z); err != nil || string(data) != long {
				t.Errorf("%q %v", data, err)
			}
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "hello")
	z.Close()
	r.do(t, "POST /files/x\nContent-Encoding: gzip\n\n"+packed.String())
	event := r.fake.last(t, "api")
	if _, there := event["headers"].(map[string]any)["Content-Encoding"]; there || event["body"] != base64.StdEncoding.EncodeToString([]byte("hello")) {
		t.Errorf("%v", event)
	}
	if res := r.do(t, "POST /files/x\nContent-Encoding: gzip\n\nnot gzip"); res.status != 400 {
		t.Errorf("%d", res.status)
	}
	r = newRig(t, localtest.App())
	r.do(t, "POST /files/x\nContent-Encoding: gzip\n\n"+packed.String())
	if event := r.fake.last(t, "api"); event["body"] != base64.StdEncoding.EncodeToString(packed.Bytes()) {
		t.Errorf("unpacked without minimum_compression_size: %v", event)
	}
}

func TestInvokeAPI(t *testing.T) {
	r := newRig(t, localtest.App())
	r.fake.answer["plain"] = payload(`"done"`)
	const path = "/2015-03-31/functions/"
	for _, name := range []string{"plain", "app-dev-plain", "arn%3Aaws%3Alambda%3Aus-west-2%3A000000000000%3Afunction%3Aapp-dev-plain", "app-dev-plain:$LATEST"} {
		for _, prefix := range []string{"", "/_chalicefile"} {
			res := r.do(t, "POST "+prefix+path+name+"/invocations\n\n{}")
			if res.status != 200 || res.body != `"done"` || res.get("X-Amz-Executed-Version") != "$LATEST" || res.get("X-Amz-Function-Error") != "" {
				t.Errorf("%s%s: %d %s", prefix, name, res.status, res.body)
			}
		}
	}
	for _, c := range []struct {
		request    string
		status     int
		body, kind string
	}{
		{"POST " + path + "nobody/invocations\n\n{}", 404, `{"Type":"User","Message":"Function not found: arn:aws:lambda:us-west-2:000000000000:function:nobody"}`, "ResourceNotFoundException"},
		{"POST " + path + "plain/invocations\n\n{", 400, `{"Type":"User","Message":"Could not parse request body into json: the payload is not valid JSON"}`, "InvalidRequestContentException"},
		{"POST " + path + "plain/invocations\nX-Amz-Invocation-Type: DryRun", 204, "", ""},
		{"POST " + path + "plain/invocations\nX-Amz-Client-Context: !", 400, `{"Type":"User","Message":"Client context must be a valid Base64-encoded JSON object."}`, "InvalidRequestContentException"},
		{"POST " + path + "plain/invocations\n\n\"" + strings.Repeat("x", runtimeapi.MaxEvent) + "\"", 413, `{"Type":"User","Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`, "RequestTooLargeException"},
		{"POST " + path + "plain/invocations\nX-Amz-Invocation-Type: Event\n\n\"" + strings.Repeat("x", 1<<20) + "\"", 413, `{"Type":"User","Message":"Request must be smaller than 1048576 bytes for the InvokeFunction operation"}`, "RequestTooLargeException"},
	} {
		if res := r.do(t, c.request); res.status != c.status || res.body != c.body || res.get("X-Amzn-ErrorType") != c.kind {
			t.Errorf("%.80s: %d %s %s", c.request, res.status, res.body, res.get("X-Amzn-ErrorType"))
		}
	}
	r.fake.answer["plain"] = func([]byte) (runtimeapi.Result, error) {
		return runtimeapi.Result{Payload: []byte(`{"errorMessage":"no"}`), FunctionError: "Unhandled", Log: []byte("line\n")}, nil
	}
	res := r.do(t, "POST "+path+"plain/invocations\nX-Amz-Log-Type: Tail")
	if res.status != 200 || res.get("X-Amz-Function-Error") != "Unhandled" || res.get("X-Amz-Log-Result") != "bGluZQo=" || res.body != `{"errorMessage":"no"}` {
		t.Errorf("%s %s", res.raw, res.body)
	}
	r.fake.answer["plain"] = func([]byte) (runtimeapi.Result, error) { return runtimeapi.Result{}, runtimeapi.ErrThrottled }
	if res := r.do(t, "POST "+path+"plain/invocations"); res.status != 429 || res.get("X-Amzn-ErrorType") != "TooManyRequestsException" {
		t.Errorf("%d %s", res.status, res.body)
	}
}

func TestAsynchronousInvocation(t *testing.T) {
	done := make(chan struct{})
	r := newRig(t, localtest.App(), func(o *Options) {
		o.Go = func(f func()) {
			go func() {
				defer close(done)
				f()
			}()
		}
	})
	r.fake.answer["plain"] = func([]byte) (runtimeapi.Result, error) {
		return runtimeapi.Result{Payload: []byte(`{"errorMessage":"late"}`), FunctionError: "Unhandled"}, nil
	}
	res := r.do(t, "POST /2015-03-31/functions/plain/invocations\nX-Amz-Invocation-Type: Event\n\n{\"a\":1}")
	<-done
	if res.status != 202 || res.body != "" || r.fake.last(t, "plain")["a"] != 1.0 {
		t.Errorf("%d %s", res.status, res.body)
	}
	if !strings.Contains(r.log.String(), "plain: the asynchronous invocation ") {
		t.Errorf("%s", r.log)
	}
}

func TestSampleEvents(t *testing.T) {
	r := newRig(t, localtest.App())
	if res := r.do(t, "GET /_chalicefile/events"); res.status != 200 || !strings.Contains(res.body, `"sqs"`) || len(res.header["x-amzn-requestid"]) != 1 {
		t.Errorf("%d %s", res.status, res.body)
	}
	for _, kind := range sampleKinds() {
		if res := r.do(t, "GET /_chalicefile/events/"+kind); res.status != 200 || !json.Valid([]byte(res.body)) {
			t.Errorf("%s: %d %s", kind, res.status, res.body)
		}
	}
	if res := r.do(t, "GET /_chalicefile/events/sqs?name=on_message&body=hello+there"); !strings.Contains(res.body, "my-queue") || !strings.Contains(res.body, `hello there`) {
		t.Errorf("%s", res.body)
	}
	for _, request := range []string{"GET /_chalicefile/events/sqs?name=tick", "GET /_chalicefile/events/nothing", "GET /_chalicefile", "GET /_chalicefile/x", "POST /_chalicefile/events/sqs"} {
		if res := r.do(t, request); res.status != 404 {
			t.Errorf("%s: %d %s", request, res.status, res.body)
		}
	}
}

package gateway

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/spec"
)

func TestEvent(t *testing.T) {
	r := newRig(t, localtest.App(func(s *spec.App) { s.API.StageVariables = map[string]string{"color": "red", "a": "b"} }))
	res := r.do(t, "GET /cities/s%C3%A9attle?x=1&x=2+3%20%26&y&=e&bad=%zz&%61=\u00e9\nX-TestHeader: Foo\nx-testheader: Bar\nuser-agent: me\nX-Forwarded-For: 10.1.2.3\nContent-MD5: no\ncookie: a=b")
	if res.status != 200 {
		t.Fatal(res)
	}
	got := r.fake.last(t, "api")
	context := got["requestContext"].(map[string]any)
	id := context["requestId"].(string)
	if id != res.get("x-amzn-RequestId") || id[14] != '4' || len(id) != 36 {
		t.Errorf("request id %s, answered %s", id, res.get("x-amzn-RequestId"))
	}
	trace := got["headers"].(map[string]any)["X-Amzn-Trace-Id"].(string)
	if !strings.HasPrefix(trace, "Root=1-6b030") || len(trace) != 40 {
		t.Errorf("trace %s", trace)
	}
	want := `{
		"resource": "/cities/{city}", "path": "/cities/s%C3%A9attle", "httpMethod": "GET",
		"headers": {"Host": "localhost:8000", "X-TestHeader": "Bar", "user-agent": "me", "cookie": "a=b", "X-Amzn-Trace-Id": "TRACE",
			"X-Forwarded-For": "10.1.2.3, 127.0.0.1", "X-Forwarded-Port": "8000", "X-Forwarded-Proto": "http"},
		"multiValueHeaders": {"Host": ["localhost:8000"], "X-TestHeader": ["Foo", "Bar"], "user-agent": ["me"], "cookie": ["a=b"], "X-Amzn-Trace-Id": ["TRACE"],
			"X-Forwarded-For": ["10.1.2.3, 127.0.0.1"], "X-Forwarded-Port": ["8000"], "X-Forwarded-Proto": ["http"]},
		"queryStringParameters": {"x": "2 3 &", "y": "", "": "e", "bad": "%zz", "a": "\u00e9"},
		"multiValueQueryStringParameters": {"x": ["1", "2 3 &"], "y": [""], "": ["e"], "bad": ["%zz"], "a": ["\u00e9"]},
		"pathParameters": {"city": "s%C3%A9attle"},
		"stageVariables": {"a": "b", "color": "red"},
		"requestContext": {
			"resourceId": "njaihv", "resourcePath": "/cities/{city}", "accountId": "000000000000", "apiId": "local", "deploymentId": "local",
			"stage": "api", "httpMethod": "GET", "extendedRequestId": "EXT", "requestTime": "22/Nov/2026:15:04:05 +0000",
			"path": "/api/cities/s%C3%A9attle", "protocol": "HTTP/1.1", "domainPrefix": "localhost", "domainName": "localhost",
			"requestTimeEpoch": 1795359845678, "requestId": "ID",
			"identity": {"cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null, "caller": null, "sourceIp": "127.0.0.1",
				"principalOrgId": null, "accessKey": null, "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null,
				"userArn": null, "userAgent": "me", "user": null}},
		"body": null, "isBase64Encoded": false}`
	want = strings.NewReplacer("TRACE", trace, "EXT", context["extendedRequestId"].(string), "ID\",", id+"\",").Replace(want)
	var expected map[string]any
	if err := json.Unmarshal([]byte(want), &expected); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, expected) {
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(expected, "", " ")
		t.Errorf("got %s\nwant %s", a, b)
	}
}

func TestEventHasNullsForWhatIsAbsent(t *testing.T) {
	r := newRig(t, localtest.App())
	r.do(t, "GET /")
	event := r.fake.last(t, "api")
	for _, key := range []string{"queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"} {
		if value, ok := event[key]; !ok || value != nil {
			t.Errorf("%s: %v", key, value)
		}
	}
}

func TestBodies(t *testing.T) {
	list := func(s *spec.App) { s.API.BinaryTypes = []string{"image/*", "application/pdf"} }
	all := func(*spec.App) {}
	for _, c := range []struct {
		name    string
		edit    func(*spec.App)
		request string
		body    any
		coded   bool
	}{
		{"default", all, "POST /files/x\nContent-Type: application/json\n\n{}", "e30=", true},
		{"no type", all, "POST /files/x\n\n{}", "e30=", true},
		{"empty", all, "POST /files/x\nContent-Type: application/json", nil, false},
		{"text of a list", list, "POST /files/x\nContent-Type: application/json\n\n{\"a\":\"\u00e9\"}", `{"a":"é"}`, false},
		{"bytes that are no text", list, "POST /files/x\nContent-Type: text/plain\n\n\xff", "\uFFFD", false},
		{"a type of a list", list, "POST /files/x\nContent-Type: IMAGE/png; q=1\n\n\xff\xfe", "//4=", true},
		{"another type of a list", list, "POST /files/x\nContent-Type: application/pdf\n\nx", "eA==", true},
		{"no type with a list", list, "POST /files/x\n\nx", "x", false},
	} {
		r := newRig(t, localtest.App(c.edit))
		r.do(t, c.request)
		event := r.fake.last(t, "api")
		if event["body"] != c.body || event["isBase64Encoded"] != c.coded {
			t.Errorf("%s: %v %v, want %v %v", c.name, event["body"], event["isBase64Encoded"], c.body, c.coded)
		}
	}
}

// FuzzEvent holds the hand-written encoder to encoding/json: whatever comes, the
// event is valid JSON that says what was sent.
func FuzzEvent(f *testing.F) {
	f.Add("/cities/x", "a=b&c=%20", "X-A", "v", "X-A", "w", []byte("{}"))
	f.Add("/cities/\"\\", "%00=\xff", "x-a", "\t\"\\", "X-A", "\u2028", []byte{0, 0xff})
	f.Fuzz(func(t *testing.T, path, query, name1, value1, name2, value2 string, body []byte) {
		g, x := testExchange(path, query, name1, value1, name2, value2, body)
		var event events.APIGatewayProxyRequest
		data := x.proxyEvent()
		if err := json.Unmarshal(data, &event); err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
		if !strings.Contains(path, "\xff") && strings.ToValidUTF8(path, "") == path && event.Path != path {
			t.Errorf("path %q, want %q", event.Path, path)
		}
		if strings.ToValidUTF8(value1, "") == value1 && name1 != name2 && !isDropped(name1) && valid(name1) == name1 && !strings.EqualFold(name1, name2) && event.Headers[name1] != value1 {
			t.Errorf("header %q: %q, want %q", name1, event.Headers[name1], value1)
		}
		_ = g
		if got := fmt.Sprint(event.IsBase64Encoded); len(body) > 0 && got != "true" {
			t.Errorf("body is coded: %s", got)
		}
	})
}

package sample

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestREST(t *testing.T) {
	data, err := REST(Request{
		Method: "POST", Target: "/a%20b/c/d?x=1&x=2", Resource: "/{first}/{rest+}",
		Header: http.Header{"X-One": {"1", "2"}}, Body: []byte{0xff}, Authorizer: map[string]any{"principalId": "me"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	if e.PathParameters["first"] != "a%20b" || e.PathParameters["rest"] != "c/d" {
		t.Errorf("path parameters = %v", e.PathParameters)
	}
	if e.QueryStringParameters["x"] != "2" || len(e.MultiValueQueryStringParameters["x"]) != 2 || e.Headers["X-One"] != "2" {
		t.Errorf("query = %v, headers = %v", e.MultiValueQueryStringParameters, e.Headers)
	}
	if !e.IsBase64Encoded || e.Body != "/w==" || e.RequestContext.Authorizer["principalId"] != "me" || e.RequestContext.ResourcePath != "/{first}/{rest+}" {
		t.Errorf("event = %+v", e)
	}
}

func TestRESTRefusesWhatIsNoPathOfTheRoute(t *testing.T) {
	for _, r := range []Request{{Target: "x"}, {Target: "/?%zz"}, {Target: "/a", Resource: "/b"}, {Target: "/a/b", Resource: "/{x}"}, {Target: "/a", Resource: "/{x}/b"}} {
		if data, err := REST(r); err == nil {
			t.Errorf("%+v = %s, want an error", r, data)
		}
	}
}

func TestAuthorizer(t *testing.T) {
	for kind, want := range map[string]string{"token": "TOKEN", "request": "REQUEST"} {
		data, err := Authorizer(kind, "X-Token", "secret", Request{Target: "/a"})
		if err != nil {
			t.Fatal(err)
		}
		var e struct {
			Type, MethodArn, AuthorizationToken string
			Headers                             map[string]string
		}
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatal(err)
		}
		if e.Type != want || e.MethodArn != "arn:aws:execute-api:us-east-1:000000000000:sample1234/api/GET/a" || e.AuthorizationToken+e.Headers["X-Token"] != "secret" {
			t.Errorf("%s = %s", kind, data)
		}
	}
}

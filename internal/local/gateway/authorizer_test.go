package gateway

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/spec"
)

func requestContext(t *testing.T, r *rig) map[string]any {
	t.Helper()
	return r.fake.last(t, "api")["requestContext"].(map[string]any)
}

func TestAPIKey(t *testing.T) {
	r := newRig(t, localtest.App())
	if res := r.do(t, "GET /keyed\nx-api-KEY: the-key"); res.status != 200 {
		t.Fatal(res)
	}
	identity := requestContext(t, r)["identity"].(map[string]any)
	if identity["apiKey"] != "the-key" || identity["apiKeyId"] == nil {
		t.Errorf("%v", identity)
	}
}

func TestSignature(t *testing.T) {
	const credential = "Credential=AKID/20261122/us-west-2/execute-api/aws4_request"
	for _, c := range []struct {
		name, request string
		status        int
		message       string
	}{
		{"header", "GET /signed\nX-Amz-Date: 20261122T150405Z\nAuthorization: AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host;x-amz-date, Signature=abc", 200, ""},
		{"header without spaces", "GET /signed\nX-Amz-Date: 20261122T150405Z\nAuthorization: AWS4-HMAC-SHA256 " + credential + ",SignedHeaders=host,Signature=abc", 200, ""},
		{"query", "GET /signed?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261122%2Fus-west-2%2Fexecute-api%2Faws4_request&X-Amz-Date=20261122T150405Z&X-Amz-SignedHeaders=host&X-Amz-Signature=abc", 200, ""},
		{"nothing in it", "GET /signed\nAuthorization: AWS4-HMAC-SHA256", 403, "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		{"no date", "GET /signed\nAuthorization: AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host, Signature=abc", 200, ""},
		{"scope", "GET /signed\nDate: x\nAuthorization: AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=abc", 403, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID'"},
		{"equals", "GET /signed\nDate: x\nAuthorization: AWS4-HMAC-SHA256 Credential", 403, "Invalid key=value pair (missing equal-sign) in Authorization header: 'Credential'."},
	} {
		r := newRig(t, localtest.App())
		res := r.do(t, c.request)
		want := "ok"
		if c.message != "" {
			want = `{"message":"` + c.message + `"}`
		}
		if res.status != c.status || res.body != want {
			t.Errorf("%s: %d %s, want %d %s", c.name, res.status, res.body, c.status, want)
		}
		if c.status != 200 {
			continue
		}
		identity := requestContext(t, r)["identity"].(map[string]any)
		if identity["accessKey"] != "AKID" || identity["userArn"] != "arn:aws:iam::000000000000:user/local" || identity["accountId"] != "000000000000" {
			t.Errorf("%s: %v", c.name, identity)
		}
	}
}

// issuer is that of the pool of localtest's app.
const issuer = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc"

// jwt makes a token; key may be nil.
func jwt(t *testing.T, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	data, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"RS256","kid":"k1"}`)) + "." + encode(data)
	if key == nil {
		return signed + ".c2ln"
	}
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(signature)
}

func TestCognito(t *testing.T) {
	later := fixedNow.Add(time.Hour).Unix()
	good := func(edit ...any) map[string]any {
		c := map[string]any{"iss": issuer, "exp": later, "iat": fixedNow.Unix(), "auth_time": 12, "sub": "me", "token_use": "id", "cognito:groups": []string{"a", "b"}, "email_verified": true}
		for i := 0; i+1 < len(edit); i += 2 {
			c[edit[i].(string)] = edit[i+1]
		}
		return c
	}
	const denied, expired = `{"message":"Unauthorized"}`, `{"message":"The incoming token has expired"}`
	for _, c := range []struct {
		name, path string
		claims     map[string]any
		status     int
		body       string
	}{
		{"good", "/pool", good(), 200, "ok"},
		{"other pool", "/pool", good("iss", issuer+"d"), 401, denied},
		{"expired", "/pool", good("exp", fixedNow.Unix()-1), 401, expired},
		{"expires now", "/pool", good("exp", fixedNow.Unix()), 401, expired},
		{"no expiry", "/pool", good("exp", nil), 401, denied},
		{"access token without scopes", "/pool", good("token_use", "access"), 401, denied},
		{"scope", "/scoped", good("token_use", "access", "scope", "other write"), 200, "ok"},
		{"no scope", "/scoped", good("token_use", "access", "scope", "other"), 401, denied},
		{"id token for scopes", "/scoped", good(), 401, denied},
	} {
		for _, prefix := range []string{"", "Bearer "} {
			r := newRig(t, localtest.App())
			res := r.do(t, "GET "+c.path+"\nAuthorization: "+prefix+jwt(t, nil, c.claims))
			if res.status != c.status || res.body != c.body {
				t.Errorf("%s: %d %s, want %d %s", c.name, res.status, res.body, c.status, c.body)
			}
			if c.name != "good" {
				continue
			}
			want := map[string]any{"claims": map[string]any{"iss": issuer, "exp": "Sun Nov 22 16:04:05 UTC 2026", "iat": "Sun Nov 22 15:04:05 UTC 2026",
				"auth_time": "12", "sub": "me", "token_use": "id", "cognito:groups": "a,b", "email_verified": "true"}}
			if got := requestContext(t, r)["authorizer"]; !reflect.DeepEqual(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			if !strings.Contains(r.log.String(), "warning: signatures of Cognito tokens are not verified") {
				t.Errorf("%s", r.log)
			}
		}
	}
}

func TestJWKS(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	set, err := ParseKeySet([]byte(fmt.Sprintf(`{"keys":[{"kid":"ec","kty":"EC"},{"kid":"k1","kty":"RSA","alg":"RS256","n":"%s","e":"%s"}]}`, encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes()))))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, localtest.App(), func(o *Options) { o.Keys = set })
	claims := map[string]any{"iss": issuer, "exp": fixedNow.Add(time.Hour).Unix()}
	for name, c := range map[string]struct {
		token  string
		status int
	}{
		"right key": {jwt(t, key, claims), 200},
		"wrong key": {jwt(t, other, claims), 401},
		"no key":    {jwt(t, nil, claims), 401},
		"algorithm": {encode([]byte(`{"alg":"none","kid":"k1"}`)) + "." + strings.SplitN(jwt(t, key, claims), ".", 2)[1], 401},
		"kid":       {encode([]byte(`{"alg":"RS256","kid":"k2"}`)) + "." + strings.SplitN(jwt(t, key, claims), ".", 2)[1], 401},
	} {
		if res := r.do(t, "GET /pool\nAuthorization: "+c.token); res.status != c.status {
			t.Errorf("%s: %d %s", name, res.status, r.log)
		}
	}
	if strings.Contains(r.log.String(), "warning") {
		t.Errorf("%s", r.log)
	}
	for _, bad := range []string{``, `{}`, `{"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]}`, `{"keys":[{"kty":"RSA","n":"AQAB","e":""}]}`} {
		if _, err := ParseKeySet([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func allow(resource string) func([]byte) (runtimeapi.Result, error) {
	return payload(`{"principalId":"p","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"` + resource + `"}]},"context":{"s":"t","n":1.5,"b":true,"z":null}}`)
}

func TestTokenAuthorizer(t *testing.T) {
	r := newRig(t, localtest.App())
	r.fake.answer["auth"] = allow("arn:aws:execute-api:us-west-2:000000000000:local/api/GET/lambda*")
	for range 3 {
		if res := r.do(t, "GET /lambda/7/\nAuthorization: secret"); res.status != 200 {
			t.Fatal(res, r.log)
		}
	}
	want := map[string]any{"type": "TOKEN", "methodArn": "arn:aws:execute-api:us-west-2:000000000000:local/api/GET/lambda/7", "authorizationToken": "secret"}
	if got := r.fake.last(t, "auth"); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := requestContext(t, r)["authorizer"], (map[string]any{"principalId": "p", "s": "t", "n": "1.5", "b": "true"}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := r.fake.count("auth"); n != 1 {
		t.Errorf("the authorizer was asked %d times, though its answer holds for 300 s", n)
	}
	r.do(t, "GET /lambda\nAuthorization: another")
	if n := r.fake.count("auth"); n != 2 {
		t.Errorf("another token: asked %d times", n)
	}
	r.now = r.now.Add(301 * time.Second)
	r.do(t, "GET /lambda\nAuthorization: another")
	if n := r.fake.count("auth"); n != 3 {
		t.Errorf("after its time: asked %d times", n)
	}
}

func TestCachedPolicyHoldsForItsRoutesOnly(t *testing.T) {
	r := newRig(t, localtest.App())
	r.fake.answer["auth"] = allow("*/GET/lambda")
	if res := r.do(t, "GET /lambda\nAuthorization: s"); res.status != 200 {
		t.Errorf("%d", res.status)
	}
	if res := r.do(t, "GET /lambda/7\nAuthorization: s"); res.status != 403 || !strings.Contains(r.log.String(), "must cover every route") {
		t.Errorf("%d %s", res.status, r.log)
	}
}

func TestAuthorizerWithoutCache(t *testing.T) {
	zero := 0
	r := newRig(t, localtest.App(func(s *spec.App) {
		for i := range s.Authorizers {
			if h := s.Authorizers[i].Handler; h != nil {
				h.TTL = &zero
			}
		}
	}))
	r.fake.answer["auth"], r.fake.answer["asked"] = allow("*"), allow("*")
	for range 2 {
		r.do(t, "GET /lambda\nAuthorization: s")
	}
	if n := r.fake.count("auth"); n != 2 {
		t.Errorf("asked %d times", n)
	}
	if res := r.do(t, "GET /request"); res.status != 200 || r.fake.count("asked") != 1 {
		t.Errorf("without a cache a request authorizer is asked whatever is missing: %d", res.status)
	}
}

func TestRequestAuthorizer(t *testing.T) {
	r := newRig(t, localtest.App())
	r.fake.answer["asked"] = allow("*")
	for _, request := range []string{"GET /request", "GET /request?q=1", "GET /request\nX-Token: t"} {
		if res := r.do(t, request); res.status != 401 || res.body != `{"message":"Unauthorized"}` {
			t.Errorf("%s: %d %s", request, res.status, res.body)
		}
	}
	if n := r.fake.count("asked"); n != 0 {
		t.Errorf("asked %d times though its identity is incomplete", n)
	}
	if res := r.do(t, "GET /request?q=1&q=2\nX-Token: t"); res.status != 200 {
		t.Fatal(res.status, r.log)
	}
	event := r.fake.last(t, "asked")
	if event["type"] != "REQUEST" || event["resource"] != "/request" || event["httpMethod"] != "GET" ||
		event["headers"].(map[string]any)["X-Token"] != "t" || event["queryStringParameters"].(map[string]any)["q"] != "2" ||
		event["requestContext"].(map[string]any)["stage"] != "api" || event["methodArn"] != "arn:aws:execute-api:us-west-2:000000000000:local/api/GET/request" {
		t.Errorf("%v", event)
	}
	if _, ok := event["body"]; ok {
		t.Error("an authorizer sees no body")
	}
}

func TestIdentityFromStageAndContext(t *testing.T) {
	r := newRig(t, localtest.App(func(s *spec.App) {
		s.API.StageVariables = map[string]string{"v": "x"}
		s.Authorizers[3].Handler.Identity = []string{"stage.v", "context.identity.sourceIp", "context.nothing"}
	}))
	r.fake.answer["asked"] = allow("*")
	if res := r.do(t, "GET /request"); res.status != 401 || !strings.Contains(r.log.String(), "wants the context nothing") {
		t.Errorf("%d %s", res.status, r.log)
	}
}

func TestCustomAuthorizer(t *testing.T) {
	t.Run("without URL", func(t *testing.T) {
		r := newRig(t, localtest.App())
		for range 2 {
			if res := r.do(t, "GET /custom\nAuthorization: x"); res.status != 200 {
				t.Errorf("%d", res.status)
			}
		}
		if n := strings.Count(r.log.String(), "--authorizer outside=URL"); n != 1 {
			t.Errorf("warned %d times: %s", n, r.log)
		}
		if res := r.do(t, "GET /custom"); res.status != 401 {
			t.Errorf("without its header: %d", res.status)
		}
	})
	for name, c := range map[string]struct {
		answer string
		fault  bool
		code   int
		status int
	}{
		"allows":       {`{"principalId":"p","policyDocument":{"Statement":{"Effect":"Allow","Action":["execute-api:*"],"Resource":["*"]}}}`, false, 200, 200},
		"unauthorized": {`{"errorMessage":"Unauthorized"}`, true, 200, 401},
		"fails":        {`{"errorMessage":"x"}`, true, 200, 500},
		"no policy":    {`null`, false, 200, 500},
		"no Lambda":    {`not here`, false, 404, 500},
	} {
		t.Run(name, func(t *testing.T) {
			var event string
			outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				event = string(data)
				if c.fault {
					w.Header().Set("X-Amz-Function-Error", "Unhandled")
				}
				w.WriteHeader(c.code)
				io.WriteString(w, c.answer)
			}))
			defer outside.Close()
			r := newRig(t, localtest.App(), func(o *Options) { o.Authorizers = map[string]string{"outside": outside.URL} })
			if res := r.do(t, "GET /custom\nAuthorization: x"); res.status != c.status {
				t.Errorf("%d, want %d: %s", res.status, c.status, r.log)
			}
			if !strings.Contains(event, `"authorizationToken":"x"`) {
				t.Errorf("%s", event)
			}
		})
	}
}

func TestPolicies(t *testing.T) {
	const arn = "arn:aws:execute-api:us-west-2:000000000000:local/api/GET/cities/seattle"
	one := func(effect, rest string) string { return `[{"Effect":"` + effect + `",` + rest + `}]` }
	for _, c := range []struct {
		statements string
		want       verdict
	}{
		{one("Allow", `"Action":"execute-api:Invoke","Resource":"`+arn+`"`), allowed},
		{one("Allow", `"Action":"EXECUTE-API:invoke","Resource":"*"`), allowed},
		{one("Allow", `"Action":"*","Resource":"arn:aws:execute-api:*:*:local/*/GET/cities/*"`), allowed},
		{one("Allow", `"Action":["s3:*","execute-api:*"],"Resource":["x","arn:*/cities/seattl?"]`), allowed},
		{one("Allow", `"Action":"s3:*","Resource":"*"`), silent},
		{one("Allow", `"Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-west-2:000000000000:local/api/POST/*"`), silent},
		{one("Allow", `"Action":"execute-api:Invoke","Resource":"`+arn+`/more"`), silent},
		{one("Allow", `"NotAction":"s3:*","Resource":"*"`), allowed},
		{one("Allow", `"NotAction":"execute-api:*","Resource":"*"`), silent},
		{one("Allow", `"Action":"*","NotResource":"*/POST/*"`), allowed},
		{one("Allow", `"Action":"*","NotResource":"*/GET/*"`), silent},
		{one("Deny", `"Action":"*","Resource":"*"`), denied},
		{one("Allow", `"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), silent},
		{one("Deny", `"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), denied},
		{`[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*/GET/cities/*"}]`, denied},
		{`[{"Effect":"Deny","Action":"*","Resource":"*/POST/*"},{"Effect":"Allow","Action":"*","Resource":"*"}]`, allowed},
	} {
		p, err := parsePolicy([]byte(`{"principalId":"p","policyDocument":{"Statement":` + c.statements + `}}`))
		if err != nil {
			t.Errorf("%s: %v", c.statements, err)
		} else if got := p.evaluate(arn); got != c.want {
			t.Errorf("%s: %v, want %v", c.statements, got, c.want)
		}
	}
	for _, bad := range []string{
		`{"policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}}`,
		`{"principalId":"p"}`, `{"principalId":"p","policyDocument":{"Statement":[]}}`,
		`{"principalId":"p","policyDocument":{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}}`,
		`{"principalId":"p","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*"}]}}`,
		`{"principalId":"p","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]},"context":{"a":{}}}`,
	} {
		if _, err := parsePolicy([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestAuthorizerThatCannotRun(t *testing.T) {
	r := newRig(t, localtest.App())
	r.fake.answer["auth"] = func([]byte) (runtimeapi.Result, error) { return runtimeapi.Result{}, errors.New("gone") }
	if res := r.do(t, "GET /lambda\nAuthorization: x"); res.status != 500 || res.body != `{"message":null}` {
		t.Errorf("%d %s", res.status, res.body)
	}
}

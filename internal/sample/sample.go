// Package sample makes events of API Gateway for tests and for trying out
// functions; events of other services come from internal/source.
package sample

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Request is what a REST event is made of; zero values get plausible ones.
type Request struct {
	// Method, default GET; Target is a path with or without a query, default /.
	Method, Target string
	// Resource is the route's path, "/cities/{city}"; default the path.
	Resource string
	Header   http.Header
	Body     []byte
	// Stage of the API's URL.
	Stage           string
	StageVariables  map[string]string
	Region, Account string
	// Authorizer is what an authorizer said, or nil.
	Authorizer map[string]any
}

// The values that stand where AWS would know better.
const (
	apiID     = "sample1234"
	requestID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
	sourceIP  = "127.0.0.1"
	// Thu, 01 Jan 2026 00:00:00 UTC: the same event each time.
	requestTime      = "01/Jan/2026:00:00:00 +0000"
	requestTimeEpoch = 1767225600000
)

func (r *Request) fill() {
	set := func(s *string, byDefault string) {
		if *s == "" {
			*s = byDefault
		}
	}
	set(&r.Method, http.MethodGet)
	set(&r.Target, "/")
	set(&r.Stage, "api")
	set(&r.Region, "us-east-1")
	set(&r.Account, "000000000000")
	if r.Header == nil {
		r.Header = http.Header{}
	}
}

// REST is the event that API Gateway sends to a function for a request.
func REST(r Request) ([]byte, error) {
	r.fill()
	path, rawQuery, _ := strings.Cut(r.Target, "?")
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("a path begins with a slash, but %q does not", r.Target)
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, fmt.Errorf("the query of %q: %w", r.Target, err)
	}
	if r.Resource == "" {
		r.Resource = path
	}
	params, ok := match(r.Resource, path)
	if !ok {
		return nil, fmt.Errorf("the path %s is none of the route %s", path, r.Resource)
	}
	event := map[string]any{
		"resource":                        r.Resource,
		"path":                            path,
		"httpMethod":                      r.Method,
		"headers":                         last(r.Header),
		"multiValueHeaders":               orNull(r.Header),
		"queryStringParameters":           last(query),
		"multiValueQueryStringParameters": orNull(query),
		"pathParameters":                  orNull(params),
		"stageVariables":                  orNull(r.StageVariables),
		"requestContext":                  requestContext(r, path),
		"body":                            nil,
		"isBase64Encoded":                 false,
	}
	if len(r.Body) > 0 {
		event["body"] = string(r.Body)
		if !utf8.Valid(r.Body) {
			event["body"], event["isBase64Encoded"] = base64.StdEncoding.EncodeToString(r.Body), true
		}
	}
	return json.Marshal(event)
}

func requestContext(r Request, path string) map[string]any {
	c := map[string]any{
		"accountId":         r.Account,
		"apiId":             apiID,
		"domainName":        apiID + ".execute-api." + r.Region + ".amazonaws.com",
		"domainPrefix":      apiID,
		"extendedRequestId": "JqAYvG1vIAMFgrQ=",
		"httpMethod":        r.Method,
		"identity":          map[string]any{"sourceIp": sourceIP, "userAgent": r.Header.Get("User-Agent")},
		"path":              "/" + r.Stage + strings.TrimSuffix(path, "/"),
		"protocol":          "HTTP/1.1",
		"requestId":         requestID,
		"requestTime":       requestTime,
		"requestTimeEpoch":  requestTimeEpoch,
		"resourceId":        "abc123",
		"resourcePath":      r.Resource,
		"stage":             r.Stage,
	}
	if r.Authorizer != nil {
		c["authorizer"] = r.Authorizer
	}
	return c
}

// match finds the path parameters of a route in a path; as API Gateway it
// leaves them percent-encoded.
func match(resource, path string) (map[string]string, bool) {
	params := map[string]string{}
	want := strings.Split(strings.Trim(resource, "/"), "/")
	have := strings.Split(strings.Trim(path, "/"), "/")
	for i, w := range want {
		if i >= len(have) {
			return nil, false
		}
		name, isParam := strings.CutPrefix(w, "{")
		name = strings.TrimSuffix(name, "}")
		if greedy, ok := strings.CutSuffix(name, "+"); isParam && ok {
			params[greedy] = strings.Join(have[i:], "/")
			return params, true
		}
		if isParam {
			params[name] = have[i]
		} else if w != have[i] {
			return nil, false
		}
	}
	return params, len(want) == len(have)
}

// last is the last value of each name, nil without any.
func last(values map[string][]string) any {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]string, len(values))
	for name, v := range values {
		if len(v) > 0 {
			out[name] = v[len(v)-1]
		}
	}
	return out
}

// orNull is an empty map as API Gateway sends it.
func orNull[V any, M ~map[string]V](m M) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// Authorizer is the event that API Gateway sends to a Lambda authorizer, of
// type "token" or "request".
func Authorizer(kind, header, token string, r Request) ([]byte, error) {
	r.fill()
	arn := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s/%s", r.Region, r.Account, apiID, r.Stage, r.Method, strings.TrimPrefix(r.Target, "/"))
	if kind != "request" {
		return json.Marshal(map[string]any{"type": "TOKEN", "methodArn": arn, "authorizationToken": token})
	}
	r.Header = r.Header.Clone()
	r.Header[header] = []string{token}
	data, err := REST(r)
	if err != nil {
		return nil, err
	}
	var event map[string]any
	if err := json.Unmarshal(data, &event); err != nil {
		return nil, err
	}
	delete(event, "body")
	delete(event, "isBase64Encoded")
	event["type"], event["methodArn"] = "REQUEST", arn
	return json.Marshal(event)
}

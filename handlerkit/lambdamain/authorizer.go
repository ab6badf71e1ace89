package lambdamain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/chalicefile/chalicefile/handlerkit"
)

// authEvent is what API Gateway sends to an authorizer, of either type.
type authEvent struct {
	AuthorizationToken              string              `json:"authorizationToken"`
	MethodARN                       string              `json:"methodArn"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
}

// policy is the answer of an authorizer.
type policy struct {
	PrincipalID    string            `json:"principalId"`
	PolicyDocument policyDocument    `json:"policyDocument"`
	Context        map[string]string `json:"context,omitempty"`
}

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Action, Effect string
	Resource       []string
}

// Authorizer makes a handler of a Lambda authorizer.
func Authorizer(f func(context.Context, handlerkit.AuthRequest) (handlerkit.AuthResponse, error)) lambda.Handler {
	return handlerFunc(func(ctx context.Context, payload []byte) ([]byte, error) {
		event, err := decode[authEvent](payload)
		if err != nil {
			return nil, failed(ctx, err)
		}
		v, err := isolated(ctx, func() (any, error) { return f(ctx, event.request()) })
		if err != nil {
			return nil, unauthorized(ctx, err)
		}
		answer, err := policyOf(v.(handlerkit.AuthResponse), event.MethodARN)
		if err != nil {
			return nil, failed(ctx, err)
		}
		return json.Marshal(answer)
	})
}

// unauthorized makes the error of nobody recognized the one that API Gateway
// answers 401.
func unauthorized(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*handlerkit.Error](err); ok && e != nil && e.Status == http.StatusUnauthorized {
		return messages.InvokeResponse_Error{Message: "Unauthorized", Type: "Unauthorized"}
	}
	return failed(ctx, err)
}

func (e authEvent) request() handlerkit.AuthRequest {
	req := handlerkit.AuthRequest{Token: e.AuthorizationToken, Method: e.HTTPMethod, Path: e.Path, MethodARN: e.MethodARN}
	if e.Headers != nil || e.MultiValueHeaders != nil {
		req.Headers = http.Header{}
		for name, values := range multi(e.MultiValueHeaders, e.Headers) {
			name = http.CanonicalHeaderKey(name)
			req.Headers[name] = append(req.Headers[name], values...)
		}
	}
	if q := multi(e.MultiValueQueryStringParameters, e.QueryStringParameters); q != nil {
		req.QueryParams = url.Values(q)
	}
	if req.Token == "" {
		req.Token = req.Headers.Get("Authorization")
	}
	if _, method, path := splitARN(e.MethodARN); req.Method == "" {
		req.Method, req.Path = method, path
	}
	return req
}

// multi is the collection with all values, or made of the one with the last.
func multi(all map[string][]string, last map[string]string) map[string][]string {
	if all != nil || last == nil {
		return all
	}
	all = make(map[string][]string, len(last))
	for name, v := range last {
		all[name] = []string{v}
	}
	return all
}

// splitARN takes arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/path apart.
func splitARN(arn string) (stage, method, path string) {
	parts := strings.SplitN(arn, "/", 4)
	if len(parts) < 3 {
		return arn, "", ""
	}
	stage, method = parts[0]+"/"+parts[1], parts[2]
	if len(parts) == 4 {
		path = parts[3]
	}
	return stage, method, "/" + path
}

// policyOf writes an answer as a policy.
func policyOf(r handlerkit.AuthResponse, methodARN string) (policy, error) {
	stage, _, _ := splitARN(methodARN)
	statement := policyStatement{Action: "execute-api:Invoke", Effect: "Deny", Resource: []string{stage + "/*"}}
	if r.Allowed() {
		statement.Effect = "Allow"
		if len(r.Routes) > 0 {
			statement.Resource = nil
		}
		for _, route := range r.Routes {
			resource, err := resourceOf(route)
			if err != nil {
				return policy{}, err
			}
			statement.Resource = append(statement.Resource, stage+"/"+resource)
		}
	}
	out := policy{PrincipalID: r.Principal, PolicyDocument: policyDocument{"2012-10-17", []policyStatement{statement}}}
	for name, v := range r.Context {
		text, err := contextText(v)
		if err != nil {
			return policy{}, fmt.Errorf("the authorizer's context %q: %w", name, err)
		}
		if out.Context == nil {
			out.Context = make(map[string]string, len(r.Context))
		}
		out.Context[name] = text
	}
	return out, nil
}

// resourceOf is a route as an ARN ends: "METHOD/path", with wildcards.
func resourceOf(route string) (string, error) {
	if route == "*" {
		return "*", nil
	}
	method, path, both := strings.Cut(strings.TrimSpace(route), " ")
	if !both {
		method, path = "*", method
	}
	if path = strings.TrimSpace(path); path == "*" {
		path = "/*"
	}
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("the authorizer allows %q: a route is \"/path\" or \"METHOD /path\"", route)
	}
	if method = strings.ToUpper(method); method == "ANY" {
		method = "*"
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
			segments[i] = "*"
		}
	}
	return method + strings.Join(segments, "/"), nil
}

// contextText is a value of an authorizer's context as the route will see it.
func contextText(v any) (string, error) {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String(), nil
	case reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		b, err := json.Marshal(v)
		return string(b), err
	}
	return "", fmt.Errorf("a %T is no string, number or boolean", v)
}

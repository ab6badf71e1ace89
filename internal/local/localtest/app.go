package localtest

import (
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source/sqs"
	"github.com/chalicefile/chalicefile/spec"
)

// ref is a handler that nobody looks for.
var ref = spec.Ref{Text: "Handler"}

// Route is a path with one method.
func Route(method, path string, edit ...func(*spec.Method)) spec.Route {
	m := spec.Method{HTTPMethod: method, Handler: ref}
	for _, e := range edit {
		e(&m)
	}
	return spec.Route{Path: path, Methods: []spec.Method{m}}
}

// Spec is an app with routes, an authorizer of its own and functions of other
// kinds, changed by edit.
func Spec(edit ...func(*spec.App)) *spec.App {
	yes := true
	with := func(authorizer string) func(*spec.Method) {
		return func(m *spec.Method) { m.Authorizer = authorizer }
	}
	s := &spec.App{
		Version: 1, Name: "app", Stage: "dev", Region: "us-west-2", Account: "000000000000",
		Routes: []spec.Route{
			Route("GET", "/"),
			Route("GET", "/cities/{city}"),
			Route("ANY", "/files/{key+}"),
			Route("POST", "/things/static"),
			Route("GET", "/things/{id}/sub"),
			Route("GET", "/keyed", func(m *spec.Method) { m.APIKeyRequired = &yes }),
			Route("GET", "/signed", with("iam")),
			Route("GET", "/pool", with("pool")),
			Route("GET", "/scoped", with("pool"), func(m *spec.Method) { m.Scopes = []string{"read", "write"} }),
			Route("GET", "/lambda", with("auth")),
			Route("GET", "/lambda/{id}", with("auth")),
			Route("GET", "/request", with("asked")),
			Route("GET", "/custom", with("outside")),
		},
		Authorizers: []spec.Authorizer{
			{Name: "iam", IAM: true},
			{Name: "pool", Cognito: &spec.Cognito{UserPools: []string{"arn:aws:cognito-idp:us-west-2:123456789012:userpool/us-west-2_abc"}}},
			{Name: "auth", Handler: &spec.HandlerAuthorizer{Handler: ref}},
			{Name: "asked", Handler: &spec.HandlerAuthorizer{Handler: ref, LambdaAuth: spec.LambdaAuth{Type: "request", Identity: []string{"header.X-Token", "query.q"}}}},
			{Name: "outside", Custom: &spec.Custom{URI: "arn:aws:lambda:…"}},
		},
		Events:    []spec.Event{{Name: "on_message", Handler: ref, Kind: "sqs", Source: &sqs.Source{Queue: "my-queue"}}},
		Schedules: []spec.Schedule{{Name: "tick", Handler: ref, Rate: "1 minute"}},
		Functions: []spec.Function{{Name: "plain", Handler: ref}},
	}
	for _, e := range edit {
		e(s)
	}
	return s
}

// App is a resolved Spec.
func App(edit ...func(*spec.App)) *model.App {
	return model.Resolve(Spec(edit...), model.Module{})
}

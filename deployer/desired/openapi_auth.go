package desired

import (
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
)

// schemes are the security schemes of the document: the authorizers and the API
// key that methods ask for.
type schemes struct {
	b *builder
	// key and signature are the names of the schemes of API keys and of IAM,
	// which no authorizer has.
	key, signature string
	all            object
}

func (b *builder) schemes() *schemes {
	free := func(name string) string {
		for slices.ContainsFunc(b.App.Authorizers, func(a *model.Authorizer) bool { return a.Name == name && a.Kind != model.AuthIAM }) {
			name += "_"
		}
		return name
	}
	return &schemes{b: b, key: free("api_key"), signature: free("sigv4"), all: object{}}
}

// require is what a method asks for; nil is nothing. API Gateway wants all of
// the list, an authorizer and the API key each as an item of its own, as its own
// exports have them (to others of OpenAPI's readers, a list is a choice).
func (s *schemes) require(m *model.Method) []object {
	var required []object
	if a := m.Authorizer; a != nil {
		name := a.Name
		if a.Kind == model.AuthIAM {
			name = s.signature
		}
		s.all[name] = s.scheme(a)
		required = append(required, object{name: append([]string{}, m.Scopes...)})
	}
	if m.APIKeyRequired {
		s.all[s.key] = header("x-api-key")
		required = append(required, object{s.key: []string{}})
	}
	return required
}

// header is a scheme that finds what it needs in a header.
func header(name string) object {
	return object{"type": "apiKey", "in": "header", "name": name}
}

func (s *schemes) scheme(a *model.Authorizer) object {
	switch a.Kind {
	case model.AuthIAM:
		scheme := header("Authorization")
		scheme["x-amazon-apigateway-authtype"] = "awsSigv4"
		return scheme
	case model.AuthCognito:
		scheme := header(a.Header)
		scheme["x-amazon-apigateway-authtype"] = "cognito_user_pools"
		scheme["x-amazon-apigateway-authorizer"] = object{"type": "cognito_user_pools", "providerARNs": a.UserPools}
		return scheme
	}
	authorizer := object{"type": a.Type, "authorizerResultTtlInSeconds": a.TTL, "authorizerUri": a.URI}
	if a.Function != nil {
		authorizer["authorizerUri"] = s.b.invocation(a.Function)
	}
	if a.RoleARN != "" {
		authorizer["authorizerCredentials"] = a.RoleARN
	}
	scheme := header(a.Header)
	if a.Type == "request" {
		scheme["name"] = "Unused" // the identity sources say what is read
		// Without a cache the authorizer is asked whatever is missing.
		if a.TTL > 0 {
			authorizer["identitySource"] = identitySource(a.Identity)
		}
	}
	scheme["x-amazon-apigateway-authtype"] = "custom"
	scheme["x-amazon-apigateway-authorizer"] = authorizer
	return scheme
}

// identitySource writes identity sources as API Gateway's mapping expressions.
func identitySource(sources []string) string {
	prefixes := map[string]string{
		"header": "method.request.header.", "query": "method.request.querystring.", "stage": "stageVariables.", "context": "context.",
	}
	var expressions []string
	for _, s := range sources {
		kind, name, _ := strings.Cut(s, ".")
		expressions = append(expressions, prefixes[kind]+name)
	}
	return strings.Join(expressions, ", ")
}

package aws

import (
	"context"
	"regexp"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// apiParts are what an import makes of a document.
type apiParts struct {
	resources   []types.Resource
	authorizers []types.Authorizer
	responses   []types.GatewayResponse
}

// parts reads them, all pages, side by side.
func (r *restAPIs) parts(ctx context.Context, id string) (apiParts, error) {
	var p apiParts
	err := together(ctx,
		func(ctx context.Context) (err error) { p.resources, err = r.resources(ctx, id); return },
		func(ctx context.Context) (err error) { p.authorizers, err = r.authorizers(ctx, id); return },
		func(ctx context.Context) (err error) { p.responses, err = r.responses(ctx, id); return },
	)
	return p, err
}

func (r *restAPIs) resources(ctx context.Context, id string) ([]types.Resource, error) {
	return everyPage(ctx, apigateway.NewGetResourcesPaginator(r.api, &apigateway.GetResourcesInput{
		RestApiId: &id, Limit: awssdk.Int32(500), Embed: []string{"methods"},
	}), func(page *apigateway.GetResourcesOutput) []types.Resource { return page.Items })
}

func (r *restAPIs) authorizers(ctx context.Context, id string) ([]types.Authorizer, error) {
	var all []types.Authorizer
	input := &apigateway.GetAuthorizersInput{RestApiId: &id, Limit: awssdk.Int32(500)}
	for {
		page, err := r.api.GetAuthorizers(ctx, input)
		if err != nil {
			return nil, fail(err)
		}
		all = append(all, page.Items...)
		if awssdk.ToString(page.Position) == "" {
			return all, nil
		}
		input.Position = page.Position
	}
}

func (r *restAPIs) responses(ctx context.Context, id string) ([]types.GatewayResponse, error) {
	var all []types.GatewayResponse
	input := &apigateway.GetGatewayResponsesInput{RestApiId: &id, Limit: awssdk.Int32(500)}
	for {
		page, err := r.api.GetGatewayResponses(ctx, input)
		if err != nil {
			return nil, fail(err)
		}
		all = append(all, page.Items...)
		if awssdk.ToString(page.Position) == "" {
			return all, nil
		}
		input.Position = page.Position
	}
}

// The digest is made of structs of its own, so that neither a new SDK nor a new
// field of AWS's makes every API look changed. What is "" or empty is the same
// as what is absent.
type (
	digestAPI struct {
		Name, Description, Policy string                             `json:",omitempty"`
		BinaryTypes               []string                           `json:",omitempty"`
		MinimumCompression        *int32                             `json:",omitempty"`
		Paths                     map[string]map[string]digestMethod `json:",omitempty"`
		Authorizers               map[string]digestAuthorizer        `json:",omitempty"`
		Responses                 map[string]digestGatewayResponse   `json:",omitempty"`
	}
	digestMethod struct {
		Authorization, Authorizer string                          `json:",omitempty"`
		Scopes                    []string                        `json:",omitempty"`
		APIKey, Validated         bool                            `json:",omitempty"`
		Parameters                map[string]bool                 `json:",omitempty"`
		Models                    map[string]string               `json:",omitempty"`
		Responses                 map[string]digestMethodResponse `json:",omitempty"`
		Integration               *digestIntegration              `json:",omitempty"`
	}
	digestMethodResponse struct {
		Models     map[string]string `json:",omitempty"`
		Parameters map[string]bool   `json:",omitempty"`
	}
	digestIntegration struct {
		Type, Method, URI, Credentials, Content, Passthrough string                               `json:",omitempty"`
		Connection, ConnectionType, Transfer                 string                               `json:",omitempty"`
		Timeout                                              int32                                `json:",omitempty"`
		Parameters, Templates                                map[string]string                    `json:",omitempty"`
		CacheKeys                                            []string                             `json:",omitempty"`
		Responses                                            map[string]digestIntegrationResponse `json:",omitempty"`
	}
	digestIntegrationResponse struct {
		Content, Selection    string            `json:",omitempty"`
		Parameters, Templates map[string]string `json:",omitempty"`
	}
	digestAuthorizer struct {
		Type, Kind, Credentials, URI, Source, Validation string   `json:",omitempty"`
		TTL                                              *int32   `json:",omitempty"`
		Providers                                        []string `json:",omitempty"`
	}
	digestGatewayResponse struct {
		Status                string            `json:",omitempty"`
		Parameters, Templates map[string]string `json:",omitempty"`
	}
)

// digest is a hash of what AWS shows of an API, without the ids that an import
// makes anew each time.
func (p apiParts) digest(api types.RestApi) string {
	d := digestAPI{
		Name: awssdk.ToString(api.Name), Description: awssdk.ToString(api.Description), Policy: plainPolicy(api),
		BinaryTypes: sorted(api.BinaryMediaTypes), MinimumCompression: api.MinimumCompressionSize,
		Paths:       map[string]map[string]digestMethod{},
		Authorizers: map[string]digestAuthorizer{},
		Responses:   map[string]digestGatewayResponse{},
	}
	names := map[string]string{}
	for _, a := range p.authorizers {
		name := awssdk.ToString(a.Name)
		names[awssdk.ToString(a.Id)] = name
		d.Authorizers[name] = digestAuthorizer{
			Type: string(a.Type), Kind: awssdk.ToString(a.AuthType), Credentials: awssdk.ToString(a.AuthorizerCredentials),
			URI: awssdk.ToString(a.AuthorizerUri), Source: awssdk.ToString(a.IdentitySource),
			Validation: awssdk.ToString(a.IdentityValidationExpression), TTL: a.AuthorizerResultTtlInSeconds, Providers: sorted(a.ProviderARNs),
		}
	}
	for _, g := range p.responses {
		if !g.DefaultResponse {
			d.Responses[string(g.ResponseType)] = digestGatewayResponse{awssdk.ToString(g.StatusCode), g.ResponseParameters, g.ResponseTemplates}
		}
	}
	for _, r := range p.resources {
		methods := map[string]digestMethod{}
		for name, m := range r.ResourceMethods {
			methods[name] = methodDigest(m, names)
		}
		d.Paths[awssdk.ToString(r.Path)] = methods
	}
	return hashOf(d)
}

func methodDigest(m types.Method, authorizers map[string]string) digestMethod {
	d := digestMethod{
		Authorization: awssdk.ToString(m.AuthorizationType), Authorizer: authorizers[awssdk.ToString(m.AuthorizerId)],
		Scopes: sorted(m.AuthorizationScopes), APIKey: awssdk.ToBool(m.ApiKeyRequired), Validated: m.RequestValidatorId != nil,
		Parameters: m.RequestParameters, Models: m.RequestModels, Responses: map[string]digestMethodResponse{},
		Integration: integrationDigest(m.MethodIntegration),
	}
	for status, r := range m.MethodResponses {
		d.Responses[status] = digestMethodResponse{r.ResponseModels, r.ResponseParameters}
	}
	return d
}

func integrationDigest(i *types.Integration) *digestIntegration {
	if i == nil {
		return nil
	}
	d := &digestIntegration{
		Type: string(i.Type), Method: awssdk.ToString(i.HttpMethod), URI: awssdk.ToString(i.Uri), Credentials: awssdk.ToString(i.Credentials),
		Content: string(i.ContentHandling), Passthrough: awssdk.ToString(i.PassthroughBehavior), Connection: awssdk.ToString(i.ConnectionId),
		ConnectionType: string(i.ConnectionType), Transfer: string(i.ResponseTransferMode), Timeout: i.TimeoutInMillis,
		Parameters: i.RequestParameters, Templates: i.RequestTemplates, CacheKeys: sorted(i.CacheKeyParameters),
		Responses: map[string]digestIntegrationResponse{},
	}
	for status, r := range i.IntegrationResponses {
		d.Responses[status] = digestIntegrationResponse{
			Content: string(r.ContentHandling), Selection: awssdk.ToString(r.SelectionPattern),
			Parameters: r.ResponseParameters, Templates: r.ResponseTemplates,
		}
	}
	return d
}

// methods is how many methods there are.
func (p apiParts) methods() int {
	n := 0
	for _, r := range p.resources {
		n += len(r.ResourceMethods)
	}
	return n
}

// routes are the methods, as people write them.
func (p apiParts) routes() []string {
	var routes []string
	for _, r := range p.resources {
		for method := range r.ResourceMethods {
			routes = append(routes, method+" "+awssdk.ToString(r.Path))
		}
	}
	slices.Sort(routes)
	return routes
}

// calledFunction is the name in the URI by which API Gateway calls a function.
var calledFunction = regexp.MustCompile(`:function:([A-Za-z0-9_-]+)(?::[^/]*)?/invocations$`)

// calls are the functions that routes and authorizers call, and the permissions
// for it: they stay until the API does not call them any more.
func (p apiParts) calls() []resource.ID {
	var ids []resource.ID
	add := func(uri *string) {
		m := calledFunction.FindStringSubmatch(awssdk.ToString(uri))
		if m == nil || slices.Contains(ids, resource.FunctionID(m[1])) {
			return
		}
		permission := &resource.Permission{Function: m[1], Statement: resource.StatementAPI}
		ids = append(ids, resource.FunctionID(m[1]), permission.ID())
	}
	for _, r := range p.resources {
		for _, m := range r.ResourceMethods {
			if m.MethodIntegration != nil {
				add(m.MethodIntegration.Uri)
			}
		}
	}
	for _, a := range p.authorizers {
		add(a.AuthorizerUri)
	}
	return ids
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// noBasePath is what API Gateway calls the empty base path.
const noBasePath = "(none)"

// basePathClient is what base path mappings need of API Gateway.
type basePathClient interface {
	stageClient
	GetRestApi(context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error)
	GetBasePathMappings(context.Context, *apigateway.GetBasePathMappingsInput, ...func(*apigateway.Options)) (*apigateway.GetBasePathMappingsOutput, error)
	CreateBasePathMapping(context.Context, *apigateway.CreateBasePathMappingInput, ...func(*apigateway.Options)) (*apigateway.CreateBasePathMappingOutput, error)
	UpdateBasePathMapping(context.Context, *apigateway.UpdateBasePathMappingInput, ...func(*apigateway.Options)) (*apigateway.UpdateBasePathMappingOutput, error)
	DeleteBasePathMapping(context.Context, *apigateway.DeleteBasePathMappingInput, ...func(*apigateway.Options)) (*apigateway.DeleteBasePathMappingOutput, error)
}

// basePaths are the actuator of base path mappings. They have no tags: one is
// ours when it leads to a REST API of ours, or to one that is gone.
type basePaths struct{ api basePathClient }

func newBasePathMappings(c *Clients) deployer.Actuator { return &basePaths{c.APIGateway} }

// Find implements deployer.Actuator. It looks under the wanted domains, those of
// the owner, and those that the record knows.
func (b *basePaths) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	own := ownAPIs(q)
	lists, err := each(ctx, mappedDomains(q), func(ctx context.Context, domain string) ([]*deployer.Live, error) {
		mappings, err := listMappings(ctx, b.api, domain)
		if isClass(err, deployer.ClassNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return each(ctx, mappings, func(ctx context.Context, m types.BasePathMapping) (*deployer.Live, error) {
			return b.look(ctx, q, domain, m, own)
		})
	})
	if err != nil {
		return nil, err
	}
	return present(slices.Concat(lists...)), nil
}

// mappedDomains are the names of the domains to look under.
func mappedDomains(q *deployer.Query) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	exists := map[string]bool{}
	if q.Found != nil {
		for _, live := range q.Found(resource.KindDomain) {
			exists[live.ID.Name] = true
			if live.Owned && !q.Narrow {
				add(live.ID.Name)
			}
		}
	}
	for _, w := range q.Want {
		if name := w.(*resource.BasePathMapping).Domain; q.Found == nil || q.Narrow || exists[name] {
			add(name)
		}
	}
	if !q.Narrow {
		for _, r := range q.Recorded {
			name, _, _ := strings.Cut(r.ID.Name, "/")
			add(name)
		}
	}
	return names
}

// look tells what a mapping is; nil where it is nothing to us.
func (b *basePaths) look(ctx context.Context, q *deployer.Query, domain string, m types.BasePathMapping, own map[string]bool) (*deployer.Live, error) {
	path, api := plainPath(m.BasePath), awssdk.ToString(m.RestApiId)
	live := &deployer.Live{
		ID:    resource.ID{Kind: resource.KindBasePathMapping, Name: domain + "/" + path},
		Title: "base path mapping: " + domain + "/" + path, Owned: own[api],
		DependsOn: append(liveIDs(q, resource.KindRestAPI, api), resource.ID{Kind: resource.KindDomain, Name: domain}),
	}
	i := slices.IndexFunc(q.Want, func(w resource.Resource) bool { return w.ID() == live.ID })
	if i < 0 {
		if !live.Owned || q.Narrow {
			return nil, nil
		}
		return live, nil
	}
	want := q.Want[i].(*resource.BasePathMapping)
	seen := &resource.BasePathMapping{Domain: domain, BasePath: path, StageName: awssdk.ToString(m.Stage)}
	if id := known(q, want.API); id != "" && id == api {
		seen.API, live.Owned = want.API, true
	}
	if !live.Owned {
		gone, err := apiGone(ctx, b.api, api)
		if err != nil {
			return nil, err
		}
		live.Owned = gone
		if !gone {
			live.Owner = "REST API " + api
		}
	}
	live.Resource = seen
	return live, nil
}

// plainPath is a base path as the Chalicefile has it.
func plainPath(path *string) string {
	if p := awssdk.ToString(path); p != noBasePath {
		return p
	}
	return ""
}

// gatewayPath is a base path as API Gateway has it.
func gatewayPath(path string) string {
	if path == "" {
		return noBasePath
	}
	return path
}

func listMappings(ctx context.Context, api apigateway.GetBasePathMappingsAPIClient, domain string) ([]types.BasePathMapping, error) {
	return everyPage(ctx, apigateway.NewGetBasePathMappingsPaginator(api, &apigateway.GetBasePathMappingsInput{DomainName: &domain, Limit: awssdk.Int32(500)}), func(page *apigateway.GetBasePathMappingsOutput) []types.BasePathMapping { return page.Items })
}

// Create implements deployer.Actuator.
func (b *basePaths) Create(ctx context.Context, w resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	want := w.(*resource.BasePathMapping)
	api, err := run.Text(resource.Attr(want.API, resource.AttrID))
	if err != nil {
		return nil, err
	}
	err = freshly(ctx, run, "domain "+want.Domain+" to be known", func(ctx context.Context) error {
		_, err := b.api.CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{
			DomainName: &want.Domain, BasePath: awssdk.String(gatewayPath(want.BasePath)), RestApiId: &api, Stage: &want.StageName,
		})
		return err
	})
	return nil, fail(err)
}

// Update implements deployer.Actuator.
func (b *basePaths) Update(ctx context.Context, w resource.Resource, live *deployer.Live, _ []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	want := w.(*resource.BasePathMapping)
	api, err := run.Text(resource.Attr(want.API, resource.AttrID))
	if err != nil {
		return nil, err
	}
	err = freshly(ctx, run, "stage "+want.StageName+" to be known", func(ctx context.Context) error {
		_, err := b.api.UpdateBasePathMapping(ctx, &apigateway.UpdateBasePathMappingInput{
			DomainName: &want.Domain, BasePath: awssdk.String(gatewayPath(want.BasePath)),
			PatchOperations: []types.PatchOperation{
				patch(types.OpReplace, "/restapiId", api), patch(types.OpReplace, "/stage", want.StageName),
			},
		})
		return err
	})
	if err != nil {
		return nil, fail(err)
	}
	if seen := live.Resource.(*resource.BasePathMapping); seen.API == want.API && seen.StageName != want.StageName {
		dropStage(ctx, b.api, run.Owner, api, seen.StageName)
	}
	return nil, nil
}

// Delete implements deployer.Actuator.
func (b *basePaths) Delete(ctx context.Context, live *deployer.Live, _ *deployer.Run) error {
	domain, path, _ := strings.Cut(live.ID.Name, "/")
	_, err := b.api.DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: &domain, BasePath: awssdk.String(gatewayPath(path))})
	if isClass(err, deployer.ClassNotFound) {
		return nil
	}
	return fail(err)
}

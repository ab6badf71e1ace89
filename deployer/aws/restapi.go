package aws

import (
	"cmp"
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// attrStage is the attribute of a REST API that names its stage.
const attrStage = "stage"

// restAPIClient is what REST APIs need of API Gateway.
type restAPIClient interface {
	gatewayTags
	GetRestApis(context.Context, *apigateway.GetRestApisInput, ...func(*apigateway.Options)) (*apigateway.GetRestApisOutput, error)
	GetRestApi(context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error)
	GetStages(context.Context, *apigateway.GetStagesInput, ...func(*apigateway.Options)) (*apigateway.GetStagesOutput, error)
	GetDeployments(context.Context, *apigateway.GetDeploymentsInput, ...func(*apigateway.Options)) (*apigateway.GetDeploymentsOutput, error)
	GetResources(context.Context, *apigateway.GetResourcesInput, ...func(*apigateway.Options)) (*apigateway.GetResourcesOutput, error)
	GetAuthorizers(context.Context, *apigateway.GetAuthorizersInput, ...func(*apigateway.Options)) (*apigateway.GetAuthorizersOutput, error)
	GetGatewayResponses(context.Context, *apigateway.GetGatewayResponsesInput, ...func(*apigateway.Options)) (*apigateway.GetGatewayResponsesOutput, error)
	CreateRestApi(context.Context, *apigateway.CreateRestApiInput, ...func(*apigateway.Options)) (*apigateway.CreateRestApiOutput, error)
	PutRestApi(context.Context, *apigateway.PutRestApiInput, ...func(*apigateway.Options)) (*apigateway.PutRestApiOutput, error)
	UpdateRestApi(context.Context, *apigateway.UpdateRestApiInput, ...func(*apigateway.Options)) (*apigateway.UpdateRestApiOutput, error)
	DeleteRestApi(context.Context, *apigateway.DeleteRestApiInput, ...func(*apigateway.Options)) (*apigateway.DeleteRestApiOutput, error)
	CreateDeployment(context.Context, *apigateway.CreateDeploymentInput, ...func(*apigateway.Options)) (*apigateway.CreateDeploymentOutput, error)
	DeleteDeployment(context.Context, *apigateway.DeleteDeploymentInput, ...func(*apigateway.Options)) (*apigateway.DeleteDeploymentOutput, error)
	CreateStage(context.Context, *apigateway.CreateStageInput, ...func(*apigateway.Options)) (*apigateway.CreateStageOutput, error)
	GetStage(context.Context, *apigateway.GetStageInput, ...func(*apigateway.Options)) (*apigateway.GetStageOutput, error)
	UpdateStage(context.Context, *apigateway.UpdateStageInput, ...func(*apigateway.Options)) (*apigateway.UpdateStageOutput, error)
	DeleteStage(context.Context, *apigateway.DeleteStageInput, ...func(*apigateway.Options)) (*apigateway.DeleteStageOutput, error)
}

// restAPIs are the actuator of REST APIs. An API is made by CreateRestApi with
// all that makes it findable, filled by an import that overwrites, and brought
// under its stage by a deployment. The deployment's description says what was
// imported and what AWS showed after it (see mark), so that an API that was left
// half made, or that somebody changed, is told from one that is as it should be
// without comparing what AWS makes of a document.
type restAPIs struct{ api restAPIClient }

func newRestAPIs(c *Clients) deployer.Actuator { return &restAPIs{c.APIGateway} }

// Find implements deployer.Actuator. Names of REST APIs are not unique: of
// several with the owner's tags the oldest is the wanted one, and the others are
// left over from answers that were lost.
func (r *restAPIs) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	all, err := r.list(ctx)
	if err != nil {
		return nil, err
	}
	var owned []types.RestApi
	for _, api := range all {
		if q.Owner.Owns(api.Tags) {
			owned = append(owned, api)
		}
	}
	var found []*deployer.Live
	for _, w := range q.Want {
		want := w.(*resource.RestAPI)
		if i := slices.IndexFunc(owned, func(api types.RestApi) bool { return awssdk.ToString(api.Name) == want.Name }); i > 0 {
			owned[0], owned[i] = owned[i], owned[0]
		}
		var live *deployer.Live
		if len(owned) > 0 {
			live, err = r.read(ctx, q.Owner, want, owned[0])
			owned = owned[1:]
		} else {
			live, err = r.foreign(ctx, q.Owner, want, all)
		}
		if err != nil {
			return nil, err
		}
		if live != nil {
			found = append(found, live)
		}
	}
	if q.Narrow {
		return found, nil
	}
	return append(found, extraAPIs(owned, len(q.Want) > 0)...), nil
}

// list are all REST APIs, the oldest first.
func (r *restAPIs) list(ctx context.Context) ([]types.RestApi, error) {
	all, err := everyPage(ctx, apigateway.NewGetRestApisPaginator(r.api, &apigateway.GetRestApisInput{Limit: awssdk.Int32(500)}), func(page *apigateway.GetRestApisOutput) []types.RestApi { return page.Items })
	slices.SortFunc(all, func(a, b types.RestApi) int {
		return cmp.Or(awssdk.ToTime(a.CreatedDate).Compare(awssdk.ToTime(b.CreatedDate)), cmp.Compare(*a.Id, *b.Id))
	})
	return all, err
}

// foreign reads the REST API of the wanted name that nobody's tags claim; nil
// where there is none. One that another app claims is not in the way.
func (r *restAPIs) foreign(ctx context.Context, owner resource.Owner, want *resource.RestAPI, all []types.RestApi) (*deployer.Live, error) {
	var same []types.RestApi
	for _, api := range all {
		if awssdk.ToString(api.Name) == want.Name && api.Tags[resource.TagApp] == "" {
			same = append(same, api)
		}
	}
	if len(same) == 0 {
		return nil, nil
	}
	live, err := r.read(ctx, owner, want, same[0])
	if live != nil && len(same) > 1 {
		live.Unfit, live.UnfitHint = ambiguous(want.Name, same)
	}
	return live, err
}

// extraAPIs are those of the owner that nothing wants.
func extraAPIs(apis []types.RestApi, wanted bool) []*deployer.Live {
	var list []*deployer.Live
	for i, api := range apis {
		id := resource.ID{Kind: resource.KindRestAPI, Name: awssdk.ToString(api.Name)}
		if wanted || i > 0 {
			id.Name += "#" + *api.Id
		}
		list = append(list, &deployer.Live{
			ID: id, Owned: true, Title: "Rest API: " + *api.Id,
			Attributes: deployer.Attributes{resource.AttrID: *api.Id},
			Handle:     &apiState{api: api},
		})
	}
	return list
}

// Delete implements deployer.Actuator. What refers to the API goes before.
func (r *restAPIs) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	id := live.Attributes[resource.AttrID]
	err := patiently(ctx, run, "REST API "+id+" to be deletable", func(ctx context.Context) error {
		_, err := r.api.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: &id})
		return err
	})
	switch {
	case isClass(err, deployer.ClassNotFound):
		return nil
	case isCode(err, "BadRequestException"):
		return hinted(err, "something outside this app still refers to REST API "+id+": look for base path mappings of custom domains")
	}
	return fail(err)
}

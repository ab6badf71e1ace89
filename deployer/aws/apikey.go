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

// apiKeyClient is what API keys need of API Gateway.
type apiKeyClient interface {
	gatewayTags
	GetUsagePlans(context.Context, *apigateway.GetUsagePlansInput, ...func(*apigateway.Options)) (*apigateway.GetUsagePlansOutput, error)
	GetApiKeys(context.Context, *apigateway.GetApiKeysInput, ...func(*apigateway.Options)) (*apigateway.GetApiKeysOutput, error)
	CreateApiKey(context.Context, *apigateway.CreateApiKeyInput, ...func(*apigateway.Options)) (*apigateway.CreateApiKeyOutput, error)
	UpdateApiKey(context.Context, *apigateway.UpdateApiKeyInput, ...func(*apigateway.Options)) (*apigateway.UpdateApiKeyOutput, error)
	DeleteApiKey(context.Context, *apigateway.DeleteApiKeyInput, ...func(*apigateway.Options)) (*apigateway.DeleteApiKeyOutput, error)
	CreateUsagePlanKey(context.Context, *apigateway.CreateUsagePlanKeyInput, ...func(*apigateway.Options)) (*apigateway.CreateUsagePlanKeyOutput, error)
}

// apiKeys are the actuator of API keys. Their values are never asked for, and
// which plans a key is in is asked of the plans, because lists of a plan's keys
// show values. Whether a key is enabled is not looked at: who disables one means
// it.
type apiKeys struct{ api apiKeyClient }

func newAPIKeys(c *Clients) deployer.Actuator { return &apiKeys{c.APIGateway} }

// keyState is an API key as Find saw it.
type keyState struct {
	description string
	tags        map[string]string
	plans       []string // ids
}

// Find implements deployer.Actuator. Names are not unique: see restAPIs.Find.
func (k *apiKeys) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	keys, err := k.list(ctx)
	if err != nil {
		return nil, err
	}
	var items []named[types.ApiKey]
	for _, key := range keys {
		name := awssdk.ToString(key.Name)
		tags, err := listedTags(ctx, k.api, gatewayARN(q.Owner, "/apikeys/"+*key.Id), key.Tags, wantsName(q, name))
		if err != nil {
			return nil, err
		}
		items = append(items, named[types.ApiKey]{id: *key.Id, name: name, tags: tags, item: key})
	}
	return each(ctx, claim(q, resource.KindAPIKey, items), func(ctx context.Context, c claimed[types.ApiKey]) (*deployer.Live, error) {
		live := c.live("API key: ")
		state := &keyState{description: awssdk.ToString(c.item.Description), tags: c.tags}
		live.Handle = state
		if c.want == nil {
			live.DependsOn = plansFound(q)
			return live, nil
		}
		plans, err := listPlans(ctx, k.api, &apigateway.GetUsagePlansInput{KeyId: &c.id, Limit: awssdk.Int32(500)})
		if err != nil {
			return nil, err
		}
		want := c.want.(*resource.APIKey)
		seen := &resource.APIKey{Name: want.Name, Description: state.description, Tags: c.tags}
		for _, plan := range plans {
			state.plans = append(state.plans, *plan.Id)
			if id := known(q, want.Plan); id != "" && id == *plan.Id {
				seen.Plan = want.Plan
			}
		}
		live.Resource, live.DependsOn = seen, liveIDs(q, resource.KindUsagePlan, state.plans...)
		return live, nil
	})
}

// plansFound are the owner's usage plans, which stay until its keys are gone.
func plansFound(q *deployer.Query) []resource.ID {
	var ids []resource.ID
	if q.Found != nil {
		for _, live := range q.Found(resource.KindUsagePlan) {
			ids = append(ids, live.ID)
		}
	}
	return ids
}

// list are all API keys without their values, the oldest first.
func (k *apiKeys) list(ctx context.Context) ([]types.ApiKey, error) {
	all, err := everyPage(ctx, apigateway.NewGetApiKeysPaginator(k.api, &apigateway.GetApiKeysInput{Limit: awssdk.Int32(500), IncludeValues: awssdk.Bool(false)}), func(page *apigateway.GetApiKeysOutput) []types.ApiKey { return page.Items })
	slices.SortFunc(all, func(a, b types.ApiKey) int {
		return cmp.Or(awssdk.ToTime(a.CreatedDate).Compare(awssdk.ToTime(b.CreatedDate)), cmp.Compare(*a.Id, *b.Id))
	})
	return all, err
}

// Create implements deployer.Actuator.
func (k *apiKeys) Create(ctx context.Context, w resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	want := w.(*resource.APIKey)
	plan, err := run.Text(resource.Attr(want.Plan, resource.AttrID))
	if err != nil {
		return nil, err
	}
	out, err := k.api.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{
		Name: &want.Name, Description: optionalString(want.Description), Enabled: true, Tags: want.Tags,
	})
	if err != nil {
		return nil, fail(err)
	}
	id := awssdk.ToString(out.Id)
	return deployer.Attributes{resource.AttrID: id}, k.join(ctx, plan, id, run)
}

// join puts a key into a plan.
func (k *apiKeys) join(ctx context.Context, plan, key string, run *deployer.Run) error {
	err := freshly(ctx, run, "API key "+key+" to be known", func(ctx context.Context) error {
		_, err := k.api.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: &plan, KeyId: &key, KeyType: awssdk.String("API_KEY")})
		return err
	})
	if isClass(err, deployer.ClassExists) {
		return nil // the answer to an earlier attempt was lost
	}
	return fail(err)
}

// Update implements deployer.Actuator. Other plans that a key is in are left
// alone.
func (k *apiKeys) Update(ctx context.Context, w resource.Resource, live *deployer.Live, _ []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	want, state := w.(*resource.APIKey), live.Handle.(*keyState)
	id := live.Attributes[resource.AttrID]
	plan, err := run.Text(resource.Attr(want.Plan, resource.AttrID))
	if err != nil {
		return nil, err
	}
	if err := retag(ctx, k.api, gatewayARN(run.Owner, "/apikeys/"+id), want.Tags, state.tags); err != nil {
		return nil, err
	}
	if want.Description != state.description {
		_, err := k.api.UpdateApiKey(ctx, &apigateway.UpdateApiKeyInput{ApiKey: &id, PatchOperations: []types.PatchOperation{
			{Op: types.OpReplace, Path: awssdk.String("/description"), Value: &want.Description},
		}})
		if err != nil {
			return nil, fail(err)
		}
	}
	if !slices.Contains(state.plans, plan) {
		if err := k.join(ctx, plan, id, run); err != nil {
			return nil, err
		}
	}
	return deployer.Attributes{resource.AttrID: id}, nil
}

// Delete implements deployer.Actuator.
func (k *apiKeys) Delete(ctx context.Context, live *deployer.Live, _ *deployer.Run) error {
	id := live.Attributes[resource.AttrID]
	_, err := k.api.DeleteApiKey(ctx, &apigateway.DeleteApiKeyInput{ApiKey: &id})
	if isClass(err, deployer.ClassNotFound) {
		return nil
	}
	return fail(err)
}

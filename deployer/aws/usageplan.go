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

// usagePlanClient is what usage plans need of API Gateway.
type usagePlanClient interface {
	gatewayTags
	stageClient
	GetRestApi(context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error)
	GetUsagePlans(context.Context, *apigateway.GetUsagePlansInput, ...func(*apigateway.Options)) (*apigateway.GetUsagePlansOutput, error)
	CreateUsagePlan(context.Context, *apigateway.CreateUsagePlanInput, ...func(*apigateway.Options)) (*apigateway.CreateUsagePlanOutput, error)
	UpdateUsagePlan(context.Context, *apigateway.UpdateUsagePlanInput, ...func(*apigateway.Options)) (*apigateway.UpdateUsagePlanOutput, error)
	DeleteUsagePlan(context.Context, *apigateway.DeleteUsagePlanInput, ...func(*apigateway.Options)) (*apigateway.DeleteUsagePlanOutput, error)
}

// usagePlans are the actuator of usage plans. Limits, quotas, keys and stages of
// other APIs that people add to a plan stay.
type usagePlans struct{ api usagePlanClient }

func newUsagePlans(c *Clients) deployer.Actuator { return &usagePlans{c.APIGateway} }

// planState is a usage plan as Find saw it.
type planState struct {
	plan types.UsagePlan
	tags map[string]string
	// own are the ids of the owner's REST APIs.
	own map[string]bool
}

// Find implements deployer.Actuator. Names are not unique: see restAPIs.Find.
func (u *usagePlans) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	plans, err := listPlans(ctx, u.api, &apigateway.GetUsagePlansInput{Limit: awssdk.Int32(500)})
	if err != nil {
		return nil, err
	}
	var items []named[types.UsagePlan]
	for _, plan := range plans {
		name := awssdk.ToString(plan.Name)
		tags, err := listedTags(ctx, u.api, gatewayARN(q.Owner, "/usageplans/"+*plan.Id), plan.Tags, wantsName(q, name))
		if err != nil {
			return nil, err
		}
		items = append(items, named[types.UsagePlan]{id: *plan.Id, name: name, tags: tags, item: plan})
	}
	own := ownAPIs(q)
	var found []*deployer.Live
	for _, c := range claim(q, resource.KindUsagePlan, items) {
		var ids []string
		for _, s := range c.item.ApiStages {
			ids = append(ids, awssdk.ToString(s.ApiId))
		}
		live := c.live("usage plan: ")
		live.DependsOn = liveIDs(q, resource.KindRestAPI, ids...)
		live.Handle = &planState{c.item, c.tags, own}
		if c.want != nil {
			live.Resource = seenPlan(q, c.want.(*resource.UsagePlan), c, own)
		}
		found = append(found, live)
	}
	return found, nil
}

// seenPlan is a plan in the form of the wanted one. It has the API only where
// the API's stage is in it; another stage of ours, which is to go, is what
// differs.
func seenPlan(q *deployer.Query, want *resource.UsagePlan, c claimed[types.UsagePlan], own map[string]bool) *resource.UsagePlan {
	seen := &resource.UsagePlan{Name: want.Name, Description: awssdk.ToString(c.item.Description), Tags: c.tags}
	api := known(q, want.API)
	for _, s := range c.item.ApiStages {
		id, stage := awssdk.ToString(s.ApiId), awssdk.ToString(s.Stage)
		switch {
		case id == api && api != "" && seen.StageName == "":
			seen.API, seen.StageName = want.API, stage
		case id == api && stage != want.StageName:
			seen.StageName = stage
		case own[id] && id != api:
			seen.StageName = stage + " of " + id
		}
	}
	return seen
}

func listPlans(ctx context.Context, api apigateway.GetUsagePlansAPIClient, input *apigateway.GetUsagePlansInput) ([]types.UsagePlan, error) {
	all, err := everyPage(ctx, apigateway.NewGetUsagePlansPaginator(api, input), func(page *apigateway.GetUsagePlansOutput) []types.UsagePlan { return page.Items })
	slices.SortFunc(all, func(a, b types.UsagePlan) int { return cmp.Compare(*a.Id, *b.Id) })
	return all, err
}

// Create implements deployer.Actuator.
func (u *usagePlans) Create(ctx context.Context, w resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	want := w.(*resource.UsagePlan)
	api, err := run.Text(resource.Attr(want.API, resource.AttrID))
	if err != nil {
		return nil, err
	}
	var out *apigateway.CreateUsagePlanOutput
	err = freshly(ctx, run, "stage "+want.StageName+" to be known", func(ctx context.Context) (err error) {
		out, err = u.api.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
			Name: &want.Name, Description: optionalString(want.Description), Tags: want.Tags,
			ApiStages: []types.ApiStage{{ApiId: &api, Stage: &want.StageName}},
		})
		return err
	})
	if err != nil {
		return nil, fail(err)
	}
	return deployer.Attributes{resource.AttrID: awssdk.ToString(out.Id)}, nil
}

// Update implements deployer.Actuator.
func (u *usagePlans) Update(ctx context.Context, w resource.Resource, live *deployer.Live, _ []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	want, state := w.(*resource.UsagePlan), live.Handle.(*planState)
	id := *state.plan.Id
	api, err := run.Text(resource.Attr(want.API, resource.AttrID))
	if err != nil {
		return nil, err
	}
	if err := retag(ctx, u.api, gatewayARN(run.Owner, "/usageplans/"+id), want.Tags, state.tags); err != nil {
		return nil, err
	}
	var operations []types.PatchOperation
	if want.Description != awssdk.ToString(state.plan.Description) {
		operations = append(operations, types.PatchOperation{Op: types.OpReplace, Path: awssdk.String("/description"), Value: &want.Description})
	}
	there, left := false, []string{}
	for _, s := range state.plan.ApiStages {
		of, stage := awssdk.ToString(s.ApiId), awssdk.ToString(s.Stage)
		switch {
		case of == api && stage == want.StageName:
			there = true
		case of == api || state.own[of]:
			operations = append(operations, patch(types.OpRemove, "/apiStages", of+":"+stage))
			if of == api {
				left = append(left, stage)
			}
		}
	}
	if !there {
		operations = append(operations, patch(types.OpAdd, "/apiStages", api+":"+want.StageName))
	}
	if len(operations) > 0 {
		if err := u.patch(ctx, freshly, id, operations, run); err != nil {
			return nil, err
		}
	}
	for _, stage := range left {
		dropStage(ctx, u.api, run.Owner, api, stage)
	}
	return deployer.Attributes{resource.AttrID: id}, nil
}

func (u *usagePlans) patch(ctx context.Context, with waiter, id string, operations []types.PatchOperation, run *deployer.Run) error {
	err := with(ctx, run, "usage plan "+id+" to be changeable", func(ctx context.Context) error {
		_, err := u.api.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: &id, PatchOperations: operations})
		return err
	})
	return fail(err)
}

// Delete implements deployer.Actuator. AWS does not delete a plan in which there
// are stages: ours are taken out. A plan that people use for APIs of their own
// too stays, and is told.
func (u *usagePlans) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	state := live.Handle.(*planState)
	id := *state.plan.Id
	var operations []types.PatchOperation
	others := ""
	for _, s := range state.plan.ApiStages {
		api, gone := awssdk.ToString(s.ApiId), false
		if !state.own[api] {
			var err error
			if gone, err = apiGone(ctx, u.api, api); err != nil {
				return err
			}
		}
		if state.own[api] || gone {
			operations = append(operations, patch(types.OpRemove, "/apiStages", api+":"+awssdk.ToString(s.Stage)))
		} else {
			others += " " + api + "/" + awssdk.ToString(s.Stage)
		}
	}
	if len(operations) > 0 {
		// Where they are in it no more, an earlier answer was lost.
		err := u.patch(ctx, patiently, id, operations, run)
		if err != nil && !isClass(err, deployer.ClassNotFound) && !noStage(err) {
			return err
		}
	}
	if others != "" {
		return &deployer.Failure{
			Message: "usage plan " + id + " is not deleted, because stages of other APIs are in it:" + others,
			Hint:    "take them out of the plan, or take the tags that begin with chalicefile: off the plan to keep it, and run the command again",
		}
	}
	_, err := u.api.DeleteUsagePlan(ctx, &apigateway.DeleteUsagePlanInput{UsagePlanId: &id})
	if isClass(err, deployer.ClassNotFound) {
		return nil
	}
	return fail(err)
}

// named is something of API Gateway whose name need not be unique.
type named[T any] struct {
	id, name string
	tags     map[string]string
	item     T
}

// claimed is one that is the owner's, or has a wanted name.
type claimed[T any] struct {
	named[T]
	liveID resource.ID
	want   resource.Resource // nil where nothing wants it
	owned  bool
	owner  string
}

// wantsName says whether something of this name is wanted.
func wantsName(q *deployer.Query, name string) bool {
	return slices.ContainsFunc(q.Want, func(w resource.Resource) bool { return w.ID().Name == name })
}

// claim tells for each wanted one which it is: the first of the owner's of its
// name, else the first that no tags claim. All others of the owner's are extra.
func claim[T any](q *deployer.Query, kind resource.Kind, items []named[T]) []claimed[T] {
	var list []claimed[T]
	taken := map[string]bool{}
	names := map[string]bool{}
	for _, w := range q.Want {
		name := w.ID().Name
		names[name] = true
		i := slices.IndexFunc(items, func(n named[T]) bool { return n.name == name && q.Owner.Owns(n.tags) })
		if i < 0 {
			i = slices.IndexFunc(items, func(n named[T]) bool { return n.name == name && n.tags[resource.TagApp] == "" })
		}
		if i < 0 {
			continue
		}
		taken[items[i].id] = true
		c := claimed[T]{named: items[i], liveID: w.ID(), want: w}
		c.owned, c.owner = ownership(q.Owner, c.tags)
		list = append(list, c)
	}
	if q.Narrow {
		return list
	}
	for _, n := range items {
		if taken[n.id] || !q.Owner.Owns(n.tags) {
			continue
		}
		id := resource.ID{Kind: kind, Name: n.name}
		if names[n.name] {
			id.Name += "#" + n.id
		}
		names[n.name] = true
		list = append(list, claimed[T]{named: n, liveID: id, owned: true})
	}
	return list
}

func (c claimed[T]) live(title string) *deployer.Live {
	return &deployer.Live{
		ID: c.liveID, Owned: c.owned, Owner: c.owner, Title: title + c.id,
		Attributes: deployer.Attributes{resource.AttrID: c.id},
	}
}

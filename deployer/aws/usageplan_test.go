package aws

import (
	"context"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// planFake has usage plans and keys, and notes what is done to them.
type planFake struct {
	usagePlanClient
	apiKeyClient
	plans []types.UsagePlan
	keys  []types.ApiKey
	// in are the plans that a key is in.
	in    map[string][]string
	apis  []string
	calls []string
	// unknown is how many times a stage is not known yet.
	unknown int
	// removed is what is said of stages that are in no plan any more.
	removed error
}

func (f *planFake) GetUsagePlans(_ context.Context, in *apigateway.GetUsagePlansInput, _ ...func(*apigateway.Options)) (*apigateway.GetUsagePlansOutput, error) {
	out := &apigateway.GetUsagePlansOutput{}
	for _, plan := range f.plans {
		if in.KeyId == nil || slices.Contains(f.in[*in.KeyId], *plan.Id) {
			out.Items = append(out.Items, plan)
		}
	}
	return out, nil
}

func (f *planFake) GetTags(context.Context, *apigateway.GetTagsInput, ...func(*apigateway.Options)) (*apigateway.GetTagsOutput, error) {
	return &apigateway.GetTagsOutput{}, nil
}

func (f *planFake) TagResource(_ context.Context, in *apigateway.TagResourceInput, _ ...func(*apigateway.Options)) (*apigateway.TagResourceOutput, error) {
	f.calls = append(f.calls, "tag "+*in.ResourceArn)
	return &apigateway.TagResourceOutput{}, nil
}

func (f *planFake) UntagResource(context.Context, *apigateway.UntagResourceInput, ...func(*apigateway.Options)) (*apigateway.UntagResourceOutput, error) {
	f.calls = append(f.calls, "untag")
	return &apigateway.UntagResourceOutput{}, nil
}

func (f *planFake) GetRestApi(_ context.Context, in *apigateway.GetRestApiInput, _ ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error) {
	if !slices.Contains(f.apis, *in.RestApiId) {
		return nil, &types.NotFoundException{Message: awssdk.String("Invalid API identifier specified")}
	}
	return &apigateway.GetRestApiOutput{}, nil
}

func (f *planFake) GetStage(_ context.Context, in *apigateway.GetStageInput, _ ...func(*apigateway.Options)) (*apigateway.GetStageOutput, error) {
	return nil, &types.NotFoundException{Message: awssdk.String("Invalid stage identifier specified")}
}

func (f *planFake) CreateUsagePlan(_ context.Context, in *apigateway.CreateUsagePlanInput, _ ...func(*apigateway.Options)) (*apigateway.CreateUsagePlanOutput, error) {
	if f.unknown--; f.unknown >= 0 {
		return nil, &types.NotFoundException{Message: awssdk.String("API Stage not found: ours:api")}
	}
	f.calls = append(f.calls, "create plan")
	return &apigateway.CreateUsagePlanOutput{Id: awssdk.String("plan")}, nil
}

func (f *planFake) UpdateUsagePlan(_ context.Context, in *apigateway.UpdateUsagePlanInput, _ ...func(*apigateway.Options)) (*apigateway.UpdateUsagePlanOutput, error) {
	if f.removed != nil {
		return nil, f.removed
	}
	for _, op := range in.PatchOperations {
		f.calls = append(f.calls, string(op.Op)+" "+*op.Path+" "+awssdk.ToString(op.Value))
	}
	return &apigateway.UpdateUsagePlanOutput{}, nil
}

func (f *planFake) DeleteUsagePlan(context.Context, *apigateway.DeleteUsagePlanInput, ...func(*apigateway.Options)) (*apigateway.DeleteUsagePlanOutput, error) {
	f.calls = append(f.calls, "delete plan")
	return &apigateway.DeleteUsagePlanOutput{}, nil
}

func (f *planFake) GetApiKeys(_ context.Context, in *apigateway.GetApiKeysInput, _ ...func(*apigateway.Options)) (*apigateway.GetApiKeysOutput, error) {
	if awssdk.ToBool(in.IncludeValues) {
		panic("values are asked for")
	}
	return &apigateway.GetApiKeysOutput{Items: f.keys}, nil
}

func (f *planFake) CreateUsagePlanKey(_ context.Context, in *apigateway.CreateUsagePlanKeyInput, _ ...func(*apigateway.Options)) (*apigateway.CreateUsagePlanKeyOutput, error) {
	f.calls = append(f.calls, "join "+*in.UsagePlanId+" "+*in.KeyId)
	return &apigateway.CreateUsagePlanKeyOutput{}, nil
}

var (
	wantedPlan = &resource.UsagePlan{Name: "shop-dev", API: resource.ID{Kind: resource.KindRestAPI, Name: "shop-dev"}, StageName: "api", Tags: gatewayOwner.Tags()}
	wantedKey  = &resource.APIKey{Name: "shop-dev", Plan: wantedPlan.ID(), Tags: gatewayOwner.Tags()}
)

func planOf(tags map[string]string, stages ...string) types.UsagePlan {
	plan := types.UsagePlan{Id: awssdk.String("plan"), Name: awssdk.String("shop-dev"), Tags: tags}
	for _, s := range stages {
		api, stage, _ := strings.Cut(s, ":")
		plan.ApiStages = append(plan.ApiStages, types.ApiStage{ApiId: &api, Stage: &stage})
	}
	return plan
}

// What people add to a plan is no difference, and stays.
func TestUsagePlanUpdate(t *testing.T) {
	for name, c := range map[string]struct{ live, want []string }{
		"as it should be":      {[]string{"ours:api"}, nil},
		"with somebody else's": {[]string{"theirs:prod", "ours:api"}, nil},
		"without ours":         {[]string{"theirs:prod"}, []string{"add /apiStages ours:api"}},
		"with an old stage":    {[]string{"ours:old"}, []string{"remove /apiStages ours:old", "add /apiStages ours:api"}},
		"half way":             {[]string{"ours:api", "ours:old"}, []string{"remove /apiStages ours:old"}},
		"half way, reversed":   {[]string{"ours:old", "ours:api"}, []string{"remove /apiStages ours:old"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(gatewayOwner.Tags(), c.live...)
			plan.Quota = &types.QuotaSettings{Limit: 5}
			fake := &planFake{plans: []types.UsagePlan{plan}}
			u := &usagePlans{fake}
			lives, err := u.Find(context.Background(), gatewayQuery(wantedPlan))
			if err != nil || len(lives) != 1 || !lives[0].Owned {
				t.Fatalf("found %v, %v", lives, err)
			}
			changes := differencesWith(wantedPlan, lives[0].Resource, gatewayIDs)
			if (len(changes) == 0) != (c.want == nil) {
				t.Fatalf("changes %v", changes)
			}
			if _, err := u.Update(context.Background(), wantedPlan, lives[0], changes, gatewayRun()); err != nil || !slices.Equal(fake.calls, c.want) {
				t.Errorf("calls %v, %v", fake.calls, err)
			}
		})
	}
}

// A stage that was made just now is not known everywhere.
func TestUsagePlanOfAFreshStage(t *testing.T) {
	fake := &planFake{unknown: 2}
	made, err := (&usagePlans{fake}).Create(context.Background(), wantedPlan, gatewayRun())
	if err != nil || made[resource.AttrID] != "plan" || !slices.Equal(fake.calls, []string{"create plan"}) {
		t.Errorf("made %v by %v, %v", made, fake.calls, err)
	}
	fake = &planFake{unknown: 1 << 20}
	if _, err := (&usagePlans{fake}).Create(context.Background(), wantedPlan, gatewayRun()); !isClass(err, deployer.ClassLater) || len(fake.calls) > 0 {
		t.Errorf("of a stage that is not there: %v", err)
	}
}

func TestUsagePlanDelete(t *testing.T) {
	fake := &planFake{plans: []types.UsagePlan{planOf(gatewayOwner.Tags(), "ours:api", "gone:api", "theirs:prod")}, apis: []string{"theirs"}}
	u := &usagePlans{fake}
	lives, err := u.Find(context.Background(), gatewayQuery())
	if err != nil || len(lives) != 1 {
		t.Fatalf("found %v, %v", lives, err)
	}
	if want := []resource.ID{{Kind: resource.KindRestAPI, Name: "shop-dev"}}; !slices.Equal(lives[0].DependsOn, want) {
		t.Errorf("it depends on %v", lives[0].DependsOn)
	}
	err = u.Delete(context.Background(), lives[0], gatewayRun())
	if err == nil || !strings.Contains(err.Error(), "theirs/prod") {
		t.Errorf("a plan of somebody else's stage too: %v", err)
	}
	fake.apis = nil
	if err := u.Delete(context.Background(), lives[0], gatewayRun()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"remove /apiStages ours:api", "remove /apiStages gone:api",
		"remove /apiStages ours:api", "remove /apiStages gone:api", "remove /apiStages theirs:prod", "delete plan",
	}
	if !slices.Equal(fake.calls, want) {
		t.Errorf("calls %v", fake.calls)
	}
}

// TestUsagePlanDeleteAgain: the answer to taking the stage out was lost.
func TestUsagePlanDeleteAgain(t *testing.T) {
	for _, removed := range []error{
		&types.NotFoundException{Message: awssdk.String("Invalid identifier specified")},
		&types.BadRequestException{Message: awssdk.String("API Stage not found: ours:api")},
	} {
		fake := &planFake{plans: []types.UsagePlan{planOf(gatewayOwner.Tags(), "ours:api")}, removed: removed}
		u := &usagePlans{fake}
		lives, err := u.Find(context.Background(), gatewayQuery())
		if err != nil || len(lives) != 1 {
			t.Fatalf("found %v, %v", lives, err)
		}
		if err := u.Delete(context.Background(), lives[0], gatewayRun()); err != nil || !slices.Equal(fake.calls, []string{"delete plan"}) {
			t.Errorf("%v: did %v, %v", removed, fake.calls, err)
		}
	}
}

// Names are not unique: another app's are not in the way, untagged ones are.
func TestUsagePlanOfOthers(t *testing.T) {
	other := gatewayOwner
	other.App = "bank"
	for name, c := range map[string]struct {
		tags  map[string]string
		found int
	}{"another app's": {other.Tags(), 0}, "nobody's": {nil, 1}} {
		lives, err := (&usagePlans{&planFake{plans: []types.UsagePlan{planOf(c.tags)}}}).Find(context.Background(), gatewayQuery(wantedPlan))
		if err != nil || len(lives) != c.found || c.found == 1 && lives[0].Owned {
			t.Errorf("%s: found %v, %v", name, lives, err)
		}
	}
}

func TestAPIKey(t *testing.T) {
	key := types.ApiKey{Id: awssdk.String("key"), Name: awssdk.String("shop-dev"), Tags: gatewayOwner.Tags()}
	second := key
	second.Id = awssdk.String("second")
	fake := &planFake{plans: []types.UsagePlan{planOf(gatewayOwner.Tags())}, keys: []types.ApiKey{key, second}, in: map[string][]string{}}
	k := &apiKeys{fake}
	find := func() []*deployer.Live {
		t.Helper()
		lives, err := k.Find(context.Background(), gatewayQuery(wantedKey))
		if err != nil || len(lives) != 2 || lives[0].ID != wantedKey.ID() || lives[1].ID.Name != "shop-dev#second" || !lives[1].Owned {
			t.Fatalf("found %v, %v", lives, err)
		}
		return lives
	}
	// Disabled and in no plan: it is put into the plan, and stays disabled.
	lives := find()
	changes := differencesWith(wantedKey, lives[0].Resource, gatewayIDs)
	if len(changes) != 1 || changes[0].Property != "usage_plan" {
		t.Fatalf("changes %v", changes)
	}
	if _, err := k.Update(context.Background(), wantedKey, lives[0], changes, gatewayRun()); err != nil || !slices.Equal(fake.calls, []string{"join plan key"}) {
		t.Errorf("calls %v, %v", fake.calls, err)
	}
	fake.in["key"] = []string{"plan", "theirs"}
	if changes := differencesWith(wantedKey, find()[0].Resource, gatewayIDs); len(changes) > 0 {
		t.Errorf("changes %v", changes)
	}
}

package remote

import (
	"context"
	"strconv"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/internal/resource"
)

var owner = resource.Owner{App: "app", Stage: "dev", Partition: "aws", Region: "us-west-2", Account: "123456789012"}

func TestRestAPIURL(t *testing.T) {
	for partition, want := range map[string]string{
		"aws":        "https://id.execute-api.r.amazonaws.com/api/",
		"aws-us-gov": "https://id.execute-api.r.amazonaws.com/api/",
		"aws-cn":     "https://id.execute-api.r.amazonaws.com.cn/api/",
		"aws-eusc":   "https://id.execute-api.r.amazonaws.eu/api/",
		"aws-iso":    "https://id.execute-api.r.c2s.ic.gov/api/",
		"aws-iso-b":  "https://id.execute-api.r.sc2s.sgov.gov/api/",
		"aws-iso-e":  "https://id.execute-api.r.cloud.adc-e.uk/api/",
		"aws-iso-f":  "https://id.execute-api.r.csp.hci.ic.gov/api/",
	} {
		if got := RestAPIURL(resource.Owner{Partition: partition, Region: "r"}, "id", "api"); got != want {
			t.Errorf("%s: %s, want %s", partition, got, want)
		}
	}
	for path, want := range map[string]string{"": "https://d.org/", "v1": "https://d.org/v1/", "/v1/x/": "https://d.org/v1/x/"} {
		if got := DomainURL("d.org", path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}

// gateway lists one thing a page.
type gateway struct {
	t    *testing.T
	apis []types.RestApi
	keys []types.ApiKey
}

func page(position *string, length int) (i int, next *string) {
	if position != nil {
		i, _ = strconv.Atoi(*position)
	}
	if i+1 < length {
		next = awssdk.String(strconv.Itoa(i + 1))
	}
	return i, next
}

func (g *gateway) GetRestApis(_ context.Context, in *apigateway.GetRestApisInput, _ ...func(*apigateway.Options)) (*apigateway.GetRestApisOutput, error) {
	if len(g.apis) == 0 {
		return &apigateway.GetRestApisOutput{}, nil
	}
	i, next := page(in.Position, len(g.apis))
	return &apigateway.GetRestApisOutput{Items: g.apis[i : i+1], Position: next}, nil
}

func (g *gateway) GetApiKeys(_ context.Context, in *apigateway.GetApiKeysInput, _ ...func(*apigateway.Options)) (*apigateway.GetApiKeysOutput, error) {
	if awssdk.ToString(in.NameQuery) != "app-dev" || awssdk.ToBool(in.IncludeValues) {
		g.t.Errorf("all values are asked for, or all names: %+v", in)
	}
	if len(g.keys) == 0 {
		return &apigateway.GetApiKeysOutput{}, nil
	}
	i, next := page(in.Position, len(g.keys))
	return &apigateway.GetApiKeysOutput{Items: g.keys[i : i+1], Position: next}, nil
}

func (g *gateway) GetApiKey(_ context.Context, in *apigateway.GetApiKeyInput, _ ...func(*apigateway.Options)) (*apigateway.GetApiKeyOutput, error) {
	if !awssdk.ToBool(in.IncludeValue) {
		g.t.Error("the value is not asked for")
	}
	return &apigateway.GetApiKeyOutput{Value: awssdk.String("value of " + *in.ApiKey)}, nil
}

func tagsOf(stage string) map[string]string {
	o := owner
	o.Stage = stage
	return o.Tags()
}

func TestFindRestAPI(t *testing.T) {
	api := func(id, stage string, age int) types.RestApi {
		return types.RestApi{Id: &id, Name: awssdk.String("app-dev"), Tags: tagsOf(stage), CreatedDate: awssdk.Time(t0.Add(-time.Duration(age) * time.Hour))}
	}
	g := &gateway{t: t}
	if id, err := FindRestAPI(t.Context(), g, owner); id != "" || err != nil {
		t.Errorf("of none: %q, %v", id, err)
	}
	foreign := api("foreign", "dev", 9)
	foreign.Tags = nil
	g.apis = []types.RestApi{foreign, api("prod", "prod", 8), api("younger", "dev", 1), api("older", "dev", 2)}
	if id, err := FindRestAPI(t.Context(), g, owner); id != "older" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
}

func TestAPIKey(t *testing.T) {
	key := func(id, name, stage string, age int) types.ApiKey {
		return types.ApiKey{Id: &id, Name: &name, Tags: tagsOf(stage), CreatedDate: awssdk.Time(t0.Add(-time.Duration(age) * time.Hour))}
	}
	g := &gateway{t: t}
	if value, err := APIKey(t.Context(), g, owner); value != "" || err != nil {
		t.Errorf("of none: %q, %v", value, err)
	}
	g.keys = []types.ApiKey{key("1", "app-dev-own", "dev", 9), key("2", "app-dev", "prod", 8), key("3", "app-dev", "dev", 1), key("4", "app-dev", "dev", 2)}
	if value, err := APIKey(t.Context(), g, owner); value != "value of 4" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}

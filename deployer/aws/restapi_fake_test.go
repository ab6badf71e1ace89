package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// gatewayFake is API Gateway as far as REST APIs go. It does what AWS does and
// emulators do not: an import makes ids anew and rewrites the policy, and what
// is in use is not deleted.
type gatewayFake struct {
	mu   sync.Mutex
	ids  int
	apis []*apiFake
	// calls are the mutating ones.
	calls []string
	// dieAt is the number of the mutating call at which the process dies: before
	// it is done, or after it, when only the answer is missing. 0 is never.
	dieAt int
	after bool
	// lone says that the process lives on after that: only the answer was lost.
	lone bool
	dead bool
	// busy makes the next so many mutating calls fail, as AWS does while
	// something else is under way.
	busy int
	// stubborn imports do not read that the endpoint is to be off.
	stubborn bool
}

type apiFake struct {
	types.RestApi
	resources   []types.Resource
	authorizers []types.Authorizer
	responses   []types.GatewayResponse
	stages      map[string]*types.Stage
	deployments []types.Deployment
}

var errDied = errors.New("the process died")

// do makes a mutating call.
func (g *gatewayFake) do(name string, f func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return errDied
	}
	if g.busy > 0 {
		g.busy--
		return &types.ConflictException{Message: awssdk.String("Unable to complete operation due to concurrent modification. Please try again later.")}
	}
	g.calls = append(g.calls, name)
	if len(g.calls) != g.dieAt {
		return f()
	}
	g.dead = !g.lone
	if g.after {
		if err := f(); err != nil {
			return err
		}
	}
	return &deployer.Failure{Class: deployer.ClassLost, Operation: "apigateway:" + name, Message: "no answer"}
}

// see makes a reading call on an API.
func (g *gatewayFake) see(id *string, f func(*apiFake)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return errDied
	}
	return g.with(id, func(a *apiFake) error { f(a); return nil })
}

func (g *gatewayFake) with(id *string, f func(*apiFake) error) error {
	i := slices.IndexFunc(g.apis, func(a *apiFake) bool { return *a.Id == *id })
	if i < 0 {
		return &types.NotFoundException{Message: awssdk.String("Invalid API identifier specified 123456789012:" + *id)}
	}
	return f(g.apis[i])
}

func (g *gatewayFake) id(prefix string) *string {
	g.ids++
	return awssdk.String(fmt.Sprintf("%s%04d", prefix, g.ids))
}

func (g *gatewayFake) GetRestApis(_ context.Context, in *apigateway.GetRestApisInput, _ ...func(*apigateway.Options)) (*apigateway.GetRestApisOutput, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return nil, errDied
	}
	// One to a page, the youngest first.
	n, _ := strconv.Atoi(awssdk.ToString(in.Position))
	out := &apigateway.GetRestApisOutput{}
	if len(g.apis) > 0 {
		out.Items = []types.RestApi{g.apis[len(g.apis)-1-n].RestApi}
	}
	if n+1 < len(g.apis) {
		out.Position = awssdk.String(strconv.Itoa(n + 1))
	}
	return out, nil
}

func (g *gatewayFake) GetRestApi(_ context.Context, in *apigateway.GetRestApiInput, _ ...func(*apigateway.Options)) (out *apigateway.GetRestApiOutput, err error) {
	err = g.see(in.RestApiId, func(a *apiFake) {
		out = &apigateway.GetRestApiOutput{
			Id: a.Id, Name: a.Name, Description: a.Description, BinaryMediaTypes: a.BinaryMediaTypes, Policy: a.Policy,
			MinimumCompressionSize: a.MinimumCompressionSize, EndpointConfiguration: a.EndpointConfiguration, Tags: maps.Clone(a.Tags),
		}
	})
	return out, err
}

func (g *gatewayFake) GetStages(_ context.Context, in *apigateway.GetStagesInput, _ ...func(*apigateway.Options)) (*apigateway.GetStagesOutput, error) {
	out := &apigateway.GetStagesOutput{}
	return out, g.see(in.RestApiId, func(a *apiFake) {
		for _, name := range slices.Sorted(maps.Keys(a.stages)) {
			stage := *a.stages[name]
			stage.Variables, stage.Tags = maps.Clone(stage.Variables), maps.Clone(stage.Tags)
			out.Item = append(out.Item, stage)
		}
	})
}

func (g *gatewayFake) GetStage(_ context.Context, in *apigateway.GetStageInput, _ ...func(*apigateway.Options)) (*apigateway.GetStageOutput, error) {
	out := &apigateway.GetStageOutput{}
	return out, g.see(in.RestApiId, func(a *apiFake) {
		s := a.stages[*in.StageName]
		out.StageName, out.DeploymentId, out.Tags, out.Variables, out.TracingEnabled = s.StageName, s.DeploymentId, s.Tags, s.Variables, s.TracingEnabled
	})
}

func (g *gatewayFake) GetDeployments(_ context.Context, in *apigateway.GetDeploymentsInput, _ ...func(*apigateway.Options)) (*apigateway.GetDeploymentsOutput, error) {
	out := &apigateway.GetDeploymentsOutput{}
	return out, g.see(in.RestApiId, func(a *apiFake) { out.Items = slices.Clone(a.deployments) })
}

func (g *gatewayFake) GetResources(_ context.Context, in *apigateway.GetResourcesInput, _ ...func(*apigateway.Options)) (*apigateway.GetResourcesOutput, error) {
	out := &apigateway.GetResourcesOutput{}
	return out, g.see(in.RestApiId, func(a *apiFake) { out.Items = a.resources })
}

func (g *gatewayFake) GetAuthorizers(_ context.Context, in *apigateway.GetAuthorizersInput, _ ...func(*apigateway.Options)) (*apigateway.GetAuthorizersOutput, error) {
	out := &apigateway.GetAuthorizersOutput{}
	return out, g.see(in.RestApiId, func(a *apiFake) { out.Items = a.authorizers })
}

func (g *gatewayFake) GetGatewayResponses(_ context.Context, in *apigateway.GetGatewayResponsesInput, _ ...func(*apigateway.Options)) (*apigateway.GetGatewayResponsesOutput, error) {
	out := &apigateway.GetGatewayResponsesOutput{}
	return out, g.see(in.RestApiId, func(a *apiFake) { out.Items = a.responses })
}

func (g *gatewayFake) CreateRestApi(_ context.Context, in *apigateway.CreateRestApiInput, _ ...func(*apigateway.Options)) (*apigateway.CreateRestApiOutput, error) {
	out := &apigateway.CreateRestApiOutput{}
	return out, g.do("CreateRestApi", func() error {
		id := g.id("api")
		a := &apiFake{stages: map[string]*types.Stage{}, RestApi: types.RestApi{
			Id: id, Name: in.Name, Description: in.Description, BinaryMediaTypes: in.BinaryMediaTypes, Tags: maps.Clone(in.Tags),
			Policy: expanded(*id, in.Policy), MinimumCompressionSize: in.MinimumCompressionSize, EndpointConfiguration: in.EndpointConfiguration,
			CreatedDate: awssdk.Time(time.Unix(int64(1_700_000_000+g.ids), 0)),
		}}
		g.apis = append(g.apis, a)
		out.Id, out.Name, out.Description, out.BinaryMediaTypes, out.Tags = a.Id, a.Name, a.Description, a.BinaryMediaTypes, a.Tags
		out.Policy, out.MinimumCompressionSize, out.EndpointConfiguration = a.Policy, a.MinimumCompressionSize, a.EndpointConfiguration
		return nil
	})
}

// expanded is a policy as AWS shows it: the short form of resources written in
// full, and the quotes escaped.
func expanded(api string, policy *string) *string {
	if awssdk.ToString(policy) == "" {
		return nil
	}
	text := strings.ReplaceAll(*policy, "execute-api:/", "arn:aws:execute-api:us-west-2:123456789012:"+api+"/")
	text = strconv.Quote(text)
	return awssdk.String(strings.ReplaceAll(text[1:len(text)-1], "/", `\/`))
}

func (g *gatewayFake) PutRestApi(_ context.Context, in *apigateway.PutRestApiInput, _ ...func(*apigateway.Options)) (*apigateway.PutRestApiOutput, error) {
	var document struct {
		Info struct{ Title, Description string } `json:"info"`
		// Paths have a target for each method.
		Paths   map[string]map[string]string `json:"paths"`
		Types   []string                     `json:"x-amazon-apigateway-binary-media-types"`
		Policy  json.RawMessage              `json:"x-amazon-apigateway-policy"`
		MinSize *int32                       `json:"x-amazon-apigateway-minimum-compression-size"`
		Servers []struct {
			Endpoint struct {
				VPCEndpointIDs []string `json:"vpcEndpointIds"`
				Disabled       bool     `json:"disableExecuteApiEndpoint"`
			} `json:"x-amazon-apigateway-endpoint-configuration"`
		} `json:"servers"`
	}
	if err := json.Unmarshal(in.Body, &document); err != nil {
		return nil, err
	}
	out := &apigateway.PutRestApiOutput{}
	return out, g.do("PutRestApi", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			// An import that overwrites takes away what the document does not have.
			config := types.EndpointConfiguration{Types: a.EndpointConfiguration.Types}
			a.DisableExecuteApiEndpoint = false
			for _, server := range document.Servers {
				a.DisableExecuteApiEndpoint = server.Endpoint.Disabled && !g.stubborn
				config.VpcEndpointIds = append(config.VpcEndpointIds, server.Endpoint.VPCEndpointIDs...)
			}
			if len(config.VpcEndpointIds) > 0 && config.Types[0] != types.EndpointTypePrivate {
				return &types.BadRequestException{Message: awssdk.String("VPCEndpoints can only be specified with PRIVATE apis.")}
			}
			a.EndpointConfiguration = &config
			a.Name, a.Description, a.BinaryMediaTypes = &document.Info.Title, &document.Info.Description, document.Types
			a.MinimumCompressionSize, a.Policy = document.MinSize, expanded(*a.Id, awssdk.String(string(document.Policy)))
			authorizer := g.id("auth")
			a.authorizers = []types.Authorizer{{Id: authorizer, Name: awssdk.String("keeper"), Type: types.AuthorizerTypeToken}}
			a.resources = []types.Resource{{Id: g.id("res"), Path: awssdk.String("/")}}
			for path, methods := range document.Paths {
				r := types.Resource{Id: g.id("res"), Path: &path, ResourceMethods: map[string]types.Method{}}
				for name, target := range methods {
					r.ResourceMethods[strings.ToUpper(name)] = types.Method{
						AuthorizerId:      authorizer,
						MethodIntegration: &types.Integration{Type: types.IntegrationTypeAwsProxy, Uri: &target, CacheNamespace: r.Id},
					}
				}
				a.resources = append(a.resources, r)
			}
			a.responses = []types.GatewayResponse{{ResponseType: types.GatewayResponseTypeThrottled, DefaultResponse: true, StatusCode: awssdk.String("429")}}
			out.Name, out.Description, out.BinaryMediaTypes, out.Policy = a.Name, a.Description, a.BinaryMediaTypes, a.Policy
			out.MinimumCompressionSize, out.EndpointConfiguration = a.MinimumCompressionSize, a.EndpointConfiguration
			out.DisableExecuteApiEndpoint = a.DisableExecuteApiEndpoint
			return nil
		})
	})
}

func (g *gatewayFake) UpdateRestApi(_ context.Context, in *apigateway.UpdateRestApiInput, _ ...func(*apigateway.Options)) (*apigateway.UpdateRestApiOutput, error) {
	return &apigateway.UpdateRestApiOutput{}, g.do("UpdateRestApi", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			for _, op := range in.PatchOperations {
				if err := a.patch(op); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (a *apiFake) patch(op types.PatchOperation) error {
	config := *a.EndpointConfiguration
	switch path := *op.Path; {
	case path == "/disableExecuteApiEndpoint":
		a.DisableExecuteApiEndpoint = *op.Value == "true"
	case path == "/endpointConfiguration/types/"+string(config.Types[0]):
		if config.Types[0] == types.EndpointTypePrivate && *op.Value == "EDGE" {
			return &types.BadRequestException{Message: awssdk.String("Cannot update endpoint from PRIVATE to EDGE")}
		}
		if *op.Value != "PRIVATE" && len(config.VpcEndpointIds) > 0 {
			return &types.BadRequestException{Message: awssdk.String("VPCEndpoints can only be specified with PRIVATE apis.")}
		}
		config.Types = []types.EndpointType{types.EndpointType(*op.Value)}
	case path == "/endpointConfiguration/vpcEndpointIds" && op.Op == types.OpAdd:
		if config.Types[0] != types.EndpointTypePrivate {
			return &types.BadRequestException{Message: awssdk.String("VPCEndpoints can only be specified with PRIVATE apis.")}
		}
		if slices.Contains(config.VpcEndpointIds, *op.Value) {
			return &types.BadRequestException{Message: awssdk.String("Duplicate VPC endpoint " + *op.Value)}
		}
		config.VpcEndpointIds = append(slices.Clone(config.VpcEndpointIds), *op.Value)
	case path == "/endpointConfiguration/vpcEndpointIds" && op.Op == types.OpRemove:
		if !slices.Contains(config.VpcEndpointIds, *op.Value) {
			return &types.BadRequestException{Message: awssdk.String("Invalid VPC endpoint " + *op.Value)}
		}
		config.VpcEndpointIds = slices.DeleteFunc(slices.Clone(config.VpcEndpointIds), func(id string) bool { return id == *op.Value })
	default:
		return &types.BadRequestException{Message: awssdk.String("Invalid patch path " + path)}
	}
	a.EndpointConfiguration = &config
	return nil
}

func (g *gatewayFake) DeleteRestApi(_ context.Context, in *apigateway.DeleteRestApiInput, _ ...func(*apigateway.Options)) (*apigateway.DeleteRestApiOutput, error) {
	return &apigateway.DeleteRestApiOutput{}, g.do("DeleteRestApi", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			g.apis = slices.DeleteFunc(g.apis, func(b *apiFake) bool { return a == b })
			return nil
		})
	})
}

func (g *gatewayFake) CreateDeployment(_ context.Context, in *apigateway.CreateDeploymentInput, _ ...func(*apigateway.Options)) (*apigateway.CreateDeploymentOutput, error) {
	out := &apigateway.CreateDeploymentOutput{}
	return out, g.do("CreateDeployment", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			if len(a.resources) < 2 {
				return &types.BadRequestException{Message: awssdk.String("The REST API doesn't contain any methods")}
			}
			out.Id = g.id("dep")
			a.deployments = append(a.deployments, types.Deployment{Id: out.Id, Description: in.Description})
			return nil
		})
	})
}

func (g *gatewayFake) DeleteDeployment(_ context.Context, in *apigateway.DeleteDeploymentInput, _ ...func(*apigateway.Options)) (*apigateway.DeleteDeploymentOutput, error) {
	return &apigateway.DeleteDeploymentOutput{}, g.do("DeleteDeployment", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			for _, s := range a.stages {
				if *s.DeploymentId == *in.DeploymentId {
					return &types.BadRequestException{Message: awssdk.String("Active stages pointing to this deployment must be moved or deleted")}
				}
			}
			a.deployments = slices.DeleteFunc(a.deployments, func(d types.Deployment) bool { return *d.Id == *in.DeploymentId })
			return nil
		})
	})
}

func (g *gatewayFake) CreateStage(_ context.Context, in *apigateway.CreateStageInput, _ ...func(*apigateway.Options)) (*apigateway.CreateStageOutput, error) {
	return &apigateway.CreateStageOutput{}, g.do("CreateStage", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			if a.stages[*in.StageName] != nil {
				return &types.ConflictException{Message: awssdk.String("Stage already exists")}
			}
			a.stages[*in.StageName] = &types.Stage{
				StageName: in.StageName, DeploymentId: in.DeploymentId, Variables: maps.Clone(in.Variables), TracingEnabled: in.TracingEnabled, Tags: maps.Clone(in.Tags),
			}
			return nil
		})
	})
}

func (g *gatewayFake) UpdateStage(_ context.Context, in *apigateway.UpdateStageInput, _ ...func(*apigateway.Options)) (*apigateway.UpdateStageOutput, error) {
	return &apigateway.UpdateStageOutput{}, g.do("UpdateStage", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error {
			s := a.stages[*in.StageName]
			for _, op := range in.PatchOperations {
				name, variable := strings.CutPrefix(*op.Path, "/variables/")
				switch {
				case variable && op.Op == types.OpRemove:
					delete(s.Variables, name)
				case variable:
					if s.Variables == nil {
						s.Variables = map[string]string{}
					}
					s.Variables[name] = *op.Value
				case *op.Path == "/deploymentId":
					s.DeploymentId = op.Value
				case *op.Path == "/tracingEnabled":
					s.TracingEnabled = *op.Value == "true"
				}
			}
			return nil
		})
	})
}

func (g *gatewayFake) DeleteStage(_ context.Context, in *apigateway.DeleteStageInput, _ ...func(*apigateway.Options)) (*apigateway.DeleteStageOutput, error) {
	return &apigateway.DeleteStageOutput{}, g.do("DeleteStage", func() error {
		return g.with(in.RestApiId, func(a *apiFake) error { delete(a.stages, *in.StageName); return nil })
	})
}

// tagged calls f with the tags of an ARN of an API or a stage.
func (g *gatewayFake) tagged(arn string, f func(tags map[string]string)) error {
	parts := strings.Split(strings.TrimPrefix(arn, "arn:aws:apigateway:us-west-2::/restapis/"), "/stages/")
	return g.with(&parts[0], func(a *apiFake) error {
		tags := &a.Tags
		if len(parts) > 1 {
			tags = &a.stages[parts[1]].Tags
		}
		*tags = maps.Clone(*tags)
		if *tags == nil {
			*tags = map[string]string{}
		}
		f(*tags)
		return nil
	})
}

func (g *gatewayFake) GetTags(context.Context, *apigateway.GetTagsInput, ...func(*apigateway.Options)) (*apigateway.GetTagsOutput, error) {
	return &apigateway.GetTagsOutput{}, nil
}

func (g *gatewayFake) TagResource(_ context.Context, in *apigateway.TagResourceInput, _ ...func(*apigateway.Options)) (*apigateway.TagResourceOutput, error) {
	return &apigateway.TagResourceOutput{}, g.do("TagResource", func() error {
		return g.tagged(*in.ResourceArn, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
	})
}

func (g *gatewayFake) UntagResource(_ context.Context, in *apigateway.UntagResourceInput, _ ...func(*apigateway.Options)) (*apigateway.UntagResourceOutput, error) {
	return &apigateway.UntagResourceOutput{}, g.do("UntagResource", func() error {
		return g.tagged(*in.ResourceArn, func(tags map[string]string) {
			for _, key := range in.TagKeys {
				delete(tags, key)
			}
		})
	})
}

// gatewayOwner is the owner in these tests.
var gatewayOwner = resource.Owner{App: "shop", Stage: "dev", Partition: "aws", Region: "us-west-2", Account: "123456789012"}

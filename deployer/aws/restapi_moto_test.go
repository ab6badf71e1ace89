package aws

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// gatewayGraph is an API with all that stands around it.
func gatewayGraph(stage string, around bool, paths ...string) *resource.Graph {
	a := &resource.RestAPI{
		Name: "shop-dev", Description: "a shop", EndpointType: "REGIONAL", BinaryTypes: []string{"*/*"},
		Tags: gatewayOwner.Tags(), StageName: stage, Variables: map[string]string{"color": "red"}, Document: motoDocument(paths...),
	}
	g := &resource.Graph{Owner: gatewayOwner, Resources: []resource.Resource{a}}
	if !around {
		return g
	}
	plan := &resource.UsagePlan{Name: "shop-dev", Description: "keys", API: a.ID(), StageName: stage, Tags: gatewayOwner.Tags()}
	key := &resource.APIKey{Name: "shop-dev", Description: "key", Plan: plan.ID(), Tags: gatewayOwner.Tags()}
	domain := &resource.Domain{
		Name: "shop.example.com", CertificateARN: "arn:aws:acm:us-west-2:123456789012:certificate/one", EndpointType: "REGIONAL",
		SecurityPolicy: "TLS_1_2", Tags: gatewayOwner.Tags(),
	}
	g.Resources = append(g.Resources, plan, key, domain,
		&resource.BasePathMapping{Domain: domain.Name, API: a.ID(), StageName: stage, After: []resource.ID{domain.ID()}})
	return g
}

// motoDocument is one that moto imports.
func motoDocument(paths ...string) []byte {
	all := map[string]any{}
	for _, path := range paths {
		all[path] = map[string]any{"get": map[string]any{"responses": map[string]any{}, "x-amazon-apigateway-integration": map[string]any{
			"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:us-west-2:123456789012:function:shop-dev/invocations",
		}}}
	}
	text, err := json.Marshal(map[string]any{"openapi": "3.0.1", "info": map[string]string{"title": "shop-dev", "description": "a shop", "version": "1"}, "paths": all})
	if err != nil {
		panic(err)
	}
	return text
}

// wallClock is the time: the lock is renewed by it.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }
func (wallClock) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// gatewayJob deploys a graph, or deletes all where there is none. It returns the
// steps that did something.
func gatewayJob(t *testing.T, c *Clients, g *resource.Graph) []string {
	t.Helper()
	all := World(c, gatewayOwner, wallClock{})
	world := deployer.World{Clock: all.Clock, Locks: all.Locks, Actuators: map[resource.Kind]deployer.Actuator{}}
	for _, kind := range []resource.Kind{resource.KindRestAPI, resource.KindUsagePlan, resource.KindAPIKey, resource.KindDomain, resource.KindBasePathMapping} {
		world.Actuators[kind] = all.Actuators[kind]
	}
	job := &deployer.Job{
		World: world, Outline: g, Target: deployer.Deploy, Who: "test", Confirm: func(context.Context, *deployer.Plan) error { return nil },
		Store: &state.Store{Path: filepath.Join(t.TempDir(), "dev.json")}, // another checkout each time
	}
	if g == nil {
		job.Outline, job.Target = &resource.Graph{Owner: gatewayOwner}, deployer.Delete
	}
	out, err := job.Run(context.Background())
	if errors.Is(err, deployer.ErrFailed) {
		for _, f := range out.Failed {
			t.Errorf("%s: %v", f.Step.ID, f.Err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, s := range out.Done {
		steps = append(steps, string(s.Op)+" "+s.ID.String())
	}
	slices.Sort(steps) // what does not depend on the other is done side by side
	return steps
}

// TestGatewayInMoto takes an API, its key and its domain through their lives,
// with the real clients and from another checkout each time.
func TestGatewayInMoto(t *testing.T) {
	c := motoClients(t)
	ctx := context.Background()
	step := func(what string, g *resource.Graph, want string) {
		t.Helper()
		if got := strings.Join(gatewayJob(t, c, g), ", "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
		if again := gatewayJob(t, c, g); len(again) > 0 {
			t.Errorf("%s is not settled: %v", what, again)
		}
	}
	step("first", gatewayGraph("api", true, "/a"),
		"create api-key/shop-dev, create base-path-mapping/shop.example.com/, create domain/shop.example.com, create rest-api/shop-dev, create usage-plan/shop-dev")
	step("a route more", gatewayGraph("api", true, "/a", "/b"), "update rest-api/shop-dev")
	step("another stage", gatewayGraph("v2", true, "/a", "/b"), "update base-path-mapping/shop.example.com/, update rest-api/shop-dev, update usage-plan/shop-dev")
	lives, err := newRestAPIs(c).Find(ctx, &deployer.Query{Owner: gatewayOwner})
	if err != nil || len(lives) != 1 {
		t.Fatalf("found %v, %v", lives, err)
	}
	id := lives[0].Attributes[resource.AttrID]
	stages, err := c.APIGateway.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: &id})
	if err != nil || len(stages.Item) != 1 {
		t.Errorf("stages %v, %v", stages, err)
	}
	deployments, err := c.APIGateway.GetDeployments(ctx, &apigateway.GetDeploymentsInput{RestApiId: &id})
	if err != nil || len(deployments.Items) != 1 || !strings.HasPrefix(awssdk.ToString(deployments.Items[0].Description), markPrefix) {
		t.Errorf("deployments %v, %v", deployments, err)
	}
	step("nothing around it", gatewayGraph("v2", false, "/a", "/b"),
		"delete api-key/shop-dev, delete base-path-mapping/shop.example.com/, delete domain/shop.example.com, delete usage-plan/shop-dev")
	step("around it again", gatewayGraph("v2", true, "/a", "/b"),
		"create api-key/shop-dev, create base-path-mapping/shop.example.com/, create domain/shop.example.com, create usage-plan/shop-dev")
	step("nothing", nil,
		"delete api-key/shop-dev, delete base-path-mapping/shop.example.com/, delete domain/shop.example.com, delete rest-api/shop-dev, delete usage-plan/shop-dev")
}

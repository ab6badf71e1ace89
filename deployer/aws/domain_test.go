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

// domainFake answers as AWS does where moto does not: it updates domains, and
// lists no mappings where there are none.
type domainFake struct {
	domainClient
	domains  []types.DomainName
	mappings []types.BasePathMapping
	apis     []string
	patches  []string
	deleted  []string
}

func (f *domainFake) GetDomainNames(context.Context, *apigateway.GetDomainNamesInput, ...func(*apigateway.Options)) (*apigateway.GetDomainNamesOutput, error) {
	return &apigateway.GetDomainNamesOutput{Items: f.domains}, nil
}

func (f *domainFake) GetBasePathMappings(context.Context, *apigateway.GetBasePathMappingsInput, ...func(*apigateway.Options)) (*apigateway.GetBasePathMappingsOutput, error) {
	return &apigateway.GetBasePathMappingsOutput{Items: f.mappings}, nil
}

func (f *domainFake) GetRestApi(_ context.Context, in *apigateway.GetRestApiInput, _ ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error) {
	if !slices.Contains(f.apis, *in.RestApiId) {
		return nil, &types.NotFoundException{Message: awssdk.String("Invalid API identifier specified")}
	}
	return &apigateway.GetRestApiOutput{Id: in.RestApiId}, nil
}

func (f *domainFake) UpdateDomainName(_ context.Context, in *apigateway.UpdateDomainNameInput, _ ...func(*apigateway.Options)) (*apigateway.UpdateDomainNameOutput, error) {
	for _, op := range in.PatchOperations {
		f.patches = append(f.patches, string(op.Op)+" "+*op.Path+" "+awssdk.ToString(op.Value))
	}
	return &apigateway.UpdateDomainNameOutput{RegionalDomainName: awssdk.String("d-1.example"), DistributionDomainName: awssdk.String("d1.cloudfront.example")}, nil
}

func (f *domainFake) DeleteDomainName(_ context.Context, in *apigateway.DeleteDomainNameInput, _ ...func(*apigateway.Options)) (*apigateway.DeleteDomainNameOutput, error) {
	f.deleted = append(f.deleted, *in.DomainName)
	return &apigateway.DeleteDomainNameOutput{}, nil
}

func liveDomain() types.DomainName {
	return types.DomainName{
		DomainName: awssdk.String("shop.example.com"), RegionalCertificateArn: awssdk.String("cert-1"), SecurityPolicy: types.SecurityPolicyTls12,
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}},
		RegionalDomainName:    awssdk.String("d-1.example"), RegionalHostedZoneId: awssdk.String("Z1"), Tags: gatewayOwner.Tags(),
	}
}

func gatewayRun() *deployer.Run {
	return &deployer.Run{Owner: gatewayOwner, Clock: &gatewayClock{}, Resolve: gatewayIDs}
}

// gatewayIDs are the ids of our API and its plan.
func gatewayIDs(ref resource.Ref) (string, bool) {
	id, ok := map[resource.Kind]string{resource.KindRestAPI: "ours", resource.KindUsagePlan: "plan"}[ref.ID.Kind]
	return id, ok
}

// gatewayQuery asks for want where our API and domain are there.
func gatewayQuery(want ...resource.Resource) *deployer.Query {
	return &deployer.Query{Owner: gatewayOwner, Want: want, Resolve: gatewayIDs, Found: func(kind resource.Kind) []*deployer.Live {
		switch kind {
		case resource.KindRestAPI:
			return []*deployer.Live{{ID: resource.ID{Kind: kind, Name: "shop-dev"}, Owned: true, Attributes: deployer.Attributes{resource.AttrID: "ours"}}}
		case resource.KindUsagePlan:
			return []*deployer.Live{{ID: resource.ID{Kind: kind, Name: "shop-dev"}, Owned: true, Attributes: deployer.Attributes{resource.AttrID: "plan"}}}
		case resource.KindDomain:
			return []*deployer.Live{{ID: resource.ID{Kind: kind, Name: "shop.example.com"}, Owned: true}}
		}
		return nil
	}}
}

func TestDomainUpdate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*resource.Domain)
		want   []string
	}{
		"nothing":     {func(*resource.Domain) {}, nil},
		"certificate": {func(d *resource.Domain) { d.CertificateARN = "cert-2" }, []string{"replace /regionalCertificateArn cert-2"}},
		"policy":      {func(d *resource.Domain) { d.SecurityPolicy = "TLS_1_0" }, []string{"replace /securityPolicy TLS_1_0"}},
		"edge": {
			func(d *resource.Domain) { d.EndpointType, d.CertificateARN = "EDGE", "cert-3" },
			[]string{"add /endpointConfiguration/types EDGE", "add /certificateArn cert-3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := &resource.Domain{Name: "shop.example.com", CertificateARN: "cert-1", EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2", Tags: gatewayOwner.Tags()}
			c.change(want)
			fake := &domainFake{domains: []types.DomainName{liveDomain()}}
			d := &domains{fake}
			lives, err := d.Find(context.Background(), gatewayQuery(want))
			if err != nil || len(lives) != 1 || !lives[0].Owned || lives[0].Attributes[attrTarget] != "d-1.example" {
				t.Fatalf("found %v, %v", lives, err)
			}
			changes := differences(want, lives[0].Resource)
			if (len(changes) == 0) != (c.want == nil) {
				t.Errorf("changes %v", changes)
			}
			attributes, err := d.Update(context.Background(), want, lives[0], changes, gatewayRun())
			if err != nil || !slices.Equal(fake.patches, c.want) {
				t.Errorf("patches %v, %v", fake.patches, err)
			}
			if name == "edge" && attributes[attrTarget] != "d1.cloudfront.example" {
				t.Errorf("attributes %v", attributes)
			}
		})
	}
}

// A private domain of the name is another one.
func TestPrivateDomain(t *testing.T) {
	private := liveDomain()
	private.EndpointConfiguration = &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypePrivate}}
	want := &resource.Domain{Name: "shop.example.com", CertificateARN: "cert-1", EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2", Tags: gatewayOwner.Tags()}
	d := &domains{&domainFake{domains: []types.DomainName{private, liveDomain(), private}}}
	lives, err := d.Find(context.Background(), gatewayQuery(want))
	if err != nil || len(lives) != 1 || len(differences(want, lives[0].Resource)) > 0 {
		t.Errorf("found %v, %v", lives, err)
	}
}

// While DNS is moved a domain has both endpoint types, and that is no drift.
func TestDomainOfTwoTypes(t *testing.T) {
	live := liveDomain()
	live.CertificateArn = awssdk.String("cert-3")
	live.EndpointConfiguration.Types = append(live.EndpointConfiguration.Types, types.EndpointTypeEdge)
	for endpoint, certificate := range map[string]string{"EDGE": "cert-3", "REGIONAL": "cert-1"} {
		if seen := seenDomain(live, endpoint); seen.EndpointType != endpoint || seen.CertificateARN != certificate {
			t.Errorf("%s is seen as %+v", endpoint, seen)
		}
	}
}

// A domain under which others' APIs are stays, and is told.
func TestDomainDelete(t *testing.T) {
	mapping := types.BasePathMapping{BasePath: awssdk.String("admin"), RestApiId: awssdk.String("theirs")}
	fake := &domainFake{domains: []types.DomainName{liveDomain()}, mappings: []types.BasePathMapping{mapping}, apis: []string{"theirs"}}
	d := &domains{fake}
	lives, err := d.Find(context.Background(), gatewayQuery())
	if err != nil || len(lives) != 1 {
		t.Fatalf("found %v, %v", lives, err)
	}
	err = d.Delete(context.Background(), lives[0], gatewayRun())
	if err == nil || !strings.Contains(err.Error(), "shop.example.com/admin (REST API theirs)") || !strings.Contains(err.Error(), "untag-resource") || len(fake.deleted) > 0 {
		t.Errorf("it is deleted: %v", err)
	}
	fake.apis = nil // a mapping to nothing keeps nobody
	if err := d.Delete(context.Background(), lives[0], gatewayRun()); err != nil || len(fake.deleted) != 1 {
		t.Errorf("it is not deleted: %v", err)
	}
}

// mappingsFake adds the changes of mappings to domainFake.
type mappingsFake struct {
	basePathClient
	*domainFake
	dropped []string
}

func (f *mappingsFake) GetRestApi(ctx context.Context, in *apigateway.GetRestApiInput, options ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error) {
	return f.domainFake.GetRestApi(ctx, in, options...)
}

func (f *mappingsFake) GetBasePathMappings(ctx context.Context, in *apigateway.GetBasePathMappingsInput, options ...func(*apigateway.Options)) (*apigateway.GetBasePathMappingsOutput, error) {
	return f.domainFake.GetBasePathMappings(ctx, in, options...)
}

func (f *mappingsFake) UpdateBasePathMapping(_ context.Context, in *apigateway.UpdateBasePathMappingInput, _ ...func(*apigateway.Options)) (*apigateway.UpdateBasePathMappingOutput, error) {
	f.patches = append(f.patches, *in.BasePath)
	for _, op := range in.PatchOperations {
		f.patches = append(f.patches, *op.Path+" "+*op.Value)
	}
	return &apigateway.UpdateBasePathMappingOutput{}, nil
}

func (f *mappingsFake) GetStage(_ context.Context, in *apigateway.GetStageInput, _ ...func(*apigateway.Options)) (*apigateway.GetStageOutput, error) {
	return &apigateway.GetStageOutput{StageName: in.StageName, Tags: gatewayOwner.Tags()}, nil
}

func (f *mappingsFake) DeleteStage(_ context.Context, in *apigateway.DeleteStageInput, _ ...func(*apigateway.Options)) (*apigateway.DeleteStageOutput, error) {
	f.dropped = append(f.dropped, *in.StageName)
	return &apigateway.DeleteStageOutput{}, nil
}

func TestBasePathOwnership(t *testing.T) {
	api := resource.ID{Kind: resource.KindRestAPI, Name: "shop-dev"}
	want := &resource.BasePathMapping{Domain: "shop.example.com", API: api, StageName: "api"}
	of := func(path, api, stage string) types.BasePathMapping {
		return types.BasePathMapping{BasePath: &path, RestApiId: &api, Stage: &stage}
	}
	for name, c := range map[string]struct {
		mapping types.BasePathMapping
		want    string
	}{
		"ours":               {of("(none)", "ours", "api"), "shop.example.com/ owned=true changes=0"},
		"ours, old stage":    {of("(none)", "ours", "old"), "shop.example.com/ owned=true changes=1"},
		"ours, another path": {of("old", "ours", "api"), "shop.example.com/old owned=true"},
		"theirs":             {of("(none)", "theirs", "api"), "shop.example.com/ owned=false REST API theirs"},
		"gone":               {of("(none)", "gone", "api"), "shop.example.com/ owned=true changes=1"},
		"theirs, elsewhere":  {of("admin", "theirs", "api"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &mappingsFake{domainFake: &domainFake{mappings: []types.BasePathMapping{c.mapping}, apis: []string{"ours", "theirs"}}}
			lives, err := (&basePaths{fake}).Find(context.Background(), gatewayQuery(want))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, live := range lives {
				got += live.ID.Name + " owned=" + map[bool]string{true: "true", false: "false"}[live.Owned]
				if !live.Owned {
					got += " " + live.Owner
				} else if live.Resource != nil {
					got += " changes=" + map[bool]string{true: "0", false: "1"}[len(differencesWith(want, live.Resource, gatewayIDs)) == 0]
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A mapping that moves to another stage lets the old one go.
func TestBasePathUpdate(t *testing.T) {
	want := &resource.BasePathMapping{Domain: "shop.example.com", API: resource.ID{Kind: resource.KindRestAPI, Name: "shop-dev"}, StageName: "v2"}
	fake := &mappingsFake{domainFake: &domainFake{mappings: []types.BasePathMapping{{RestApiId: awssdk.String("ours"), Stage: awssdk.String("api"), BasePath: awssdk.String("(none)")}}}}
	b := &basePaths{fake}
	lives, err := b.Find(context.Background(), gatewayQuery(want))
	if err != nil || len(lives) != 1 {
		t.Fatalf("found %v, %v", lives, err)
	}
	if _, err := b.Update(context.Background(), want, lives[0], nil, gatewayRun()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(fake.patches, ", "); got != "(none), /restapiId ours, /stage v2" || !slices.Equal(fake.dropped, []string{"api"}) {
		t.Errorf("patches %s, dropped %v", got, fake.dropped)
	}
}

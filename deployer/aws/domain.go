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

// Attributes of domains: what DNS must point to, and the hosted zone of that,
// which an alias record needs.
const (
	attrTarget = "target"
	attrZone   = "zone"
)

// domainClient is what domains need of API Gateway.
type domainClient interface {
	gatewayTags
	GetRestApi(context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options)) (*apigateway.GetRestApiOutput, error)
	GetDomainNames(context.Context, *apigateway.GetDomainNamesInput, ...func(*apigateway.Options)) (*apigateway.GetDomainNamesOutput, error)
	GetBasePathMappings(context.Context, *apigateway.GetBasePathMappingsInput, ...func(*apigateway.Options)) (*apigateway.GetBasePathMappingsOutput, error)
	CreateDomainName(context.Context, *apigateway.CreateDomainNameInput, ...func(*apigateway.Options)) (*apigateway.CreateDomainNameOutput, error)
	UpdateDomainName(context.Context, *apigateway.UpdateDomainNameInput, ...func(*apigateway.Options)) (*apigateway.UpdateDomainNameOutput, error)
	DeleteDomainName(context.Context, *apigateway.DeleteDomainNameInput, ...func(*apigateway.Options)) (*apigateway.DeleteDomainNameOutput, error)
}

// domains are the actuator of custom domains.
type domains struct{ api domainClient }

func newDomains(c *Clients) deployer.Actuator { return &domains{c.APIGateway} }

// Find implements deployer.Actuator.
func (d *domains) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	all, err := d.list(ctx)
	if err != nil {
		return nil, err
	}
	var found []*deployer.Live
	for _, domain := range all {
		name := awssdk.ToString(domain.DomainName)
		i := slices.IndexFunc(q.Want, func(w resource.Resource) bool { return w.ID().Name == name })
		tags, err := listedTags(ctx, d.api, gatewayARN(q.Owner, "/domainnames/"+name), domain.Tags, i >= 0)
		if err != nil {
			return nil, err
		}
		owned, other := ownership(q.Owner, tags)
		if i < 0 && (!owned || q.Narrow) {
			continue
		}
		domain.Tags = tags
		live := &deployer.Live{
			ID: resource.ID{Kind: resource.KindDomain, Name: name}, Owned: owned, Owner: other,
			Title: "custom domain: " + name, Handle: domain,
		}
		wanted := ""
		if i >= 0 {
			wanted = q.Want[i].(*resource.Domain).EndpointType
		}
		seen := seenDomain(domain, wanted)
		live.Resource, live.Attributes = seen, domainAttributes(domain, seen.EndpointType)
		found = append(found, live)
	}
	return found, nil
}

// seenDomain is a domain in the form of a wanted one. It may have two endpoint
// types, while DNS is moved from one to the other: the wanted one counts.
func seenDomain(domain types.DomainName, wanted string) *resource.Domain {
	seen := &resource.Domain{Name: awssdk.ToString(domain.DomainName), SecurityPolicy: string(domain.SecurityPolicy), Tags: plainTags(domain.Tags)}
	if c := domain.EndpointConfiguration; c != nil {
		for _, t := range c.Types {
			if seen.EndpointType == "" || string(t) == wanted {
				seen.EndpointType = string(t)
			}
		}
	}
	seen.CertificateARN = awssdk.ToString(domain.CertificateArn)
	if seen.EndpointType != string(types.EndpointTypeEdge) {
		seen.CertificateARN = awssdk.ToString(domain.RegionalCertificateArn)
	}
	return seen
}

func domainAttributes(domain types.DomainName, endpoint string) deployer.Attributes {
	target, zone := domain.RegionalDomainName, domain.RegionalHostedZoneId
	if endpoint == string(types.EndpointTypeEdge) {
		target, zone = domain.DistributionDomainName, domain.DistributionHostedZoneId
	}
	return deployer.Attributes{attrTarget: awssdk.ToString(target), attrZone: awssdk.ToString(zone)}
}

// list are the public domains. Private ones, which are of VPCs, are none of
// ours, and may have a name that others have, too.
func (d *domains) list(ctx context.Context) ([]types.DomainName, error) {
	var all []types.DomainName
	pages := apigateway.NewGetDomainNamesPaginator(d.api, &apigateway.GetDomainNamesInput{Limit: awssdk.Int32(500)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fail(err)
		}
		all = append(all, slices.DeleteFunc(page.Items, func(domain types.DomainName) bool {
			c := domain.EndpointConfiguration
			return c != nil && slices.Contains(c.Types, types.EndpointTypePrivate)
		})...)
	}
	return all, nil
}

// Create implements deployer.Actuator.
func (d *domains) Create(ctx context.Context, w resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	want := w.(*resource.Domain)
	input := &apigateway.CreateDomainNameInput{
		DomainName: &want.Name, SecurityPolicy: types.SecurityPolicy(want.SecurityPolicy), Tags: want.Tags,
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointType(want.EndpointType)}},
	}
	if want.EndpointType == string(types.EndpointTypeEdge) {
		input.CertificateArn = &want.CertificateARN
	} else {
		input.RegionalCertificateArn = &want.CertificateARN
	}
	var out *apigateway.CreateDomainNameOutput
	err := patiently(ctx, run, "domain "+want.Name+" to be free", func(ctx context.Context) (err error) {
		out, err = d.api.CreateDomainName(ctx, input)
		return err
	})
	if err != nil {
		return nil, fail(err)
	}
	return domainAttributes(types.DomainName{
		RegionalDomainName: out.RegionalDomainName, RegionalHostedZoneId: out.RegionalHostedZoneId,
		DistributionDomainName: out.DistributionDomainName, DistributionHostedZoneId: out.DistributionHostedZoneId,
	}, want.EndpointType), nil
}

// Update implements deployer.Actuator. Another endpoint type is added to the one
// that there is, which goes on answering until DNS points to the new one and
// somebody removes it.
func (d *domains) Update(ctx context.Context, w resource.Resource, live *deployer.Live, _ []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	want, domain := w.(*resource.Domain), live.Handle.(types.DomainName)
	if err := retag(ctx, d.api, gatewayARN(run.Owner, "/domainnames/"+want.Name), want.Tags, domain.Tags); err != nil {
		return nil, err
	}
	operations := domainPatches(want, domain)
	if len(operations) == 0 {
		return live.Attributes, nil
	}
	var out *apigateway.UpdateDomainNameOutput
	err := patiently(ctx, run, "domain "+want.Name+" to be changeable", func(ctx context.Context) (err error) {
		out, err = d.api.UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: &want.Name, PatchOperations: operations})
		return err
	})
	if err != nil {
		return nil, fail(err)
	}
	return domainAttributes(types.DomainName{
		RegionalDomainName: out.RegionalDomainName, RegionalHostedZoneId: out.RegionalHostedZoneId,
		DistributionDomainName: out.DistributionDomainName, DistributionHostedZoneId: out.DistributionHostedZoneId,
	}, want.EndpointType), nil
}

func domainPatches(want *resource.Domain, domain types.DomainName) []types.PatchOperation {
	seen := seenDomain(domain, want.EndpointType)
	path := "/regionalCertificateArn"
	if want.EndpointType == string(types.EndpointTypeEdge) {
		path = "/certificateArn"
	}
	var operations []types.PatchOperation
	switch {
	case seen.EndpointType != want.EndpointType:
		operations = append(operations, patch(types.OpAdd, "/endpointConfiguration/types", want.EndpointType), patch(types.OpAdd, path, want.CertificateARN))
	case seen.CertificateARN != want.CertificateARN:
		operations = append(operations, patch(types.OpReplace, path, want.CertificateARN))
	}
	if seen.SecurityPolicy != want.SecurityPolicy {
		operations = append(operations, patch(types.OpReplace, "/securityPolicy", want.SecurityPolicy))
	}
	return operations
}

// Delete implements deployer.Actuator. The app's own base path mappings are gone
// by now. A domain under which other APIs are is not deleted: it would take them
// off the network, and its new target would not be the one that DNS points to.
func (d *domains) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	name := live.ID.Name
	mappings, err := listMappings(ctx, d.api, name)
	if isClass(err, deployer.ClassNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var others []string
	for _, m := range mappings {
		gone, err := apiGone(ctx, d.api, awssdk.ToString(m.RestApiId))
		if err != nil {
			return err
		}
		if !gone {
			others = append(others, name+"/"+plainPath(m.BasePath)+" (REST API "+awssdk.ToString(m.RestApiId)+")")
		}
	}
	if len(others) > 0 {
		return &deployer.Failure{
			Message: "custom domain " + name + " is not deleted, because other APIs are under it: " + strings.Join(others, ", "),
			Hint: "remove these base path mappings; or keep the domain, by `aws apigateway untag-resource --resource-arn " +
				gatewayARN(run.Owner, "/domainnames/"+name) + " --tag-keys " + strings.Join([]string{resource.TagApp, resource.TagStage, resource.TagRegion}, " ") +
				"`; and run the command again",
		}
	}
	err = patiently(ctx, run, "domain "+name+" to be deletable", func(ctx context.Context) error {
		_, err := d.api.DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: &name})
		return err
	})
	if isClass(err, deployer.ClassNotFound) {
		return nil
	}
	return fail(err)
}

package desired

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
)

// api adds the REST API with what stands around it: permissions to call
// functions, the key and its plan, the domain.
func (b *builder) api() {
	if len(b.App.Paths) == 0 {
		return
	}
	a, called := b.restAPI(), b.called()
	for _, fn := range called {
		a.After = append(a.After, resource.FunctionID(fn.LambdaName))
	}
	b.add(a, diag.Key("routes"))
	for _, fn := range called {
		b.add(&resource.Permission{
			Function: fn.LambdaName, Statement: resource.StatementAPI, Principal: "apigateway.amazonaws.com",
			SourceARN: resource.Concat(resource.Lit(b.Owner.ARN("execute-api", "")), resource.Attr(a.ID(), resource.AttrID), resource.Lit("/*")),
		}, place(fn))
	}
	b.apiKey(a)
	b.domain(a)
}

func (b *builder) restAPI() *resource.RestAPI {
	s := &b.App.Spec.API
	a := &resource.RestAPI{
		Name:                   b.name(),
		Description:            b.App.API.Description,
		EndpointType:           strings.ToUpper(s.EndpointType),
		VPCEndpointIDs:         set(s.VPCEndpointIDs),
		BinaryTypes:            set(b.App.API.BinaryTypes),
		MinimumCompressionSize: s.MinimumCompressionSize,
		Tags:                   b.tags(s.Tags),
		StageName:              b.App.API.StageName,
		Variables:              b.App.API.StageVariables,
		Tracing:                s.Tracing != nil && *s.Tracing,
	}
	if a.Description == "" {
		a.Description = fmt.Sprintf("App %s, stage %s, deployed by chalicefile", b.App.Name, b.App.Stage)
	}
	if a.EndpointType == "" {
		a.EndpointType = "REGIONAL"
	}
	a.Policy = b.apiPolicy(a)
	a.Document = b.document(a)
	if size := len(a.Document); size > documentLimit {
		b.findings.Err("api-too-large", diag.Key("routes"),
			fmt.Sprintf("the OpenAPI document of the REST API has %.1f MB, and API Gateway imports %d MB", float64(size)/(1<<20), documentLimit>>20)).
			WithHint("join paths under {proxy+}, or split the app")
	}
	return a
}

// called are the functions that the API calls, in the order of the app: those of
// routes and of preflights, and the authorizers that methods have.
func (b *builder) called() []*model.Function {
	names := map[string]bool{}
	for _, p := range b.App.Paths {
		names[p.PreflightFunction] = true
		for _, m := range p.Methods {
			names[m.Function.Name] = true
			if m.Authorizer != nil && m.Authorizer.Function != nil {
				names[m.Authorizer.Function.Name] = true
			}
		}
	}
	var called []*model.Function
	for _, fn := range b.App.Functions {
		if names[fn.Name] {
			called = append(called, fn)
		}
	}
	return called
}

// apiPolicy is the resource policy: that of the file, or for a private API one
// that lets its VPC endpoints in.
func (b *builder) apiPolicy(a *resource.RestAPI) string {
	name := b.App.Spec.API.PolicyFile
	switch {
	case name != "":
		return b.policyFromFile(name)
	case a.EndpointType == "PRIVATE":
		return fromEndpoints(a.VPCEndpointIDs)
	}
	return ""
}

func (b *builder) policyFromFile(name string) string {
	at := diag.Value("api", "policy_file")
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(b.App.Module.AppDir, path)
	}
	content, err := b.ReadFile(path)
	if err != nil {
		b.findings.Err("policy-file", at, fmt.Sprintf("cannot read %s: %v", name, reason(err))).WithHint("write it: its name is relative to the Chalicefile")
		return ""
	}
	// Resources may be written execute-api:/…, which is no ARN: API Gateway reads
	// the policy, not IAM.
	var document object
	switch err := json.Unmarshal(content, &document); {
	case err != nil:
		b.findings.Err("policy-file", at, fmt.Sprintf("%s is no policy: %v", name, err)).WithHint("it holds a resource policy as JSON")
		return ""
	case document["Statement"] == nil:
		b.findings.Err("policy-file", at, name+" is no policy: it has no Statement").
			WithHint("a resource policy has Version, and Statement with Effect, Principal, Action and Resource")
		return ""
	}
	return string(encode(document))
}

// reason is what is wrong, without the path that an *fs.PathError repeats.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// fromEndpoints allows everything to whoever comes through one of the VPC
// endpoints. Denying it to all others holds for callers with rights of their
// own too.
func fromEndpoints(ids []string) string {
	all := func(effect string) object {
		return object{"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
	}
	deny := all(policy.Deny)
	deny["Condition"] = object{"StringNotEquals": object{"aws:SourceVpce": ids}}
	return string(encode(object{"Version": policy.Version, "Statement": []object{all(policy.Allow), deny}}))
}

// apiKey adds a usage plan with a key where a method asks for one.
func (b *builder) apiKey(a *resource.RestAPI) {
	required := slices.ContainsFunc(b.App.Paths, func(p *model.Path) bool {
		return slices.ContainsFunc(p.Methods, func(m *model.Method) bool { return m.APIKeyRequired })
	})
	if !required {
		return
	}
	plan := &resource.UsagePlan{
		Name: b.name(), Description: "API keys of " + b.name(), API: a.ID(), StageName: a.StageName, Tags: b.tags(b.App.Spec.API.Tags),
	}
	b.add(plan, diag.Key("api"))
	b.add(&resource.APIKey{
		Name: b.name(), Description: "API key of " + b.name(), Plan: plan.ID(), Tags: b.tags(b.App.Spec.API.Tags),
	}, diag.Key("api"))
}

// domain adds the custom domain, and what brings the API under it.
func (b *builder) domain(a *resource.RestAPI) {
	c := b.App.Spec.API.CustomDomain
	if c == nil {
		return
	}
	at := diag.Key("api", "custom_domain")
	if a.EndpointType == "PRIVATE" {
		b.findings.Err("private-domain", at, "a private API cannot have a custom domain that this version of chalicefile makes").
			WithHint("remove custom_domain, or take another endpoint_type")
		return
	}
	d := &resource.Domain{
		Name: c.DomainName, CertificateARN: c.CertificateARN, EndpointType: a.EndpointType,
		SecurityPolicy: c.TLSVersion, Tags: b.tags(b.App.Spec.API.Tags),
	}
	if d.SecurityPolicy == "" {
		d.SecurityPolicy = "TLS_1_2"
	}
	b.add(d, at)
	b.add(&resource.BasePathMapping{
		Domain: d.Name, BasePath: c.BasePath, API: a.ID(), StageName: a.StageName, After: []resource.ID{d.ID()},
	}, at)
}

package resource

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// DocumentHash tells documents of REST APIs apart; "" where there is none.
func (a *RestAPI) DocumentHash() string {
	if len(a.Document) == 0 {
		return a.Imported
	}
	sum := sha256.Sum256(a.Document)
	return hex.EncodeToString(sum[:])
}

// methodNames are how an OpenAPI document writes the methods of a path, and how
// people and API Gateway do.
var methodNames = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "options": "OPTIONS", "head": "HEAD", "patch": "PATCH",
	"x-amazon-apigateway-any-method": "ANY",
}

// RouteList are the routes of a REST API, "GET /cities/{city}", sorted.
func (a *RestAPI) RouteList() []string {
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if len(a.Document) == 0 || json.Unmarshal(a.Document, &document) != nil {
		return a.Routes
	}
	var routes []string
	for path, item := range document.Paths {
		for key := range item {
			if method := methodNames[key]; method != "" {
				routes = append(routes, method+" "+path)
			}
		}
	}
	slices.Sort(routes)
	return routes
}

// Properties of a REST API: its document stands in by its hash.
func (a *RestAPI) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("document", a.DocumentHash())
	l.text("endpoint_type", a.EndpointType)
	l.lines("vpc_endpoint_ids", a.VPCEndpointIDs)
	l.lines("binary_types", a.BinaryTypes)
	l.optional("minimum_compression_size", a.MinimumCompressionSize)
	l.text("policy", a.Policy)
	l.text("description", a.Description)
	l.text("stage_name", a.StageName)
	l.each("stage_variables", a.Variables, false)
	l.flag("tracing", a.Tracing)
	l.each("tags", a.Tags, false)
	return l.props
}

// Properties of a usage plan.
func (p *UsagePlan) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("description", p.Description)
	if p.API != (ID{}) { // a live one may have none
		l.ref("api", Concat(Attr(p.API, AttrID), Lit("/"+p.StageName)))
	}
	l.each("tags", p.Tags, false)
	return l.props
}

// Properties of an API key.
func (k *APIKey) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("description", k.Description)
	if k.Plan != (ID{}) { // a live one may have none
		l.ref("usage_plan", Attr(k.Plan, AttrID))
	}
	l.each("tags", k.Tags, false)
	return l.props
}

// Properties of a domain.
func (d *Domain) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("certificate_arn", d.CertificateARN)
	l.text("endpoint_type", d.EndpointType)
	l.text("tls_version", d.SecurityPolicy)
	l.each("tags", d.Tags, false)
	return l.props
}

// Properties of a base path mapping.
func (m *BasePathMapping) Properties(get Lookup) []Property {
	l := list{get: get}
	if m.API != (ID{}) { // a live one may have another
		l.ref("api", Attr(m.API, AttrID))
	}
	l.text("stage_name", m.StageName)
	return l.props
}

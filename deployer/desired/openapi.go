package desired

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// object is one of JSON, whose keys are written sorted.
type object map[string]any

// document is the OpenAPI document that API Gateway imports: the same bytes for
// the same app. It holds what makes the API work, and no documentation: that
// comes from the code, which need not be known, and would mean a deployment for
// each comment.
func (b *builder) document(a *resource.RestAPI) []byte {
	schemes := b.schemes()
	paths := b.paths(schemes)
	doc := object{
		"openapi":                                "3.0.1",
		"info":                                   object{"title": a.Name, "description": a.Description, "version": "1"},
		"paths":                                  paths,
		"x-amazon-apigateway-api-key-source":     "HEADER",
		"x-amazon-apigateway-binary-media-types": a.BinaryTypes,
	}
	if len(schemes.all) > 0 {
		doc["components"] = object{"securitySchemes": schemes.all}
	}
	if a.MinimumCompressionSize != nil {
		doc["x-amazon-apigateway-minimum-compression-size"] = *a.MinimumCompressionSize
	}
	if a.Policy != "" {
		doc["x-amazon-apigateway-policy"] = json.RawMessage(a.Policy)
	}
	if len(a.VPCEndpointIDs) > 0 {
		// In OpenAPI 3 it belongs to a server; API Gateway ignores the URL.
		doc["servers"] = []object{{
			"url": "/",
			"x-amazon-apigateway-endpoint-configuration": object{"vpcEndpointIds": a.VPCEndpointIDs},
		}}
	}
	if c := b.App.API.GatewayCORS; c != nil {
		doc["x-amazon-apigateway-gateway-responses"] = gatewayResponses(c)
	}
	return encode(doc)
}

// gatewayResponses put headers to the answers that the gateway makes by itself;
// their bodies stay AWS's.
func gatewayResponses(c *model.CORS) object {
	own := *c
	own.AllowMethods = "" // only a preflight says these
	response := object{"responseParameters": static("gatewayresponse.header.", own.Headers())}
	return object{"DEFAULT_4XX": response, "DEFAULT_5XX": response}
}

// static are headers of fixed values, as parameters are mapped.
func static(prefix string, headers []model.Header) object {
	parameters := object{}
	for _, h := range headers {
		parameters[prefix+h.Name] = "'" + h.Value + "'"
	}
	return parameters
}

// anyMethod stands for every method that a path does not have.
const anyMethod = "x-amazon-apigateway-any-method"

func (b *builder) paths(schemes *schemes) object {
	paths := object{}
	for _, p := range b.App.Paths {
		item := object{}
		for _, m := range p.Methods {
			verb := strings.ToLower(m.HTTPMethod)
			if m.HTTPMethod == "ANY" {
				verb = anyMethod
			}
			item[verb] = b.operation(m, schemes)
		}
		if p.Preflight && p.CORS != nil {
			item["options"] = b.preflight(p)
		}
		paths[p.Path] = item
	}
	return paths
}

func (b *builder) operation(m *model.Method, schemes *schemes) object {
	op := object{
		"operationId":                     m.Name,
		"responses":                       object{"200": object{"description": "What the function answers"}},
		"x-amazon-apigateway-integration": b.lambda(m.Function),
	}
	if parameters := pathParameters(m.Path.Path); parameters != nil {
		op["parameters"] = parameters
	}
	if security := schemes.require(m); security != nil {
		op["security"] = security
	}
	return op
}

// pathParameters are those of a path; a greedy one is called by its name.
func pathParameters(path string) []object {
	var parameters []object
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			parameters = append(parameters, object{
				"name": strings.TrimRight(name, "+}"), "in": "path", "required": true, "schema": object{"type": "string"},
			})
		}
	}
	return parameters
}

// lambda hands requests over to a function as they are.
func (b *builder) lambda(fn *model.Function) object {
	return object{
		"type": "aws_proxy", "httpMethod": "POST", "passthroughBehavior": "when_no_match", "uri": b.invocation(fn),
	}
}

// invocation is the URI by which API Gateway calls a function.
func (b *builder) invocation(fn *model.Function) string {
	o := b.Owner
	return "arn:" + o.Partition + ":apigateway:" + o.Region + ":lambda:path/2015-03-31/functions/" + o.FunctionARN(fn.LambdaName) + "/invocations"
}

// preflight answers OPTIONS of a path with CORS: the gateway does it by itself,
// or where there are several origins, a function, as only it can compare. It
// needs no authorizer and no API key.
func (b *builder) preflight(p *model.Path) object {
	op := object{"responses": object{"200": object{"description": "A CORS preflight"}}}
	if parameters := pathParameters(p.Path); parameters != nil {
		op["parameters"] = parameters
	}
	if fn := b.App.Function(p.PreflightFunction); fn != nil {
		op["x-amazon-apigateway-integration"] = b.lambda(fn)
		return op
	}
	declared := object{}
	for _, h := range p.CORS.Headers() {
		declared[h.Name] = object{"schema": object{"type": "string"}}
	}
	op["responses"] = object{"200": object{"description": "A CORS preflight", "headers": declared}}
	op["x-amazon-apigateway-integration"] = object{
		"type": "mock",
		// Without it, APIs with binary types answer 500.
		"contentHandling":     "CONVERT_TO_TEXT",
		"passthroughBehavior": "when_no_match",
		"requestTemplates":    object{"application/json": `{"statusCode": 200}`},
		"responses": object{"default": object{
			"statusCode": "200", "responseParameters": static("method.response.header.", p.CORS.Headers()),
		}},
	}
	return op
}

// encode writes JSON without white space.
func encode(v any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil // maps, lists, texts and numbers always marshal
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

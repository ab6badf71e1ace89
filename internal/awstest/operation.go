package awstest

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// identify tells which service and operation a request is for, as the SDK has
// their names: "lambda", "CreateFunction". One that no table here knows is its
// method and path.
func identify(r *http.Request, body []byte) (service, operation string) {
	service = signedFor(r.Header.Get("Authorization"))
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return service, target[strings.LastIndexByte(target, '.')+1:]
	}
	if m := rpcPath.FindStringSubmatch(r.URL.Path); m != nil {
		return service, m[1]
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, _ := url.ParseQuery(string(body))
		if action := form.Get("Action"); action != "" {
			return service, action
		}
	}
	if action := r.URL.Query().Get("Action"); action != "" {
		return service, action
	}
	if service == "s3" {
		return service, s3Operation(r)
	}
	for _, route := range restRoutes[service] {
		if (route.method == r.Method) && route.path.MatchString(r.URL.EscapedPath()) {
			return service, route.operation
		}
	}
	return service, r.Method + " " + r.URL.Path
}

// signedFor is the service in the scope of a signature.
func signedFor(authorization string) string {
	_, rest, ok := strings.Cut(authorization, "Credential=")
	if !ok {
		return ""
	}
	scope, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(scope, "/")
	if len(parts) < 5 {
		return ""
	}
	return parts[len(parts)-2]
}

var rpcPath = regexp.MustCompile(`^/service/[^/]+/operation/([^/]+)$`)

// reading are the beginnings of operations that change nothing.
var reading = regexp.MustCompile(`^(Get|List|Describe|Head|Query|Scan|Lookup|Filter|Simulate|Test|BatchGet|GET |HEAD )`)

func mutates(operation string) bool { return !reading.MatchString(operation) }

type restRoute struct {
	method    string
	path      *regexp.Regexp
	operation string
}

// restRoutes are the operations of the services that are told by method and
// path. {} is a segment, {+} the rest.
var restRoutes = map[string][]restRoute{
	"lambda": routes(`
POST   /2015-03-31/functions                             CreateFunction
GET    /2015-03-31/functions                             ListFunctions
GET    /2015-03-31/functions/{}                          GetFunction
DELETE /2015-03-31/functions/{}                          DeleteFunction
GET    /2015-03-31/functions/{}/configuration            GetFunctionConfiguration
PUT    /2015-03-31/functions/{}/configuration            UpdateFunctionConfiguration
PUT    /2015-03-31/functions/{}/code                     UpdateFunctionCode
POST   /2015-03-31/functions/{}/invocations              Invoke
GET    /2015-03-31/functions/{}/policy                   GetPolicy
POST   /2015-03-31/functions/{}/policy                   AddPermission
DELETE /2015-03-31/functions/{}/policy/{}                RemovePermission
PUT    /2017-10-31/functions/{}/concurrency              PutFunctionConcurrency
DELETE /2017-10-31/functions/{}/concurrency              DeleteFunctionConcurrency
GET    /2019-09-30/functions/{}/concurrency              GetFunctionConcurrency
GET    /2017-03-31/tags/{+}                              ListTags
POST   /2017-03-31/tags/{+}                              TagResource
DELETE /2017-03-31/tags/{+}                              UntagResource
GET    /2015-03-31/event-source-mappings                 ListEventSourceMappings
POST   /2015-03-31/event-source-mappings                 CreateEventSourceMapping
GET    /2015-03-31/event-source-mappings/{}              GetEventSourceMapping
PUT    /2015-03-31/event-source-mappings/{}              UpdateEventSourceMapping
DELETE /2015-03-31/event-source-mappings/{}              DeleteEventSourceMapping
`),
	"apigateway": routes(`
POST   /restapis                                         CreateRestApi
GET    /restapis                                         GetRestApis
GET    /restapis/{}                                      GetRestApi
PUT    /restapis/{}                                      PutRestApi
PATCH  /restapis/{}                                      UpdateRestApi
DELETE /restapis/{}                                      DeleteRestApi
POST   /restapis/{}/deployments                          CreateDeployment
GET    /restapis/{}/deployments                          GetDeployments
GET    /restapis/{}/deployments/{}                       GetDeployment
DELETE /restapis/{}/deployments/{}                       DeleteDeployment
POST   /restapis/{}/stages                               CreateStage
GET    /restapis/{}/stages                               GetStages
GET    /restapis/{}/stages/{}                            GetStage
PATCH  /restapis/{}/stages/{}                            UpdateStage
DELETE /restapis/{}/stages/{}                            DeleteStage
GET    /restapis/{}/stages/{}/exports/{}                 GetExport
GET    /restapis/{}/resources                            GetResources
GET    /restapis/{}/authorizers                          GetAuthorizers
GET    /restapis/{}/gatewayresponses                     GetGatewayResponses
POST   /restapis/{}/resources/{}                         CreateResource
PUT    /restapis/{}/resources/{}/methods/{}              PutMethod
PUT    /restapis/{}/resources/{}/methods/{}/integration  PutIntegration
GET    /usageplans                                       GetUsagePlans
POST   /usageplans                                       CreateUsagePlan
GET    /usageplans/{}                                    GetUsagePlan
PATCH  /usageplans/{}                                    UpdateUsagePlan
DELETE /usageplans/{}                                    DeleteUsagePlan
GET    /usageplans/{}/keys                               GetUsagePlanKeys
POST   /usageplans/{}/keys                               CreateUsagePlanKey
DELETE /usageplans/{}/keys/{}                            DeleteUsagePlanKey
GET    /apikeys                                          GetApiKeys
POST   /apikeys                                          CreateApiKey
GET    /apikeys/{}                                       GetApiKey
PATCH  /apikeys/{}                                       UpdateApiKey
DELETE /apikeys/{}                                       DeleteApiKey
GET    /domainnames                                      GetDomainNames
POST   /domainnames                                      CreateDomainName
GET    /domainnames/{}                                   GetDomainName
PATCH  /domainnames/{}                                   UpdateDomainName
DELETE /domainnames/{}                                   DeleteDomainName
GET    /domainnames/{}/basepathmappings                  GetBasePathMappings
POST   /domainnames/{}/basepathmappings                  CreateBasePathMapping
GET    /domainnames/{}/basepathmappings/{}               GetBasePathMapping
PATCH  /domainnames/{}/basepathmappings/{}               UpdateBasePathMapping
DELETE /domainnames/{}/basepathmappings/{}               DeleteBasePathMapping
GET    /tags/{+}                                         GetTags
PUT    /tags/{+}                                         TagResource
DELETE /tags/{+}                                         UntagResource
`),
	"scheduler": routes(`
POST   /schedule-groups/{}                               CreateScheduleGroup
GET    /schedule-groups/{}                               GetScheduleGroup
DELETE /schedule-groups/{}                               DeleteScheduleGroup
GET    /schedule-groups                                  ListScheduleGroups
POST   /schedules/{}                                     CreateSchedule
GET    /schedules/{}                                     GetSchedule
PUT    /schedules/{}                                     UpdateSchedule
DELETE /schedules/{}                                     DeleteSchedule
GET    /schedules                                        ListSchedules
GET    /tags/{+}                                         ListTagsForResource
POST   /tags/{+}                                         TagResource
DELETE /tags/{+}                                         UntagResource
`),
}

func routes(table string) []restRoute {
	var all []restRoute
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		path := strings.NewReplacer(`\{\+\}`, `.+`, `\{\}`, `[^/]+`).Replace(regexp.QuoteMeta(fields[1]))
		all = append(all, restRoute{fields[0], regexp.MustCompile("^" + path + "/?$"), fields[2]})
	}
	return all
}

// s3Operation knows what a deployer does with buckets.
func s3Operation(r *http.Request) string {
	verb := map[string]string{http.MethodGet: "Get", http.MethodPut: "Put", http.MethodDelete: "Delete"}[r.Method]
	query := r.URL.Query()
	for parameter, noun := range map[string]string{
		"notification": "BucketNotificationConfiguration", "location": "BucketLocation", "tagging": "BucketTagging", "policy": "BucketPolicy",
	} {
		if query.Has(parameter) && verb != "" {
			return verb + noun
		}
	}
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodHead:
		return "HeadBucket"
	case key == "" && r.Method == http.MethodPut:
		return "CreateBucket"
	case verb != "":
		return verb + "Object"
	}
	return r.Method + " " + r.URL.Path
}

package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// contract is the format as its page says it, one key a line:
//
//	definition key: type [required] [=default] [min..max] [of values]
//
// A definition in brackets has the lines that follow. Types are separated by
// slashes. A key that is not here is not in the schema either.
const contract = `
[root]
version: integer required
app: string required
package: string =.
routes: object
cors: object/boolean =false
authorizers: object
authorizer: string
api_key_required: boolean
content_types: array
function: string
schedules: object
events: object
websocket: object
functions: object
middleware: array
api: object
defaults: object
iam: object
include: array
stages: object

[route]
GET: object/string
POST: object/string
PUT: object/string
PATCH: object/string
DELETE: object/string
HEAD: object/string
OPTIONS: object/string
ANY: object/string
cors: object/boolean
authorizer: string
api_key_required: boolean
content_types: array
function: string
middleware: array

[method]
handler: string required
authorizer: string
scopes: array
api_key_required: boolean
content_types: array =["application/json"]
status: integer =200
function: string =api
name: string
summary: string
description: string
tags: array
deprecated: boolean

[cors_object]
allow_origin: array/string =*
allow_headers: array
expose_headers: array
max_age: integer
allow_credentials: boolean

[cognito]
user_pools: array required
header: string =Authorization
scopes: array

[custom]
uri: string required
header: string =Authorization
ttl: integer =300 0..3600
role_arn: string
type: string of token,request
identity: array

[authorizer]
iam: object/boolean
cognito: object
custom: object
handler: string
header: string =Authorization
ttl: integer =300 0..3600
type: string of token,request
identity: array
+settings

[schedule]
handler: string required
rate: string
cron: string
at: string
timezone: string =UTC
description: string
enabled: boolean =true
input: any
+settings

[event]
handler: string required
s3: object
sqs: object
sns: object
kinesis: object
dynamodb: object
eventbridge: object
+settings

[source_s3]
bucket: string required
events: array =["s3:ObjectCreated:*"]
prefix: string
suffix: string

[source_sqs]
queue: string required
batch_size: integer =10 1..10000
maximum_batching_window: integer 0..300
maximum_concurrency: integer 2..1000
filters: array
enabled: boolean

[source_sns]
topic: string required
filter_policy: object
filter_policy_scope: string
dead_letter_queue_arn: string

[source_kinesis]
stream: string required
batch_size: integer =100 1..10000
starting_position: string =LATEST of LATEST,TRIM_HORIZON
maximum_batching_window: integer
parallelization_factor: integer 1..10
maximum_retry_attempts: integer
bisect_batch_on_error: boolean
on_failure_arn: string
filters: array
enabled: boolean

[source_dynamodb]
table: string required
batch_size: integer =100 1..10000
starting_position: string =LATEST of LATEST,TRIM_HORIZON
maximum_batching_window: integer
parallelization_factor: integer 1..10
maximum_retry_attempts: integer
bisect_batch_on_error: boolean
on_failure_arn: string
filters: array
enabled: boolean

[source_eventbridge]
pattern: object required
bus: string =default
description: string
enabled: boolean

[websocket]
connect: string
disconnect: string
default: string
routes: object
route_selection_expression: string
authorizer: string

[function]
handler: string
+settings

[defaults]
build_tags: array
+settings

[function_iam]
role_arn: string
statements: array
managed_policies: array

[api]
type: string of rest
stage_name: string =api
endpoint_type: string =regional of regional,edge,private
vpc_endpoint_ids: array
policy_file: string
binary_types: array =["*/*"]
minimum_compression_size: integer 0..10485760
debug: boolean =false
tracing: boolean
custom_domain: object
stage_variables: object
description: string
tags: object

[iam]
manage_role: boolean =true
role_arn: string
autogen_policy: boolean =true
policy_file: string
statements: array
managed_policies: array
permissions_boundary: string

[include_item]
file: string required
url_prefix: string
name_prefix: string

[statement]
Sid: string
Effect: string required of Allow,Deny
Action: array/string
NotAction: array/string
Resource: array/string
NotResource: array/string
Condition: object
`

// settings of a function, wherever it stands.
const settings = `
memory_size: integer =128 128..10240
timeout: integer =30 1..900
architecture: string =arm64 of arm64,x86_64
environment: object
ephemeral_storage: integer 512..10240
reserved_concurrency: integer
layers: array
vpc: object
tracing: boolean
tags: object
log_retention: integer
dead_letter_arn: string
iam: object
`

func TestSchemaIsTheContract(t *testing.T) {
	root := decoded(t)
	var name string
	var keys []string
	end := func() {
		if name == "" {
			return
		}
		for key := range asNode(definition(root, name)["properties"]) {
			if !slices.Contains(keys, key) {
				t.Errorf("%s has the key %s, which the contract does not", name, key)
			}
		}
		keys = nil
	}
	for line := range strings.Lines(strings.ReplaceAll(contract, "+settings\n", strings.TrimPrefix(settings, "\n"))) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '[':
			end()
			name = strings.Trim(line, "[]")
		default:
			key, rest, _ := strings.Cut(line, ": ")
			if name == "authorizer" && key == "iam" && slices.Contains(keys, "iam") {
				continue // its kind, not the setting
			}
			keys = append(keys, key)
			holdKey(t, root, name, key, strings.Fields(rest))
		}
	}
	end()
}

func definition(root node, name string) node {
	if name == "root" {
		return root
	}
	return asNode(asNode(root["definitions"])[name])
}

func holdKey(t *testing.T, root node, name, key string, want []string) {
	t.Helper()
	s := definition(root, name)
	p, ok := asNode(s["properties"])[key].(node)
	if !ok {
		t.Errorf("%s lacks the key %s", name, key)
		return
	}
	p = resolve(root, p)
	if got := types(root, p); got != want[0] {
		t.Errorf("%s.%s is %s, not %s", name, key, got, want[0])
	}
	if required := slices.Contains(asList(s["required"]), any(key)); required != slices.Contains(want, "required") {
		t.Errorf("%s.%s: required is %v", name, key, required)
	}
	for i, word := range want {
		text, isDefault := strings.CutPrefix(word, "=")
		lowest, highest, isRange := strings.Cut(word, "..")
		switch {
		case isDefault:
			if got := compact(p["default"]); got != text {
				t.Errorf("%s.%s: the default is %s, not %s", name, key, got, text)
			}
		case isRange:
			if got := compact(p["minimum"]) + ".." + compact(p["maximum"]); got != lowest+".."+highest {
				t.Errorf("%s.%s: the range is %s, not %s", name, key, got, word)
			}
		case word == "of":
			var values []string
			for _, v := range asList(p["enum"]) {
				values = append(values, compact(v))
			}
			if got := strings.Join(values, ","); got != want[i+1] {
				t.Errorf("%s.%s is one of %s, not of %s", name, key, got, want[i+1])
			}
		}
	}
}

func compact(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func types(root, s node) string {
	if branches := asList(s["oneOf"]); len(branches) > 0 {
		var words []string
		for _, b := range branches {
			words = append(words, types(root, resolve(root, asNode(b))))
		}
		return strings.Join(words, "/")
	}
	if s["type"] == nil {
		return "any"
	}
	name, _ := s["type"].(string)
	return name
}

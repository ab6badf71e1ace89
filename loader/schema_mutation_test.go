package loader

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/chalicefile/chalicefile/internal/yamltree"
)

// everything is a file that has nearly every key once.
const everything = `
version: 1
app: shop
package: ./api
routes:
  /a/{id}:
    GET: A
    POST: { handler: API.B, authorizer: users, scopes: [a/b], api_key_required: true, content_types: [text/csv], status: 201, function: big,
      name: b, summary: s, description: d, tags: [t], deprecated: true }
    cors: { allow_origin: [https://a.example], allow_headers: [X-A], expose_headers: [X-B], max_age: 5, allow_credentials: true }
    authorizer: none
    middleware: [Log]
cors: true
authorizers:
  users: { handler: Authorize, header: X-Token, ttl: 5, type: request, identity: [header.A], memory_size: 256, iam: { managed_policies: ['arn:aws:iam::aws:policy/P'] } }
  pool: { cognito: { user_pools: ['arn:aws:cognito-idp:us-west-2:123456789012:userpool/us-west-2_abc'], header: H } }
  signed: { iam: true }
  other: { custom: { uri: 'arn:aws:apigateway:us-west-2:lambda:path/x', ttl: 0 } }
schedules:
  tick: { rate: 5 minutes, handler: T, timezone: UTC, enabled: false, input: { a: [1, null] }, timeout: 5 }
  tock: { cron: 0 18 ? * MON-FRI *, handler: T }
events:
  up: { s3: { bucket: photos, events: ['s3:ObjectCreated:*'], prefix: a/, suffix: .b }, handler: U }
  msg: { sqs: { queue: q, batch_size: 5, filters: [{ body: [a] }] }, handler: U, environment: { AB: c, NN: 5 } }
  bus: { eventbridge: { pattern: { source: [a], detail: { b: [c] } }, bus: b }, handler: U }
websocket: { connect: C, routes: { send: S } }
functions:
  big: { vpc: { subnet_ids: [subnet-1], security_group_ids: [sg-1] }, tags: { a: b }, log_retention: 7 }
  plain: { handler: P, layers: ['arn:aws:lambda:us-west-2:123456789012:layer:a:1'] }
middleware: [M]
api: { stage_name: v1, endpoint_type: edge, binary_types: [image/png], custom_domain: { domain_name: a.example.com, certificate_arn: 'arn:aws:acm:us-west-2:1:certificate/x' }, stage_variables: { a: b } }
defaults: { memory_size: 256, architecture: arm64, build_tags: [x], reserved_concurrency: 0 }
iam: { manage_role: true, statements: [{ Sid: a, Effect: Allow, Action: ['s3:GetObject'], Resource: '*', Condition: { StringEquals: { a: b } } }] }
include: [{ file: a.yaml, url_prefix: /a, name_prefix: a_ }]
stages:
  prod:
    routes: { '/a/{id}': { GET: null, POST: { status: 202 }, cors: null } }
    schedules: { tick: { rate: null, cron: 0 18 ? * MON-FRI * } }
    events: { msg: { sqs: { batch_size: 1 } } }
    authorizers: { users: { ttl: 0 } }
    defaults: { environment: { AB: null }, timeout: null }
  empty: null
`

// TestEveryMutation changes each node of a sound file in each of several ways,
// one at a time: the loader must find a fault exactly where jsonschema does, and
// not make three of one.
func TestEveryMutation(t *testing.T) {
	o := newOracle(t)
	root := parse(t, everything)
	if found := checkSchema(root, false); len(found.Findings) > 0 {
		t.Fatalf("the file is not sound:\n%s", written(found))
	}
	count, faulty := 0, 0
	for _, src := range mutations(root.Interface()) {
		count++
		mutant, found := yamltree.Parse("Chalicefile.yaml", src)
		if mutant == nil || found.HasErrors() {
			t.Fatalf("%s\n%s", src, written(found))
		}
		if !o.agree(t, mutant, false) {
			t.Fatalf("%s", src)
		}
		told := checkSchema(mutant, false)
		if len(told.Findings) > 0 {
			faulty++
		}
		if len(told.Findings) > 2 {
			t.Errorf("one fault, %d findings:\n%s%s", len(told.Findings), written(told), src)
		}
		for _, f := range told.Findings {
			if f.Range.IsZero() || f.Range.Start.Compare(f.Range.End) >= 0 || !known[f.Code] || f.Message == "" {
				t.Errorf("an unsound finding: %+v", f)
			}
		}
	}
	if count < 1000 || faulty < 700 {
		t.Errorf("%d mutations, %d of them faulty: the file must have more", count, faulty)
	}
}

// replacements for a value, JSON being YAML too.
var replacements = []any{nil, true, json.Number("5"), "some text", []any{}, map[string]any{}, map[string]any{"zzz": "a"}}

// mutations are the JSON of a tree with one change each.
func mutations(root any) [][]byte {
	var out [][]byte
	var visit func(v any, put func(any))
	emit := func() {
		raw, err := json.Marshal(root)
		if err != nil {
			panic(err)
		}
		out = append(out, raw)
	}
	visit = func(v any, put func(any)) {
		for _, r := range replacements {
			if put != nil && fmt.Sprintf("%T", r) != fmt.Sprintf("%T", v) || fmt.Sprint(r) == "some text" && put != nil {
				put(r)
				emit()
				put(v)
			}
		}
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				e := v[k]
				delete(v, k)
				emit() // without the key
				v[k+"x"] = e
				emit() // misspelt
				delete(v, k+"x")
				v[k] = e
				visit(e, func(to any) { v[k] = to })
			}
			v["unheard_of"] = "X"
			emit()
			delete(v, "unheard_of")
		case []any:
			for i, e := range v {
				visit(e, func(to any) { v[i] = to })
			}
		}
	}
	visit(root, nil)
	return out
}

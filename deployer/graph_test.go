package deployer

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// randomGraph makes a graph of all kinds with some of n functions.
func randomGraph(rng *rand.Rand, n int) *resource.Graph {
	g := &resource.Graph{Owner: owner}
	add := func(list ...resource.Resource) { g.Resources = append(g.Resources, list...) }
	some := func(percent int) bool { return rng.IntN(100) < percent }
	tags := owner.Tags()
	var served []string
	var served2 []resource.ID
	api := resource.ID{Kind: resource.KindRestAPI, Name: "shop-dev"}
	withAPI := some(80)
	notes := &resource.Notification{Bucket: "pictures"}
	group := false
	for i := range n {
		if !some(75) {
			continue
		}
		name := fmt.Sprintf("shop-dev-f%d", i)
		role := &resource.Role{Name: name, Service: "lambda.amazonaws.com", Tags: tags, ManagedPolicies: []string{fmt.Sprint("p", rng.IntN(2))}}
		logs := &resource.LogGroup{Name: "/aws/lambda/" + name, Retention: rng.IntN(3), Tags: tags}
		f := &resource.Function{Name: name, Handler: fmt.Sprint("f", i), Role: resource.Attr(role.ID(), resource.AttrARN), Tags: tags, MemorySize: 128 << rng.IntN(2), Architecture: "arm64", After: []resource.ID{logs.ID()}, Environment: map[string]string{"SECRET": fmt.Sprint("hush", rng.IntN(2))}}
		if some(10) {
			f.Role = resource.Lit(arnOf("theirs"))
			add(logs, f)
		} else {
			add(role, logs, f)
		}
		arn := owner.FunctionARN(name)
		allow := func(statement string, source resource.Text) resource.ID {
			p := &resource.Permission{Function: name, Statement: statement, Principal: statement, SourceARN: source}
			add(p)
			return p.ID()
		}
		switch rng.IntN(6) {
		case 0:
			q := resource.ID{Kind: resource.KindQueue, Name: fmt.Sprint("q", rng.IntN(2))}
			if !slices.ContainsFunc(g.External, func(x resource.External) bool { return x.ID == q }) {
				g.External = append(g.External, resource.External{ID: q, For: f.ID()})
			}
			add(&resource.Mapping{Function: name, Source: resource.Attr(q, resource.AttrARN), BatchSize: 1 + rng.IntN(2), Tags: tags})
		case 1:
			allow("chalicefile-rule", resource.Lit("rule/"+name))
			add(&resource.Rule{Name: name, Schedule: fmt.Sprintf("rate(%d hours)", 2+rng.IntN(2)), Function: name, FunctionARN: arn, Tags: tags})
		case 2:
			id := allow("chalicefile-s3", resource.Lit("arn:aws:s3:::pictures"))
			notes.Entries = append(notes.Entries, resource.NotificationEntry{ID: name, FunctionARN: arn, Events: []string{"s3:ObjectCreated:*"}})
			notes.After = append(notes.After, id)
		case 3:
			id := allow("chalicefile-sns", resource.Lit("topic"))
			add(&resource.Subscription{TopicARN: "topic", Function: name, FunctionARN: arn, After: []resource.ID{id}})
		case 4:
			if !group {
				group = true
				add(&resource.ScheduleGroup{Name: "shop-dev", Tags: tags})
				add(&resource.Role{Name: "shop-dev-scheduler", Service: "scheduler.amazonaws.com", Tags: tags})
			}
			add(&resource.Schedule{Name: name, Group: "shop-dev", Expression: fmt.Sprintf("rate(%d hours)", 2+rng.IntN(2)), Timezone: "UTC", Function: name, FunctionARN: arn, Role: resource.Attr(resource.ID{Kind: resource.KindRole, Name: "shop-dev-scheduler"}, resource.AttrARN)})
		case 5:
			if withAPI {
				served, served2 = append(served, name), append(served2, f.ID())
				allow("chalicefile-api", resource.Concat(resource.Lit("execute-api:"), resource.Attr(api, resource.AttrID), resource.Lit("/*")))
			}
		}
	}
	if len(notes.Entries) > 0 {
		add(notes)
	}
	if withAPI {
		doc, _ := json.Marshal(served)
		add(&resource.RestAPI{Name: "shop-dev", Document: doc, EndpointType: "REGIONAL", Tags: tags, StageName: "api", After: served2})
		if some(60) {
			plan := &resource.UsagePlan{Name: "shop-dev", API: api, StageName: "api", Tags: tags}
			add(plan, &resource.APIKey{Name: "shop-dev", Plan: plan.ID(), Tags: tags})
		}
		if some(60) {
			d := &resource.Domain{Name: "example.org", CertificateARN: "c", EndpointType: "REGIONAL", Tags: tags}
			add(d, &resource.BasePathMapping{Domain: d.Name, API: api, StageName: "api", After: []resource.ID{d.ID()}})
		}
	}
	rng.Shuffle(len(g.Resources), func(i, j int) { g.Resources[i], g.Resources[j] = g.Resources[j], g.Resources[i] })
	return g
}

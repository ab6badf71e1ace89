package deploytest

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// operations are the mutating calls since the counting began, the lock's left
// out, with how often each was made.
func (l *lab) operations() map[string]int {
	n := map[string]int{}
	for _, c := range l.proxy.Mutations() {
		if c.Service != "ssm" {
			n[c.Service+":"+c.Operation]++
		}
	}
	return n
}

// changes deploys what was edited and wants these operations, no others.
func (l *lab) changes(t *testing.T, want map[string]int, args ...string) {
	t.Helper()
	l.proxy.Forget()
	l.run(t, 0, append([]string{"deploy", "--yes"}, args...)...)
	if got := l.operations(); !maps.Equal(got, want) {
		t.Errorf("mutating calls %v, want %v", got, want)
	}
	l.nothingToDo(t, args...)
}

func TestFirstDeploy(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	r := l.deploy(t)
	url := regexp.MustCompile(`(?m)Rest API URL: (https://[a-z0-9]+\.execute-api\.` + l.region + `\.amazonaws\.com/api/)$`).FindStringSubmatch(r.stdout)
	if url == nil {
		t.Errorf("no URL: %s", r)
	} else if got := strings.TrimSpace(l.run(t, 0, "url").stdout); got != url[1] {
		t.Errorf("url is %q, want %q", got, url[1])
	}
	got := kinds(l.inventory(t, "dev"))
	want := map[string]int{
		"function": 9, "role": 10, "log-group": 9, "permission": 6, "mapping": 2, "rest-api": 1, "deployments": 1, "stage": 1, "resource": 3,
		"usage-plan": 1, "api-key": 1, "rule": 2, "schedule-group": 1, "schedule": 1, "notification": 1, "subscription": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("there is %v\nwant %v\n%s", got, want, l.inventory(t, "dev"))
	}
	if l.proxy.MostInFlight() < 2 {
		t.Error("never two calls in flight")
	}
	t.Run("export", func(t *testing.T) { l.export(t) })
	t.Run("import body", func(t *testing.T) { l.importBody(t) })
	t.Run("nothing to do", func(t *testing.T) { l.idle(t) })
	l.delete(t, "dev")
}

// export looks for every route in what API Gateway gives back.
func (l *lab) export(t *testing.T) {
	const script = `
gw = client("apigateway")
api = next(a["id"] for a in gw.get_rest_apis()["items"] if a["name"] == args[0])
body = gw.get_export(restApiId=api, stageName="api", exportType="oas30")["body"].read()
for path, methods in sorted(json.loads(body)["paths"].items()):
    print(path, *sorted(m for m in methods if m != "parameters"))
`
	const want = "/ get\n/things get options post\n/things/{id} delete get options put\n"
	if got := strings.ToLower(l.python(t, script, l.app+"-dev")); got != want {
		t.Errorf("exported:\n%swant\n%s", got, want)
	}
}

// importBody looks into the document for what moto drops.
func (l *lab) importBody(t *testing.T) {
	var doc map[string]any
	for _, c := range l.proxy.Calls() {
		if c.Operation == "PutRestApi" {
			if err := json.Unmarshal(c.Body, &doc); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, _ := json.Marshal(doc)
	for _, want := range []string{
		`"x-amazon-apigateway-authorizer"`, `"x-amazon-apigateway-gateway-responses"`, `"x-amazon-apigateway-binary-media-types"`,
		l.app + `-dev-gate/invocations`, `"api_key"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document has no %s: %s", want, text)
		}
	}
}

// idle deploys what is there: nothing is changed, nothing uploaded.
func (l *lab) idle(t *testing.T) {
	before := l.inventory(t, "dev")
	l.proxy.Forget()
	l.run(t, 0, "deploy")
	if calls := l.proxy.Mutations(); len(calls) > 0 {
		t.Errorf("mutating calls with nothing to do:\n%s", awstest.Log(calls))
	}
	for _, c := range l.proxy.Calls() {
		if len(c.Body) > 10_000 {
			t.Errorf("%v sends %d bytes", &c, len(c.Body))
		}
	}
	t.Logf("nothing to do takes %d calls, %d at once", len(l.proxy.Calls()), l.proxy.MostInFlight())
	if d := differences(before, l.inventory(t, "dev")); d != "" {
		t.Error(d)
	}
}

// TestHello counts the calls of the smallest app.
func TestHello(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	write(t, filepath.Join(l.dir, "Chalicefile.yaml"), "version: 1\napp: "+l.app+"\nroutes:\n  /:\n    GET: Index\n")
	l.run(t, 0, "deploy")
	if calls := l.proxy.Mutations(); len(calls) > 12 {
		t.Errorf("%d mutating calls, want at most 12:\n%s", len(calls), awstest.Log(calls))
	}
	t.Logf("a first deploy of hello:\n%s", awstest.Log(l.proxy.Calls()))
	l.nothingToDo(t)
	l.delete(t, "dev")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	file := filepath.Join(l.dir, "Chalicefile.yaml")
	write(t, file, read(t, filepath.Join(l.dir, "small.yaml")))
	l.deploy(t)
	api := map[string]int{"apigateway:PutRestApi": 1, "apigateway:CreateDeployment": 1, "apigateway:UpdateStage": 1, "apigateway:DeleteDeployment": 1}

	l.edit(t, "shop.go", `return "shop"`, `return "another shop"`)
	l.changes(t, map[string]int{"lambda:UpdateFunctionCode": 6})

	l.edit(t, "Chalicefile.yaml", "defaults:\n", "defaults:\n  memory_size: 512\n")
	l.changes(t, map[string]int{"lambda:UpdateFunctionConfiguration": 6})

	l.edit(t, "Chalicefile.yaml", "    rate: 5 minutes\n", "    rate: 10 minutes\n")
	l.changes(t, map[string]int{"events:PutRule": 1})

	l.edit(t, "Chalicefile.yaml", "routes:\n", "routes:\n  /more:\n    GET: Index\n")
	api["lambda:UpdateFunctionCode"] = 6 // which has a table of the routes
	l.changes(t, api)
	if got := kinds(l.inventory(t, "dev")); got["deployments"] != 1 || got["resource"] != 4 {
		t.Errorf("there is %v", got)
	}
	if !strings.Contains(l.inventory(t, "dev"), `deployments NAME {"count": 1}`) {
		t.Error("deployments pile up")
	}

	// What is no longer named goes, all but the logs.
	text := read(t, file)
	write(t, file, text[:strings.Index(text, "schedules:")]+text[strings.Index(text, "defaults:"):])
	l.run(t, 0, "deploy", "--yes")
	l.nothingToDo(t)
	left := l.inventory(t, "dev")
	got := kinds(left)
	want := map[string]int{"function": 2, "role": 2, "log-group": 6, "permission": 2, "rest-api": 1, "deployments": 1, "stage": 1, "resource": 4}
	if !maps.Equal(got, want) {
		t.Errorf("there is %v, want %v\n%s", got, want, left)
	}
	l.delete(t, "dev")
	if got := kinds(l.inventory(t, "dev")); got["log-group"] != 6 {
		t.Errorf("log groups went: %v", got)
	}
}

// TestARouteMoves: a route that goes to another function is served all the while:
// the new function may be called before the API calls it, and the old one until
// it does so no more.
func TestARouteMoves(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	chalicefile := func(function string) {
		write(t, filepath.Join(l.dir, "Chalicefile.yaml"), "version: 1\napp: "+l.app+"\nroutes:\n  /:\n    GET: { handler: Index, function: "+function+" }\nfunctions:\n  "+function+": {}\n")
	}
	chalicefile("one")
	l.deploy(t)
	l.proxy.Forget()
	chalicefile("two")
	l.run(t, 0, "deploy", "--yes")
	want := []string{"CreateFunction", "AddPermission", "PutRestApi", "UpdateStage", "RemovePermission", "DeleteFunction"}
	var did []string
	for _, c := range l.proxy.Mutations() {
		if slices.Contains(want, c.Operation) {
			did = append(did, c.Operation)
		}
	}
	if !slices.Equal(did, want) {
		t.Errorf("in the order %v, want %v", did, want)
	}
	l.nothingToDo(t)
	l.delete(t, "dev")
}

func TestStageBesideStage(t *testing.T) {
	t.Parallel()
	l := newLab(t, "dev", "prod")
	l.deploy(t, "--file", "small.yaml")
	dev := l.inventory(t, "dev")
	l.deploy(t, "--file", "small.yaml", "--stage", "prod")
	if d := differences(dev, l.inventory(t, "dev")); d != "" {
		t.Errorf("deploying prod changes dev:\n%s", d)
	}
	if prod := kinds(l.inventory(t, "prod")); !maps.Equal(prod, kinds(dev)) {
		t.Errorf("prod has %v, dev %v", prod, kinds(dev))
	}
	l.delete(t, "prod", "--file", "small.yaml")
	if d := differences(dev, l.inventory(t, "dev")); d != "" {
		t.Errorf("deleting prod changes dev:\n%s", d)
	}
	l.nothingToDo(t, "--file", "small.yaml")
}

func TestAnotherCheckout(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.deploy(t)
	l.dir = l.checkout(t)
	l.proxy.Forget()
	l.run(t, 0, "deploy")
	if calls := l.proxy.Mutations(); len(calls) > 0 {
		t.Errorf("without the record a deploy makes mutating calls:\n%s", awstest.Log(calls))
	}
	l.nothingToDo(t)

	// What the Chalicefile no longer names is found without a record, too.
	l.dir = l.checkout(t)
	write(t, filepath.Join(l.dir, "Chalicefile.yaml"), "version: 1\napp: "+l.app+"\nroutes:\n  /:\n    GET: Index\n")
	l.run(t, 0, "deploy", "--yes")
	l.nothingToDo(t)
	got := kinds(l.inventory(t, "dev"))
	delete(got, "log-group")
	want := map[string]int{"function": 1, "role": 1, "permission": 1, "rest-api": 1, "deployments": 1, "stage": 1, "resource": 1}
	if !maps.Equal(got, want) {
		t.Errorf("there is %v, want %v\n%s", got, want, l.inventory(t, "dev"))
	}
	l.dir = l.checkout(t)
	l.run(t, 0, "deploy", "--yes") // all again
	l.dir = l.checkout(t)
	write(t, filepath.Join(l.dir, "Chalicefile.yaml"), "version: 1\napp: "+l.app+"\nroutes:\n  /:\n    GET: Index\n")
	l.delete(t, "dev")
}

func TestDelete(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	r := l.run(t, 0, "delete", "--yes") // before anything is there
	t.Log(r)
	l.deploy(t)
	r = l.delete(t, "dev")
	told := r.stdout + r.stderr
	for _, want := range []string{
		`Deleting Rest API: [a-z0-9]+`, `Deleting function: arn:aws:lambda:` + l.region + `:\d+:function:` + l.app + `-dev\b`,
		`Deleting IAM role: ` + l.app + `-dev\b`,
	} {
		if !regexp.MustCompile(want).MatchString(told) {
			t.Errorf("delete does not say %s: %s", want, r)
		}
	}
	l.proxy.Forget()
	l.run(t, 0, "delete", "--yes")
	if calls := l.proxy.Mutations(); len(calls) > 0 {
		t.Errorf("deleting what is gone makes mutating calls:\n%s", awstest.Log(calls))
	}
	l.run(t, 0, "delete", "--yes", "--logs")
	if left := l.inventory(t, "dev"); strings.TrimSpace(left) != "" {
		t.Errorf("after delete --logs there is\n%s", left)
	}
	l.deploy(t)
	l.delete(t, "dev")
}

func TestNoSecretIsTold(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	look := func(r result) {
		t.Helper()
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("the secret is told: %s", r)
		}
		if strings.Contains(l.recorded(t), secret) {
			t.Error("the secret is recorded")
		}
	}
	look(l.start(t, nil, "plan", "--output", "json"))
	look(l.start(t, nil, "--debug", "deploy", "--yes"))
	key := strings.TrimSpace(l.run(t, 0, "url", "--api-key").stdout)
	if len(key) < 20 {
		t.Errorf("url --api-key says %q", key)
	}
	l.edit(t, "Chalicefile.yaml", "${env.SHOP_PASSWORD}", "not-"+secret)
	look(l.start(t, nil, "plan"))
	look(l.start(t, nil, "--debug", "plan", "--output", "json"))
	k := &killer{}
	l.proxy.Inject(awstest.AtMutation(3, awstest.DropAfter.Then(k.kill)))
	look(l.start(t, k, "--debug", "deploy", "--yes"))
	l.proxy.Inject(func(c *awstest.Call) awstest.Fault {
		if c.Operation == "UpdateFunctionConfiguration" {
			return awstest.Error
		}
		return awstest.None
	})
	look(l.start(t, nil, "--debug", "deploy", "--yes", "--output", "json"))
	l.proxy.Forget()
	look(l.start(t, nil, "--debug", "deploy", "--yes", "--output", "json"))
	look(l.start(t, nil, "--debug", "delete", "--yes"))
	if strings.Contains(l.recorded(t), key) {
		t.Error("the API key's value is recorded")
	}
}

// TestPlan says what a deploy would do, and does nothing.
func TestPlan(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	r := l.run(t, 3, "plan", "--exit-code")
	if r2 := l.run(t, 0, "plan"); r2.stdout != r.stdout {
		t.Errorf("two plans differ:\n%s\n%s", r.stdout, r2.stdout)
	}
	if calls := l.proxy.Mutations(); len(calls) > 0 {
		t.Errorf("plan makes mutating calls:\n%s", awstest.Log(calls))
	}
	if _, err := os.Stat(filepath.Join(l.dir, ".chalicefile", "deployed", "dev.json")); err == nil {
		t.Error("plan writes a record")
	}
	var view any
	if err := json.Unmarshal([]byte(l.run(t, 0, "plan", "--output", "json").stdout), &view); err != nil {
		t.Error(err)
	}
	for _, name := range []string{l.app + "-dev-gate", l.app + "-dev-nightly"} {
		if !strings.Contains(r.stdout, name) {
			t.Errorf("the plan does not name %s: %s", name, r)
		}
	}
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

// secret is a value of an environment, which no view may show.
const secret = "hunter2-never-shown"

var owner = resource.Owner{App: "shop", Stage: "dev", Partition: "aws", Region: "us-west-2", Account: "123456789012"}

// fakeSession writes to buffers.
func fakeSession(env Env) (*session, *bytes.Buffer, *bytes.Buffer) {
	var stdout, stderr bytes.Buffer
	env.Stdout, env.Stderr = &stdout, &stderr
	if env.Stdin == nil {
		env.Stdin = strings.NewReader("")
	}
	return &session{Env: env}, &stdout, &stderr
}

func fakeDeployment(s *session) *deployment {
	return &deployment{
		s: s, aws: &awsSession{Owner: owner}, progress: newProgress(s),
		job: &deployer.Job{Target: deployer.Deploy},
	}
}

func role(statements ...policy.Statement) *resource.Role {
	return &resource.Role{Name: "shop-dev", Service: lambdaService, Policy: policy.Document{Statements: statements}}
}

func allow(resource string, actions ...string) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Action: actions, Resource: []string{resource}}
}

// step makes a step of a resource as it is and as it is to be.
func fakeStep(op deployer.Op, live, want resource.Resource, changes ...deployer.Change) *deployer.Step {
	s := &deployer.Step{Op: op, Changes: changes}
	if want != nil {
		s.ID, s.Want = want.ID(), want
	}
	if live != nil {
		s.ID, s.Live = live.ID(), &deployer.Live{ID: live.ID(), Resource: live, Owned: true}
	}
	return s
}

func fakeFunction() *resource.Function {
	return &resource.Function{Name: "shop-dev", Handler: "api", Environment: map[string]string{"PASSWORD": secret}}
}

// fakePlan has a step of every sort.
func fakePlan() *deployer.Plan {
	before, after := role(allow("arn:a", "s3:GetObject", "s3:PutObject")), role(allow("arn:a", "s3:GetObject"), allow("arn:b", "s3:GetObject", "s3:ListBucket"))
	api := &resource.RestAPI{Name: "shop-dev", StageName: "api"}
	api2 := fakeStep(deployer.OpReplace, api, api, deployer.Change{Property: "endpoint_type", From: "EDGE", To: "PRIVATE"})
	api2.Why = "AWS does not change it"
	return &deployer.Plan{Owner: owner, Steps: []*deployer.Step{
		fakeStep(deployer.OpUpdate, before, after, deployer.Change{Property: "policy", From: string(before.Policy.JSON()), To: string(after.Policy.JSON())}),
		fakeStep(deployer.OpCreate, nil, &resource.LogGroup{Name: "/aws/lambda/shop-dev"}),
		fakeStep(deployer.OpUpdate, fakeFunction(), fakeFunction(),
			deployer.Change{Property: "timeout", From: "30", To: "60"},
			deployer.Change{Property: "iam.role_arn", From: "arn:old", To: "(arn of role/shop-dev)", Unknown: true},
			deployer.Change{Property: "dead_letter_arn", To: "arn:aws:sqs:us-west-2:123456789012:" + strings.Repeat("x", 80)},
			deployer.Change{Property: "environment.PASSWORD", Secret: true, From: secret, To: secret}),
		api2,
		fakeStep(deployer.OpNothing, &resource.ScheduleGroup{Name: "shop-dev"}, &resource.ScheduleGroup{Name: "shop-dev"}),
		fakeStep(deployer.OpDelete, &resource.Rule{Name: "shop-dev-old"}, nil),
	}}
}

const planText = `~ IAM role shop-dev
    policy:
      + s3:ListBucket on arn:b
      + s3:GetObject on arn:b
      - s3:PutObject on arn:a
+ log group /aws/lambda/shop-dev
~ function shop-dev
    timeout: 30 → 60
    iam.role_arn: arn:old → (arn of role/shop-dev)
    dead_letter_arn: (not set) → arn:aws:sqs:us-west-2:123456789012:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    environment.PASSWORD: (changed, not shown)
± REST API shop-dev
    replaced because AWS does not change it
    endpoint_type: EDGE → PRIVATE
= schedule group shop-dev
- rule shop-dev-old

1 to create, 2 to update, 1 to replace, 1 to delete, 1 unchanged
`

func TestPlanAsText(t *testing.T) {
	s, stdout, _ := fakeSession(Env{})
	s.printPlan(fakePlan())
	equal(t, stdout.String(), planText)
	s, stdout, _ = fakeSession(Env{StdoutIsTerminal: true})
	s.printPlan(fakePlan())
	if text := stdout.String(); !strings.Contains(text, "\x1b[32m+ log group") || !strings.Contains(text, "xxx…\n") {
		t.Error(text)
	}
	s, stdout, _ = fakeSession(Env{})
	s.printPlan(&deployer.Plan{Owner: owner})
	equal(t, stdout.String(), "Nothing to do: there is nothing\n")
}

// What a changed document comes to is told by its routes; of variables it is
// told whether they come or go.
func TestPlanOfRoutesAndVariables(t *testing.T) {
	was := &resource.RestAPI{Name: "shop-dev", Imported: "1", Routes: []string{"ANY /c", "GET /a", "POST /a"}}
	willBe := &resource.RestAPI{Name: "shop-dev", Document: []byte(`{"paths": {"/a": {"get": {}, "parameters": []}, "/b/{x}": {"put": {}}, "/c": {"x-amazon-apigateway-any-method": {}}}}`)}
	same := &resource.RestAPI{Name: "shop-dev", Document: []byte(`{"paths": {"/a": {"get": {}, "post": {}}, "/c": {"x-amazon-apigateway-any-method": {}}}}`)}
	before, after := fakeFunction(), fakeFunction()
	before.Environment = map[string]string{"GOES": secret, "STAYS": secret}
	after.Environment = map[string]string{"COMES": secret, "STAYS": ""}
	routed := fakeStep(deployer.OpUpdate, was, willBe, deployer.Change{Property: "document", From: "1", To: "2"})
	s, stdout, _ := fakeSession(Env{})
	s.printPlan(&deployer.Plan{Owner: owner, Steps: []*deployer.Step{
		routed,
		fakeStep(deployer.OpUpdate, was, same, deployer.Change{Property: "document", From: "1", To: "2"}),
		fakeStep(deployer.OpUpdate, was, willBe, deployer.Change{Property: "document", To: "2"}),
		fakeStep(deployer.OpUpdate, before, after, deployer.Change{Property: "environment.COMES", Secret: true},
			deployer.Change{Property: "environment.STAYS", Secret: true}, deployer.Change{Property: "environment.GOES", Secret: true}),
	}})
	equal(t, stdout.String(), `~ REST API shop-dev
    document:
      + PUT /b/{x}
      - POST /a
~ REST API shop-dev
    document: the same routes with other settings
~ REST API shop-dev
    document: imported again: what is there is not what was deployed last
      + PUT /b/{x}
      - POST /a
~ function shop-dev
    environment.COMES: (added, not shown)
    environment.STAYS: (changed, not shown)
    environment.GOES: (removed, not shown)

4 to update
`)
	equal(t, fmt.Sprintf("%+v", *viewChange(routed, routed.Changes[0]).Routes), "{Added:[PUT /b/{x}] Removed:[POST /a]}")
}

func TestPlanAsJSON(t *testing.T) {
	var out bytes.Buffer
	if err := writeJSON(&out, viewPlan(fakePlan())); err != nil {
		t.Fatal(err)
	}
	var v planView
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), secret) {
		t.Error("the secret is shown")
	}
	if len(v.Steps) != 6 || v.Summary["update"] != 2 || v.Summary["nothing"] != 1 || v.Account != "123456789012" {
		t.Errorf("%+v", v)
	}
	p := v.Steps[0].Changes[0]
	if p.Policy == nil || p.From != "" || p.Policy.Added[0].Action != "s3:ListBucket" || p.Policy.Removed[0].Action != "s3:PutObject" || p.Policy.Widened[0].Resources[0] != "arn:b" {
		t.Errorf("%+v", p)
	}
	equal(t, fmt.Sprintf("%+v", v.Steps[2].Changes[3]), "{Property:environment.PASSWORD From: To: Secret:true Unknown:false Policy:<nil> Routes:<nil>}")
	if v.Steps[3].Why == "" || v.Steps[3].Resource.String() != "rest-api/shop-dev" || v.Steps[1].Changes != nil {
		t.Errorf("%+v", v.Steps)
	}
}

const asked = `Updating IAM policy of shop-dev.

The following action will be added to the execution policy:

s3:ListBucket

The following action will be removed from the execution policy:

s3:PutObject

The following action will be allowed on more resources:

s3:GetObject on arn:b

The REST API shop-dev must be replaced: AWS does not change it. Its URL will be another one.

Would you like to continue? [Y/n]: `

func TestDeployAsks(t *testing.T) {
	terminal := Env{StdinIsTerminal: true, StderrIsTerminal: true}
	for answer, want := range map[string]error{"\n": nil, "y\n": nil, "Yes\n": nil, "n\n": errDeclined, "No\n": errDeclined, "": errNoAnswer} {
		terminal.Stdin = strings.NewReader(answer)
		s, stdout, stderr := fakeSession(terminal)
		q := &questions{s: s}
		if err := q.confirm(t.Context(), fakePlan()); !errors.Is(err, want) && err != want {
			t.Errorf("%q: %v, want %v", answer, err, want)
		}
		equal(t, strings.TrimRight(stderr.String(), "\n"), strings.TrimRight(asked, "\n"))
		if stdout.Len() > 0 {
			t.Errorf("standard output: %q", stdout)
		}
		if want == nil { // the plan that is made again asks nothing new
			if err := q.confirm(t.Context(), fakePlan()); err != nil {
				t.Error(err)
			}
		}
	}
	s, _, stderr := fakeSession(Env{})
	err := (&questions{s: s}).confirm(t.Context(), fakePlan())
	var misused usageError
	if !errors.As(err, &misused) || !strings.Contains(err.Error(), "--yes") || !strings.Contains(stderr.String(), "s3:ListBucket\n") {
		t.Errorf("%v\n%s", err, stderr)
	}
	if err := (&questions{s: s, yes: true}).confirm(t.Context(), fakePlan()); err != nil {
		t.Error(err)
	}
}

// A first deploy, and one that is healed, ask nothing.
func TestNewPoliciesAreListed(t *testing.T) {
	want := role(allow("arn:a", "s3:GetObject"), allow("arn:b", "logs:PutLogEvents"))
	scheduler := &resource.Role{Name: "shop-dev-scheduler", Service: "scheduler.amazonaws.com", Policy: want.Policy}
	for name, step := range map[string]*deployer.Step{
		"created":   fakeStep(deployer.OpCreate, nil, want),
		"completed": fakeStep(deployer.OpUpdate, role(), want, deployer.Change{Property: "policy"}),
	} {
		s, _, stderr := fakeSession(Env{})
		plan := &deployer.Plan{Steps: []*deployer.Step{step, fakeStep(deployer.OpCreate, nil, scheduler)}}
		if err := (&questions{s: s}).confirm(t.Context(), plan); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		equal(t, stderr.String(), "The execution policy of shop-dev will allow: logs:PutLogEvents, s3:GetObject\n")
	}
}

func TestWhatIsAskedAbout(t *testing.T) {
	get := allow("arn:a", "s3:GetObject")
	deny := policy.Statement{Effect: policy.Deny, Action: []string{"s3:PutObject"}, Resource: []string{"arn:a", "arn:b"}}
	less := policy.Statement{Effect: policy.Deny, Action: []string{"s3:PutObject"}, Resource: []string{"arn:a"}}
	managed := role(get)
	managed.ManagedPolicies = []string{"arn:x", "arn:y"}
	bounded, elsewise := role(get), role(get)
	bounded.PermissionsBoundary, elsewise.PermissionsBoundary = "arn:b", "arn:c"
	for name, test := range map[string]struct {
		from, to *resource.Role
		want     string
	}{
		"unbounded":        {bounded, role(get), "The following permissions boundary will not limit the role any more:\n\narn:b\n\n"},
		"another boundary": {bounded, elsewise, "The following permissions boundary will not limit the role any more:\n\narn:b\n\n"},
		"bounded":          {role(get), bounded, ""},
		"the same":         {role(get), role(get), ""},
		"narrower":         {role(allow("*", "s3:GetObject")), role(get), ""},
		"wider":            {role(get), role(allow("*", "s3:GetObject")), "The following action will be allowed on more resources:\n\ns3:GetObject on *\n\n"},
		"denied less":      {role(get, deny), role(get, less), "The following action will be allowed on more resources:\n\n(denied) s3:PutObject on arn:b\n\n"},
		"denied more":      {role(get, less), role(get, deny), ""},
		"managed policies": {role(get), managed, "The following managed policies will be attached to the role:\n\narn:x\narn:y\n\n"},
		"two actions":      {role(get), role(get, allow("arn:q", "sqs:A", "sqs:B")), "The following actions will be added to the execution policy:\n\nsqs:A\nsqs:B\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.want
			if want != "" {
				want = "Updating IAM policy of shop-dev.\n\n" + want
			}
			equal(t, question(fakeStep(deployer.OpUpdate, test.from, test.to)), want)
		})
	}
}

func fakeOutcome() *deployer.Outcome {
	plan := fakePlan()
	plan.Steps = append(plan.Steps,
		fakeStep(deployer.OpCreate, nil, &resource.Domain{Name: "api.example.com"}),
		fakeStep(deployer.OpCreate, nil, &resource.BasePathMapping{Domain: "api.example.com", BasePath: "v1"}))
	return &deployer.Outcome{
		Plan: plan,
		Attributes: map[resource.ID]deployer.Attributes{
			{Kind: resource.KindRole, Name: "shop-dev"}:          {"arn": "arn:aws:iam::123456789012:role/shop-dev"},
			{Kind: resource.KindRestAPI, Name: "shop-dev"}:       {"id": "abc123"},
			{Kind: resource.KindFunction, Name: "shop-dev"}:      {},
			{Kind: resource.KindDomain, Name: "api.example.com"}: {"target": "d-1.execute-api.us-west-2.amazonaws.com"},
		},
		Done: append(plan.Steps[:4:4], plan.Steps[5:]...),
	}
}

func TestDeployedAsText(t *testing.T) {
	s, stdout, stderr := fakeSession(Env{})
	d := fakeDeployment(s)
	d.printDeployed(fakeOutcome())
	equal(t, stdout.String(), `Lambda ARN: arn:aws:lambda:us-west-2:123456789012:function:shop-dev
Rest API URL: https://abc123.execute-api.us-west-2.amazonaws.com/api/
Custom domain: https://api.example.com/v1/
DNS: api.example.com CNAME d-1.execute-api.us-west-2.amazonaws.com
`)
	equal(t, stderr.String(), "")
	o := fakeOutcome()
	o.Done = nil
	d.printDeployed(o)
	equal(t, stderr.String(), "Nothing to do: shop, stage dev, in us-west-2 is as the Chalicefile says\n")
}

func failedOutcome() *deployer.Outcome {
	o := fakeOutcome()
	o.Done, o.Skipped = o.Plan.Steps[:2], o.Plan.Steps[3:4]
	o.Failed = []deployer.StepFailure{{Step: o.Plan.Steps[2], Err: fmt.Errorf("at last: %w", &deployer.Failure{
		Class: deployer.ClassDenied, Operation: "lambda:UpdateFunctionConfiguration", Code: "AccessDeniedException",
		Message: "not authorized", RequestID: "1-2-3", Hint: "allow it",
	})}}
	return o
}

func TestFailuresAsText(t *testing.T) {
	s, _, stderr := fakeSession(Env{})
	d := fakeDeployment(s)
	d.stageFlag = "dev"
	if err := d.conclude(t.Context(), failedOutcome(), errors.Join(deployer.ErrFailed, errors.New("policy-dev.json cannot be written")), "deploy"); err != errSilent {
		t.Error(err)
	}
	equal(t, stderr.String(), `Function shop-dev could not be updated: lambda:UpdateFunctionConfiguration: AccessDeniedException: not authorized (AWS request id 1-2-3)
    allow it
Not tried because of that:
    replacing REST API shop-dev
policy-dev.json cannot be written
What was done stays: run "chalicefile deploy --stage dev" again to go on from there
`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stderr.Reset()
	if err := d.conclude(ctx, failedOutcome(), ctx.Err(), "delete"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_, last, _ := strings.Cut(stderr.String(), "replacing REST API shop-dev\n")
	equal(t, last, "Interrupted: 2 of the 7 steps ended; run \"chalicefile delete --stage dev\" again to go on from there\n")
}

// TestInterruptedStep: Go's words for an interruption are no words for people.
func TestInterruptedStep(t *testing.T) {
	step := fakeStep(deployer.OpDelete, fakeFunction(), nil)
	v := viewFailure(deployer.StepFailure{Step: step, Err: fmt.Errorf("operation error Lambda: DeleteFunction: %w", context.Canceled)})
	equal(t, v.Message, "interrupted before it ended")
}

func TestOutcomeAsJSON(t *testing.T) {
	s, _, _ := fakeSession(Env{})
	d := fakeDeployment(s)
	d.progress.ended[resource.FunctionID("shop-dev")] = 1500 * time.Millisecond
	var out bytes.Buffer
	if err := writeJSON(&out, d.viewOutcome(failedOutcome())); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), secret) {
		t.Error("the secret is shown")
	}
	var v outcomeView
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	if v.URLs == nil || v.URLs.RestAPI != "https://abc123.execute-api.us-west-2.amazonaws.com/api/" {
		t.Errorf("%+v", v.URLs)
	}
	equal(t, fmt.Sprintf("%+v", v.Failures), "[{Resource:function/shop-dev Operation:lambda:UpdateFunctionConfiguration Code:AccessDeniedException Message:not authorized RequestID:1-2-3 Hint:allow it}]")
	equal(t, fmt.Sprintf("%+v", v.Steps), "[{Resource:role/shop-dev Op:update Status:done Seconds:0} {Resource:log-group//aws/lambda/shop-dev Op:create Status:done Seconds:0} {Resource:function/shop-dev Op:update Status:failed Seconds:1.5} {Resource:rest-api/shop-dev Op:replace Status:skipped Seconds:0}]")
	if len(v.Resources) != 4 || v.Resources[1].ARN != "arn:aws:lambda:us-west-2:123456789012:function:shop-dev" {
		t.Errorf("%+v", v.Resources)
	}
}

func TestDelete(t *testing.T) {
	gone := fakeStep(deployer.OpDelete, fakeFunction(), nil)
	gone.Live.Title = "function: arn:aws:lambda:us-west-2:123456789012:function:shop-dev"
	equal(t, title(gone), "function: arn:aws:lambda:us-west-2:123456789012:function:shop-dev")
	plan := &deployer.Plan{Owner: owner, Steps: []*deployer.Step{gone}}
	s, _, stderr := fakeSession(Env{StdinIsTerminal: true, StderrIsTerminal: true, Stdin: strings.NewReader("maybe\nn\n")})
	d := fakeDeployment(s)
	if err := d.confirmDelete(t.Context(), plan, false); err != errDeclined {
		t.Error(err)
	}
	equal(t, stderr.String(), "This deletes shop, stage dev, in us-west-2:\n\n  function shop-dev\n\n"+
		"Would you like to continue? [y/N]: \"maybe\" is neither y nor n\nWould you like to continue? [y/N]: ")
	s, _, stderr = fakeSession(Env{})
	d = fakeDeployment(s)
	var misused usageError
	if err := d.confirmDelete(t.Context(), plan, false); !errors.As(err, &misused) {
		t.Error(err)
	}
	stderr.Reset()
	if err := d.confirmDelete(t.Context(), plan, true); err != nil || stderr.Len() > 0 {
		t.Errorf("%v %s", err, stderr)
	}
	d.printDeleted(&deployer.Outcome{Plan: &deployer.Plan{}, Attributes: map[resource.ID]deployer.Attributes{
		{Kind: resource.KindLogGroup, Name: "a"}: nil, {Kind: resource.KindLogGroup, Name: "b"}: nil, {Kind: resource.KindRole, Name: "c"}: nil,
	}})
	equal(t, stderr.String(), "There is nothing to delete of shop, stage dev, in us-west-2\n2 log groups stay: --logs deletes what is logged too\n")
}

func TestProblems(t *testing.T) {
	s, _, stderr := fakeSession(Env{})
	d := fakeDeployment(s)
	err := d.explain(&deployer.ProblemsError{Problems: []deployer.Problem{
		{Path: "events.on_message.sqs.queue", Message: "there is no queue q", Hint: "make it"},
		{Message: "the IAM role shop-dev belongs to somebody else", Hint: "--adopt takes it"},
		{Message: "the function shop-dev belongs to somebody else", Hint: "--adopt takes it"},
	}})
	if err != errSilent {
		t.Error(err)
	}
	equal(t, stderr.String(), `events.on_message.sqs.queue: error: there is no queue q
    make it
chalicefile: error: the IAM role shop-dev belongs to somebody else
chalicefile: error: the function shop-dev belongs to somebody else
    --adopt takes it
Nothing was changed
`)
	locked := d.explain(&deployer.LockedError{Holder: deployer.Holder{Who: "ann@desk", Since: time.Unix(0, 0).UTC()}})
	if text := locked.Error(); !strings.HasPrefix(text, "the stage is locked by ann@desk since ") || !strings.Contains(text, "--lock-timeout") || !strings.HasSuffix(text, "; nothing was changed") {
		t.Error(text)
	}
	denied := d.explain(&deployer.Failure{Message: "no", RequestID: "7"})
	equal(t, denied.Error(), "no (AWS request id 7)")
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

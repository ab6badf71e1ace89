package deploytest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// foreignScript makes what belongs to others and is easily taken for ours:
// another app's of a name that begins like it, and entries of the resources that
// the app hooks into.
const foreignScript = `
app = args[0]
name = f"{app}-dev"
iam, lam, ev, sns, s3, logs, gw, sch = (client(s) for s in ("iam", "lambda", "events", "sns", "s3", "logs", "apigateway", "scheduler"))
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
for other, tags in [(f"{app}-device", {}), (f"{name}-other", {}), (f"{name}-api", {"chalicefile:app": f"{app}-dev", "chalicefile:stage": "x", "chalicefile:region": region}), (f"{name}2", {})]:
    role = iam.create_role(RoleName=other, AssumeRolePolicyDocument=trust, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])["Role"]
    arn = lam.create_function(FunctionName=other, Runtime="provided.al2023", Handler="x", Role=role["Arn"], Code={"ZipFile": b"x"}, Tags=tags)["FunctionArn"]
    logs.create_log_group(logGroupName=f"/aws/lambda/{other}")
    ev.put_rule(Name=other, ScheduleExpression="rate(1 day)", Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
    ev.put_targets(Rule=other, Targets=[{"Id": "1", "Arn": arn}])
    gw.create_rest_api(name=other, tags=tags)
topic = sns.create_topic(Name=f"{name}-news")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{region}:123456789012:{name}-jobs")
sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
s3.put_bucket_notification_configuration(Bucket=f"{name}-uploads", NotificationConfiguration={
    "QueueConfigurations": [{"Id": "theirs", "QueueArn": f"arn:aws:sqs:{region}:123456789012:{name}-jobs", "Events": ["s3:ObjectRemoved:*"]}],
    "LambdaFunctionConfigurations": [{"Id": "theirs-too", "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "other/"}]}}}],
})
sch.create_schedule_group(Name=f"{name}-other")
sch.create_schedule(Name="theirs", GroupName=f"{name}-other", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": arn, "RoleArn": role["Arn"]})
sch.create_schedule(Name=f"{name}-nightly", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": arn, "RoleArn": role["Arn"]})
`

func TestOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	l := newLab(t, "dev", "dev2")
	l.python(t, foreignScript, l.app)
	theirs := l.inventory(t, "dev") + l.inventory(t, "device") + l.inventory(t, "dev2")
	l.deploy(t)
	after := l.inventory(t, "dev") + l.inventory(t, "device") + l.inventory(t, "dev2")
	for _, line := range strings.Split(differences(theirs, after), "\n") {
		if strings.HasPrefix(line, "missing: ") || strings.HasPrefix(line, "other: ") {
			t.Errorf("the deploy took or changed what is not its own: %s", line)
		}
	}
	r := l.run(t, 0, "delete", "--yes", "--logs")
	if d := differences(theirs, l.inventory(t, "dev")+l.inventory(t, "device")+l.inventory(t, "dev2")); d != "" {
		t.Errorf("after the deletion:\n%s\n%s", d, r)
	}
}

// TestAppsOfSimilarNames: stage dev-x of an app and stage x of an app APP-dev
// have the same names in AWS.
func TestAppsOfSimilarNames(t *testing.T) {
	t.Parallel()
	l := newLab(t, "dev")
	l.python(t, setupScript, l.app+"-dev", "x")
	other := *l
	other.app = l.app + "-dev"
	other.dir = other.checkout(t)
	l.deploy(t)
	mine := l.inventory(t, "dev")
	other.deploy(t, "--stage", "x")
	l.nothingToDo(t)
	for _, line := range strings.Split(differences(mine, l.inventory(t, "dev")), "\n") {
		if strings.HasPrefix(line, "missing: ") || strings.HasPrefix(line, "other: ") {
			t.Errorf("the other app took %s", line)
		}
	}
	theirs := other.inventory(t, "x")
	l.run(t, 0, "delete", "--yes")
	if d := differences(theirs, other.inventory(t, "x")); d != "" {
		t.Errorf("deleting one app changes the other:\n%s", d)
	}
	other.nothingToDo(t, "--stage", "x")
	other.delete(t, "x")
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.deploy(t)
	want := l.inventory(t, "dev")
	const untag = `
name = args[0]
lam, iam, gw, ev = (client(s) for s in ("lambda", "iam", "apigateway", "events"))
keys = ["chalicefile:app", "chalicefile:stage", "chalicefile:region"]
lam.untag_resource(Resource=lam.get_function(FunctionName=name)["Configuration"]["FunctionArn"], TagKeys=keys)
rule = name + "-tick"
ev.untag_resource(ResourceARN=ev.describe_rule(Name=rule)["Arn"], TagKeys=keys)
`
	l.python(t, untag, l.app+"-dev")
	before := l.inventory(t, "dev")
	l.edit(t, "Chalicefile.yaml", "memory_size: 256", "memory_size: 512")
	l.proxy.Forget()
	r := l.run(t, 1, "deploy", "--yes")
	for _, name := range []string{l.app + "-dev", l.app + "-dev-tick", "--adopt"} {
		if !strings.Contains(r.stderr, name) {
			t.Errorf("the error does not name %s: %s", name, r)
		}
	}
	if calls := l.proxy.Mutations(); len(calls) > 0 {
		t.Errorf("mutating calls for what belongs to others:\n%s", awstest.Log(calls))
	}
	if d := differences(before, l.inventory(t, "dev")); d != "" {
		t.Error(d)
	}
	l.run(t, 0, "deploy", "--yes", "--adopt")
	l.nothingToDo(t)
	if d := differences(strings.ReplaceAll(want, `"MemorySize": 256`, `"MemorySize": 512`), l.inventory(t, "dev")); d != "" {
		t.Errorf("after the adoption:\n%s", d)
	}
	l.delete(t, "dev")
}

// TestTwoRegions: the same app and stage in two regions, where roles are global.
func TestTwoRegions(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.deploy(t, "--file", "small.yaml")
	first := l.inventory(t, "dev")
	other := *l
	other.region = "eu-west-3"
	other.dir = other.checkout(t)
	// Buckets are global, too: there is none for the second one.
	write(t, other.dir+"/Chalicefile.yaml", strings.Replace(read(t, other.dir+"/small.yaml"), "-uploads", "-uploads2", 1))
	other.python(t, strings.Replace(setupScript, "-uploads", "-uploads2", 1), other.app, "dev")
	other.deploy(t)
	if n := kinds(other.inventory(t, "dev")); n["function"] != 6 || n["role"] != 12 {
		t.Errorf("in the second region there is %v", n)
	}
	l.nothingToDo(t, "--file", "small.yaml")
	other.run(t, 0, "delete", "--yes")
	if d := differences(first, l.inventory(t, "dev")); d != "" {
		t.Errorf("after the deletion in another region:\n%s", d)
	}
	l.nothingToDo(t, "--file", "small.yaml")
	l.delete(t, "dev", "--file", "small.yaml")
}

// TestTwoAtOnce: the second waits, or gives up and says who is first.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	elsewhere := l.checkout(t)
	for _, tt := range []struct {
		name, dir string
	}{{"two machines", elsewhere}, {"one checkout", l.dir}} {
		t.Run(tt.name, func(t *testing.T) {
			locked, release := make(chan bool), make(chan bool)
			var once sync.Once
			l.proxy.Inject(func(c *awstest.Call) awstest.Fault {
				if c.Operation == "CreateFunction" { // under the lock of the stage
					return awstest.Hold(func() { once.Do(func() { close(locked) }); <-release })
				}
				return awstest.None
			})
			done, waited := make(chan result), make(chan result)
			go func() { done <- l.startIn(t, l.dir, nil, "deploy", "--yes", "--file", "small.yaml") }()
			<-locked
			second := l.startIn(t, tt.dir, nil, "deploy", "--yes", "--file", "small.yaml", "--lock-timeout", "500ms")
			go func() { waited <- l.startIn(t, tt.dir, nil, "deploy", "--yes", "--file", "small.yaml") }()
			time.Sleep(time.Second)
			close(release)
			first, third := <-done, <-waited
			if second.status != 1 || !strings.Contains(second.stderr, "since") || !strings.Contains(second.stderr, "@") {
				t.Errorf("the second: %s", second)
			}
			if first.status != 0 || third.status != 0 {
				t.Errorf("the first: %s\nthe third: %s", first, third)
			}
			if got := kinds(l.inventory(t, "dev")); got["function"] != 6 || got["rest-api"] != 1 || got["mapping"] != 1 || got["parameter"] != 0 {
				t.Errorf("there is %v", got)
			}
			l.nothingToDo(t, "--file", "small.yaml")
			l.delete(t, "dev", "--file", "small.yaml")
		})
	}
}

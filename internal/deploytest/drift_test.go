package deploytest

import (
	"testing"
)

// drifts are what people do in the console.
// Those of a batch do not meddle with each other and are repaired by one deploy.
var drifts = []struct {
	batch        int
	name, script string
}{
	{1, "memory", `client("lambda").update_function_configuration(FunctionName=name, MemorySize=1024)`},
	{2, "environment", `client("lambda").update_function_configuration(FunctionName=name, Environment={"Variables": {"EVIL": "1"}})`},
	{3, "code", `client("lambda").update_function_code(FunctionName=name, ZipFile=b"other")`},
	{3, "function deleted", `client("lambda").delete_function(FunctionName=name + "-on_order")`},
	{4, "reserved concurrency", `client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)`},
	{1, "role policy", `client("iam").put_role_policy(RoleName=name, PolicyName="chalicefile", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))`},
	{2, "role policy deleted", `client("iam").delete_role_policy(RoleName=name, PolicyName="chalicefile")`},
	{4, "role deleted", `
iam = client("iam")
n = name + "-on_order"
for p in iam.list_role_policies(RoleName=n)["PolicyNames"]: iam.delete_role_policy(RoleName=n, PolicyName=p)
iam.delete_role(RoleName=n)`},
	{3, "managed policy", `client("iam").attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")`},
	{3, "trust", `client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}))`},
	{1, "rule deleted", `client("events").remove_targets(Rule=name + "-tick", Ids=[t["Id"] for t in client("events").list_targets_by_rule(Rule=name + "-tick")["Targets"]]); client("events").delete_rule(Name=name + "-tick")`},
	{2, "rule disabled", `client("events").disable_rule(Name=name + "-tick")`},
	{2, "target removed", `client("events").remove_targets(Rule=name + "-on_order", Ids=[t["Id"] for t in client("events").list_targets_by_rule(Rule=name + "-on_order")["Targets"]])`},
	{2, "schedule deleted", `client("scheduler").delete_schedule(Name=[s for s in client("scheduler").list_schedules(GroupName=name)["Schedules"]][0]["Name"], GroupName=name)`},
	{3, "schedule group deleted", `client("scheduler").delete_schedule_group(Name=name)`},
	{1, "permission removed", `client("lambda").remove_permission(FunctionName=name, StatementId="chalicefile-api")`},
	{1, "method deleted", `
gw = client("apigateway")
api = next(a["id"] for a in gw.get_rest_apis()["items"] if a["name"] == name)
r = next(r for r in gw.get_resources(restApiId=api)["items"] if r["path"] == "/things")
gw.delete_method(restApiId=api, resourceId=r["id"], httpMethod="GET")`},
	{2, "resource deleted", `
gw = client("apigateway")
api = next(a["id"] for a in gw.get_rest_apis()["items"] if a["name"] == name)
r = next(r for r in gw.get_resources(restApiId=api)["items"] if r["path"] == "/things/{id}")
gw.delete_resource(restApiId=api, resourceId=r["id"])`},
	{3, "stage deleted", `
gw = client("apigateway")
api = next(a["id"] for a in gw.get_rest_apis()["items"] if a["name"] == name)
gw.delete_stage(restApiId=api, stageName="api")`},
	{4, "API deleted", `
gw = client("apigateway")
api = next(a["id"] for a in gw.get_rest_apis()["items"] if a["name"] == name)
gw.delete_rest_api(restApiId=api)`},
	{2, "usage plan deleted", `
gw = client("apigateway")
plan = next(p["id"] for p in gw.get_usage_plans()["items"] if p["name"] == name)
for k in gw.get_usage_plan_keys(usagePlanId=plan)["items"]: gw.delete_usage_plan_key(usagePlanId=plan, keyId=k["id"])
gw.delete_usage_plan(usagePlanId=plan)`},
	{1, "API key deleted", `
gw = client("apigateway")
plan = next(p["id"] for p in gw.get_usage_plans()["items"] if p["name"] == name)
for k in gw.get_usage_plan_keys(usagePlanId=plan)["items"]:
    gw.delete_usage_plan_key(usagePlanId=plan, keyId=k["id"])
    gw.delete_api_key(apiKey=k["id"])`},
	{1, "notification emptied", `client("s3").put_bucket_notification_configuration(Bucket=name + "-uploads", NotificationConfiguration={})`},
	{2, "subscription deleted", `
sns = client("sns")
for s in sns.list_subscriptions()["Subscriptions"]:
    if s["Endpoint"].endswith(":" + name + "-on_notice"): sns.unsubscribe(SubscriptionArn=s["SubscriptionArn"])`},
	{1, "mapping deleted", `
lam = client("lambda")
for m in lam.list_event_source_mappings()["EventSourceMappings"]:
    if m["FunctionArn"].endswith(":" + name + "-on_message"): lam.delete_event_source_mapping(UUID=m["UUID"])`},
	{2, "mapping changed", `
lam = client("lambda")
for m in lam.list_event_source_mappings()["EventSourceMappings"]:
    if m["FunctionArn"].endswith(":" + name + "-on_message"): lam.update_event_source_mapping(UUID=m["UUID"], BatchSize=3)`},
	{1, "log retention", `client("logs").delete_retention_policy(logGroupName="/aws/lambda/" + name)`},
	{2, "log group deleted", `client("logs").delete_log_group(logGroupName="/aws/lambda/" + name)`},
	{3, "tag changed", `client("lambda").tag_resource(Resource=client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"], Tags={"team": "red"})`},
}

// TestDrift repairs each of them, in one app, a batch after the other.
func TestDrift(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.deploy(t)
	want := l.inventory(t, "dev")
	for batch := 1; batch <= 4; batch++ {
		before := want
		for _, d := range drifts {
			if d.batch != batch {
				continue
			}
			l.python(t, "name = args[0]\n"+d.script, l.app+"-dev")
			after := l.inventory(t, "dev")
			if differences(before, after) == "" {
				t.Errorf("%s does not show: nothing is tried", d.name)
			}
			before = after
		}
		l.run(t, 0, "deploy", "--yes")
		if d := differences(want, l.inventory(t, "dev")); d != "" {
			t.Errorf("batch %d:\n%s", batch, d)
		}
	}
	l.nothingToDo(t)
}

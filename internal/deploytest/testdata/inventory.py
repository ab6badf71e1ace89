# Prints all that exists of an app's stage (args: app, stage), a line each, with
# what AWS makes up left out: what two equal deploys leave behind is equal.
import re
from botocore.exceptions import ClientError

app, stage = args
name = f"{app}-{stage}"
ids = {}


def is_ours(n):
    return n == name or n.startswith(name + "-")


def pages(service, operation, key, **kw):
    c = client(service)
    if c.can_paginate(operation):
        return [x for p in c.get_paginator(operation).paginate(**kw) for x in p.get(key, [])]
    return getattr(c, operation)(**kw).get(key, [])


lines = []


def say(kind, n, **what):
    text = json.dumps(what, sort_keys=True, default=str)
    for i, stand_in in ids.items():
        text = text.replace(i, stand_in)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"stream/[0-9T:.-]+", "stream/LABEL", text)
    line = f"{kind} {n} {text}"
    lines.append(line.replace(name, "NAME").replace(json.dumps(stage), '"STAGE"').replace(f"/{stage}/", "/STAGE/"))


def policy_of(function):
    try:
        return json.loads(client("lambda").get_policy(FunctionName=function)["Policy"])["Statement"]
    except ClientError as e:
        if e.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise


apis = [a for a in pages("apigateway", "get_rest_apis", "items") if is_ours(a["name"])]
for a in apis:
    ids[a["id"]] = "API"
plans = [p for p in pages("apigateway", "get_usage_plans", "items") if is_ours(p["name"])]
keys = [k for k in pages("apigateway", "get_api_keys", "items") if is_ours(k["name"])]
for x in plans:
    ids[x["id"]] = "PLAN"
for x in keys:
    ids[x["id"]] = "KEY"

iam = client("iam")
for r in pages("iam", "list_roles", "Roles"):
    n = r["RoleName"]
    if is_ours(n):
        inline = {p: iam.get_role_policy(RoleName=n, PolicyName=p)["PolicyDocument"] for p in iam.list_role_policies(RoleName=n)["PolicyNames"]}
        attached = iam.list_attached_role_policies(RoleName=n)["AttachedPolicies"]
        say("role", n, path=r["Path"], trust=r["AssumeRolePolicyDocument"], inline=inline, attached=attached, tags=sorted(map(str, iam.list_role_tags(RoleName=n)["Tags"])))

for g in pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"/aws/lambda/{name}"):
    if is_ours(g["logGroupName"].removeprefix("/aws/lambda/")):
        say("log-group", g["logGroupName"], retention=g.get("retentionInDays"), tags=client("logs").list_tags_log_group(logGroupName=g["logGroupName"])["tags"])

functions = []
for f in pages("lambda", "list_functions", "Functions"):
    n = f["FunctionName"]
    if is_ours(n):
        functions.append(n)
        for made_up in ("LastModified", "RevisionId", "CodeSize", "Version", "LastUpdateStatus", "SnapStart"):
            f.pop(made_up, None)
        reserved = client("lambda").get_function_concurrency(FunctionName=n).get("ReservedConcurrentExecutions")
        say("function", n, reserved=reserved, tags=client("lambda").list_tags(Resource=f["FunctionArn"])["Tags"], **f)
        for s in policy_of(n):
            say("permission", n + "/" + s["Sid"], statement=s)

for m in pages("lambda", "list_event_source_mappings", "EventSourceMappings"):
    n = m["FunctionArn"].rsplit(":", 1)[1]
    if is_ours(n):
        for made_up in ("UUID", "EventSourceMappingArn", "LastModified", "StateTransitionReason", "LastProcessingResult"):
            m.pop(made_up, None)
        say("mapping", n, **m)

gw = client("apigateway")
for a in apis:
    i = a["id"]
    say("rest-api", a["name"], tags=a.get("tags"), description=a.get("description"), endpoint=a.get("endpointConfiguration"), binary=a.get("binaryMediaTypes"))
    for r in sorted(gw.get_resources(restApiId=i, limit=500, embed=["methods"])["items"], key=lambda r: r["path"]):
        r.pop("id"), r.pop("parentId", None)
        for m in r.get("resourceMethods", {}).values():
            m.get("methodIntegration", {}).pop("cacheNamespace", None)
        say("resource", r["path"], **r)
    deployments = [d["id"] for d in gw.get_deployments(restApiId=i)["items"]]
    say("deployments", a["name"], count=len(deployments))
    for s in gw.get_stages(restApiId=i)["item"]:
        say("stage", a["name"] + "/" + s["stageName"], deployed=s["deploymentId"] in deployments, variables=s.get("variables"), tags=s.get("tags"), tracing=s.get("tracingEnabled"))

for p in plans:
    members = [k["name"] for k in gw.get_usage_plan_keys(usagePlanId=p["id"])["items"]]
    p.pop("id")
    alive = [a["id"] for a in apis]  # AWS forgets the stages of APIs that are gone, moto does not
    p["apiStages"] = [s for s in p["apiStages"] if s["apiId"] in alive]
    say("usage-plan", p["name"], keys=members, **p)
for k in keys:
    for made_up in ("id", "value", "createdDate", "lastUpdatedDate"):
        k.pop(made_up, None)
    say("api-key", k["name"], **k)

for r in pages("events", "list_rules", "Rules"):
    if is_ours(r["Name"]):
        targets = client("events").list_targets_by_rule(Rule=r["Name"])["Targets"]
        tags = client("events").list_tags_for_resource(ResourceARN=r["Arn"])["Tags"]
        say("rule", r["Name"], targets=targets, tags=sorted(map(str, tags)), **r)

for g in pages("scheduler", "list_schedule_groups", "ScheduleGroups"):
    if is_ours(g["Name"]):
        say("schedule-group", g["Name"], tags=sorted(map(str, client("scheduler").list_tags_for_resource(ResourceArn=g["Arn"])["Tags"])))
for s in pages("scheduler", "list_schedules", "Schedules"):
    if is_ours(s["Name"]) or is_ours(s["GroupName"]):
        s = client("scheduler").get_schedule(Name=s["Name"], GroupName=s["GroupName"])
        for made_up in ("CreationDate", "LastModificationDate", "ResponseMetadata"):
            s.pop(made_up, None)
        say("schedule", s["Name"], **s)

try:
    n = client("s3").get_bucket_notification_configuration(Bucket=f"{name}-uploads")
    n.pop("ResponseMetadata")
    for kind, entries in sorted(n.items()):
        for e in entries:
            say("notification", kind, **e)
except ClientError as e:
    if e.response["Error"]["Code"] != "NoSuchBucket":
        raise

for s in pages("sns", "list_subscriptions", "Subscriptions"):
    if is_ours(s["Endpoint"].rsplit(":", 1)[1]):
        attributes = client("sns").get_subscription_attributes(SubscriptionArn=s["SubscriptionArn"])["Attributes"]
        for made_up in ("SubscriptionArn",):
            s.pop(made_up), attributes.pop(made_up, None)
        say("subscription", s["Endpoint"].rsplit(":", 1)[1], attributes=attributes, **s)

for p in pages("ssm", "describe_parameters", "Parameters", ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [f"/chalicefile/{app}/{stage}"]}]):
    say("parameter", p["Name"])

print("\n".join(sorted(lines)))

package actions

import (
	"slices"
	"strings"
	"testing"
)

// TestTableIsIntact reads all of the embedded table.
func TestTableIsIntact(t *testing.T) {
	if err := table().err; err != nil {
		t.Fatal(err)
	}
	if len(compressed) > 250_000 {
		t.Errorf("the table has %d bytes", len(compressed))
	}
	services := Services()
	if len(services) < 450 {
		t.Errorf("it has %d services", len(services))
	}
	operations := 0
	for _, service := range services {
		names := Operations(service)
		if operations += len(names); len(names) == 0 || !slices.IsSorted(names) {
			t.Errorf("%s: its %d operations are not sorted", service, len(names))
		}
		for _, name := range names {
			checkOperation(t, service, name)
		}
	}
	if operations < 19_500 {
		t.Errorf("it has %d operations", operations)
	}
}

func checkOperation(t *testing.T, service, name string) {
	t.Helper()
	line, _ := table().line(service, name)
	if _, err := parseLine(line, table().prefix(service)); err != nil {
		t.Errorf("%s: %v", service, err)
	}
	op, ok := Lookup(service, name)
	if !ok || op.Service != service || op.Name != name {
		t.Errorf("Lookup(%q, %q) = %+v, %v", service, name, op, ok)
	}
	for _, need := range op.Needs {
		prefix, action, found := strings.Cut(need.Action, ":")
		if !found || prefix == "" || prefix == "-" || action == "" {
			t.Errorf("%s %s: %q is no action", service, name, need.Action)
		}
		for _, template := range need.Resources {
			// Values that are ARNs make the whole of an ARN, whatever they are put into.
			if arn := template.ARN(nil, "aws", "eu-west-1", "123456789012"); arn != "*" && strings.Count(arn, ":") < 5 {
				t.Errorf("%s %s: %s makes %s", service, name, template, arn)
			}
		}
	}
}

func TestLookupGuessesNothing(t *testing.T) {
	for _, call := range [][2]string{
		{"s3", "GetObjects"}, {"s3", "getObject"}, {"s3", ""}, {"s3", "GetObject "}, {"s3", "GetObject\nPutObject"}, {"S3", "GetObject"},
		{"states", "StartExecution"}, {"nothing", "GetObject"}, {"", ""}, {"s3", "service"}, {"service", "s3"},
	} {
		if op, ok := Lookup(call[0], call[1]); ok {
			t.Errorf("Lookup(%q, %q) = %+v", call[0], call[1], op)
		}
	}
	if HasService("nothing") || !HasService("s3") {
		t.Error("HasService is wrong")
	}
}

// TestServicesOfOtherNames has the packages of the SDK that are not called as IAM calls their service.
func TestServicesOfOtherNames(t *testing.T) {
	for _, test := range []struct{ service, operation, action string }{
		{"acmpca", "IssueCertificate", "acm-pca:IssueCertificate"},
		{"amp", "CreateWorkspace", "aps:CreateWorkspace"},
		{"apigatewayv2", "GetApis", "apigateway:GET"},
		{"apigateway", "PutMethod", "apigateway:PUT"},
		{"appintegrations", "ListApplications", "app-integrations:ListApplications"},
		{"applicationdiscoveryservice", "ListConfigurations", "discovery:ListConfigurations"},
		{"autoscalingplans", "DescribeScalingPlans", "autoscaling-plans:DescribeScalingPlans"},
		{"bedrockagentruntime", "Retrieve", "bedrock:Retrieve"},
		{"cloudcontrol", "ListResources", "cloudformation:ListResources"},
		{"cloudwatchevents", "PutEvents", "events:PutEvents"},
		{"cloudwatchlogs", "FilterLogEvents", "logs:FilterLogEvents"},
		{"cognitoidentity", "ListIdentities", "cognito-identity:ListIdentities"},
		{"cognitoidentityprovider", "AdminGetUser", "cognito-idp:AdminGetUser"},
		{"configservice", "DescribeConfigRules", "config:DescribeConfigRules"},
		{"costandusagereportservice", "PutReportDefinition", "cur:PutReportDefinition"},
		{"costexplorer", "GetCostAndUsage", "ce:GetCostAndUsage"},
		{"databasemigrationservice", "StartReplicationTask", "dms:StartReplicationTask"},
		{"directoryservice", "DescribeDirectories", "ds:DescribeDirectories"},
		{"docdb", "DescribeDBClusters", "rds:DescribeDBClusters"},
		{"dynamodbstreams", "DescribeStream", "dynamodb:DescribeStream"},
		{"efs", "DescribeFileSystems", "elasticfilesystem:DescribeFileSystems"},
		{"elasticloadbalancing", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"},
		{"elasticloadbalancingv2", "DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth"},
		{"elasticsearchservice", "ListDomainNames", "es:ListDomainNames"},
		{"emr", "RunJobFlow", "elasticmapreduce:RunJobFlow"},
		{"eventbridge", "PutEvents", "events:PutEvents"},
		{"iotdataplane", "Publish", "iot:Publish"},
		{"keyspaces", "GetTable", "cassandra:Select"},
		{"lexruntimev2", "RecognizeText", "lex:RecognizeText"},
		{"lexruntimeservice", "PostText", "lex:PostText"},
		{"location", "SearchPlaceIndexForText", "geo:SearchPlaceIndexForText"},
		{"marketplacemetering", "MeterUsage", "aws-marketplace:MeterUsage"},
		{"migrationhub", "ListProgressUpdateStreams", "mgh:ListProgressUpdateStreams"},
		{"mwaa", "CreateCliToken", "airflow:CreateCliToken"},
		{"opensearch", "DescribeDomain", "es:DescribeDomain"},
		{"opensearchserverless", "CreateCollection", "aoss:CreateCollection"},
		{"pinpoint", "SendMessages", "mobiletargeting:SendMessages"},
		{"pinpointsmsvoicev2", "SendTextMessage", "sms-voice:SendTextMessage"},
		{"qldb", "DescribeLedger", "qldb:DescribeLedger"},
		{"rdsdata", "ExecuteStatement", "rds-data:ExecuteStatement"},
		{"resourcegroupstaggingapi", "GetResources", "tag:GetResources"},
		{"sagemakerruntime", "InvokeEndpoint", "sagemaker:InvokeEndpoint"},
		{"serverlessapplicationrepository", "ListApplications", "serverlessrepo:ListApplications"},
		{"sesv2", "SendEmail", "ses:SendEmail"},
		{"sfn", "StartExecution", "states:StartExecution"},
		{"ssoadmin", "ListInstances", "sso:ListInstances"},
		{"timestreamwrite", "WriteRecords", "timestream:WriteRecords"},
		{"transcribestreaming", "StartStreamTranscription", "transcribe:StartStreamTranscription"},
		{"wisdom", "ListAssistants", "wisdom:ListAssistants"},
	} {
		op, ok := Lookup(test.service, test.operation)
		if !ok || len(op.Needs) == 0 || op.Needs[0].Action != test.action {
			t.Errorf("%s %s: %+v, %v; want %s", test.service, test.operation, op.Needs, ok, test.action)
		}
	}
}

package actions

import "testing"

func TestTemplateARN(t *testing.T) {
	const (
		queue     = "arn:${Partition}:sqs:${Region}:${Account}:${QueueUrl|queue}"
		object    = "arn:${Partition}:s3:::${Bucket|bucket}/${Key}"
		table     = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
		index     = table + "/index/${IndexName}"
		function  = "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName|function}"
		secret    = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId|secret}"
		parameter = "arn:${Partition}:ssm:${Region}:${Account}:parameter/${Name|parameter}"
		path      = "arn:${Partition}:ssm:${Region}:${Account}:parameter/${Path|path}"
		key       = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId|key}"
		statement = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${Statement|statement}"
		bus       = "arn:${Partition}:events:${Region}:${Account}:event-bus/${Entries[].EventBusName=default}"
		service   = "arn:${Partition}:ecs:${Region}:${Account}:service/${Cluster}/${Service}"
	)
	type values = map[string]string
	for _, test := range []struct {
		name, template string
		values         values
		want           string
	}{
		{"object", object, values{"Bucket": "b", "Key": "a/k"}, "arn:aws:s3:::b/a/k"},
		{"object, key unknown", object, values{"Bucket": "b"}, "arn:aws:s3:::b/*"},
		{"object, key known in part", object, values{"Bucket": "b", "Key": "a/*"}, "arn:aws:s3:::b/a/*"},
		{"object, bucket unknown", object, values{"Key": "k"}, "*"},
		{"object, bucket known in part", object, values{"Bucket": "b-*"}, "arn:aws:s3:::b-*/*"},
		{"object of an access point", object, values{"Bucket": "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap", "Key": "k"}, "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/k"},
		{"objects of an access point", object, values{"Bucket": "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap"}, "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/*"},
		{"bucket's ARN", object, values{"Bucket": "arn:aws:s3:::b", "Key": "k"}, "arn:aws:s3:::b/k"},
		{"key with a variable", object, values{"Bucket": "b", "Key": "${x}"}, "arn:aws:s3:::b/${$}{x}"},
		{"CloudFormation's parameter", object, values{"Bucket": "b-${AWS::AccountId}", "Key": "k"}, "arn:aws:s3:::b-${AWS::AccountId}/k"},
		{"copy", "arn:${Partition}:s3:::${CopySource|copysource}", values{"CopySource": "/b/a%20k?versionId=3"}, "arn:aws:s3:::b/a k"},
		{"copy of an access point's", "arn:${Partition}:s3:::${CopySource|copysource}", values{"CopySource": "arn:aws:s3:eu-west-1:1:accesspoint/ap/object/k"}, "arn:aws:s3:eu-west-1:1:accesspoint/ap/object/k"},
		{"copy of anything", "arn:${Partition}:s3:::${CopySource|copysource}", values{"CopySource": "*/*"}, "*"},

		{"table", table, values{"TableName": "Orders"}, "arn:aws:dynamodb:eu-west-1:*:table/Orders"},
		{"table's ARN", table, values{"TableName": "arn:aws-cn:dynamodb:cn-north-1:1:table/Orders"}, "arn:aws-cn:dynamodb:cn-north-1:1:table/Orders"},
		{"index", index, values{"TableName": "Orders", "IndexName": "ByDate"}, "arn:aws:dynamodb:eu-west-1:*:table/Orders/index/ByDate"},
		{"index of an ARN", index, values{"TableName": "arn:aws:dynamodb:us-east-1:2:table/Orders", "IndexName": "ByDate"}, "arn:aws:dynamodb:us-east-1:2:table/Orders/index/ByDate"},
		{"any index", index, values{"TableName": "Orders"}, "arn:aws:dynamodb:eu-west-1:*:table/Orders/index/*"},

		{"SELECT", statement, values{"Statement": `SELECT * FROM "Music" WHERE Artist=?`}, "arn:aws:dynamodb:eu-west-1:*:table/Music"},
		{"SELECT of an index", statement, values{"Statement": `select Title from "Music"."ByTitle" where x=1`}, "arn:aws:dynamodb:eu-west-1:*:table/Music/index/ByTitle"},
		{"INSERT", statement, values{"Statement": "INSERT INTO Music value {'a':1}"}, "arn:aws:dynamodb:eu-west-1:*:table/Music"},
		{"UPDATE", statement, values{"Statement": ` UPDATE "Music-1" SET a=1`}, "arn:aws:dynamodb:eu-west-1:*:table/Music-1"},
		{"DELETE", statement, values{"Statement": "DELETE FROM Music WHERE a=1"}, "arn:aws:dynamodb:eu-west-1:*:table/Music"},
		{"EXISTS", statement, values{"Statement": "EXISTS(SELECT * FROM Music WHERE a=1)"}, "arn:aws:dynamodb:eu-west-1:*:table/Music"},
		{"table not told", statement, values{"Statement": "SELECT * FROM *"}, "*"},
		{"table told in part", statement, values{"Statement": `SELECT * FROM "Music-*" WHERE`}, "arn:aws:dynamodb:eu-west-1:*:table/Music-*"},
		{"no statement", statement, values{"Statement": "*"}, "*"},
		{"cut off", statement, values{"Statement": "SELECT * FROM"}, "*"},

		{"queue", queue, values{"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/Jobs.fifo"}, "arn:aws:sqs:us-east-1:123456789012:Jobs.fifo"},
		{"queue in China", queue, values{"QueueUrl": "https://sqs.cn-north-1.amazonaws.com.cn/1/Jobs"}, "arn:aws-cn:sqs:cn-north-1:1:Jobs"},
		{"queue, old host", queue, values{"QueueUrl": "https://us-west-2.queue.amazonaws.com/1/Jobs"}, "arn:aws:sqs:us-west-2:1:Jobs"},
		{"queue, oldest host", queue, values{"QueueUrl": "https://queue.amazonaws.com/1/Jobs"}, "arn:aws:sqs:eu-west-1:1:Jobs"},
		{"queue of an emulator", queue, values{"QueueUrl": "http://localhost:4566/000000000000/Jobs"}, "arn:aws:sqs:eu-west-1:000000000000:Jobs"},
		{"queue, region unknown", queue, values{"QueueUrl": "https://sqs.*.amazonaws.com/*/Jobs"}, "arn:aws:sqs:*:*:Jobs"},
		{"queue, URL unknown but for its end", queue, values{"QueueUrl": "*/Jobs"}, "arn:aws:sqs:*:*:Jobs"},
		{"queue, host unknown", queue, values{"QueueUrl": "https://*/Jobs"}, "arn:aws:sqs:*:*:Jobs"},
		{"queue, name unknown", queue, values{"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/*"}, "*"},
		{"queue's name", queue, values{"QueueUrl": "Jobs"}, "arn:aws:sqs:eu-west-1:*:Jobs"},
		{"no queue", queue, values{"QueueUrl": "https://sqs.eu-west-1.amazonaws.com"}, "*"},

		{"topic", "${TopicArn|arn}", values{"TopicArn": "arn:aws:sns:eu-west-1:1:news"}, "arn:aws:sns:eu-west-1:1:news"},
		{"topic known in part", "${TopicArn|arn}", values{"TopicArn": "arn:aws:sns:*"}, "arn:aws:sns:*:*:*"},
		{"no ARN", "${TopicArn|arn}", values{"TopicArn": "news"}, "*"},

		{"function", function, values{"FunctionName": "work"}, "arn:aws:lambda:eu-west-1:*:function:work"},
		{"function's alias", function, values{"FunctionName": "work:live"}, "arn:aws:lambda:eu-west-1:*:function:work:live"},
		{"function's ARN", function, values{"FunctionName": "arn:aws:lambda:us-east-1:1:function:work"}, "arn:aws:lambda:us-east-1:1:function:work"},
		{"function of an account", function, values{"FunctionName": "123456789012:function:work"}, "arn:aws:lambda:eu-west-1:123456789012:function:work"},
		{"function with a qualifier", function + ":${Qualifier}", values{"FunctionName": "arn:aws:lambda:us-east-1:1:function:work", "Qualifier": "live"}, "arn:aws:lambda:us-east-1:1:function:work:live"},

		{"secret", secret, values{"SecretId": "prod/db"}, "arn:aws:secretsmanager:eu-west-1:*:secret:prod/db-??????"},
		{"secret's ARN", secret, values{"SecretId": "arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-a1B2c3"}, "arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-a1B2c3"},
		{"secret's ARN without its end", secret, values{"SecretId": "arn:aws:secretsmanager:eu-west-1:1:secret:db-secret"}, "arn:aws:secretsmanager:eu-west-1:1:secret:db-secret*"},

		{"parameter", parameter, values{"Name": "url"}, "arn:aws:ssm:eu-west-1:*:parameter/url"},
		{"parameter of a path", parameter, values{"Name": "/prod/url"}, "arn:aws:ssm:eu-west-1:*:parameter/prod/url"},
		{"parameter's version", parameter, values{"Name": "/prod/url:3"}, "arn:aws:ssm:eu-west-1:*:parameter/prod/url"},
		{"parameter's ARN", parameter, values{"Name": "arn:aws:ssm:us-east-1:1:parameter/prod/url:label"}, "arn:aws:ssm:us-east-1:1:parameter/prod/url"},
		{"path", path, values{"Path": "/prod/"}, "arn:aws:ssm:eu-west-1:*:parameter/prod"},
		{"below the path", path + "/*", values{"Path": "/prod"}, "arn:aws:ssm:eu-west-1:*:parameter/prod/*"},
		{"root", path, values{"Path": "/"}, "arn:aws:ssm:eu-west-1:*:parameter/*"},

		{"key", key, values{"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}, "arn:aws:kms:eu-west-1:*:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
		{"key's ARN", key, values{"KeyId": "arn:aws:kms:us-east-1:1:key/k"}, "arn:aws:kms:us-east-1:1:key/k"},
		{"alias", key, values{"KeyId": "alias/app"}, "arn:aws:kms:eu-west-1:*:key/*"},
		{"alias's ARN", key, values{"KeyId": "arn:aws:kms:us-east-1:1:alias/app"}, "arn:aws:kms:us-east-1:1:key/*"},

		{"event bus", bus, values{"Entries[].EventBusName": "orders"}, "arn:aws:events:eu-west-1:*:event-bus/orders"},
		{"event bus's ARN", bus, values{"Entries[].EventBusName": "arn:aws:events:us-east-1:2:event-bus/orders"}, "arn:aws:events:us-east-1:2:event-bus/orders"},
		{"service of a cluster's ARN", service, values{"Cluster": "arn:aws:ecs:us-east-1:1:cluster/c", "Service": "s"}, "arn:aws:ecs:us-east-1:1:service/c/s"},
		{"service's ARN", service, values{"Cluster": "c", "Service": "arn:aws:ecs:us-east-1:1:service/c/s"}, "arn:aws:ecs:us-east-1:1:service/c/s"},
		{"address", "arn:${Partition}:ses:::identity/${Source|address}", values{"Source": "Ann <ann@example.com>"}, "arn:aws:ses:::identity/ann@example.com"},
		{"domain", "arn:${Partition}:ses:::identity/${Source|domain}", values{"Source": "Ann <ann@example.com>"}, "arn:aws:ses:::identity/example.com"},
		{"id", "arn:${Partition}:route53:::hostedzone/${Id|id}", values{"Id": "/hostedzone/Z1"}, "arn:aws:route53:::hostedzone/Z1"},
		{"lower case", "arn:${Partition}:rds:${Region}:${Account}:db:${DB|lower}", values{"DB": "Main"}, "arn:aws:rds:eu-west-1:*:db:main"},
		{"of an account", "arn:${Partition}:ecr:${Region}:${RegistryId|account}:repository/${Repo}", values{"Repo": "r", "RegistryId": "2"}, "arn:aws:ecr:eu-west-1:2:repository/r"},
		{"of the own account", "arn:${Partition}:ecr:${Region}:${RegistryId|account}:repository/${Repo}", values{"Repo": "r"}, "arn:aws:ecr:eu-west-1:*:repository/r"},
		{"keys of a map", "arn:${Partition}:dynamodb:::table/${RequestItems{}}", values{"RequestItems{}": "Orders"}, "arn:aws:dynamodb:::table/Orders"},
		{"no members", "arn:${Partition}:execute-api:${Region}:${Account}:*", nil, "arn:aws:execute-api:eu-west-1:*:*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			template, err := parseTemplate(test.template)
			if err != nil {
				t.Fatal(err)
			}
			if template.String() != test.template {
				t.Errorf("String() = %s", template)
			}
			if got := template.ARN(test.values, "aws", "eu-west-1", ""); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{
		"", " = X", "A B = X", "Op = ", "Op = X; ", "Op = X if", "Op = X ${A", "Op = X ${}", "Op = X ${A|nothing}",
	} {
		if op, err := parseLine(line, "p"); err == nil {
			t.Errorf("%q is read as %+v", line, op)
		}
	}
}

func FuzzARN(f *testing.F) {
	f.Add("https://sqs.eu-west-1.amazonaws.com/1/q", "arn:aws:s3:::b")
	f.Add("SELECT * FROM \"a\".\"b\"", "%2f?versionId")
	f.Add("arn:", "alias/")
	f.Fuzz(func(t *testing.T, a, b string) {
		for form := range forms {
			text := "arn:${Partition}:x:${Region}:${Account}:${A|" + form + "}/${B|" + form + "}"
			template, err := parseTemplate(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, values := range []map[string]string{{"A": a}, {"A": a, "B": b}, {"B": b}} {
				if arn := template.ARN(values, "aws", "", ""); arn != "*" && len(arn) < 9 {
					t.Errorf("%s with %q: %q is no ARN", form, values, arn)
				}
			}
		}
	})
}

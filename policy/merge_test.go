package policy_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/policy"
)

// short writes a document's statements a line each.
func short(d policy.Document) string {
	var lines []string
	for _, s := range d.Statements {
		line := fmt.Sprintf("%s: %s %s on %s", s.Sid, s.Effect, strings.Join(append(s.Action, s.NotAction...), " "), strings.Join(append(s.Resource, s.NotResource...), " "))
		if len(s.Condition) > 0 {
			line += " if " + string(s.Condition)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func allow(resource string, actions ...string) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Action: actions, Resource: []string{resource}}
}

func document(statements ...policy.Statement) policy.Document {
	return policy.Document{Statements: statements}
}

func TestMerge(t *testing.T) {
	const objects = "arn:aws:s3:::files/*"
	conditional := allow("*", "s3:GetObject")
	conditional.Condition = []byte(`{"Bool":{"aws:SecureTransport":"true"}}`)
	deny := allow("*", "s3:GetObject")
	deny.Effect = policy.Deny
	except := policy.Statement{Effect: policy.Allow, NotAction: []string{"iam:*"}, Resource: []string{objects}}
	named := allow(objects, "s3:PutObject")
	named.Sid = "Uploads"
	for name, test := range map[string]struct {
		in   []policy.Statement
		want string
	}{
		"same resources":     {[]policy.Statement{allow(objects, "s3:PutObject"), allow(objects, "s3:GetObject", "s3:PutObject")}, "S3Files: Allow s3:GetObject s3:PutObject on " + objects},
		"services apart":     {[]policy.Statement{allow("*", "xray:PutTraceSegments"), allow("*", "logs:PutLogEvents")}, "LogsXrayAny: Allow logs:PutLogEvents xray:PutTraceSegments on *"},
		"sorted":             {[]policy.Statement{allow("arn:aws:sqs:*:*:b", "sqs:SendMessage"), allow("arn:aws:sqs:*:*:a", "sqs:SendMessage")}, "SqsA: Allow sqs:SendMessage on arn:aws:sqs:*:*:a\nSqsB: Allow sqs:SendMessage on arn:aws:sqs:*:*:b"},
		"same name":          {[]policy.Statement{allow("arn:aws:s3:::a-b", "s3:ListBucket"), allow("arn:aws:s3:::a.b", "s3:ListBucket")}, "S3AB: Allow s3:ListBucket on arn:aws:s3:::a-b\nS3AB2: Allow s3:ListBucket on arn:aws:s3:::a.b"},
		"covered":            {[]policy.Statement{allow(objects, "s3:GetObject", "s3:PutObject"), allow("*", "s3:Get*")}, "S3Any: Allow s3:Get* on *\nS3Files: Allow s3:PutObject on " + objects},
		"covered whole":      {[]policy.Statement{allow(objects, "s3:GetObject"), allow("*", "s3:GetObject")}, "S3Any: Allow s3:GetObject on *"},
		"covers each other":  {[]policy.Statement{allow("arn:a*", "s3:GetObject"), allow("arn:a**", "s3:GetObject")}, "S3A: Allow s3:GetObject on arn:a**"},
		"condition is apart": {[]policy.Statement{allow(objects, "s3:GetObject"), conditional}, "S3Any: Allow s3:GetObject on * if {\"Bool\":{\"aws:SecureTransport\":\"true\"}}\nS3Files: Allow s3:GetObject on " + objects},
		"deny is apart":      {[]policy.Statement{allow(objects, "s3:GetObject"), deny}, "S3Files: Allow s3:GetObject on " + objects + "\nDenyS3Any: Deny s3:GetObject on *"},
		"not action":         {[]policy.Statement{allow(objects, "iam:PassRole"), except, except}, "IamFiles: Allow iam:* on " + objects + "\nIamFiles2: Allow iam:* on " + objects + "\nIamFiles3: Allow iam:PassRole on " + objects},
		"own name stays":     {[]policy.Statement{allow(objects, "s3:GetObject"), named}, "Uploads: Allow s3:GetObject s3:PutObject on " + objects},
	} {
		t.Run(name, func(t *testing.T) {
			got := policy.Merge(document(test.in...))
			if short(got) != test.want {
				t.Errorf("got\n%s\nwant\n%s", short(got), test.want)
			}
			var parts []policy.Document
			for i := len(test.in) - 1; i >= 0; i-- {
				parts = append(parts, document(test.in[i]))
			}
			if turned := policy.Merge(parts...); string(turned.JSON()) != string(got.JSON()) {
				t.Errorf("in another order:\n%s", short(turned))
			}
		})
	}
}

func TestMergeLeavesItsInputAlone(t *testing.T) {
	in := document(allow("*", "s3:PutObject", "s3:GetObject"), allow("*", "s3:DeleteObject"))
	before := fmt.Sprintf("%q", in)
	policy.Merge(in, in)
	if after := fmt.Sprintf("%q", in); after != before {
		t.Errorf("it was %s, now it is %s", before, after)
	}
}

func TestShrinkAllowsNoMore(t *testing.T) {
	var statements []policy.Statement
	for i := range 200 {
		statements = append(statements, allow(fmt.Sprintf("arn:aws:dynamodb:*:*:table/Orders%d", i), "dynamodb:GetItem", "dynamodb:PutItem"))
	}
	d := policy.Merge(document(statements...))
	shrunk := d.Shrink()
	if d.Size() <= policy.InlineLimit || shrunk.Size() >= d.Size() || len(shrunk.Statements) != 1 {
		t.Errorf("%d characters became %d in %d statements", d.Size(), shrunk.Size(), len(shrunk.Statements))
	}
	if !policy.Diff(d, shrunk).Empty() {
		t.Errorf("it differs: %+v", policy.Diff(d, shrunk))
	}
}

func TestDiff(t *testing.T) {
	from := document(allow("arn:aws:s3:::a/*", "s3:GetObject", "s3:PutObject"), allow("arn:aws:sqs:*:*:q", "sqs:SendMessage"))
	to := document(allow("*", "s3:GetObject"), allow("arn:aws:s3:::a/b/*", "s3:PutObject"), allow("arn:aws:sns:*:*:t", "sns:Publish"))
	want := policy.Difference{
		Added:    []policy.Change{{Effect: "Allow", Action: "sns:Publish", Resources: []string{"arn:aws:sns:*:*:t"}}},
		Removed:  []policy.Change{{Effect: "Allow", Action: "sqs:SendMessage", Resources: []string{"arn:aws:sqs:*:*:q"}}},
		Widened:  []policy.Change{{Effect: "Allow", Action: "s3:GetObject", Resources: []string{"*"}}},
		Narrowed: []policy.Change{{Effect: "Allow", Action: "s3:PutObject", Resources: []string{"arn:aws:s3:::a/*"}}},
	}
	if got := policy.Diff(from, to); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !policy.Diff(from, policy.Merge(from)).Empty() {
		t.Error("merging made a difference")
	}
}

func TestDiffOfConditionsAndTrust(t *testing.T) {
	trust := func(principal string) policy.Document {
		return mustParse(t, `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"`+principal+`"}}}`)
	}
	if !policy.Diff(trust("lambda.amazonaws.com"), trust("lambda.amazonaws.com")).Empty() {
		t.Error("the same trust differs")
	}
	if d := policy.Diff(trust("lambda.amazonaws.com"), trust("ec2.amazonaws.com")); len(d.Added) != 1 || len(d.Removed) != 1 {
		t.Errorf("another principal: %+v", d)
	}
	unconditional := document(allow("*", "s3:GetObject"))
	conditional := mustParse(t, `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`)
	if d := policy.Diff(conditional, unconditional); len(d.Added) != 1 || len(d.Removed) != 0 {
		t.Errorf("without the condition: %+v", d)
	}
}

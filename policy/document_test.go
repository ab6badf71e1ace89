package policy_test

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/policy"
)

func mustParse(t *testing.T, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestJSONIsCanonical(t *testing.T) {
	d := mustParse(t, `{"Statement": {"Condition": {"StringEquals": {"aws:b": "<x>", "aws:a": ["2", "1"]}},
		"Resource": "*", "Action": ["s3:PutObject", "s3:GetObject", "s3:PutObject"], "Effect": "Allow", "Sid": "One"},
		"Version": "2012-10-17"}`)
	want := `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "One",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject",
        "s3:PutObject"
      ],
      "Resource": [
        "*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:a": [
            "2",
            "1"
          ],
          "aws:b": "<x>"
        }
      }
    }
  ]
}
`
	if got := string(d.JSON()); got != want {
		t.Errorf("JSON:\n%s\nwant:\n%s", got, want)
	}
	again := mustParse(t, string(d.JSON()))
	if string(again.JSON()) != want {
		t.Error("what was written is not written the same again")
	}
}

func TestEmptyDocument(t *testing.T) {
	want := "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}\n"
	if got := string(policy.Document{}.JSON()); got != want {
		t.Errorf("JSON of no statements: %s", got)
	}
}

func TestSizeCountsNoWhiteSpace(t *testing.T) {
	d := mustParse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::bü/*"]}]}`)
	want := len(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::bu/*"]}]}`)
	if got := d.Size(); got != want {
		t.Errorf("Size() = %d, want %d", got, want)
	}
}

func TestParseReportsAllThatIsWrong(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no JSON":          {`{"Version": `, `it is not JSON: it ends too early`},
		"a list":           {`[]`, `it must be an object`},
		"something after":  {`{"Statement": []} x`, `something follows its end`},
		"no statement":     {`{}`, `Statement is missing`},
		"version":          {`{"Version": "2020-01-01", "Statement": []}`, `Version: "2020-01-01" is no version of the policy language: write "2012-10-17"`},
		"unknown key":      {`{"Statements": [], "Statement": []}`, `"Statements" is no key of it: expected one of Version, Id, Statement`},
		"twice":            {`{"Statement": [], "Statement": []}`, `Statement stands there twice`},
		"no effect":        {statement(`"Action": "s3:*", "Resource": "*"`), `Statement[0]: Effect is missing: write "Allow" or "Deny"`},
		"effect":           {statement(`"Effect": "allow", "Action": "s3:*", "Resource": "*"`), `Statement[0].Effect: "allow" is neither "Allow" nor "Deny"`},
		"no action":        {statement(`"Effect": "Allow", "Resource": "*"`), `Statement[0]: Action is missing`},
		"action":           {statement(`"Effect": "Allow", "Action": "GetObject", "Resource": "*"`), `Statement[0].Action: "GetObject" is no action: write "service:Name", as in "s3:GetObject"`},
		"number":           {statement(`"Effect": "Allow", "Action": ["s3:*", 1], "Resource": "*"`), `Statement[0].Action: it must be a string`},
		"null":             {statement(`"Effect": null, "Action": "s3:*", "Resource": "*"`), `Statement[0].Effect: it must be a string; Statement[0].Effect: "" is neither "Allow" nor "Deny"`},
		"empty":            {statement(`"Effect": "Allow", "Action": [], "Resource": "*"`), `Statement[0].Action: it is empty`},
		"both":             {statement(`"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"`), `Statement[0]: Action and NotAction exclude each other`},
		"resource":         {statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "bucket"`), `Statement[0].Resource: "bucket" is no ARN: write "arn:…", or "*"`},
		"sid":              {statement(`"Sid": "a b", "Effect": "Allow", "Action": "s3:*", "Resource": "*"`), `Statement[0].Sid: "a b" may have letters and digits only`},
		"condition":        {statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": true}`), `Statement[0].Condition.Bool: it must be an object`},
		"several findings": {`{"Statement": [{"Effect": "x"}, 1]}`, `Statement[0].Effect: "x" is neither "Allow" nor "Deny"; Statement[0]: Action is missing; Statement[1]: it must be an object`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Parse([]byte(test.text))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func statement(fields string) string { return `{"Statement": [{` + fields + `}]}` }

func TestParseIdentity(t *testing.T) {
	for text, want := range map[string]string{
		statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "*"`):                    "",
		statement(`"Effect": "Allow", "Action": "s3:*"`):                                     "Resource is missing",
		statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"`):  "has no Principal",
		statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principals": "*"`): "is no key of it",
	} {
		_, err := policy.ParseIdentity([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, other string
		want           bool
	}{
		{"*", "", true}, {"*", "*", true}, {"a", "a", true}, {"a", "*", false}, {"a*", "ab*", true}, {"ab*", "a*", false},
		{"a?", "ab", true}, {"a?", "a*", false}, {"a?", "a", false}, {"a*c*e", "abcde", true}, {"a*c*e", "abcd", false},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/k", true}, {"arn:aws:s3:::b/*", "arn:aws:s3:::b", false}, {"*a", "ba*", false},
	} {
		if got := policy.Covers(test.pattern, test.other); got != test.want {
			t.Errorf("Covers(%q, %q) = %v", test.pattern, test.other, got)
		}
	}
	if !policy.CoversAction("S3:get*", "s3:GetObject") {
		t.Error("the case of actions counts")
	}
}

func TestAllows(t *testing.T) {
	d := mustParse(t, `{"Statement": [
		{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
		{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:sqs:*:*:q"},
		{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		{"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/public/*"}]}`)
	for _, test := range []struct {
		action, resource string
		want             bool
	}{
		{"s3:GetObject", "arn:aws:s3:::b/public/x", true},
		{"s3:GetObject", "arn:aws:s3:::b/secret", false},
		{"s3:PutObject", "arn:aws:s3:::b/public/x", false},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", true},
		{"iam:PassRole", "arn:aws:sqs:eu-west-1:1:q", false},
		{"sns:Publish", "arn:aws:sns:eu-west-1:1:t", false},
	} {
		if got := d.Allows(test.action, test.resource); got != test.want {
			t.Errorf("Allows(%s, %s) = %v", test.action, test.resource, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(statement(`"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a": "b"}}`)))
	f.Add([]byte(`{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"A","Effect":"Deny","NotAction":["a:b"],"NotResource":["arn:x"],"Principal":{"AWS":"*"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := policy.Parse(data)
		if err != nil {
			return
		}
		text := d.JSON()
		again, err := policy.Parse(text)
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, text)
		}
		if string(again.JSON()) != string(text) {
			t.Errorf("written again it differs:\n%s\n%s", text, again.JSON())
		}
		merged := policy.Merge(d)
		if twice := policy.Merge(merged); string(twice.JSON()) != string(merged.JSON()) {
			t.Errorf("merged again it differs:\n%s\n%s", merged.JSON(), twice.JSON())
		}
	})
}

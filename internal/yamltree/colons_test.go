package yamltree

import "testing"

func TestColonsInsideOfBrackets(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a: [s3:ObjectCreated:*]\n", `{"a":["s3:ObjectCreated:*"]}`},
		{"a: { b: [s3:ObjectCreated:*] }\n", `{"a":{"b":["s3:ObjectCreated:*"]}}`},
		{"a: { b: [s3:*, s3:ObjectRemoved:* ,x] }\n", `{"a":{"b":["s3:*","s3:ObjectRemoved:*","x"]}}`},
		{"a: {b: {c: [arn:aws:iam::aws:policy/X, 'arn:y'], d: arn:aws:sqs:::q}}\n", `{"a":{"b":{"c":["arn:aws:iam::aws:policy/X","arn:y"],"d":"arn:aws:sqs:::q"}}}`},
		{"a: {b: [http://x.example/?a=b, c: d]}\n", `{"a":{"b":["http://x.example/?a=b",{"c":"d"}]}}`},
		{"a: { b: [x:y # comment\n  , z] }\n", `{"a":{"b":["x:y","z"]}}`},
		{"a: { b: [12:30:45 ] , c: x:1 }\n", `{"a":{"b":["12:30:45"],"c":"x:1"}}`},
		{"a: { b: [x:\"y\"] }\n", `{"a":{"b":["x:\"y\""]}}`},
		{"a: { b: [x:&y, z] }\n", `{"a":{"b":["x:&y","z"]}}`},
	} {
		n, findings := Parse("x.yaml", []byte(test.text))
		if got := string(n.JSON()); got != test.want || len(findings.Findings) > 0 {
			t.Errorf("%q = %s %v, want %s", test.text, got, findings.Findings, test.want)
		}
	}
}

func TestColonInsideOfBracketsHasItsRange(t *testing.T) {
	n, _ := Parse("x.yaml", []byte("a: { b: [ s3:ObjectCreated:* ] }\n"))
	item := n.Get("a").Get("b").Items[0]
	if item.Start.Column != 11 || item.End.Column != 29 {
		t.Errorf("columns %d to %d, want 11 to 29", item.Start.Column, item.End.Column)
	}
}

func TestWhatReadersTakeDifferentlyIsTold(t *testing.T) {
	for _, text := range []string{"a: {b:c}\n", "a: { b: [e:f: g] }\n"} {
		if _, findings := Parse("x.yaml", []byte(text)); len(findings.Findings) != 1 || findings.Findings[0].Code != "yaml-ambiguous" {
			t.Errorf("%q: %v", text, findings.Findings)
		}
	}
}

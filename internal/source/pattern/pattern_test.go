package pattern

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/loader/diag"
)

func told(l diag.List) string {
	var b strings.Builder
	for _, f := range l.Findings {
		fmt.Fprintf(&b, "%s: %s (%s)\n", strings.Join(f.At.Path, "/"), f.Message, f.Hint)
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		{`{"source":["aws.ec2"],"detail":{"state":["stopped",null,{"prefix":"s"}],"n":[{"numeric":[">",0,"<=",5]}]}}`, ""},
		{`{"$or":[{"a":["b"]},{"c":[{"exists":true}]}]}`, ""},
		{`{"source":"aws.ec2"}`, "p/source: \"source\" must be a list of values, in a pattern even one value is (write [aws.ec2])\n"},
		{`{"detail":{"n":5}}`, "p/detail/n: \"n\" must be a list of values, in a pattern even one value is (write [5])\n"},
		{`{"source":[]}`, "p/source: \"source\" is an empty list, which nothing matches (give it values, or take it away)\n"},
		{`{"detail":{}}`, "p/detail: \"detail\" holds nothing to compare with (give it a list of values, or take it away)\n"},
		{`{"a":[{"prefx":"x"}]}`, "p/a/0/prefx: a pattern has no operator \"prefx\" (did you mean \"prefix\"?)\n"},
		{`{"a":[{"prefix":"x","suffix":"y"}]}`, "p/a/0: an operator is a mapping of one key, not of 2 (give each operator an item of its own)\n"},
		{`{"a":[["x"]]}`, "p/a/0: a list of values, such as that of \"a\", holds no lists (take the inner brackets away)\n"},
		{`{"a":[{"numeric":[">"]}]}`, "p/a/0/numeric: \"numeric\" must be a list of comparisons (write ['>', 0] or ['>=', 0, '<', 100])\n"},
		{`{"$or":["x"]}`, "p/$or/0: an item of \"$or\" must be a pattern (write a mapping of keys to lists of values)\n"},
	} {
		var out diag.List
		Check(diag.Path{"p"}, []byte(c.pattern), &out)
		if got := told(out); got != c.want {
			t.Errorf("%s:\ngot  %swant %s", c.pattern, got, c.want)
		}
	}
}

func TestCheckFilters(t *testing.T) {
	var out diag.List
	CheckFilters(diag.Path{"f"}, [][]byte{[]byte(`{"body":{"a":["b"]}}`), []byte(`{"kind":["b"],"bdy":["x"]}`)}, []string{"body", "attributes"}, "body", &out)
	want := "f/1/bdy: no record has a part \"bdy\": the filter matches nothing (did you mean \"body\"?)\n" +
		"f/1/kind: no record has a part \"kind\": the filter matches nothing (put it under body, if it is a key of the data)\n"
	if got := told(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":["b"]}`, `{"a":{"b":[{"numeric":["=",1]}]}}`, `{"$or":[{"a":[1]},null]}`, `[]`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var out diag.List
		Check(diag.Path{"p"}, raw, &out)
		var v map[string]any
		if len(out.Findings) > 0 && json.Unmarshal(raw, &v) != nil {
			t.Errorf("findings on what is no pattern: %s", told(out))
		}
	})
}

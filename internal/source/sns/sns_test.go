package sns

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		source Source
		want   string
	}{
		"plain":       {Source{Topic: "t", FilterPolicy: []byte(`{"kind":["a",{"prefix":"b"}]}`)}, ""},
		"nested body": {Source{Topic: "t", FilterPolicy: []byte(`{"a":{"b":["c"]}}`), FilterPolicyScope: "MessageBody"}, ""},
		"nested": {Source{Topic: "t", FilterPolicy: []byte(`{"a":{"b":["c"]}}`)},
			`error filter-policy-scope #events/e/sns/filter_policy/a: "a" holds keys, but attributes of a message are not nested (add filter_policy_scope: MessageBody if it is a key of the body, else write a list of values)` + "\n"},
		"no list": {Source{Topic: "t", FilterPolicy: []byte(`{"a":"c"}`)},
			`error invalid-pattern events/e/sns/filter_policy/a: "a" must be a list of values, in a pattern even one value is (write [c])` + "\n"},
		"scope alone": {Source{Topic: "t", FilterPolicyScope: "MessageBody"},
			"warning filter-policy-missing #events/e/sns/filter_policy_scope: filter_policy_scope has no effect without filter_policy (add filter_policy, or take the scope away)\n"},
		"fifo": {Source{Topic: "t.fifo"},
			"error fifo-topic events/e/sns/topic: a FIFO topic does not run functions (subscribe a queue to it, and take the messages from there with sqs)\n"},
	} {
		var out diag.List
		check(nil, []source.Entry{{Name: "e", Source: &c.source}}, &out)
		if got := sourcetest.Told(out); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

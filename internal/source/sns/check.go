package sns

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/pattern"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// body is the scope in which a filter policy may be nested.
const body = "MessageBody"

func check(_ *spec.App, entries []source.Entry, out *diag.List) {
	for _, e := range entries {
		s := e.Source.(*Source)
		at := diag.Path{"events", e.Name, "sns"}
		if strings.HasSuffix(s.Topic, ".fifo") {
			out.Err("fifo-topic", diag.Value(at.With("topic")...), "a FIFO topic does not run functions").
				WithHint("subscribe a queue to it, and take the messages from there with sqs")
		}
		if s.FilterPolicyScope != "" && len(s.FilterPolicy) == 0 {
			out.Warn("filter-policy-missing", diag.Key(at.With("filter_policy_scope")...), "filter_policy_scope has no effect without filter_policy").
				WithHint("add filter_policy, or take the scope away")
		}
		s.checkPolicy(at.With("filter_policy"), out)
	}
}

// checkPolicy holds a filter policy: nested only where it looks at the body.
func (s *Source) checkPolicy(at diag.Path, out *diag.List) {
	if s.FilterPolicyScope == body {
		pattern.Check(at, s.FilterPolicy, out)
		return
	}
	var policy map[string]any
	if len(s.FilterPolicy) == 0 || json.Unmarshal(s.FilterPolicy, &policy) != nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(policy)) {
		if _, nested := policy[key].(map[string]any); nested {
			out.Err("filter-policy-scope", diag.Key(at.With(key)...), fmt.Sprintf("%q holds keys, but attributes of a message are not nested", key)).
				WithHint("add filter_policy_scope: MessageBody if it is a key of the body, else write a list of values")
			return
		}
	}
	pattern.Check(at, s.FilterPolicy, out)
}

// Package pattern checks event patterns: what EventBridge rules, the filters of
// event source mappings and the filter policies of SNS have in common.
package pattern

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// operators that a list of values may hold as {operator: …}.
var operators = [...]string{
	"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard",
}

// Check tells what AWS would refuse in a pattern, whose node is at path.
func Check(path diag.Path, raw []byte, out *diag.List) {
	var v map[string]any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return // absent, or told by the schema
	}
	checkObject(path, v, out)
}

func checkObject(path diag.Path, o map[string]any, out *diag.List) {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		at := path.With(key)
		switch v := o[key].(type) {
		case map[string]any:
			if len(v) == 0 {
				out.Err("invalid-pattern", diag.Key(at...), fmt.Sprintf("%q holds nothing to compare with", key)).
					WithHint("give it a list of values, or take it away")
				continue
			}
			checkObject(at, v, out)
		case []any:
			if key == "$or" {
				checkOr(at, v, out)
				continue
			}
			checkList(at, key, v, out)
		default:
			out.Err("invalid-pattern", diag.Value(at...), fmt.Sprintf("%q must be a list of values, in a pattern even one value is", key)).
				WithHint("write [" + text(v) + "]")
		}
	}
}

func checkOr(path diag.Path, branches []any, out *diag.List) {
	for i, b := range branches {
		at := path.With(strconv.Itoa(i))
		if o, ok := b.(map[string]any); ok {
			checkObject(at, o, out)
			continue
		}
		out.Err("invalid-pattern", diag.Value(at...), `an item of "$or" must be a pattern`).WithHint("write a mapping of keys to lists of values")
	}
}

func checkList(path diag.Path, key string, values []any, out *diag.List) {
	if len(values) == 0 {
		out.Err("invalid-pattern", diag.Value(path...), fmt.Sprintf("%q is an empty list, which nothing matches", key)).
			WithHint("give it values, or take it away")
	}
	for i, v := range values {
		at := path.With(strconv.Itoa(i))
		switch v := v.(type) {
		case map[string]any:
			checkOperator(at, v, out)
		case []any:
			out.Err("invalid-pattern", diag.Value(at...), fmt.Sprintf("a list of values, such as that of %q, holds no lists", key)).
				WithHint("take the inner brackets away")
		}
	}
}

func checkOperator(path diag.Path, o map[string]any, out *diag.List) {
	keys := slices.Sorted(maps.Keys(o))
	if len(keys) != 1 {
		out.Err("invalid-pattern", diag.Value(path...), fmt.Sprintf("an operator is a mapping of one key, not of %d", len(keys))).
			WithHint("give each operator an item of its own")
		return
	}
	name := keys[0]
	if !slices.Contains(operators[:], name) {
		hint := diag.DidYouMean(name, operators[:])
		if hint == "" {
			hint = "operators are " + strings.Join(operators[:], ", ")
		}
		out.Err("invalid-pattern", diag.Key(path.With(name)...), fmt.Sprintf("a pattern has no operator %q", name)).WithHint(hint)
		return
	}
	if name == "numeric" {
		checkNumeric(path.With(name), o[name], out)
	}
	if _, isBool := o[name].(bool); name == "exists" && !isBool {
		out.Err("invalid-pattern", diag.Value(path.With(name)...), `"exists" must be true or false`)
	}
}

// checkNumeric holds [">", 0, "<=", 100].
func checkNumeric(path diag.Path, v any, out *diag.List) {
	values, ok := v.([]any)
	for i := 0; ok && i < len(values); i++ {
		if i%2 == 1 {
			_, ok = values[i].(float64)
			continue
		}
		op, _ := values[i].(string)
		ok = slices.Contains([]string{"=", "<", "<=", ">", ">="}, op)
	}
	if !ok || len(values) != 2 && len(values) != 4 {
		out.Err("invalid-pattern", diag.Value(path...), `"numeric" must be a list of comparisons`).
			WithHint("write ['>', 0] or ['>=', 0, '<', 100]")
	}
}

// text is a scalar as YAML has it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// CheckFilters checks the filters of an event source mapping; parts are the
// keys that a record has at its top, and payload the one that holds the data.
func CheckFilters(path diag.Path, filters [][]byte, parts []string, payload string, out *diag.List) {
	for i, raw := range filters {
		at := path.With(strconv.Itoa(i))
		Check(at, raw, out)
		var v map[string]any
		if json.Unmarshal(raw, &v) != nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if slices.Contains(parts, key) || key == "$or" {
				continue
			}
			hint := diag.DidYouMean(key, parts)
			if hint == "" {
				hint = fmt.Sprintf("put it under %s, if it is a key of the data", payload)
			}
			out.Warn("filter-without-match", diag.Key(at.With(key)...), fmt.Sprintf("no record has a part %q: the filter matches nothing", key)).
				WithHint(hint)
		}
	}
}

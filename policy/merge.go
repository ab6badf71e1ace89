package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Merge joins documents into one in canonical form, which allows and denies exactly what they do together. Statements
// that differ in their actions alone are one; what another statement allows anyway is left out; statements have Sids,
// their own or one made of what they are about, and are sorted.
func Merge(documents ...Document) Document {
	merged := Document{Version: Version}
	var all []Statement
	for _, d := range documents {
		merged.ID = cmp.Or(merged.ID, d.ID)
		all = append(all, d.Statements...)
	}
	all = join(withoutCovered(join(all)))
	name(all)
	merged.Statements = all
	return merged
}

// Shrink makes a merged document smaller, where it can be without allowing more: statements with the same actions
// become one too.
func (d Document) Shrink() Document {
	var shrunk []Statement
	at := map[string]int{}
	for _, s := range d.Statements {
		key := s.key(s.Action)
		if i, found := at[key]; found && len(s.NotAction)+len(s.NotResource) == 0 {
			shrunk[i].Resource = unneeded(slices.Concat(shrunk[i].Resource, s.Resource), Covers)
			continue
		}
		at[key] = len(shrunk)
		shrunk = append(shrunk, s)
	}
	d.Statements = shrunk
	return d
}

// join makes one statement of those that differ in their actions alone, and sorts.
func join(statements []Statement) []Statement {
	var joined []Statement
	at := map[string]int{}
	for _, s := range statements {
		s.Resource = unneeded(s.Resource, Covers)
		key := s.key(s.Resource)
		if i, found := at[key]; found && len(s.NotAction) == 0 && len(joined[i].NotAction) == 0 {
			joined[i].Action = slices.Concat(joined[i].Action, s.Action)
			joined[i].Sid = cmp.Or(joined[i].Sid, s.Sid)
			continue
		}
		if len(s.NotAction) == 0 {
			at[key] = len(joined)
		}
		joined = append(joined, s)
	}
	for i := range joined {
		joined[i].Action = unneeded(joined[i].Action, CoversAction)
	}
	slices.SortStableFunc(joined, func(a, b Statement) int { return cmp.Compare(a.order(), b.order()) })
	return joined
}

// key tells statements apart by all that they are but for one of their lists.
func (s Statement) key(list []string) string {
	return fmt.Sprintf("%s %q %q %s %s %s", s.Effect, sorted(list), sorted(s.NotResource),
		canonical(s.Principal), canonical(s.NotPrincipal), canonical(s.Condition))
}

func (s Statement) order() string {
	return fmt.Sprintf("%s %q %q %s", s.Effect, slices.Concat(s.Action, s.NotAction), slices.Concat(s.Resource, s.NotResource), s.key(nil))
}

// unneeded sorts a list and leaves out what others in it cover.
func unneeded(list []string, covers func(pattern, other string) bool) []string {
	list = sorted(list)
	var kept []string
	for i, text := range list {
		covered := false
		for j, other := range list {
			if i == j || !covers(other, text) {
				continue
			}
			if !covers(text, other) || j < i { // of two that cover each other the first stays
				covered = true
			}
		}
		if !covered {
			kept = append(kept, text)
		}
	}
	return kept
}

// withoutCovered leaves out of each statement the actions that another one allows on the same resources or on more. It
// does so one by one: of two that cover each other, one stays.
func withoutCovered(statements []Statement) []Statement {
	for i, s := range statements {
		if !s.plain() {
			continue
		}
		statements[i].Action = slices.DeleteFunc(slices.Clone(s.Action), func(action string) bool {
			return coveredBy(statements, i, action)
		})
	}
	return slices.DeleteFunc(statements, func(s Statement) bool { return len(s.Action)+len(s.NotAction) == 0 })
}

// coveredBy tells whether a statement other than the i-th allows one of its actions on all of its resources.
func coveredBy(statements []Statement, i int, action string) bool {
	for j, other := range statements {
		if i == j || !other.plain() || other.Effect != statements[i].Effect || !other.coversAction(action) {
			continue
		}
		if !slices.ContainsFunc(statements[i].Resource, func(r string) bool { return !other.coversResource(r) }) {
			return true
		}
	}
	return false
}

// plain tells whether a statement is about actions on resources and nothing else.
func (s Statement) plain() bool {
	return len(s.NotAction)+len(s.NotResource)+len(s.Principal)+len(s.NotPrincipal)+len(s.Condition) == 0 && len(s.Resource) > 0
}

// name gives each statement a Sid of its own.
func name(statements []Statement) {
	taken := map[string]bool{}
	for i, s := range statements {
		base := cmp.Or(s.Sid, s.Name())
		sid := base
		for n := 2; taken[sid]; n++ {
			sid = fmt.Sprintf("%s%d", base, n)
		}
		taken[sid] = true
		statements[i].Sid = sid
	}
}

// mostOfName bounds the names that Name makes.
const mostOfName = 64

// Name says in letters and digits what a statement is about: "S3ExampleBucket", "DynamodbTableOrders", "LogsAny".
func (s Statement) Name() string {
	var b strings.Builder
	if s.Effect == Deny {
		b.WriteString("Deny")
	}
	for _, prefix := range s.prefixes() {
		b.WriteString(camel(prefix))
	}
	resources := slices.Concat(s.Resource, s.NotResource)
	slices.Sort(resources)
	switch {
	case len(resources) == 0:
	case resources[0] == "*":
		b.WriteString("Any")
	default:
		parts := strings.SplitN(resources[0], ":", 6)
		b.WriteString(camel(parts[len(parts)-1]))
	}
	text := b.String()
	return text[:min(len(text), mostOfName)]
}

// prefixes returns the services of the statement's actions, sorted.
func (s Statement) prefixes() []string {
	var list []string
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		prefix, _, _ := strings.Cut(action, ":")
		list = append(list, prefix)
	}
	return sorted(list)
}

// camel joins the words of a text, each with a capital.
func camel(text string) string {
	words := strings.FieldsFunc(text, func(c rune) bool { return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

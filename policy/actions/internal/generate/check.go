package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// overHTTP2 are operations that botocore leaves out, so that nothing is known of their input.
var overHTTP2 = []string{
	"bedrockruntime InvokeModelWithBidirectionalStream", "lexruntimev2 StartConversation", "polly StartSpeechSynthesisStream",
	"qbusiness Chat", "transcribestreaming GetMedicalScribeStream", "transcribestreaming StartCallAnalyticsStreamTranscription",
	"transcribestreaming StartMedicalScribeStream", "transcribestreaming StartMedicalStreamTranscription",
	"transcribestreaming StartStreamTranscription",
}

var (
	placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9_.\[\]]+(?:\{\})?)`)
	condition   = regexp.MustCompile(` (?:if|unless) ([^ ;~]+)`)
	needed      = regexp.MustCompile(`(?:= |; )([A-Za-z0-9:-]+)`)
)

// check holds the corrections against the sources: their operations, input members and actions must exist.
func (t *tableMaker) check(all []service) error {
	var wrong []error
	byKey := map[string]service{}
	for _, s := range all {
		byKey[s.key] = s
	}
	for _, key := range slices.Sorted(maps.Keys(t.fixed.lines)) {
		for _, name := range slices.Sorted(maps.Keys(t.fixed.lines[key])) {
			line := t.fixed.lines[key][name]
			s := byKey[key]
			s.key = key // where botocore does not have it
			if err := cmp.Or(t.checkActions(line, t.prefix(s)), checkMembers(s, name, line)); err != nil {
				wrong = append(wrong, fmt.Errorf("corrections.txt: %s %s: %w", key, name, err))
			}
		}
	}
	return errors.Join(wrong...)
}

func (t *tableMaker) checkActions(line, prefix string) error {
	for _, match := range needed.FindAllStringSubmatch(line, -1) {
		actionPrefix, name, qualified := strings.Cut(match[1], ":")
		if !qualified {
			actionPrefix, name = prefix, match[1]
		}
		if a := t.iam[actionPrefix][strings.ToLower(name)]; a.name != name && name != "nothing" && name != "unknown" {
			return fmt.Errorf("there is no action %s:%s", actionPrefix, name)
		}
	}
	return nil
}

func checkMembers(s service, name, line string) error {
	if slices.Contains(overHTTP2, s.key+" "+name) {
		return nil
	}
	i := slices.IndexFunc(s.operations, func(op operation) bool { return op.name == name })
	if i < 0 {
		return errors.New("there is no such operation")
	}
	var paths []string
	for _, match := range placeholder.FindAllStringSubmatch(line, -1) {
		paths = append(paths, match[1])
	}
	for _, match := range condition.FindAllStringSubmatch(line, -1) {
		paths = append(paths, strings.Split(match[1], "|")...)
	}
	for _, path := range paths {
		if !isPlace(path) && !leads(s.operations[i].members, path) {
			return fmt.Errorf("its input has no member %s", path)
		}
	}
	return nil
}

// leads tells whether a path leads to a member.
func leads(members []member, path string) bool {
	head, rest, deeper := strings.Cut(path, ".")
	name := strings.TrimSuffix(strings.TrimSuffix(head, "[]"), "{}")
	i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
	if i < 0 {
		return false
	}
	m := members[i]
	if strings.HasSuffix(head, "[]") && m.kind != "list" && m.kind != "map" || strings.HasSuffix(head, "{}") && m.kind != "map" {
		return false
	}
	switch {
	case !deeper:
		return true
	case strings.HasSuffix(head, "[]"):
		return m.element != nil && leads(m.element.fields(), rest)
	}
	return m.kind == "structure" && leads(m.shape.fields(), rest)
}

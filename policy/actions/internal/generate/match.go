package main

import (
	"regexp"
	"slices"
	"strings"
)

var accountOfDocument = regexp.MustCompile(`:\$\{Account\}:((?:document|automation-definition)/)`)

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// templates returns the ARNs of what an operation works on, with the input members that fill them; none where that is
// not certain. An ARN that is too narrow breaks a function; "*" only allows it more than it needs.
func (a action) templates(op operation, prefix string) []string {
	if arn := a.arnMember(op); arn != "" {
		return []string{"${" + arn + "|arn}"}
	}
	r, certain := a.subject()
	if !certain || r.arn == "" {
		return nil
	}
	template, filled := r.fill(op)
	if !filled {
		return nil
	}
	return spelled(template, prefix)
}

// subject returns the type of resource that the action is about. Where it knows several, which of them a call is
// authorized on may depend on more than its input: on what a security profile refers to, say.
func (a action) subject() (resource, bool) {
	if len(a.resources) != 1 {
		return resource{}, false
	}
	return a.resources[0], true
}

// arnMember returns the required member that is the ARN of what the operation works on: one named after the only
// possible type of resource, or "ResourceArn" where no other ARN stands beside it.
func (a action) arnMember(op operation) string {
	var arns []member
	for _, m := range op.members {
		if m.kind == "string" && strings.HasSuffix(strings.ToLower(m.name), "arn") {
			arns = append(arns, m)
		}
	}
	r, certain := a.subject()
	for _, m := range arns {
		base := strings.TrimSuffix(strings.ToLower(m.name), "arn")
		switch {
		case !m.required:
		case base == "resource" && len(arns) == 1 && len(a.resources) > 0, certain && base == plain(r.key):
			return m.name
		}
	}
	return ""
}

// caseless are the prefixes of services that take names in any case and have them in lower case in ARNs.
var caseless = []string{"dms", "elasticache", "memorydb", "rds", "redshift", "sagemaker"}

// spelled returns the templates for the ways in which a service spells its ARNs.
func spelled(template, prefix string) []string {
	switch {
	case slices.Contains(caseless, prefix):
		return []string{template, variable.ReplaceAllStringFunc(template, func(v string) string {
			if isPlace(v[2 : len(v)-1]) {
				return v
			}
			return strings.TrimSuffix(v, "}") + "|lower}"
		})}
	case prefix == "route53":
		return []string{strings.ReplaceAll(template, "Id}", "Id|id}")}
	case prefix == "kms":
		return []string{strings.ReplaceAll(template, "KeyId}", "KeyId|key}")}
	case prefix == "lambda":
		return []string{strings.ReplaceAll(template, "FunctionName}", "FunctionName|function}")}
	case prefix == "secretsmanager":
		return []string{strings.ReplaceAll(template, "SecretId}", "SecretId|secret}")}
	case prefix == "ssm": // documents and runbooks that AWS owns have no account
		return []string{accountOfDocument.ReplaceAllString(template, ":*:$1")}
	case prefix == "logs" && strings.Contains(template, ":log-group:${"):
		group, _, _ := strings.Cut(template, ":log-stream:")
		return []string{group, group + ":*"} // what is in a group is now ":*", now ":log-stream:…"
	}
	return []string{template}
}

// fill puts members into the template's variables. The first variable must be one of them: nothing else tells the
// resource.
func (r resource) fill(op operation) (template string, filled bool) {
	first := true
	template = variable.ReplaceAllStringFunc(r.arn, func(text string) string {
		name := text[2 : len(text)-1]
		switch name {
		case "Partition", "Region":
			return text
		case "Account":
			return accountOf(op)
		}
		path := r.member(name, op)
		if first {
			first, filled = false, path != ""
		}
		if path == "" {
			return "*"
		}
		return "${" + path + "}"
	})
	return template, filled
}

// accountOf is the account of the call, unless a member names another.
func accountOf(op operation) string {
	for _, m := range op.members {
		if m.name == "RegistryId" || m.name == "CatalogId" {
			return "${" + m.name + "|account}"
		}
	}
	return "${Account}"
}

// member returns the path of the member that a template's variable stands for.
func (r resource) member(name string, op operation) string {
	wanted := plain(name)
	subject := strings.TrimSuffix(strings.TrimSuffix(wanted, "name"), "id")
	if wanted == "name" || wanted == "id" || wanted == "resourceid" || wanted == "resourcename" {
		subject = plain(r.key)
	}
	accepted := []string{wanted, subject + "name", subject + "id", subject}
	if strings.HasSuffix(wanted, "id") {
		accepted = []string{wanted, subject + "id", subject + "identifier", subject}
	}
	for _, want := range accepted {
		for _, m := range op.members {
			switch got := plain(m.name); {
			case want == "" || m.enum || isPlace(m.name):
			case m.kind == "string" && got == want:
				return m.name
			case m.strings && (got == want+"s" || got == want):
				return m.name + "[]"
			}
		}
	}
	return ""
}

func isPlace(name string) bool {
	return name == "Partition" || name == "Region" || name == "Account"
}

// plain is a name without what spelling makes of it.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name))
}

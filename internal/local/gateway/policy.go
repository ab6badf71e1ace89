package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// policy is what a Lambda authorizer answered.
type policy struct {
	statements []statement
	// authorizer is the JSON of requestContext.authorizer.
	authorizer []byte
}

type statement struct {
	deny                    bool
	actions, notActions     []string
	resources, notResources []string
	conditional             bool
}

// oneOrMany is a string or a list of them.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// statementJSON is a statement of IAM's JSON.
type statementJSON struct {
	Effect      string
	Action      oneOrMany
	NotAction   oneOrMany
	Resource    oneOrMany
	NotResource oneOrMany
	Condition   json.RawMessage
}

type statementsJSON []statementJSON

func (s *statementsJSON) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		*s = make(statementsJSON, 1)
		return json.Unmarshal(data, &(*s)[0])
	}
	return json.Unmarshal(data, (*[]statementJSON)(s))
}

// parsePolicy reads an authorizer's answer.
func parsePolicy(payload []byte) (*policy, error) {
	var answer struct {
		PrincipalID    string `json:"principalId"`
		PolicyDocument *struct{ Statement statementsJSON }
		Context        map[string]json.RawMessage
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return nil, err
	}
	switch {
	case answer.PrincipalID == "":
		return nil, errors.New("it has no principalId")
	case answer.PolicyDocument == nil || len(answer.PolicyDocument.Statement) == 0:
		return nil, errors.New("it has no policyDocument with a Statement")
	}
	p := &policy{}
	for _, s := range answer.PolicyDocument.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" {
			return nil, fmt.Errorf("a statement's Effect is %q, not Allow or Deny", s.Effect)
		}
		if len(s.Action)+len(s.NotAction) == 0 || len(s.Resource)+len(s.NotResource) == 0 {
			return nil, errors.New("a statement lacks its Action or Resource")
		}
		p.statements = append(p.statements, statement{
			deny: s.Effect == "Deny", actions: s.Action, notActions: s.NotAction,
			resources: s.Resource, notResources: s.NotResource,
			conditional: len(s.Condition) > 0 && string(s.Condition) != "null" && string(s.Condition) != "{}",
		})
	}
	b := append([]byte(`{"principalId":`), appendString(nil, answer.PrincipalID)...)
	names := make([]string, 0, len(answer.Context))
	for name := range answer.Context {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text, present, err := contextText(answer.Context[name])
		if err != nil {
			return nil, fmt.Errorf("its context %q %w", name, err)
		}
		if present {
			b = appendName(b, name)
			b = appendString(b, text)
		}
	}
	p.authorizer = append(b, '}')
	return p, nil
}

// contextText is a value of the context as the route sees it: a string.
func contextText(value json.RawMessage) (text string, present bool, err error) {
	switch value[0] {
	case '"':
		err = json.Unmarshal(value, &text)
		return text, true, err
	case '{', '[':
		return "", false, errors.New("is neither string, number nor boolean")
	case 'n':
		return "", false, nil
	}
	return string(value), true, nil
}

// verdict is what a policy says of one request.
type verdict int

const (
	silent verdict = iota
	allowed
	denied
)

// evaluate applies the policy to the ARN of a method. A condition cannot be
// checked here: it is taken not to let in, and to keep out.
func (p *policy) evaluate(arn string) verdict {
	v := silent
	for _, s := range p.statements {
		if !s.covers(arn) {
			continue
		}
		if s.deny {
			return denied
		}
		if !s.conditional {
			v = allowed
		}
	}
	return v
}

func (s statement) covers(arn string) bool {
	const action = "execute-api:invoke"
	match := func(patterns []string, text string, fold bool) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			if fold {
				p = strings.ToLower(p)
			}
			return wildcard(p, text)
		})
	}
	acts := match(s.actions, action, true) || s.notActions != nil && !match(s.notActions, action, true)
	on := match(s.resources, arn, false) || s.notResources != nil && !match(s.notResources, arn, false)
	return acts && on
}

// wildcard matches a whole text, * standing for any characters and ? for one.
func wildcard(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

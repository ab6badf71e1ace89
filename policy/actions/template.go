package actions

import (
	"fmt"
	"strings"
)

// A Template is the ARN of a resource with the input members that fill it. Its text is that of the table:
//
//	arn:${Partition}:s3:::${Bucket|bucket}/${Key}
//	arn:${Partition}:events:${Region}:${Account}:event-bus/${Entries[].EventBusName=default}
//	${TopicArn|arn}
//
// A path names an input member as Go spells it: "Bucket"; "Entries[].EventBusName" for a member of each element of a
// list; "RequestItems{}" for the keys of a map. After "|" stands how its values are to be read, after "=" what counts
// where it is not set.
type Template struct {
	parts []part
}

type part struct {
	literal string
	param   Param // where literal is empty
}

// A Param is a place in a Template that an input member fills.
type Param struct {
	Path    string
	Form    string // how values are read: "" (a name or an ARN), "arn", "queue", "bucket", "function", …
	Default string // what it is where it is not set; "" where the call would fail
}

func parseTemplate(text string) (Template, error) {
	var t Template
	for rest := text; rest != ""; {
		literal, after, found := strings.Cut(rest, "${")
		if literal != "" {
			t.parts = append(t.parts, part{literal: literal})
		}
		if !found {
			break
		}
		inner, tail, closed := strings.Cut(after, "}")
		for closed && strings.HasSuffix(inner, "{") { // the keys of a map: ${RequestItems{}}
			more, next, again := strings.Cut(tail, "}")
			inner, tail, closed = inner+"}"+more, next, again
		}
		if !closed || inner == "" {
			return t, fmt.Errorf("%q: \"${\" without its end", text)
		}
		param := Param{Path: inner}
		param.Path, param.Default, _ = strings.Cut(param.Path, "=")
		param.Path, param.Form, _ = strings.Cut(param.Path, "|")
		if _, known := forms[param.Form]; !known {
			return t, fmt.Errorf("%q: no form %q", text, param.Form)
		}
		t.parts = append(t.parts, part{param: param})
		rest = tail
	}
	return t, nil
}

// Params returns the input members that fill the template, in their order.
func (t Template) Params() []Param {
	var params []Param
	for _, p := range t.parts {
		if p.literal == "" && !isPlace(p.param.Path) {
			params = append(params, p.param)
		}
	}
	return params
}

func isPlace(path string) bool {
	return path == "Partition" || path == "Region" || path == "Account"
}

// String returns the template as the table has it.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.literal != "" {
			b.WriteString(p.literal)
			continue
		}
		b.WriteString("${" + p.param.Path)
		if p.param.Form != "" {
			b.WriteString("|" + p.param.Form)
		}
		if p.param.Default != "" {
			b.WriteString("=" + p.param.Default)
		}
		b.WriteString("}")
	}
	return b.String()
}

// ARN fills the template with the values of input members, by path. What is missing there is unknown: it becomes "*",
// and where nothing before it tells the resource, the whole ARN does. A value may itself have "*" where a part of it is
// unknown, and may be an ARN, a URL or a name, as the operation takes it.
func (t Template) ARN(values map[string]string, partition, region, account string) string {
	return t.render(values, Place{Partition: star(partition), Region: star(region), Account: star(account)}, true)
}

// render fills the template; subject tells whether its first member is what tells the resource.
func (t Template) render(values map[string]string, place Place, subject bool) string {
	texts := make([]string, len(t.parts))
	for i, p := range t.parts {
		if p.literal != "" || isPlace(p.param.Path) {
			continue
		}
		read := p.param.read(values)
		place = place.overriddenBy(read.place)
		if p.param.Form == "account" {
			continue
		}
		if subject && !read.whole && !read.typed && blank(read.text) {
			return "*"
		}
		if read.whole && (read.head || i == len(t.parts)-1) {
			return read.text + Template{t.parts[i+1:]}.render(values, place, false)
		}
		if texts[i] = read.text; read.whole {
			texts[i] = nameIn(read.text)
		}
		subject = false
	}
	return t.join(texts, place)
}

// blank tells whether a text says nothing at all.
func blank(text string) bool {
	return strings.Trim(text, "*?-/") == ""
}

func (p Param) read(values map[string]string) reading {
	value, known := values[p.Path]
	switch {
	case p.Form == "account" && !known:
		return reading{}
	case !known || value == "":
		return anything
	}
	return forms[p.Form](escape(value))
}

// nameIn returns an ARN's resource without its type: "Orders" of "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders".
func nameIn(arn string) string {
	resource := strings.SplitN(arn, ":", 6)[5]
	return resource[strings.LastIndexAny(resource, "/:")+1:]
}

func (t Template) join(texts []string, place Place) string {
	var b strings.Builder
	for i, p := range t.parts {
		switch {
		case p.literal != "":
			b.WriteString(p.literal)
		case p.param.Path == "Partition":
			b.WriteString(place.Partition)
		case p.param.Path == "Region":
			b.WriteString(place.Region)
		case p.param.Path == "Account", p.param.Form == "account":
			b.WriteString(place.Account)
		default:
			b.WriteString(texts[i])
		}
	}
	return b.String()
}

func star(text string) string {
	if text == "" {
		return "*"
	}
	return text
}

func (p Place) overriddenBy(q Place) Place {
	if q.Partition != "" {
		p.Partition = q.Partition
	}
	if q.Region != "" {
		p.Region = q.Region
	}
	if q.Account != "" {
		p.Account = q.Account
	}
	return p
}

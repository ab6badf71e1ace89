package yamltree

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// interpolation replaces ${…} in the strings of a tree. What it does not touch
// it shares: a file without ${ costs nothing.
type interpolation struct {
	out             *diag.List
	app, stage      string
	region, account string
	env             func(string) (string, bool)
	asked           bool
	overlay         *Node // of the stage, or nil
}

// node is a tree with its strings interpolated.
func (in *interpolation) node(n *Node, s *shape) *Node {
	if !n.dollar || s != nil && (s.fixed || s.handler && n.Kind != Mapping) {
		return n
	}
	switch n.Kind {
	case String:
		return in.text(n)
	case Mapping:
		c := n
		for i, e := range n.Entries {
			v := in.node(e.Value, s.child(e.Key.Text))
			if v == e.Value {
				continue
			}
			if c == n {
				copied := *n
				copied.Entries = slices.Clone(n.Entries)
				c = &copied
			}
			c.Entries[i].Value = v
		}
		return c
	case Sequence:
		c := n
		for i, item := range n.Items {
			v := in.node(item, s)
			if v == item {
				continue
			}
			if c == n {
				copied := *n
				copied.Items = slices.Clone(n.Items)
				c = &copied
			}
			c.Items[i] = v
		}
		return c
	}
	return n
}

// text is one interpolated string. What cannot be replaced stays as it is.
func (in *interpolation) text(n *Node) *Node {
	e := expansion{in: in, n: n, src: n.Text}
	e.run()
	c := *n
	c.Text, c.Interpolated = e.b.String(), true
	c.made = &made{raw: n.Text, parts: e.parts}
	return &c
}

// expansion is the work on one string. Offsets of src are bytes; those of
// parts characters.
type expansion struct {
	in    *interpolation
	n     *Node
	src   string
	b     strings.Builder
	parts []part
	seen  int // bytes of src that have been copied
	chars int // of src up to seen
	wrote int // characters of b
}

func (e *expansion) run() {
	for {
		i := strings.Index(e.src[e.seen:], "${")
		if i < 0 {
			break
		}
		at := e.seen + i
		if at > e.seen && e.src[at-1] == '$' {
			e.copy(at - 1)
			e.replace(len("$${"), "${")
			continue
		}
		e.copy(at)
		e.expression(at)
	}
	e.copy(len(e.src))
}

// copy takes the text up to an offset as it is.
func (e *expansion) copy(to int) {
	text := e.src[e.seen:to]
	e.b.WriteString(text)
	n := utf8.RuneCountInString(text)
	e.chars, e.wrote, e.seen = e.chars+n, e.wrote+n, to
}

// replace takes another text for the next bytes.
func (e *expansion) replace(length int, text string) {
	p := part{from: e.chars, length: utf8.RuneCountInString(e.src[e.seen : e.seen+length]), to: e.wrote, became: utf8.RuneCountInString(text)}
	e.parts = append(e.parts, p)
	e.b.WriteString(text)
	e.seen, e.chars, e.wrote = e.seen+length, e.chars+p.length, e.wrote+p.became
}

// expression replaces the ${…} at an offset.
func (e *expansion) expression(at int) {
	length := strings.IndexByte(e.src[at:], '}') + 1
	if length == 0 {
		e.tell("interpolation-syntax", len(e.src)-at, "this ${ is not closed").Hint = "close it with }, or write $${ for a literal ${"
		e.copy(len(e.src))
		return
	}
	name := e.src[at+2 : at+length-1]
	if strings.HasPrefix(name, "aws:") {
		e.copy(at + length)
		return
	}
	text, ok := e.value(name, length)
	if !ok {
		e.copy(at + length)
		return
	}
	e.replace(length, text)
}

// value is what the name in ${name} stands for, or a finding.
func (e *expansion) value(name string, length int) (string, bool) {
	switch name {
	case "app":
		return e.in.app, true
	case "stage":
		return e.in.stage, true
	case "region":
		return e.in.region, true
	case "account":
		return e.in.account, true
	}
	rest, ok := strings.CutPrefix(name, "env.")
	if !ok {
		e.tell("unknown-interpolation", length, fmt.Sprintf("${%s} is not known", name)).Hint = unknownHint(name)
		return "", false
	}
	variable, fallback, hasFallback := strings.Cut(rest, ":-")
	switch {
	case !isVariable(variable):
		e.tell("interpolation-syntax", length, fmt.Sprintf("%q is no name of an environment variable", variable)).
			Hint = "write ${env.NAME} or ${env.NAME:-fallback}"
		return "", false
	case strings.Contains(fallback, "${"):
		e.tell("interpolation-syntax", length, "a fallback cannot hold another ${").Hint = "write the fallback out"
		return "", false
	}
	v, set := "", false
	if e.in.env != nil {
		v, set = e.in.env(variable)
	}
	switch {
	case hasFallback && v == "":
		return fallback, true
	case set:
		return v, true
	}
	e.unset(variable, length)
	return "", false
}

// unset tells a variable that is not set. For a stage that is not asked for,
// only what its own overlay wants is told: the rest is told for the one asked
// for, or does not matter.
func (e *expansion) unset(variable string, length int) {
	if !e.in.asked && !e.in.overlay.holds(e.n) {
		return
	}
	f := e.tell("env-unset", length, fmt.Sprintf("the environment variable %s is not set", variable))
	f.Hint = fmt.Sprintf("set it, or write ${env.%s:-fallback}", variable)
	if !e.in.asked {
		f.Severity = diag.Warning
	}
}

// holds says that a node stands within n in the same file.
func (n *Node) holds(inner *Node) bool {
	return n != nil && n.File == inner.File && n.start <= inner.start && inner.start < n.end
}

// tell tells an error at the next bytes.
func (e *expansion) tell(code string, length int, message string) *diag.Finding {
	r := e.n.within(e.chars, utf8.RuneCountInString(e.src[e.seen:e.seen+length]))
	return told(e.in.out, code, r, "%s", message)
}

func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// unknownHint guesses what was meant.
func unknownHint(name string) string {
	known := []string{"app", "stage", "region", "account"}
	guess := map[string]string{
		"AWS::Region": "region", "AWS::AccountId": "account", "AWS::StackName": "app", "aws_region": "region",
		"account_id": "account", "AWS_REGION": "region", "app_name": "app",
	}[name]
	if guess == "" {
		guess = diag.Nearest(name, known)
	}
	lower := strings.ToLower(name)
	if guess == "" && strings.HasPrefix(lower, "env") && len(name) > 4 && isVariable(name[4:]) {
		guess = "env." + name[4:]
	}
	if guess == "" && isVariable(name) && strings.ToUpper(name) == name {
		guess = "env." + name
	}
	if guess != "" {
		return fmt.Sprintf("did you mean ${%s}? ($${ is a literal ${)", guess)
	}
	return "known are ${app}, ${stage}, ${region}, ${account} and ${env.NAME}; write $${ for a literal ${"
}

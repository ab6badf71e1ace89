package yamltree

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// reading says what is doubtful about a plain scalar.
type reading uint8

const (
	clear      reading = iota
	leadZero           // 0777: 511 here, 777 there
	underscore         // 1_000: a number here, a string there
	noDot              // 1e3: a string here, a number there
	otherBase          // 0b11, 0o17, +0x1f
	noNumber           // .inf, .nan, 1e999
	oldBool            // yes, no, on, off
)

// resolve gives a plain scalar its kind, in the core schema of YAML 1.2, and
// tells where readers of YAML disagree about it.
func (p *parser) resolve(n *Node, t tok) {
	kind, doubt := classify(t.value)
	n.Kind = kind
	if doubt == clear {
		return
	}
	f := diag.Finding{Code: "yaml-ambiguous", Range: p.rangeOf(t), Message: "readers of YAML disagree about " + t.value}
	quote := "write " + quoted(t.value) + " for the text"
	switch doubt {
	case leadZero:
		f.Message += ": some take it for octal, others for decimal"
		f.Hint = quote + ", or the number without the zeros in front"
	case underscore, noDot, otherBase:
		f.Message += ": some take it for a number, others for text"
		f.Hint = quote + ", or the number in plain digits"
	case noNumber:
		f.Message = t.value + " is no number that JSON can hold"
		f.Hint = quote
	case oldBool:
		f.Severity = diag.Warning
		f.Message += ": some take it for a boolean, this tool for text"
		f.Hint = quote + ", or true or false"
	}
	p.out.Add(f)
}

// classify finds the kind of a plain scalar on one line.
func classify(v string) (Kind, reading) {
	if v == "" {
		return Null, clear
	}
	switch c := v[0]; {
	case c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.':
		return classifyNumber(v)
	case len(v) > 5:
		return String, clear
	}
	switch v {
	case "~", "null", "Null", "NULL":
		return Null, clear
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool, clear
	case "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
		return String, oldBool
	}
	return String, clear
}

func classifyNumber(v string) (Kind, reading) {
	rest := v
	if v[0] == '+' || v[0] == '-' {
		rest = v[1:]
	}
	switch rest {
	case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
		return String, noNumber
	}
	if rest == "" || rest[0] == '+' || rest[0] == '-' || rest[0] == '_' {
		return String, clear
	}
	doubt := clear
	if strings.IndexByte(rest, '_') >= 0 {
		rest, doubt = strings.ReplaceAll(rest, "_", ""), underscore
	}
	if len(rest) > 2 && rest[0] == '0' && rest[1] > '9' {
		digits := map[byte]string{'x': "0123456789abcdefABCDEF", 'o': "01234567", 'b': "01"}[rest[1]]
		if digits == "" || strings.Trim(rest[2:], digits) != "" {
			return String, clear
		}
		if doubt == clear && (rest[1] != 'x' || v[0] == '+' || v[0] == '-') {
			doubt = otherBase
		}
		return Int, doubt
	}
	whole := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if whole == len(rest) {
		if doubt == clear && whole > 1 && rest[0] == '0' {
			doubt = leadZero
		}
		return Int, doubt
	}
	return classifyFloat(rest, whole, doubt)
}

// classifyFloat looks at what follows the digits of a number without sign.
func classifyFloat(v string, whole int, doubt reading) (Kind, reading) {
	rest, dot := strings.CutPrefix(v[whole:], ".")
	frac := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if whole == 0 && frac == 0 {
		return String, clear
	}
	rest = rest[frac:]
	if rest != "" {
		if rest[0] != 'e' && rest[0] != 'E' {
			return String, clear
		}
		exp := strings.TrimPrefix(strings.TrimPrefix(rest[1:], "-"), "+")
		if exp == "" || len(exp) < len(rest)-2 || strings.Trim(exp, "0123456789") != "" {
			return String, clear
		}
		if !dot && doubt == clear {
			doubt = noDot
		}
	}
	if _, err := strconv.ParseFloat(v, 64); err != nil {
		return String, noNumber
	}
	return Float, doubt
}

// number is a number of the tree as JSON writes it.
func (n *Node) number() json.Number {
	v := strings.ReplaceAll(n.Text, "_", "")
	sign := ""
	if v[0] == '+' || v[0] == '-' {
		sign = strings.TrimPrefix(v[:1], "+")
		v = v[1:]
	}
	if n.Kind == Int {
		if len(v) > 1 && v[0] == '0' && v[1] > '9' {
			if i, ok := new(big.Int).SetString(v, 0); ok {
				v = i.String()
			}
		}
		if v = strings.TrimLeft(v, "0"); v == "" {
			v = "0"
		}
		return json.Number(sign + v)
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return "0"
	}
	return json.Number(sign + strconv.FormatFloat(f, 'g', -1, 64))
}

// Interface is the node as encoding/json decodes it with UseNumber: what the
// JSON schema is held against.
func (n *Node) Interface() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.isTrue()
	case Int, Float:
		return n.number()
	case String:
		return n.Text
	case Mapping:
		m := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			m[e.Key.Text] = e.Value.Interface()
		}
		return m
	case Sequence:
		s := make([]any, len(n.Items))
		for i, item := range n.Items {
			s[i] = item.Interface()
		}
		return s
	}
	return nil
}

func (n *Node) isTrue() bool { return n.Text[0]|0x20 == 't' }

// JSON is the node as JSON, keys in the order of the file.
func (n *Node) JSON() []byte { return n.appendJSON(nil) }

func (n *Node) appendJSON(b []byte) []byte {
	switch {
	case n == nil || n.Kind == Null:
		return append(b, "null"...)
	case n.Kind == Bool:
		return strconv.AppendBool(b, n.isTrue())
	case n.Kind == Int || n.Kind == Float:
		return append(b, n.number()...)
	case n.Kind == String:
		return appendString(b, n.Text)
	case n.Kind == Sequence:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, e := range n.Entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, e.Key.Text), ':')
		b = e.Value.appendJSON(b)
	}
	return append(b, '}')
}

// appendString writes a JSON string without escaping what only HTML minds.
func appendString(b []byte, s string) []byte {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil { // a string always can be
		return append(b, `""`...)
	}
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

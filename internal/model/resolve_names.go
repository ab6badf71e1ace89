package model

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/spec"
)

// nameOperations gives each method without a name its operation id: the
// handler's name in lower camel case. Where that is not one method's alone the
// HTTP method is appended, and where that does not tell them apart the path.
// Names that the file sets are kept, and others give way to them.
func nameOperations(paths []*Path, routes []spec.Route) {
	taken := map[string]bool{}
	groups := map[string][]*Method{}
	var order []string
	for i, p := range paths {
		for j, m := range p.Methods {
			if m.Name != "" {
				taken[m.Name] = true
				continue
			}
			base := operationBase(routes[i].Methods[j].Handler.Text)
			if groups[base] == nil {
				order = append(order, base)
			}
			groups[base] = append(groups[base], m)
		}
	}
	for _, base := range order {
		nameGroup(base, groups[base], taken)
	}
}

// nameGroup names the methods that share a base; those names join taken.
func nameGroup(base string, group []*Method, taken map[string]bool) {
	forms := []func(*Method) string{
		func(*Method) string { return base },
		func(m *Method) string { return base + capital(strings.ToLower(m.HTTPMethod)) },
		func(m *Method) string {
			return base + capital(strings.ToLower(m.HTTPMethod)) + camelPath(m.Path.Path)
		},
	}
	for _, form := range forms {
		if distinct(group, form, taken) {
			for _, m := range group {
				m.Name = form(m)
				taken[m.Name] = true
			}
			return
		}
	}
	// Paths that camel case makes equal: /a-b and /a_b.
	last := forms[len(forms)-1]
	for _, m := range group {
		name := last(m)
		for n := 2; taken[name]; n++ {
			name = last(m) + strconv.Itoa(n)
		}
		m.Name = name
		taken[name] = true
	}
}

func distinct(group []*Method, form func(*Method) string, taken map[string]bool) bool {
	seen := make(map[string]bool, len(group))
	for _, m := range group {
		name := form(m)
		if taken[name] || seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// operationBase makes "getObject" of "store.API.GetObject".
func operationBase(ref string) string {
	name := ref[strings.LastIndexByte(ref, '.')+1:]
	runes := []rune(name)
	for i, r := range runes {
		// A leading acronym goes down as a whole, but for the capital that
		// starts the next word: HTTPGet is httpGet, URL is url.
		if !unicode.IsUpper(r) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

// camelPath makes "CitiesCity" of "/cities/{city}".
func camelPath(path string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(path, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		b.WriteString(capital(word))
	}
	return b.String()
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

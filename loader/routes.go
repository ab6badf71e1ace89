package loader

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// place is one resource of the REST API: a segment below its parent.
type place struct {
	literals map[string]*place
	// param is the place of the parameter below this one; paramText is how it is
	// written, and paramPath the first path that has it.
	param                *place
	paramText, paramPath string
	// path that ends here, "" where none does.
	path string
}

// paths checks the paths themselves and against each other.
func (c *checker) paths() {
	root := &place{}
	for i := range c.app.Routes {
		path := c.app.Routes[i].Path
		if e, ok := c.root.Get("routes").Entry(path); ok && !c.faults.none() && c.faults.at(e.Key) {
			continue
		}
		if fault, ok := checkPath(path); !ok {
			c.out.Err("invalid-path", diag.Key("routes", path).Within(fault.offset, fault.length), fault.message).WithHint(fault.hint)
			continue
		}
		if path == "/ping" || path == "/sping" {
			c.out.Warn("reserved-path", diag.Key("routes", path),
				fmt.Sprintf("%s is API Gateway's own health check: requests do not reach the app", path)).
				WithHint("take another path")
		}
		c.insert(root, path)
	}
}

// insert puts a path among the others, or tells with which it conflicts.
func (c *checker) insert(at *place, path string) {
	offset := 0
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		offset++ // the slash
		if segment == "" {
			break
		}
		if !strings.HasPrefix(segment, "{") {
			next := at.literals[segment]
			if next == nil {
				next = &place{}
				if at.literals == nil {
					at.literals = map[string]*place{}
				}
				at.literals[segment] = next
			}
			at = next
		} else {
			if at.param == nil {
				at.param, at.paramText, at.paramPath = &place{}, segment, path
			}
			if at.paramText != segment {
				c.parameterConflict(at, path, segment, offset)
				return
			}
			at = at.param
		}
		offset += utf8.RuneCountInString(segment)
	}
	at.path = path
}

func (c *checker) parameterConflict(at *place, path, segment string, offset int) {
	first := diag.Key("routes", at.paramPath).Within(offset, utf8.RuneCountInString(at.paramText))
	here := diag.Key("routes", path).Within(offset, utf8.RuneCountInString(segment))
	if twin := at.twin(path, offset); twin != "" {
		c.out.Err("route-conflict", diag.Key("routes", path),
			fmt.Sprintf("%q and %q differ only in names of parameters: API Gateway takes one of them", path, twin)).
			WithHint(fmt.Sprintf("put the methods of both under %q", twin)).
			WithRelated(diag.Key("routes", twin), "the other path")
		return
	}
	hint := fmt.Sprintf("write %q here too, or give one of the two another parent", at.paramText)
	c.out.Err("parameter-conflict", here,
		fmt.Sprintf("parameter %q stands where %q of %q does: API Gateway takes one name per place", segment, at.paramText, at.paramPath)).
		WithHint(hint).WithRelated(first, "the other parameter")
}

// twin is an earlier path that has the same segments from at on, but for names
// of parameters.
func (at *place) twin(path string, offset int) string {
	for segment := range strings.SplitSeq(string([]rune(path)[offset:]), "/") {
		switch {
		case !strings.HasPrefix(segment, "{"):
			at = at.literals[segment]
		case at.param != nil && strings.HasSuffix(at.paramText, "+}") == strings.HasSuffix(segment, "+}"):
			at = at.param
		default:
			return ""
		}
		if at == nil {
			return ""
		}
	}
	return at.path
}

// A fault of a text, with the interval of it that is meant.
type textFault struct {
	offset, length int
	message, hint  string
}

// checkPath holds a path against what API Gateway takes. The schema says the
// same less precisely.
func checkPath(path string) (textFault, bool) {
	switch {
	case path == "/":
		return textFault{}, true
	case !strings.HasPrefix(path, "/"):
		return textFault{message: fmt.Sprintf("path %q does not start with a slash", path), hint: fmt.Sprintf("write %q", "/"+path)}, false
	case strings.HasSuffix(path, "/"):
		return textFault{offset: utf8.RuneCountInString(path) - 1, length: 1,
			message: fmt.Sprintf("path %q ends in a slash", path), hint: fmt.Sprintf("write %q", cmp.Or(strings.TrimRight(path, "/"), "/"))}, false
	}
	seen := map[string]bool{}
	offset := 0
	segments := strings.Split(path[1:], "/")
	for i, segment := range segments {
		offset++
		length := utf8.RuneCountInString(segment)
		if message, hint := checkSegment(segment, i == len(segments)-1, seen); message != "" {
			return textFault{offset: offset, length: max(length, 1), message: message, hint: hint}, false
		}
		offset += length
	}
	return textFault{}, true
}

func checkSegment(segment string, last bool, seen map[string]bool) (message, hint string) {
	name, isParam := strings.CutPrefix(segment, "{")
	if !isParam {
		switch {
		case segment == "":
			return "the path has an empty segment", "take one of the two slashes away"
		case strings.Contains(segment, "{"):
			return fmt.Sprintf("segment %q is a parameter only in part", segment), "a parameter is a whole segment: /{name}"
		case !segmentText(segment):
			return fmt.Sprintf("segment %q has characters that API Gateway refuses", segment), "take letters, digits and . _ - :"
		}
		return "", ""
	}
	name, closed := strings.CutSuffix(name, "}")
	name, greedy := strings.CutSuffix(name, "+")
	switch {
	case !closed:
		return fmt.Sprintf("parameter %q is not closed by the end of its segment", segment), "a parameter is a whole segment: /{name}"
	case name == "":
		return "the parameter has no name", "write {name}"
	case !segmentText(name):
		return fmt.Sprintf("the name of parameter %q has characters that API Gateway refuses", segment), "take letters, digits and . _ - :"
	case greedy && !last:
		return fmt.Sprintf("%q takes the rest of the path, but segments follow it", segment), fmt.Sprintf("put it last, or write {%s}", name)
	case seen[name]:
		return fmt.Sprintf("the path has two parameters %q", name), "give one of them another name"
	}
	seen[name] = true
	return "", ""
}

func segmentText(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("._-:", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// methods wants a method in each path.
func (c *checker) methods() {
	for i := range c.app.Routes {
		if r := &c.app.Routes[i]; len(r.Methods) == 0 && c.sound("routes", r.Path) {
			c.out.Err("no-methods", diag.Key("routes", r.Path), fmt.Sprintf("path %q has no method", r.Path)).
				WithHint("give it one of " + strings.Join(httpMethods[:], ", "))
		}
	}
}

// operationIDs wants explicit names of operations to be unique.
func (c *checker) operationIDs() {
	first := map[string]diag.At{}
	model.EachMethod(c.app, func(r *spec.Route, m *spec.Method) {
		if m.Name == "" {
			return
		}
		at := diag.Value("routes", r.Path, m.HTTPMethod, "name")
		if earlier, ok := first[m.Name]; ok {
			c.out.Err("duplicate-operation-id", at, fmt.Sprintf("operation id %q is taken", m.Name)).
				WithHint("give one of the two another name").WithRelated(earlier, "the other one").AsConflict()
			return
		}
		first[m.Name] = at
	})
}

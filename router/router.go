// Package router finds the route of a method and a path as API Gateway does:
// segment by segment from the left a literal beats a parameter and a parameter
// the greedy rest; where the better branch leads nowhere the next is tried.
//
//	var b router.Builder[string]
//	_ = b.Add("GET", "/cities/{city}", "city")
//	table := b.Build()
//	v, params, ok := table.Match("GET", "/cities/seattle") // "city", city=seattle
package router

import (
	"fmt"
	"slices"
	"strings"
)

// Any is the method that serves those which a path has no route of its own for.
const Any = "ANY"

// Param is a path parameter of a request, percent-encoded as it was sent.
type Param struct{ Name, Value string }

// Params are the path parameters of a request in the order of the path.
type Params []Param

// Get returns the value of a parameter, "" where there is none of the name.
func (p Params) Get(name string) string {
	for _, v := range p {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// Table is the routes of an API. It does not change, and several goroutines may
// use it.
type Table[T any] struct{ root *node[T] }

// node is the end of a path and the start of longer ones.
type node[T any] struct {
	literals map[string]*node[T]
	param    *node[T]
	greedy   *node[T]
	// name of the parameter below this node, that of the greedy one as well.
	name string
	// routes of the path that ends here; none where none does.
	routes []route[T]
	// params of the path that ends here: names and numbers of their segments.
	params []place
}

type route[T any] struct {
	method string
	value  T
}

type place struct {
	name    string
	segment int
	greedy  bool
}

// Builder collects routes. Its zero value is ready.
type Builder[T any] struct{ root *node[T] }

// Add adds the route of a method, or of Any, and a path such as
// /files/{bucket}/{key+}.
func (b *Builder[T]) Add(method, path string, v T) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("path %q does not start with a slash", path)
	}
	if b.root == nil {
		b.root = new(node[T])
	}
	n := b.root
	var places []place
	if path != "/" {
		segments := strings.Split(path[1:], "/")
		for i, s := range segments {
			name, greedy, isParam, err := parseSegment(s)
			if err == nil && greedy && i != len(segments)-1 {
				err = fmt.Errorf("segment %q takes the rest of the path: nothing may follow it", s)
			}
			if err == nil && isParam && slices.ContainsFunc(places, func(p place) bool { return p.name == name }) {
				err = fmt.Errorf("parameter %q is there twice", name)
			}
			if err == nil {
				n, err = n.child(s, name, isParam, greedy)
			}
			if err != nil {
				return fmt.Errorf("path %q: %w", path, err)
			}
			if isParam {
				places = append(places, place{name, i, greedy})
			}
		}
	}
	for _, r := range n.routes {
		if r.method == method {
			return fmt.Errorf("%s %s is there twice", method, path)
		}
	}
	n.routes = append(n.routes, route[T]{method, v})
	n.params = places
	return nil
}

// Build makes the table. The builder starts anew.
func (b *Builder[T]) Build() *Table[T] {
	t := &Table[T]{b.root}
	if t.root == nil {
		t.root = new(node[T])
	}
	b.root = nil
	return t
}

// parseSegment takes a segment of a route's path apart.
func parseSegment(s string) (name string, greedy, isParam bool, err error) {
	if s == "" {
		return "", false, false, fmt.Errorf("it has an empty segment")
	}
	if s[0] != '{' {
		if strings.ContainsAny(s, "{}") {
			return "", false, false, fmt.Errorf("segment %q: a parameter is a whole segment", s)
		}
		return "", false, false, nil
	}
	if s[len(s)-1] != '}' {
		return "", false, false, fmt.Errorf("segment %q: a parameter is a whole segment", s)
	}
	name, greedy = strings.CutSuffix(s[1:len(s)-1], "+")
	if name == "" || strings.ContainsAny(name, "{}+") {
		return "", false, false, fmt.Errorf("segment %q: the parameter has no name", s)
	}
	return name, greedy, true, nil
}

// child returns the node below n, making it where there is none.
func (n *node[T]) child(s, name string, isParam, greedy bool) (*node[T], error) {
	if !isParam {
		if n.literals == nil {
			n.literals = map[string]*node[T]{}
		}
		if n.literals[s] == nil {
			n.literals[s] = new(node[T])
		}
		return n.literals[s], nil
	}
	if n.name != "" && n.name != name {
		return nil, fmt.Errorf("parameter %q stands where another path has %q", name, n.name)
	}
	n.name = name
	at := &n.param
	if greedy {
		at = &n.greedy
	}
	if *at == nil {
		*at = new(node[T])
	}
	return *at, nil
}

// Match finds the route of a request by its path as it was sent. One trailing
// slash does not count.
func (t *Table[T]) Match(method, path string) (v T, params Params, ok bool) {
	n := t.find(path)
	if n == nil {
		return v, nil, false
	}
	fallback := -1
	for i := range n.routes {
		if n.routes[i].method == method {
			return n.routes[i].value, n.values(path), true
		}
		if n.routes[i].method == Any {
			fallback = i
		}
	}
	if fallback < 0 {
		return v, nil, false
	}
	return n.routes[fallback].value, n.values(path), true
}

// Methods returns the methods of the route that a path leads to, in the order
// in which they were added; nil where it leads to none.
func (t *Table[T]) Methods(path string) []string {
	n := t.find(path)
	if n == nil {
		return nil
	}
	methods := make([]string, len(n.routes))
	for i, r := range n.routes {
		methods[i] = r.method
	}
	return methods
}

func (t *Table[T]) find(path string) *node[T] {
	rest, ok := trim(path)
	if !ok {
		return nil
	}
	return t.root.find(rest)
}

// trim takes off the leading slash and one trailing slash.
func trim(path string) (rest string, ok bool) {
	if path == "" || path[0] != '/' {
		return "", false
	}
	rest = path[1:]
	if rest != "" && rest[len(rest)-1] == '/' {
		rest = rest[:len(rest)-1]
		// A path of two slashes has an empty segment and is not the root.
		ok = rest != ""
		return rest, ok
	}
	return rest, true
}

// find walks down the segments of rest; end says that none are left. Each node
// has one way that leads to it, so that no node is visited twice.
func (n *node[T]) find(rest string) *node[T] {
	if rest == "" {
		return n.end()
	}
	segment, after, more := strings.Cut(rest, "/")
	if c := n.literals[segment]; c != nil {
		if found := c.below(after, more); found != nil {
			return found
		}
	}
	if n.param != nil && segment != "" {
		if found := n.param.below(after, more); found != nil {
			return found
		}
	}
	if n.greedy != nil && segment != "" {
		return n.greedy.end()
	}
	return nil
}

// below goes on behind a segment.
func (n *node[T]) below(after string, more bool) *node[T] {
	if !more {
		return n.end()
	}
	if after == "" { // an empty last segment
		return nil
	}
	return n.find(after)
}

// end is the node itself where a path ends at it.
func (n *node[T]) end() *node[T] {
	if len(n.routes) == 0 {
		return nil
	}
	return n
}

// values takes the parameters of the path that ends at n out of a request's.
func (n *node[T]) values(path string) Params {
	if len(n.params) == 0 {
		return nil
	}
	rest, _ := trim(path)
	params := make(Params, len(n.params))
	segment := 0
	for i, p := range n.params {
		for ; segment < p.segment; segment++ {
			_, rest, _ = strings.Cut(rest, "/")
		}
		value := rest
		if !p.greedy {
			value, _, _ = strings.Cut(rest, "/")
		}
		params[i] = Param{p.name, value}
	}
	return params
}

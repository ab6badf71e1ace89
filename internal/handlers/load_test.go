package handlers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source/all"
	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// loaded is a Chalicefile up to where handlers are bound.
type loaded struct {
	models []*model.App
	root *yamltree.Node
	src []byte
}

func load(t testing.TB, dir string) *loaded {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(dir, "Chalicefile.yaml"))
	if err != nil { t.Fatal(err) }
	root, found := yamltree.Parse("Chalicefile.yaml", src)
	if root == nil { t.Fatal(dir, found) }
	l := &loaded{root: root, src: src}
	pkg := "."
	if n := root.Get("package"); n != nil { pkg = n.Text }
	ref := func(n *yamltree.Node) spec.Ref {
		if n == nil { return spec.Ref{} }
		if h := n.Get("handler"); h != nil { n = h }
		return spec.Ref{Text: n.Text, Dir: ".", Package: pkg}
	}
	a := &spec.App{Version: 1, Name: "app", Package: pkg, Stage: "dev"}
	mws := func(n *yamltree.Node) (out []spec.Ref) {
		if n == nil { return nil }
		for _, i := range n.Items { out = append(out, ref(i)) }
		return
	}
	each := func(key string, f func(name string, n *yamltree.Node)) {
		if n := root.Get(key); n != nil { for _, e := range n.Entries { f(e.Key.Text, e.Value) } }
	}
	a.Middleware = mws(root.Get("middleware"))
	each("routes", func(name string, n *yamltree.Node) {
		r := spec.Route{Path: name}
		for _, e := range n.Entries {
			if e.Key.Text == "middleware" { r.Middleware = mws(e.Value); continue }
			if e.Key.Text != strings.ToUpper(e.Key.Text) { continue }
			m := spec.Method{HTTPMethod: e.Key.Text, Handler: ref(e.Value)}
			if c := e.Value.Get("content_types"); c != nil { for _, i := range c.Items { m.ContentTypes = append(m.ContentTypes, i.Text) } }
			r.Methods = append(r.Methods, m)
		}
		a.Routes = append(a.Routes, r)
	})
	each("authorizers", func(name string, n *yamltree.Node) {
		a.Authorizers = append(a.Authorizers, spec.Authorizer{Name: name, Handler: &spec.HandlerAuthorizer{Handler: ref(n)}})
	})
	each("schedules", func(name string, n *yamltree.Node) {
		s := spec.Schedule{Name: name, Handler: ref(n), Rate: "1 day"}
		if i := n.Get("input"); i != nil { s.Input, _ = json.Marshal(i.Interface()) }
		a.Schedules = append(a.Schedules, s)
	})
	each("events", func(name string, n *yamltree.Node) {
		for _, d := range all.Events() { if n.Get(d.Kind) != nil {
			a.Events = append(a.Events, spec.Event{Name: name, Handler: ref(n), Kind: d.Kind, Source: d.New()}) } }
	})
	each("functions", func(name string, n *yamltree.Node) { a.Functions = append(a.Functions, spec.Function{Name: name, Handler: ref(n)}) })
	if w := root.Get("websocket"); w != nil {
		s := &spec.WebSocket{Connect: ref(w.Get("connect")), Disconnect: ref(w.Get("disconnect")), Default: ref(w.Get("default"))}
		if rs := w.Get("routes"); rs != nil { for _, e := range rs.Entries { s.Routes = append(s.Routes, spec.SocketRoute{Key: e.Key.Text, Handler: ref(e.Value)}) } }
		a.WebSocket = s
	}
	l.models = []*model.App{model.Resolve(a, model.Module{})}
	return l
}

// print writes the findings of all apps as a person reads them.
func (l *loaded) print(t *testing.T, found []diag.List) string {
	t.Helper()
	var all diag.List
	for _, f := range found { all.Add(f.Findings...) }
	for i := range all.Findings {
		f := &all.Findings[i]
		if f.Range.IsZero() { f.Range, _ = yamltree.Locate(l.root, f.At) }
	}
	all.Sort()
	var b strings.Builder
	diag.WriteText(&b, all, diag.PrintOptions{Sources: map[string][]byte{"Chalicefile.yaml": l.src}})
	return b.String()
}

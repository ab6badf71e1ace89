package loader

import "github.com/chalicefile/chalicefile/internal/yamltree"

// named are sections whose entries are independent of each other.
var named = map[string]bool{"routes": true, "authorizers": true, "schedules": true, "events": true, "functions": true}

// unseen is the part of a stage's tree that the schema has not seen in the
// files as they are written: what the stage's overlay touches, where "required"
// holds for the result alone, and where interpolation put values, which the
// schema lets pass while they are ${…}. It is nil where there is nothing.
func unseen(root, overlay *yamltree.Node) *yamltree.Node {
	var entries []yamltree.Entry
	any := false
	for _, e := range root.Entries {
		key := e.Key.Text
		over := overlay.Get(key)
		switch {
		case key == "version" || key == "app":
			entries = append(entries, e)
		case named[key] && e.Value.Kind == yamltree.Mapping:
			if part := unseenEntries(e.Value, over); part != nil {
				entries, any = append(entries, yamltree.Entry{Key: e.Key, Value: part}), true
			}
		case over != nil || interpolated(e.Value):
			entries, any = append(entries, yamltree.Entry{Key: e.Key, Value: final(e.Value)}), true
		}
	}
	if !any {
		return nil
	}
	part := yamltree.NewMapping(root, entries...)
	part.Broken = root.Broken || root.Get("version") == nil || root.Get("app") == nil // told of the file
	return part
}

func unseenEntries(n, overlay *yamltree.Node) *yamltree.Node {
	var entries []yamltree.Entry
	for _, e := range n.Entries {
		if _, touched := overlay.Entry(e.Key.Text); touched || interpolated(e.Value) {
			entries = append(entries, yamltree.Entry{Key: e.Key, Value: final(e.Value)})
		}
	}
	if entries == nil {
		return nil
	}
	return yamltree.NewMapping(n, entries...)
}

// interpolated says that a value at or below n is the result of ${…}.
func interpolated(n *yamltree.Node) bool {
	if n.Interpolated {
		return true
	}
	for _, e := range n.Entries {
		if interpolated(e.Value) {
			return true
		}
	}
	for _, item := range n.Items {
		if interpolated(item) {
			return true
		}
	}
	return false
}

// final is n with interpolated values as if they had been written, so that
// patterns hold for them.
func final(n *yamltree.Node) *yamltree.Node {
	if !interpolated(n) {
		return n
	}
	switch n.Kind {
	case yamltree.Mapping:
		entries := make([]yamltree.Entry, len(n.Entries))
		for i, e := range n.Entries {
			entries[i] = yamltree.Entry{Key: e.Key, Value: final(e.Value)}
		}
		m := yamltree.NewMapping(n, entries...)
		m.Broken = n.Broken
		return m
	case yamltree.Sequence:
		items := make([]*yamltree.Node, len(n.Items))
		for i, item := range n.Items {
			items[i] = final(item)
		}
		return yamltree.NewSequence(n, items...)
	}
	if unresolved(n.Text) {
		return n // told as such, or another stage's: what it will be is not known
	}
	return yamltree.NewString(n, n.Text)
}

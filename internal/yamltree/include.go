package yamltree

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The sections of a Chalicefile that an include adds to.
const (
	secRoutes      = "routes"
	secAuthorizers = "authorizers"
	secSchedules   = "schedules"
	secEvents      = "events"
	secFunctions   = "functions"
	secWebSocket   = "websocket"
	keyHandler     = "handler"
	keyMiddleware  = "middleware"
	keyAuthorizer  = "authorizer"
	keyFunction    = "function"
	keyDefaults    = "defaults"
)

// methods are the keys of a path that are HTTP methods.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"}

// handed are the settings that a file makes for its own routes.
var handed = []string{"cors", keyAuthorizer, "api_key_required", "content_types", keyFunction}

// handing makes the sections of an included file as its includer takes them:
// what it sets for its own routes and functions handed down to them, its
// prefixes in front.
type handing struct {
	k    *composer
	inc  *IncludedFile
	tree *Node // with its own includes
}

// sections are the entries that the includer's tree gets.
func (h *handing) sections() []Entry {
	var out []Entry
	for _, e := range h.tree.Entries {
		v := e.Value
		switch e.Key.Text {
		case secRoutes:
			v = h.routes(v)
		case secAuthorizers, secSchedules, secEvents, secFunctions:
			v = h.named(e.Key.Text, v)
		case secWebSocket:
			v = h.renamed(v)
		default:
			continue
		}
		out = append(out, Entry{e.Key, v})
	}
	if tags, ok := h.tree.Get(keyDefaults).Entry("build_tags"); ok {
		told(h.k.out, "include-build-tags", tags.Key.Range(), "build_tags hold for the whole app, not for the functions of one file").
			Hint = "move them to the defaults of the root file"
	}
	return out
}

// routes hands the file's settings down to its paths.
func (h *handing) routes(n *Node) *Node {
	if n.Kind != Mapping {
		return n
	}
	entries := make([]Entry, len(n.Entries))
	for i, e := range n.Entries {
		entries[i] = Entry{h.prefixedPath(e.Key), h.route(e.Value)}
	}
	return NewMapping(n, entries...)
}

func (h *handing) prefixedPath(key *Node) *Node {
	prefix := strings.TrimRight(h.inc.URLPrefix, "/")
	if prefix == "" {
		return key
	}
	if !strings.HasPrefix(prefix, "/") {
		prefix = "/" + prefix
	}
	made := key.prefixed(prefix)
	if key.Text == "/" {
		made.Text = prefix
	}
	return made
}

// prefixed is a string that begins with a text that stands elsewhere.
func (n *Node) prefixed(prefix string) *Node {
	c := *n
	c.Text = prefix + n.Text
	parts := []part{{to: 0, became: utf8.RuneCountInString(prefix)}}
	if n.made != nil {
		if c.made = n.made; n.made.whole {
			return &c
		}
		for _, p := range n.made.parts {
			p.to += parts[0].became
			parts = append(parts, p)
		}
	}
	c.made = &made{raw: n.RawText(), parts: parts}
	return &c
}

func (h *handing) route(n *Node) *Node {
	if n.Kind != Mapping {
		return n
	}
	entries := make([]Entry, len(n.Entries), len(n.Entries)+len(handed)+1)
	for i, e := range n.Entries {
		if slices.Contains(methods, e.Key.Text) {
			e.Value = h.renamed(e.Value)
		}
		entries[i] = Entry{e.Key, h.reference(e.Key.Text, e.Value)}
	}
	for _, key := range handed {
		e, ok := h.tree.Entry(key)
		if _, has := n.Entry(key); !ok || has {
			continue
		}
		if _, options := n.Entry("OPTIONS"); key == "cors" && options {
			continue // a path that handles OPTIONS has no cors of the file
		}
		entries = append(entries, Entry{e.Key, h.reference(key, e.Value)})
	}
	return NewMapping(n, h.middleware(entries)...)
}

// middleware puts the file's middleware in front of its path's.
func (h *handing) middleware(entries []Entry) []Entry {
	e, ok := h.tree.Entry(keyMiddleware)
	if !ok || e.Value.Kind != Sequence {
		return entries
	}
	for i, own := range entries {
		if own.Key.Text == keyMiddleware {
			if own.Value.Kind == Sequence {
				all := slices.Concat(e.Value.Items, own.Value.Items)
				entries[i].Value = NewSequence(own.Value, all...)
			}
			return entries
		}
	}
	return append(entries, e)
}

// renamed gives a method or the websocket the prefixed names of what the file
// itself defines.
func (h *handing) renamed(n *Node) *Node {
	if n.Kind != Mapping {
		return n
	}
	for i, e := range n.Entries {
		v := h.reference(e.Key.Text, e.Value)
		if v == e.Value {
			continue
		}
		c := *n
		c.Entries = slices.Clone(n.Entries)
		c.Entries[i].Value = v
		n = &c
	}
	return n
}

// reference is the value of a key that may name an authorizer or a function of
// the file. A name that the file does not have is the root's, whatever the
// files in between call the same.
func (h *handing) reference(key string, v *Node) *Node {
	if v.Kind != String {
		return v
	}
	section := map[string]string{keyAuthorizer: secAuthorizers, keyFunction: secFunctions}[key]
	if section == "" || reserved(section, v.Text) {
		return v
	}
	own := v.File == h.inc.File
	if own && h.tree.Get(section).find(v.Text) < 0 || !own && !v.bound {
		return v
	}
	c := *v
	c.bound = true
	if h.inc.NamePrefix == "" {
		return &c
	}
	return c.prefixed(h.inc.NamePrefix)
}

// reserved names mean the same everywhere.
func reserved(section, name string) bool {
	return section == secFunctions && (name == "api" || name == "websocket") || section == secAuthorizers && name == "none"
}

// named puts the prefix in front of the names of a section and hands the
// file's defaults down to its functions.
func (h *handing) named(section string, n *Node) *Node {
	if n.Kind != Mapping {
		return n
	}
	entries := make([]Entry, len(n.Entries))
	for i, e := range n.Entries {
		if h.inc.NamePrefix != "" && !reserved(section, e.Key.Text) {
			e.Key = e.Key.prefixed(h.inc.NamePrefix)
		}
		if section != secAuthorizers || e.Value.Get(keyHandler) != nil {
			e.Value = h.settings(e.Value)
		}
		entries[i] = e
	}
	return NewMapping(n, entries...)
}

// settings puts the file's defaults under the settings of a function.
func (h *handing) settings(n *Node) *Node {
	defaults := h.tree.Get(keyDefaults)
	if n.Kind != Mapping || len(defaults.entries()) == 0 {
		return n
	}
	entries := slices.Clone(n.Entries)
	for _, d := range defaults.Entries {
		key := d.Key.Text
		i := n.find(key)
		switch {
		case key == "build_tags":
		case i < 0:
			entries = append(entries, d)
		case (key == "environment" || key == "tags") && d.Value.Kind == Mapping && n.Entries[i].Value.Kind == Mapping:
			entries[i].Value = under(n.Entries[i].Value, d.Value)
		}
	}
	return NewMapping(n, entries...)
}

// under adds the entries of below that n lacks.
func under(n, below *Node) *Node {
	entries := slices.Clone(n.Entries)
	for _, e := range below.Entries {
		if n.find(e.Key.Text) < 0 {
			entries = append(entries, e)
		}
	}
	return NewMapping(n, entries...)
}

// union collects the sections of a file and of what it includes.
type union struct {
	k        *composer
	root     *Node
	at       *Node            // the entry of the include list whose sections are added
	twice    bool             // told that it brings a file for the second time
	entries  []Entry          // of the root; nil as long as nothing was added
	sections map[string]*Node // mappings that were made here
}

func (u *union) add(at *Node, sections []Entry) {
	u.at, u.twice = at, false
	if u.entries == nil {
		u.entries = slices.Clone(u.root.Entries)
		u.sections = map[string]*Node{}
	}
	for _, s := range sections {
		i := slices.IndexFunc(u.entries, func(e Entry) bool { return e.Key.Text == s.Key.Text })
		switch {
		case i < 0:
			u.entries = append(u.entries, s)
		case s.Key.Text == secWebSocket:
			u.conflict(s.Key, u.entries[i].Key, secWebSocket)
		case u.entries[i].Value.Kind == Mapping && s.Value.Kind == Mapping:
			u.entries[i].Value = u.extend(i, s.Value)
		}
	}
}

// extend adds the entries of more to the section at i.
func (u *union) extend(i int, more *Node) *Node {
	key := u.entries[i].Key.Text
	have := u.sections[key]
	if have == nil {
		have = NewMapping(u.entries[i].Value, slices.Clone(u.entries[i].Value.Entries)...)
		u.sections[key] = have
	}
	for _, e := range more.Entries {
		if earlier, ok := have.Entry(e.Key.Text); ok {
			u.conflict(e.Key, earlier.Key, key)
			continue
		}
		have.Entries = append(have.Entries, e)
		have.dollar = have.dollar || e.Value.dollar
		if have.index != nil {
			have.index[e.Key.Text] = int32(len(have.Entries) - 1)
		} else if len(have.Entries) >= indexFrom {
			have.buildIndex()
		}
	}
	have.Broken = have.Broken || more.Broken
	return have
}

func (u *union) conflict(later, earlier *Node, section string) {
	if later.Range() == earlier.Range() {
		u.again(later.File.Name)
		return
	}
	what, hint := later.Text+" in "+section, "rename one of them, or give the include a name_prefix"
	switch section {
	case secWebSocket:
		what, hint = "a WebSocket API", "an app has one: put all of it into one of the files"
	case secRoutes:
		hint = "put the methods of both into one of the files, or give the include a url_prefix"
	}
	told(u.k.out, "include-conflict", later.Range(), "%s is defined in another file already", what).
		WithRelatedRange(earlier.Range(), "the other definition").
		Hint = hint
}

// again tells, once for an include, that it brings a file that is there.
func (u *union) again(name string) {
	if u.twice {
		return
	}
	u.twice = true
	told(u.k.out, "include-conflict", u.at.Range(), "%s is included a second time, and defines the same again", name).
		Hint = "remove this entry, or give it a url_prefix and a name_prefix of its own"
}

func (u *union) done() *Node {
	if u.entries == nil {
		return u.root
	}
	return NewMapping(u.root, u.entries...)
}

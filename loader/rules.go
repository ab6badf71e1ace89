package loader

import (
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// checker applies the rules of meaning to one stage of an app. Rules tell
// findings at paths; what only follows from a fault that was told before they
// leave out, by asking faults.
type checker struct {
	app    *spec.App
	root   *yamltree.Node
	faults *faults
	out    diag.List
	// readFile reads a file that the Chalicefile names, relative to it.
	readFile func(name string) ([]byte, error)
	sources  []source.Descriptor

	// nearest remembers suggestions: one misspelt name may stand at thousands of
	// routes.
	nearest map[misspelling]string
	// misspelt are names that were told as unknown and resemble a known one.
	misspelt map[string]bool
}

// check runs every rule. Their order does not matter but for functions, which
// looks at what unknownNames found.
func (c *checker) check() {
	c.paths()
	c.methods()
	c.cors()
	c.operationIDs()
	c.authorizers()
	c.unknownNames()
	c.webSocket()
	c.names()
	c.functions()
	c.nameLengths()
	c.schedules()
	c.settings()
	c.iam()
	c.api()
	c.quotas()
	c.eventSources()
	c.somethingToDeploy()
}

// eventSources lets each source check its own entries.
func (c *checker) eventSources() {
	entries := map[string][]source.Entry{}
	for i := range c.app.Events {
		e := &c.app.Events[i]
		if e.Source != nil {
			entries[e.Kind] = append(entries[e.Kind], source.Entry{Name: e.Name, Source: e.Source, Settings: c.inForce(e.Settings)})
		}
	}
	for i := range c.app.Schedules {
		s := &c.app.Schedules[i]
		entries["schedule"] = append(entries["schedule"], source.Entry{Name: s.Name, Source: s, Settings: c.inForce(s.Settings)})
	}
	for _, s := range c.sources {
		if s.Check == nil || len(entries[s.Kind]) == 0 {
			continue
		}
		var found diag.List
		s.Check(c.app, entries[s.Kind], &found)
		for _, f := range found.Findings {
			if c.soundAt(f.At) && !(f.Conflict && len(f.Related) > 0 && !c.soundAt(f.Related[0].At)) {
				c.out.Add(f)
			}
		}
	}
}

// soundAt says that there is nothing wrong with what a finding is about to be
// told of: sources do not know what the schema told.
func (c *checker) soundAt(at diag.At) bool {
	if c.faults.none() {
		return true
	}
	n := c.root
	for i, key := range at.Path {
		last := i == len(at.Path)-1
		if n != nil && n.Kind == yamltree.Sequence {
			k, err := strconv.Atoi(key)
			if err != nil || k < 0 || k >= len(n.Items) {
				return true
			}
			n = n.Items[k]
		} else {
			e, ok := n.Entry(key)
			if !ok {
				return true
			}
			if last && c.faults.at(e.Key) {
				return false
			}
			n = e.Value
		}
		if last && !at.OnKey {
			return c.faults.sound(n)
		}
	}
	return true
}

// sections that give an app something to deploy.
var sections = [...]string{"routes", "schedules", "events", "functions", "websocket"}

// somethingToDeploy wants at least one function.
func (c *checker) somethingToDeploy() {
	a := c.app
	if len(a.Routes) > 0 || len(a.Schedules) > 0 || len(a.Events) > 0 || len(a.Functions) > 0 || a.WebSocket != nil {
		return
	}
	if c.root.Broken || c.faults.rootKeys {
		return
	}
	for _, s := range sections {
		if e, ok := c.root.Entry(s); ok && !c.faults.sound(e.Value) {
			return
		}
	}
	c.out.Err("nothing-to-deploy", diag.Key("app"), "the app has nothing to deploy").
		WithHint("give it routes, schedules, events, functions or websocket")
}

// maxSuggestions is for how many names the nearest one is looked for: each is
// compared with all that there are.
const maxSuggestions = 200

// misspelling is an unknown name in one file.
type misspelling struct {
	file          *yamltree.File
	section, name string
}

// suggest is the hint for a name at a path that a section does not have. A name
// of the same file is suggested as that file writes it: without the prefix that
// an include puts in front.
func (c *checker) suggest(section, name string, path []string, more ...string) string {
	m := misspelling{section: section, name: name}
	if n := c.at(path...); n != nil {
		m.file = n.File
	}
	near, ok := c.nearest[m]
	if !ok && len(c.nearest) < maxSuggestions {
		near = c.nearestName(m, more)
		c.nearest[m] = near
	}
	if near == "" {
		return ""
	}
	return `did you mean "` + near + `"?`
}

func (c *checker) nearestName(m misspelling, more []string) string {
	names, full := more, map[string]string{}
	if n := c.at(m.section); n != nil {
		for _, e := range n.Entries {
			name := e.Key.Text
			if e.Key.File == m.file {
				name = e.Key.RawText()
			}
			names = append(names, name)
			full[name] = e.Key.Text
		}
	}
	near := diag.Nearest(m.name, names)
	c.misspelt[full[near]] = true
	return near
}

// unresolved says that a text still holds ${…}: a variable of another stage
// that is not set here. Nobody knows what it will be.
func unresolved(text string) bool { return strings.Contains(text, "${") }

// complete says whether all names of a section are known: none is hidden by a
// syntax error in the section or by a misspelt name of the section itself. What
// is wrong with the entry of a name does not make the name unknown.
func (c *checker) complete(section string) bool {
	if c.root.Broken || c.faults.files {
		return false
	}
	e, ok := c.root.Entry(section)
	if !ok {
		return !c.faults.rootKeys
	}
	return e.Value.Kind == yamltree.Mapping && !e.Value.Broken
}

// at finds the node at a path, or nil.
func (c *checker) at(path ...string) *yamltree.Node {
	n := c.root
	for _, key := range path {
		n = n.Get(key)
	}
	return n
}

// sound says that there is nothing wrong with the entry at path, nor below it.
func (c *checker) sound(path ...string) bool {
	if c.faults.none() {
		return true
	}
	e, ok := c.at(path[:len(path)-1]...).Entry(path[len(path)-1])
	return !ok || !c.faults.at(e.Key) && c.faults.sound(e.Value)
}

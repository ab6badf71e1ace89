package resource

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// list collects properties.
type list struct {
	get   Lookup
	props []Property
}

func (l *list) text(name, value string) {
	l.props = append(l.props, Property{Name: name, Value: value})
}
func (l *list) number(name string, n int) { l.text(name, strconv.Itoa(n)) }
func (l *list) lines(name string, v []string) {
	l.text(name, strings.Join(v, ", "))
}

// flag is a property that is false where AWS says nothing.
func (l *list) flag(name string, on bool) {
	l.props = append(l.props, Property{Name: name, Value: strconv.FormatBool(on), Default: "false"})
}

func (l *list) optional(name string, n *int) {
	if n != nil {
		l.number(name, *n)
	}
}

// nonzero is a number whose zero says that it is not set.
func (l *list) nonzero(name string, n int) {
	if n != 0 {
		l.number(name, n)
	}
}

func (l *list) ref(name string, t Text) {
	value, known := t.Resolve(l.get)
	l.props = append(l.props, Property{Name: name, Value: value, Unknown: !known})
}

// fixed marks the last property as one that cannot be changed.
func (l *list) fixed(why string) { l.props[len(l.props)-1].Fixed = why }

// each is a property for every key. Empty values are quoted, so that they are
// told from absent ones.
func (l *list) each(prefix string, m map[string]string, secret bool) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := m[key]
		if value == "" {
			value = `""`
		}
		l.props = append(l.props, Property{Name: prefix + "." + key, Value: value, Secret: secret})
	}
}

// Properties implements Resource, as do those below.
func (r *Role) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("service", r.Service)
	l.text("policy", string(r.Policy.JSON()))
	l.lines("managed_policies", r.ManagedPolicies)
	l.text("permissions_boundary", r.PermissionsBoundary)
	l.each("tags", r.Tags, false)
	return l.props
}

// Properties of a log group.
func (g *LogGroup) Properties(get Lookup) []Property {
	l := list{get: get}
	l.nonzero("log_retention", g.Retention)
	l.each("tags", g.Tags, false)
	return l.props
}

// Properties of a function. Values of its environment are secret.
func (f *Function) Properties(get Lookup) []Property {
	l := list{get: get}
	if f.Code != nil {
		l.text("code", f.Code.SHA256)
	}
	l.text("runtime", cmp.Or(f.Runtime, Runtime))
	l.text("handler", f.Handler)
	l.ref("iam.role_arn", f.Role)
	l.number("memory_size", f.MemorySize)
	l.number("timeout", f.Timeout)
	l.text("architecture", f.Architecture)
	l.number("ephemeral_storage", f.EphemeralStorage)
	l.each("environment", f.Environment, true)
	l.optional("reserved_concurrency", f.ReservedConcurrency)
	l.lines("layers", f.Layers)
	l.lines("vpc.subnet_ids", f.SubnetIDs)
	l.lines("vpc.security_group_ids", f.SecurityGroupIDs)
	l.flag("tracing", f.Tracing)
	l.text("dead_letter_arn", f.DeadLetterARN)
	l.each("tags", f.Tags, false)
	return l.props
}

// Properties of a permission.
func (p *Permission) Properties(get Lookup) []Property {
	l := list{get: get}
	l.text("principal", p.Principal)
	l.ref("source_arn", p.SourceARN)
	l.text("source_account", p.SourceAccount)
	return l.props
}

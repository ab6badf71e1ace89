package deployer

import (
	"cmp"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// PropertyOwner is the change of a resource that is taken over: an actuator
// then writes its tags.
const PropertyOwner = "owner"

// compare tells in what a resource differs from what is wanted, in the order of
// the wanted properties, and why it must be replaced for it; "" where an update
// does. Secret values are compared, and not kept.
func compare(want, live []resource.Property) (changes []Change, why string) {
	have := make(map[string]resource.Property, len(live))
	for _, l := range live {
		have[l.Name] = l
	}
	differ := func(w, l resource.Property) {
		if !w.Unknown && effective(w, l) == effective(l, w) {
			return
		}
		change := Change{Property: cmp.Or(w.Name, l.Name), Secret: w.Secret || l.Secret, Unknown: w.Unknown}
		if !change.Secret {
			change.From, change.To = l.Value, w.Value
		}
		changes = append(changes, change)
		why = cmp.Or(why, w.Fixed, l.Fixed)
	}
	for _, w := range want {
		differ(w, have[w.Name])
		delete(have, w.Name)
	}
	for _, l := range live {
		if _, left := have[l.Name]; left {
			differ(resource.Property{}, l)
		}
	}
	return changes, why
}

// effective is the value of a property that counts: where it is not set, what
// AWS has where it is told nothing.
func effective(p, other resource.Property) string {
	return cmp.Or(p.Value, p.Default, other.Default)
}

// properties are those of what exists; none where nothing is known of it.
func properties(l *Live, get resource.Lookup) []resource.Property {
	if l == nil || l.Resource == nil {
		return nil
	}
	return l.Resource.Properties(get)
}

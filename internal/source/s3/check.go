package s3

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/spec"
)

// check tells notifications that S3 would refuse: of two on one bucket and one
// kind of event, no object may fit both.
func check(_ *spec.App, entries []source.Entry, out *diag.List) {
	byBucket := map[string][]entry{}
	for _, e := range entries {
		s := e.Source.(*Source)
		redundant(e.Name, s.Events, out)
		this := entry{e.Name, s}
		for _, other := range byBucket[s.Bucket] {
			if event, ok := overlap(other.source, s); ok {
				this.conflict(other, event, out)
				break
			}
		}
		if s.Bucket != "" {
			byBucket[s.Bucket] = append(byBucket[s.Bucket], this)
		}
	}
}

type entry struct {
	name   string
	source *Source
}

func (e entry) at() diag.At { return diag.Value("events", e.name, "s3", "bucket") }

func (e entry) conflict(other entry, event string, out *diag.List) {
	out.Err("notification-conflict", e.at(),
		fmt.Sprintf("%q and %q may both get %s of one object of the bucket %q: S3 takes one function for each", e.name, other.name, event, e.source.Bucket)).
		WithHint("tell them apart by prefix or suffix, or send the events to a topic or to EventBridge").
		WithRelated(other.at(), "the other one").AsConflict()
}

func (s *Source) events() []string {
	if len(s.Events) == 0 {
		return []string{DefaultEvents}
	}
	return s.Events
}

// overlap says whether an event of one object may fit both, and which event.
func overlap(a, b *Source) (event string, ok bool) {
	prefixes := strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix)
	suffixes := strings.HasSuffix(a.Suffix, b.Suffix) || strings.HasSuffix(b.Suffix, a.Suffix)
	if !prefixes || !suffixes {
		return "", false
	}
	for _, x := range a.events() {
		for _, y := range b.events() {
			switch {
			case includes(x, y):
				return y, true
			case includes(y, x):
				return x, true
			}
		}
	}
	return "", false
}

// includes says whether the event y is an x.
func includes(x, y string) bool {
	all, wildcard := strings.CutSuffix(x, "*")
	return x == y || wildcard && strings.HasPrefix(y, all)
}

// redundant warns of events that another one of the list includes.
func redundant(name string, events []string, out *diag.List) {
	for i, y := range events {
		j := slices.IndexFunc(events, func(x string) bool { return includes(x, y) })
		if j == i {
			j = i + 1 + slices.IndexFunc(events[i+1:], func(x string) bool { return x != y && includes(x, y) })
			if j == i {
				continue
			}
		}
		at := func(i int) diag.At { return diag.Value("events", name, "s3", "events", strconv.Itoa(i)) }
		out.Warn("redundant-event", at(i), fmt.Sprintf("%s is among %s already", y, events[j])).
			WithHint("take it away").WithRelated(at(j), "the other one")
	}
}

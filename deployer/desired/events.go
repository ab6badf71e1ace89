package desired

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/all"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// events adds what the event sources need, and what they refer to.
func (b *builder) events() {
	seen := map[resource.External]bool{}
	for _, fn := range b.App.Functions {
		if fn.Event == nil {
			continue
		}
		d, ok := all.Find(fn.Event.Kind)
		if !ok || d.Plan == nil {
			continue
		}
		e := source.Entry{Name: fn.Event.Name, Source: fn.Event.Source, Settings: fn.Event.Settings}
		planned := d.Plan(e, b.target(fn))
		b.findings.Add(planned.Findings.Findings...)
		for _, r := range planned.Resources {
			b.add(r, diag.Key("events", e.Name, fn.Event.Kind))
		}
		for _, x := range planned.External {
			if !seen[x] {
				seen[x] = true
				b.graph.External = append(b.graph.External, x)
			}
		}
	}
}

func (b *builder) target(fn *model.Function) source.Target {
	return source.Target{
		Owner:    b.Owner,
		Name:     b.name() + "-" + fn.Name,
		Function: fn.LambdaName,
		Tags:     b.tags(fn.Settings.Tags),
		Path:     strings.Join(fn.Path, "."),
	}
}

// merge makes one of the resource that stands at an index and another of the
// same ID. Where they are not the same, only notifications of a bucket can be
// one.
func (b *builder) merge(i int, r resource.Resource, from diag.At) {
	n, isNotification := b.graph.Resources[i].(*resource.Notification)
	other, _ := r.(*resource.Notification)
	switch {
	case isNotification && other.Account == n.Account:
		b.graph.Resources[i] = mergeNotifications(n, other)
	case !reflect.DeepEqual(b.graph.Resources[i], r):
		b.findings.Err("resource-conflict", from, fmt.Sprintf("two different resources would be %s in AWS", r.ID())).
			WithHint("give one of the two another name").
			WithRelated(b.from[i], "the other one").AsConflict()
	}
}

// mergeNotifications makes one of two without changing either: a bucket has one
// document.
func mergeNotifications(n, other *resource.Notification) *resource.Notification {
	merged := &resource.Notification{Bucket: n.Bucket, Account: n.Account}
	merged.Entries = append(slices.Clone(n.Entries), other.Entries...)
	slices.SortStableFunc(merged.Entries, func(a, b resource.NotificationEntry) int { return strings.Compare(a.ID, b.ID) })
	merged.After = slices.Clone(n.After)
	for _, id := range other.After {
		if !slices.Contains(merged.After, id) {
			merged.After = append(merged.After, id)
		}
	}
	return merged
}

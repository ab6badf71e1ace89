package aws

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// abreast is how many calls one each has under way; the gate of the service
// may let fewer through.
const abreast = 16

// each calls f for all items, several at a time, and returns the results in the
// order of the items. The first error ends the others and is returned.
func each[T, R any](ctx context.Context, items []T, f func(context.Context, T) (R, error)) ([]R, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]R, len(items))
	slots := make(chan struct{}, abreast)
	var wait sync.WaitGroup
	for i, item := range items {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			r, err := f(ctx, item)
			if err != nil {
				cancel(err)
				return
			}
			results[i] = r
		})
	}
	wait.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return results, nil
}

// every is each for what has no result.
func every[T any](ctx context.Context, items []T, f func(context.Context, T) error) error {
	_, err := each(ctx, items, func(ctx context.Context, item T) (struct{}, error) { return struct{}{}, f(ctx, item) })
	return err
}

// ahead calls f for the names that are known, while more waits for what other
// kinds' Find tells, and then for what that adds. The results are by name.
func ahead[R any](ctx context.Context, known []string, more func() []string, f func(context.Context, string) (R, error)) (map[string]R, error) {
	results := map[string]R{}
	call := func(ctx context.Context, names []string) error {
		list, err := each(ctx, names, f)
		for i := range list {
			results[names[i]] = list[i]
		}
		return err
	}
	var added []string
	err := together(ctx,
		func(ctx context.Context) error { return call(ctx, distinct(known)) },
		func(context.Context) error { added = more(); return nil },
	)
	if err != nil {
		return nil, err
	}
	added = slices.DeleteFunc(distinct(added), func(name string) bool { _, asked := results[name]; return asked })
	return results, call(ctx, added)
}

// byName are what ahead found, in the order of the names.
func byName[R any](found map[string]R) []R {
	var list []R
	for _, name := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[name])
	}
	return list
}

// indexes are 0 to n-1.
func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// present are those that are not nil.
func present[T any](list []*T) []*T {
	return slices.DeleteFunc(list, func(e *T) bool { return e == nil })
}

// together runs some functions side by side; the first error ends the others.
func together(ctx context.Context, fs ...func(context.Context) error) error {
	return every(ctx, fs, func(ctx context.Context, f func(context.Context) error) error { return f(ctx) })
}

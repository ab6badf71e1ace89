package aws

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
)

// TestAhead: what is known is asked for while more waits, and nothing twice.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var asked []string
		ask := func(_ context.Context, name string) (int, error) {
			asked = append(asked, name)
			if name == "b" {
				close(release)
			}
			return len(name), nil
		}
		got, err := ahead(context.Background(), []string{"b", "b", ""}, func() []string { <-release; return []string{"cc", "b", "cc"} }, ask)
		if err != nil || !maps.Equal(got, map[string]int{"b": 1, "cc": 2}) || !slices.Equal(asked, []string{"b", "cc"}) {
			t.Error(got, asked, err)
		}
		if list := byName(got); !slices.Equal(list, []int{1, 2}) {
			t.Error(list)
		}
		broken := errors.New("broken")
		_, err = ahead(context.Background(), []string{"a"}, func() []string { return nil }, func(context.Context, string) (int, error) { return 0, broken })
		if !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

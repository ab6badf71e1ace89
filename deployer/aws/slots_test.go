package aws

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
)

// TestSlots: small ones go all at once, large ones four at a time, the most
// urgent of those that wait first.
func TestSlots(t *testing.T) {
	for _, c := range []struct{ bytes, want int }{{1, 20}, {4 << 20, 4}, {3 << 20, 5}, {50 << 20, 4}} {
		synctest.Test(t, func(t *testing.T) {
			var s slots
			var leaves []func()
			var mu sync.Mutex
			ctx, cancel := context.WithCancelCause(context.Background())
			gone := errors.New("gone")
			for range 20 {
				go func() {
					leave, err := s.enter(ctx, c.bytes)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						leaves = append(leaves, leave)
					} else if err != gone {
						t.Error(err)
					}
				}()
			}
			synctest.Wait()
			if len(leaves) != c.want {
				t.Errorf("%d of %d bytes at once, want %d", len(leaves), c.bytes, c.want)
			}
			cancel(gone)
			synctest.Wait()
			for _, leave := range leaves {
				leave()
			}
			if s.count != 0 || s.bytes != 0 || len(s.queue) != 0 {
				t.Errorf("left: %d, %d bytes, %d waiting", s.count, s.bytes, len(s.queue))
			}
		})
	}
}

// TestSlotsLetTheUrgentGoFirst: of those that wait, that is.
func TestSlotsLetTheUrgentGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slots
		var first []func()
		for range uploadsLeast {
			leave, err := s.enter(context.Background(), uploadsMost)
			if err != nil {
				t.Fatal(err)
			}
			first = append(first, leave)
		}
		var order []int
		for _, urgency := range []int{1, 6, 2, 6} {
			go func() {
				leave, err := s.enter(deployer.WithUrgency(context.Background(), urgency), uploadsMost)
				if err != nil {
					t.Error(err)
				}
				order = append(order, urgency)
				leave()
			}()
			synctest.Wait()
		}
		first[0]()
		synctest.Wait()
		if !slices.Equal(order, []int{6, 6, 2, 1}) {
			t.Error(order)
		}
	})
}

// TestSlotsEndWithTheRun: what waits when the run is interrupted does not begin,
// and takes no slot.
func TestSlotsEndWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slots
		stopped := make(chan struct{})
		ctx := deployer.WithStopped(context.Background(), stopped)
		var ended, began atomic.Int32
		var all sync.WaitGroup
		for range uploadsLeast + 3 {
			all.Go(func() {
				leave, err := s.enter(ctx, uploadsMost)
				if err != nil {
					ended.Add(1)
					return
				}
				began.Add(1)
				time.Sleep(time.Minute)
				leave()
			})
			synctest.Wait()
		}
		close(stopped)
		synctest.Wait()
		if ended.Load() != 3 || began.Load() != uploadsLeast {
			t.Errorf("%d ended, %d began", ended.Load(), began.Load())
		}
		all.Wait()
		if leave, err := s.enter(ctx, 1); err != nil {
			t.Error(err) // a step that was started ends where nothing holds it up
		} else {
			leave()
		}
		if s.count != 0 || s.bytes != 0 || len(s.queue) != 0 {
			t.Errorf("left: %d, %d bytes, %d waiting", s.count, s.bytes, len(s.queue))
		}
	})
}

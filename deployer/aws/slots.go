package aws

import (
	"context"
	"slices"
	"sync"

	"github.com/chalicefile/chalicefile/deployer"
)

// How much is uploaded at once: some uploads, however large, and more as long as
// they are small. They share one line: all at once would all end late, and on a
// slow one later than the five minutes for which a signature is good.
const (
	uploadsLeast = 4
	uploadsMost  = 16 << 20 // bytes
)

// slots lets uploads go, the most urgent first.
type slots struct {
	mu    sync.Mutex
	count int
	bytes int
	queue []*upload
}

type upload struct {
	bytes, urgency int
	admitted       chan struct{}
}

func (s *slots) fits(bytes int) bool {
	return s.count < uploadsLeast || s.bytes+bytes <= uploadsMost
}

// errNotBegun is of an upload that still waited when the run was interrupted.
var errNotBegun = &deployer.Failure{Message: "interrupted before it began"}

// enter waits for a slot, which leave gives back.
func (s *slots) enter(ctx context.Context, bytes int) (leave func(), err error) {
	w := &upload{bytes, deployer.Urgency(ctx), make(chan struct{})}
	leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count, s.bytes = s.count-1, s.bytes-bytes
		s.admit()
	}
	s.mu.Lock()
	at, _ := slices.BinarySearchFunc(s.queue, w.urgency, func(other *upload, urgency int) int {
		if other.urgency >= urgency {
			return -1
		}
		return 1
	})
	s.queue = slices.Insert(s.queue, at, w)
	s.admit()
	s.mu.Unlock()
	select {
	case <-w.admitted:
		return leave, nil
	default:
	}
	select {
	case <-w.admitted:
		return leave, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-deployer.Stopped(ctx):
		err = errNotBegun
	}
	s.mu.Lock()
	i := slices.Index(s.queue, w)
	if i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 { // it was let go just now
		leave()
	}
	return nil, err
}

func (s *slots) admit() {
	for len(s.queue) > 0 && s.fits(s.queue[0].bytes) {
		w := s.queue[0]
		s.queue = s.queue[1:]
		s.count, s.bytes = s.count+1, s.bytes+w.bytes
		close(w.admitted)
	}
}

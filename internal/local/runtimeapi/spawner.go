package runtimeapi

import (
	"os/exec"
	"runtime"
	"sync"
)

// spawner starts processes on one thread that lives as long as the host. The
// kernel kills a child (Pdeathsig) when the thread that started it ends, and
// the threads of ordinary goroutines may.
type spawner struct {
	mu     sync.Mutex
	jobs   chan spawn
	closed bool
}

type spawn struct {
	cmd  *exec.Cmd
	done chan error
}

func (s *spawner) start(cmd *exec.Cmd) error {
	job := spawn{cmd, make(chan error, 1)}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	if s.jobs == nil {
		s.jobs = make(chan spawn)
		go serveSpawns(s.jobs)
	}
	s.jobs <- job
	s.mu.Unlock()
	return <-job.done
}

func serveSpawns(jobs <-chan spawn) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for job := range jobs {
		job.done <- job.cmd.Start()
	}
}

// Close ends the host; its pools must have been closed.
func (h *Host) Close() {
	s := &h.spawner
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs != nil && !s.closed {
		close(s.jobs)
	}
	s.closed = true
}

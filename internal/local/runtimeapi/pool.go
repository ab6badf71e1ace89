package runtimeapi

import (
	"context"
	"slices"
	"sync"
	"time"
)

// An invocation that has waited for growAfter gets another process started
// beside those that are busy, and one more for each growStep that it goes on
// waiting. Quick functions then get by with few processes, which costs least, and
// a slow one hardly notices.
const (
	growAfter = time.Millisecond
	growStep  = 5 * time.Millisecond
)

// Bounds of the pause after a process that did not start; until it is over,
// invocations are answered with the same words.
const (
	minPause = 50 * time.Millisecond
	maxPause = 2 * time.Second
)

// Pool is the processes of one function.
type Pool struct {
	host *Host
	fn   Function

	mu       sync.Mutex
	procs    map[*process]struct{}
	starting int        // of procs: not yet polled
	idle     []*process // last in, first out: the warmest serves
	queue    []*invocation
	growing  bool // a growth timer is under way
	inflight int  // invocations taken on and not answered
	closed   bool
	// failures is the number of starts that failed in a row; until pausedUntil
	// failure is the answer.
	failures    int
	pausedUntil time.Time
	failure     Result
	waiters     []chan *InitError
	wg          sync.WaitGroup
}

// invocation is a call on its way.
type invocation struct {
	Call
	done  chan Result // of capacity 1: never blocks whoever finishes it
	since time.Time   // when it was taken on
	timer *time.Timer
	run   *process
	err   error // set before done is closed without a result
}

// NewPool makes a pool without any process yet.
func (h *Host) NewPool(fn Function) *Pool {
	return &Pool{host: h, fn: fn, procs: map[*process]struct{}{}}
}

// Invoke runs the function. When ctx ends it returns ctx's error, and the
// function goes on until it is done or its time is over.
func (p *Pool) Invoke(ctx context.Context, call Call) (Result, error) {
	if len(call.Payload) > MaxEvent {
		return Result{}, ErrEventTooLarge
	}
	inv := &invocation{Call: call, done: make(chan Result, 1)}
	if err := p.submit(inv); err != nil {
		return Result{}, err
	}
	select {
	case res, ok := <-inv.done:
		if !ok {
			return Result{}, inv.err
		}
		if call.Tail {
			res.Log = p.report(inv)
		}
		return res, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// submit hands the invocation to an idle process, or lets it wait for one.
func (p *Pool) submit(inv *invocation) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return ErrClosed
	}
	inv.since = p.host.Now()
	if n := len(p.idle); n > 0 {
		run := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.inflight++
		c := run.assign(inv)
		p.mu.Unlock()
		c.deliver(inv)
		return nil
	}
	defer p.mu.Unlock()
	if p.fn.Reserved && p.inflight >= p.fn.Processes {
		return ErrThrottled
	}
	if len(p.procs) == 0 && inv.since.Before(p.pausedUntil) {
		inv.done <- p.failure
		return nil
	}
	p.inflight++
	p.queue = append(p.queue, inv)
	if len(p.procs) == 0 {
		p.start()
	} else {
		p.growLater()
	}
	return nil
}

// growLater sees to it that what waits does not wait for the busy processes
// alone; p.mu is held. What an invocation in flight does not need is not started:
// a process that has just answered will ask for the next event by itself.
func (p *Pool) growLater() {
	if p.growing || len(p.queue) == 0 || len(p.procs) >= min(p.fn.Processes, p.inflight) {
		return
	}
	p.growing = true
	time.AfterFunc(max(growAfter, p.pausedUntil.Sub(p.host.Now())), p.grow)
}

// grow starts a process where the oldest invocation has waited long enough.
func (p *Pool) grow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.growing = false
	if p.closed || len(p.queue) == 0 {
		return
	}
	waited := p.host.Now().Sub(p.queue[0].since)
	if waited >= growAfter && p.starting <= int(waited/growStep) && len(p.procs) < min(p.fn.Processes, p.inflight) {
		p.start()
	}
	p.growLater()
}

// start begins a process; p.mu is held.
func (p *Pool) start() {
	run := newProcess(p)
	p.procs[run] = struct{}{}
	p.starting++
	p.wg.Add(1)
	go run.live()
}

// next is called when a process asks for an event: it gets the one that waits
// longest (to be delivered), or becomes idle.
func (p *Pool) next(run *process, c *conn) (*invocation, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if run.current != nil || run.poll != nil || run.dead {
		return nil, false
	}
	if !run.ready {
		run.ready = true
		p.starting--
		p.failures = 0
		p.announce(nil)
	}
	run.poll = c
	if len(p.queue) == 0 {
		p.idle = append(p.idle, run)
		return nil, true
	}
	inv := p.queue[0]
	p.queue = slices.Delete(p.queue, 0, 1)
	run.assign(inv)
	return inv, true
}

// finish answers the invocation that run is busy with; p.mu is held.
func (run *process) finish(res Result) {
	inv := run.current
	run.current = nil
	inv.timer.Stop()
	run.pool.inflight--
	inv.done <- res
}

// complete is finish for an answer that the process gave; it says whether id was
// what the process was busy with.
func (p *Pool) complete(run *process, id string, res Result) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if run.current == nil || run.current.RequestID != id {
		return false
	}
	run.finish(res)
	return true
}

// ended is called when a process is gone, with the reason.
func (p *Pool) ended(run *process, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	run.dead = true
	delete(p.procs, run)
	p.drop(run)
	if run.current != nil {
		run.finish(exited(run.current.RequestID, reason))
	}
	if p.closed {
		return
	}
	if !run.ready {
		p.starting--
		p.failedStart(run.initResult(reason))
	}
	if len(p.queue) > 0 && len(p.procs) == 0 {
		p.start()
	}
	p.growLater()
}

// failedStart answers all that wait, unless another process may serve them;
// p.mu is held.
func (p *Pool) failedStart(res Result) {
	pause := min(maxPause, minPause<<min(p.failures, 10))
	p.failures++
	p.failure, p.pausedUntil = res, p.host.Now().Add(pause)
	p.announce(&InitError{res})
	if len(p.procs) > 0 {
		return
	}
	for _, inv := range p.queue {
		p.inflight--
		inv.done <- res
	}
	p.queue = nil
}

// drop takes a process out of the idle ones; p.mu is held.
func (p *Pool) drop(run *process) {
	run.poll = nil
	if i := slices.Index(p.idle, run); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
}

// announce tells Warm how a start went; p.mu is held.
func (p *Pool) announce(err *InitError) {
	for _, w := range p.waiters {
		w <- err
	}
	p.waiters = nil
}

// Warm starts a process where there is none, and waits until one has asked for
// its first event. It returns an *InitError where the process did not start.
func (p *Pool) Warm(ctx context.Context) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return ErrClosed
	}
	if len(p.procs) > p.starting {
		p.mu.Unlock()
		return nil
	}
	done := make(chan *InitError, 1)
	p.waiters = append(p.waiters, done)
	if len(p.procs) == 0 {
		p.start()
	}
	p.mu.Unlock()
	select {
	case err, ok := <-done:
		if !ok {
			return ErrClosed
		}
		if err != nil {
			return err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends all processes at once, and what they were busy with.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	for _, inv := range p.queue {
		inv.err = ErrClosed
		close(inv.done)
	}
	p.queue = nil
	for _, w := range p.waiters {
		close(w)
	}
	p.waiters = nil
	for run := range p.procs {
		run.kill()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

package runtimeapi

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

// drainTime bounds the wait for what a process that has ended wrote last.
const drainTime = time.Second

// initTime is how long a process may take until its first poll, where the
// function's own timeout is not longer: Lambda gives it 10 seconds, and then
// again as much as an invocation may take.
const initTime = 10 * time.Second

// process is one process of a function. Its mutable fields are guarded by the
// pool's mutex but for what a comment says otherwise.
type process struct {
	pool *Pool

	ready   bool  // it has polled
	dead    bool  // it is gone
	poll    *conn // where it waits for an event
	current *invocation
	killed  bool
	cmd     *exec.Cmd // nil until it runs
	// fault is what it posted to /runtime/init/error.
	fault *Result
	conns map[*conn]struct{}

	readers sync.WaitGroup // of its connections
	log     tail           // guards itself
}

func newProcess(p *Pool) *process {
	return &process{pool: p, conns: map[*conn]struct{}{}}
}

// live runs the process from its start to its end.
func (run *process) live() {
	p := run.pool
	defer p.wg.Done()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		run.stillborn(err)
		return
	}
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		run.accept(listener)
	}()
	reason, err := run.execute(listener.Addr().String())
	listener.Close()
	<-accepted
	run.drain()
	if err != nil {
		run.stillborn(err)
		return
	}
	if p.fn.Name != "" && !run.wasKilled() {
		run.say("the process ended: %s", cmpOr(reason, "exit status 0"))
	}
	p.ended(run, reason)
}

func cmpOr(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// stillborn ends a process that could not even be started.
func (run *process) stillborn(err error) {
	p := run.pool
	p.mu.Lock()
	res := notStarted(err)
	run.fault = &res
	p.mu.Unlock()
	run.say("the process could not be started: %v", err)
	p.ended(run, "")
}

// execute runs the command and returns how it ended, "" for well. The error is
// one of starting it.
func (run *process) execute(address string) (reason string, err error) {
	p := run.pool
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd := exec.Command(p.fn.Binary)
	cmd.Dir = p.fn.Dir
	cmd.Env = append(p.fn.Env[:len(p.fn.Env):len(p.fn.Env)], "AWS_LAMBDA_RUNTIME_API="+address)
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = ownGroup()
	err = p.host.spawner.start(cmd)
	w.Close()
	if err != nil {
		return "", err
	}
	if !run.adopt(cmd) {
		killGroup(cmd)
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		run.log.copyLines(p.host.Output, r)
	}()
	deadline := time.AfterFunc(max(initTime, p.fn.Timeout), run.initTimedOut)
	err = cmd.Wait()
	deadline.Stop()
	killGroup(cmd) // what it left behind
	waitOr(copied, drainTime)
	r.Close()
	<-copied
	return reasonOf(err), nil
}

// adopt notes the running command; false says that it is to end right away.
func (run *process) adopt(cmd *exec.Cmd) bool {
	p := run.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	run.cmd = cmd
	return !run.killed
}

func (run *process) initTimedOut() {
	p := run.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if run.ready || run.dead || run.killed {
		return
	}
	res := failed("Sandbox.Timedout", fmt.Sprintf("Init timed out after %.2f seconds", max(initTime, p.fn.Timeout).Seconds()))
	run.fault = &res
	run.kill()
}

// kill ends the process; the pool's mutex is held.
func (run *process) kill() {
	run.killed = true
	if run.cmd != nil && !run.dead {
		killGroup(run.cmd)
	}
}

func (run *process) wasKilled() bool {
	p := run.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	return run.killed
}

// accept serves the connections of the process.
func (run *process) accept(listener net.Listener) {
	for {
		nc, err := listener.Accept()
		if err != nil {
			return
		}
		c := newConn(run, nc)
		p := run.pool
		p.mu.Lock()
		run.conns[c] = struct{}{}
		run.readers.Add(1)
		p.mu.Unlock()
		go c.serve()
	}
}

// drain waits until what the process sent before it ended has been read: an
// answer may still be on its way.
func (run *process) drain() {
	done := make(chan struct{})
	go func() {
		run.readers.Wait()
		close(done)
	}()
	if !waitOr(done, drainTime) {
		p := run.pool
		p.mu.Lock()
		for c := range run.conns {
			c.conn.Close()
		}
		p.mu.Unlock()
	}
	<-done
}

// assign makes the process busy with inv and returns the connection on which it
// waits; the pool's mutex is held.
func (run *process) assign(inv *invocation) *conn {
	c := run.poll
	run.poll, run.current, inv.run = nil, inv, run
	run.log.reset()
	inv.timer = time.AfterFunc(run.pool.fn.Timeout, func() { run.timedOut(inv) })
	return c
}

func (run *process) timedOut(inv *invocation) {
	p := run.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if run.current != inv {
		return
	}
	run.finish(timedOut(inv.RequestID, p.fn.Timeout))
	run.kill()
}

// broken ends a process to which an event could not be delivered.
func (run *process) broken() {
	run.pool.mu.Lock()
	defer run.pool.mu.Unlock()
	run.kill()
}

// initResult is why the process did not start; the pool's mutex is held.
func (run *process) initResult(reason string) Result {
	if run.fault != nil {
		return *run.fault
	}
	words := "Runtime exited without providing a reason"
	if reason != "" {
		words = "Runtime exited with error: " + reason
	}
	return failed("Runtime.ExitError", "Error: "+words)
}

// say writes a line of our own to the log.
func (run *process) say(format string, args ...any) {
	fmt.Fprintf(run.pool.host.Output, "%s: %s\n", run.pool.fn.Name, fmt.Sprintf(format, args...))
}

// waitOr waits for done, but not longer than d; it says whether it was done.
func waitOr(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

func reasonOf(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &exit):
		return exit.ProcessState.String()
	}
	return err.Error()
}

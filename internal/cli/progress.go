package cli

import (
	"fmt"
	"time"
)

// step begins what may take a while and returns what ends it. A person at a
// terminal sees after a second that something is going on, and for how long:
// the first build on a machine compiles everything. With --debug, every step is
// told.
func (s *session) step(what string) (end func()) {
	if s.debug {
		return s.debugf("%s", what)
	}
	if !s.colorStderr() {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		s.live(what, ticker.C, done)
	}()
	return func() {
		close(done)
		<-ended
	}
}

// live keeps one line on the terminal, anew each second, and takes it away
// when done is closed.
func (s *session) live(what string, seconds <-chan time.Time, done <-chan struct{}) {
	const clearLine = "\r\x1b[K"
	for passed := 1; ; passed++ {
		select {
		case <-done:
			if passed > 1 {
				fmt.Fprint(s.Stderr, clearLine)
			}
			return
		case <-seconds:
			fmt.Fprintf(s.Stderr, "%s%s… %d s", clearLine, what, passed)
		}
	}
}

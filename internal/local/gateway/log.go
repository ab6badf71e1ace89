package gateway

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Log is the one place where requests, hints and the output of functions are
// written; what is written at once stays together. It outlives a generation.
type Log struct {
	mu     sync.Mutex
	to     io.Writer
	line   []byte
	warned map[string]bool
}

// NewLog writes to w; nil drops all.
func NewLog(w io.Writer) *Log {
	if w == nil {
		w = io.Discard
	}
	return &Log{to: w, warned: map[string]bool{}}
}

// Write writes whole lines.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// Printf writes a line.
func (l *Log) Printf(format string, args ...any) {
	fmt.Fprintf(l, format+"\n", args...)
}

// Once writes a warning, the same one only once.
func (l *Log) Once(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	l.mu.Lock()
	seen := l.warned[text]
	l.warned[text] = true
	l.mu.Unlock()
	if !seen {
		l.Printf("warning: %s", text)
	}
}

// request writes the line of a request and, where there is one, the hint for
// whoever wonders about the answer.
func (l *Log) request(method, target string, status int, took time.Duration, function, hint string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := append(l.line[:0], method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, ' ')
	b = appendInt(b, int64(status))
	b = append(b, ' ')
	b = appendDuration(b, took)
	b = append(b, ' ')
	if function == "" {
		function = "-"
	}
	b = append(b, function...)
	b = append(b, '\n')
	if hint != "" {
		b = append(b, "  "...)
		b = append(b, hint...)
		b = append(b, '\n')
	}
	l.line = b
	// Nobody can be told that the log cannot be written.
	_, _ = l.to.Write(b)
}

// appendDuration appends milliseconds with a digit that matters: "0.24ms",
// "12.4ms", "1312ms".
func appendDuration(b []byte, d time.Duration) []byte {
	hundredths := int64(d / (10 * time.Microsecond))
	b = appendInt(b, hundredths/100)
	switch rest := hundredths % 100; {
	case hundredths < 1000:
		b = append(b, '.', byte('0'+rest/10), byte('0'+rest%10))
	case hundredths < 100000:
		b = append(b, '.', byte('0'+rest/10))
	}
	return append(b, "ms"...)
}

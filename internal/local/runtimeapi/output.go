package runtimeapi

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	tailSize = 4 << 10  // of Lambda's X-Amz-Log-Result
	maxLine  = 64 << 10 // longer ones are broken
)

// tail is the end of what a process has written since the last reset.
type tail struct {
	mu    sync.Mutex
	bytes []byte
	total int // ever written
}

func (t *tail) reset() {
	t.mu.Lock()
	t.bytes = t.bytes[:0]
	t.mu.Unlock()
}

func (t *tail) add(line []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += len(line)
	t.bytes = append(t.bytes, line...)
	if over := len(t.bytes) - tailSize; over > tailSize {
		t.bytes = append(t.bytes[:0], t.bytes[over:]...)
	}
}

func (t *tail) written() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

func (t *tail) text() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.bytes)
}

// copyLines hands on what is read, line by line, until it ends.
func (t *tail) copyLines(to io.Writer, from io.Reader) {
	buf := make([]byte, 0, 4<<10)
	for {
		if len(buf) == cap(buf) {
			if cap(buf) >= maxLine {
				t.flush(to, append(buf, '\n'))
				buf = buf[:0]
			} else {
				buf = append(make([]byte, 0, 2*cap(buf)), buf...)
			}
		}
		n, err := from.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if end := bytes.LastIndexByte(buf, '\n') + 1; end > 0 {
			t.flush(to, buf[:end])
			buf = append(buf[:0], buf[end:]...)
		}
		if err != nil {
			if len(buf) > 0 {
				t.flush(to, append(buf, '\n'))
			}
			return
		}
	}
}

func (t *tail) flush(to io.Writer, lines []byte) {
	t.add(lines)
	// A log that cannot be written is no reason to let the function block.
	_, _ = to.Write(lines)
}

// settle waits until the process has been quiet for a moment: what it wrote
// before its answer comes by another way and may be behind.
func (t *tail) settle() {
	for range 20 {
		before := t.written()
		time.Sleep(5 * time.Millisecond)
		if t.written() == before {
			return
		}
	}
}

// report is the log of an invocation as Lambda words it, its last 4 KB.
func (p *Pool) report(inv *invocation) []byte {
	took := p.host.Now().Sub(inv.since)
	var b bytes.Buffer
	fmt.Fprintf(&b, "START RequestId: %s Version: $LATEST\n", inv.RequestID)
	if inv.run != nil {
		inv.run.log.settle()
		b.Write(inv.run.log.text())
	}
	ms := float64(took) / float64(time.Millisecond)
	fmt.Fprintf(&b, "END RequestId: %s\n", inv.RequestID)
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\t\n", inv.RequestID, ms, int(ms)+1, p.fn.MemorySize)
	log := b.Bytes()
	if over := len(log) - tailSize; over > 0 {
		log = log[over:]
	}
	return log
}

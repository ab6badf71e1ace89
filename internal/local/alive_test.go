package local

import (
	"os"
	"syscall"
)

// alive says that a process has not ended.
func alive(p *os.Process) bool { return p.Signal(syscall.Signal(0)) == nil }

//go:build unix && !linux

package runtimeapi

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a process at the head of a group of its own. Should this program
// die, the process sees its connection to the Runtime API end, and ends too.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// killGroup ends a process and all that it started.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

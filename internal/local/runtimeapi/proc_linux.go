package runtimeapi

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a process at the head of a group of its own, which a Ctrl-C in
// the terminal does not reach but a kill of the group does as a whole, and has
// the kernel end it should this program die.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup ends a process and all that it started.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

//go:build unix

package bundle

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the go command and the compilers that it starts in a process
// group of their own, so that they end together.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

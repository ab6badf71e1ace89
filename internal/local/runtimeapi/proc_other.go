//go:build !unix

package runtimeapi

import (
	"os/exec"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return nil }

// killGroup ends a process.
func killGroup(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
}

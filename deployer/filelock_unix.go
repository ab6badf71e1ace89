//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package deployer

import (
	"errors"
	"os"
	"syscall"
)

// lockHandle locks an open file until it is closed, or the process ends.
func lockHandle(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return errBusy
		}
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

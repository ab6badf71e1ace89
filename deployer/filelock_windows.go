package deployer

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// lockHandle locks an open file until it is closed, or the process ends: a byte
// far behind what it holds, so that others can read that.
func lockHandle(f *os.File) error {
	const exclusive, immediately = 2, 1
	const violation, pending = syscall.Errno(33), syscall.Errno(997)
	at := syscall.Overlapped{OffsetHigh: 1 << 20}
	ok, _, err := lockFileEx.Call(f.Fd(), exclusive|immediately, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	switch {
	case ok != 0:
		return nil
	case errors.Is(err, violation), errors.Is(err, pending):
		return errBusy
	}
	return err
}

//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package deployer

import (
	"errors"
	"os"
)

func lockHandle(*os.File) error {
	return errors.New("files cannot be locked on this system")
}

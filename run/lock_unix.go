//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package run

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockWhole takes the lock of an open file without waiting.
func lockWhole(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// removeLocked removes the file while it is locked, so that nobody takes the lock of a file that is about to go.
func removeLocked(f *os.File) error { return os.Remove(f.Name()) }

package run

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// lockWhole takes the lock of an open file without waiting. The locked byte lies beyond the end, for what is locked
// cannot be read.
func lockWhole(f *os.File) error {
	at := windows.Overlapped{OffsetHigh: math.MaxInt32}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return err
}

// removeLocked leaves the file: one that is open cannot be removed.
func removeLocked(*os.File) error { return nil }

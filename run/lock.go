package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockFile marks the folder of a run that a process writes to. It holds the number of that process.
const lockFile = ".lock"

// LockedError says that another process writes to the folder of a run.
type LockedError struct {
	Dir     string
	Process string // its number, where it is known
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.Process != "" {
		who += " (" + e.Process + ")"
	}
	return fmt.Sprintf("%s is being written to by %s: let it end, or stop it, first", e.Dir, who)
}

// errLocked is what lockWhole returns where another process holds the lock.
var errLocked = errors.New("locked")

// lock is an advisory lock on a folder, which ends with the process that holds it, however that ends.
type lock struct{ file *os.File }

// takeLock takes the lock of the folder, or returns a *[LockedError].
func takeLock(dir string) (*lock, error) {
	path := filepath.Join(dir, lockFile)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		// Where the file system has no locks, there is none.
		if err := lockWhole(f); errors.Is(err, errLocked) {
			f.Close()
			number, _ := os.ReadFile(path)
			return nil, &LockedError{dir, strings.TrimSpace(string(number))}
		}
		// Its last holder may have removed the file between the opening and the locking.
		opened, err := f.Stat()
		there, missing := os.Stat(path)
		if err != nil || missing != nil || !os.SameFile(opened, there) {
			f.Close()
			if err != nil || missing != nil && !errors.Is(missing, fs.ErrNotExist) {
				return nil, errors.Join(err, missing)
			}
			continue
		}
		number := strconv.Itoa(os.Getpid()) + "\n"
		if err := errors.Join(f.Truncate(int64(len(number))), writeAt(f, number)); err != nil {
			f.Close()
			return nil, err
		}
		return &lock{f}, nil
	}
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// release removes the file and ends the lock.
func (l *lock) release() error {
	err := removeLocked(l.file)
	return errors.Join(err, l.file.Close())
}

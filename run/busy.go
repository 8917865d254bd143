package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Busy says whether a process writes to the folder of a run, and its number. It disturbs none that is about to.
func Busy(dir string) (process int, busy bool) {
	path := filepath.Join(dir, lockFile)
	text, err := os.ReadFile(path)
	if err != nil {
		// What is locked cannot be read on some systems.
		return 0, !errors.Is(err, fs.ErrNotExist)
	}
	process, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || !lives(process) {
		return 0, false
	}
	// A number of a process that was killed may be another's by now, who has no lock.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	return process, errors.Is(lockWhole(f), errLocked)
}

// lives says whether there is a process with the number.
func lives(process int) bool {
	p, err := os.FindProcess(process)
	if err != nil || process <= 0 {
		return false
	}
	if runtime.GOOS == "windows" {
		return true // it is not found there otherwise
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

// Stop asks the process that writes to the folder of a run to end: a training writes a checkpoint then. Where processes
// cannot be asked they are ended, which loses the steps since the last checkpoint. It says whether there was one.
func Stop(dir string) (bool, error) {
	process, busy := Busy(dir)
	if !busy {
		return false, nil
	}
	p, err := os.FindProcess(process)
	if err != nil {
		return false, err
	}
	if runtime.GOOS == "windows" {
		return true, p.Kill()
	}
	return true, p.Signal(os.Interrupt)
}

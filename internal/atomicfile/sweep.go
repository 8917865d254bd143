package atomicfile

import (
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// leftover matches the names of temporary files: the name of a file after a point, and a number in hexadecimal.
var leftover = regexp.MustCompile(`^\..+\.[0-9a-f]{1,16}\.tmp$`)

// Sweep removes from the folder, not from folders in it, the temporary files of writers that were killed: those that
// were last written to longer ago than age. Age 0 removes all, which is right only for who knows that nobody writes
// to the folder, such as the holder of its lock. A folder that is not there has none.
func Sweep(folder string, age time.Duration) error {
	entries, err := os.ReadDir(folder)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !leftover.MatchString(entry.Name()) {
			continue
		}
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < age {
			continue
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Check says whether a file can be written at path, before the work is done whose result it is to hold.
func Check(path string) error {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("there is no folder " + folder)}
	}
	f, err := Create(path)
	if err != nil {
		return err
	}
	f.Abort()
	return nil
}

// CheckFolder says whether files can be written into a folder, which is there or can be made.
func CheckFolder(folder string) error {
	for above := filepath.Clean(folder); ; above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if errors.Is(err, fs.ErrNotExist) && above != filepath.Dir(above) {
			continue
		}
		if err == nil && !info.IsDir() {
			err = &fs.PathError{Op: "write into", Path: above, Err: errors.New("is no folder")}
		}
		if err != nil {
			return err
		}
		f, err := createBeside(filepath.Join(above, "check"))
		if err != nil {
			return err
		}
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
}

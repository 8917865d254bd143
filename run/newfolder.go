package run

import (
	"fmt"
	"os"
	"path/filepath"
)

// FolderError says that a folder to be written holds something already.
type FolderError struct{ Dir string }

func (e *FolderError) Error() string {
	return fmt.Sprintf("%s is not empty: choose another folder", e.Dir)
}

// checkNewFolder says whether dir can become a new folder: it is not there, or empty.
func checkNewFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return &FolderError{dir}
	}
	return nil
}

// NewFolder makes the folder dir of what write puts into it, under a temporary name beside dir until it is complete.
// After an error nothing is left behind.
func NewFolder(dir string, write func(temporary string) error) (err error) {
	dir = filepath.Clean(dir)
	if err := checkNewFolder(dir); err != nil {
		return err
	}
	above := filepath.Dir(dir)
	if err := os.MkdirAll(above, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(above, "."+filepath.Base(dir)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(temporary)
		}
	}()
	if err := write(temporary); err != nil {
		return err
	}
	// MkdirTemp keeps a folder to its owner; what is written here is as public as other folders.
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !os.IsNotExist(err) { // an empty one
		return err
	}
	return os.Rename(temporary, dir)
}

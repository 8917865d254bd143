// Package atomicfile writes files that are either whole or not there.
package atomicfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// Write writes data to path; see [WriteFrom].
func Write(path string, data []byte) error {
	return WriteFrom(path, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	})
}

// WriteFrom writes a file under a temporary name beside path, syncs it and renames it to path. After an error,
// write's own included, path is as it was and nothing else is left behind.
func WriteFrom(path string, write func(io.Writer) error) (err error) {
	folder, name := filepath.Split(path)
	if folder == "" {
		folder = "."
	}
	file, err := os.CreateTemp(folder, "."+name+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close() // a second Close only repeats an error that is already returned
			os.Remove(file.Name())
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	// CreateTemp keeps a file to its owner; what is written here is as public as its folder.
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	syncFolder(folder)
	return nil
}

// syncFolder makes the rename last through a power cut, on systems that can sync a folder.
func syncFolder(folder string) {
	if d, err := os.Open(folder); err == nil {
		d.Sync()
		d.Close()
	}
}

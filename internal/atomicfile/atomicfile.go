// Package atomicfile writes files that are either whole or not there.
//
// A file is written under a temporary name beside its own, .NAME.RANDOM.tmp, synced and renamed. A process that is
// killed leaves the temporary file, which [Sweep] removes.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
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

// WriteFrom writes a file as [Create] and [File.Commit] do. After an error, write's own included, path is as it was
// and nothing else is left behind.
func WriteFrom(path string, write func(io.Writer) error) error {
	file, err := Create(path)
	if err != nil {
		return err
	}
	defer file.Abort()
	if err := write(file.File); err != nil {
		return err
	}
	return file.Commit()
}

// File is a file on its way to a path. It ends with Commit or Abort.
type File struct {
	*os.File
	path   string // where it goes, links resolved
	direct bool   // path is a device or a pipe, which is written to as it is
	done   bool
}

// Create opens a new file that Commit will put at path. The file gets the permissions that the file at path has, or,
// where there is none, those that the process's umask leaves of rw-rw-rw-. A symbolic link at path is followed: its
// target is replaced, and made where it is missing. A device or a pipe is written to as it is.
func Create(path string) (*File, error) {
	target, err := followed(path)
	if err != nil {
		return nil, err
	}
	mode := fs.FileMode(0)
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return nil, &fs.PathError{Op: "write", Path: path, Err: errors.New("is a folder")}
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{File: f, path: target, direct: true}, nil
	case err == nil:
		mode = info.Mode().Perm()
	}
	f, err := createBeside(target)
	if err != nil {
		return nil, err
	}
	file := &File{File: f, path: target}
	if mode != 0 {
		if err := f.Chmod(mode); err != nil {
			file.Abort()
			return nil, err
		}
	}
	return file, nil
}

// mostLinks is how many links from link to link are followed.
const mostLinks = 40

// followed resolves a symbolic link at path, whether or not its target is there.
func followed(path string) (string, error) {
	for range mostLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return path, nil // such as /dev/stdout, whose links lead to names that are no paths
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			// The link's folder may itself be a link: "..", then, is not the folder before it in the path.
			folder, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			link = filepath.Join(folder, link)
		}
		path = link
	}
	return "", &fs.PathError{Op: "write", Path: path, Err: errors.New("too many links from link to link")}
}

// longestName is how much of a file's name goes into the temporary one; systems allow names of 255 bytes.
const longestName = 200

// createBeside makes the temporary file, with the permissions that the umask leaves.
func createBeside(path string) (*os.File, error) {
	folder, name := filepath.Split(path)
	if folder == "" {
		folder = "."
	}
	name = name[:min(len(name), longestName)]
	for try := 0; ; try++ {
		temporary := filepath.Join(folder, fmt.Sprintf(".%s.%016x.tmp", name, rand.Uint64()))
		f, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		return f, err
	}
}

// Commit syncs the file and gives it its name. After an error the file is gone and the path is as it was. A second
// call, or one after Abort, returns an error.
func (f *File) Commit() error {
	if f.done {
		return fs.ErrClosed
	}
	if f.direct {
		f.done = true
		return f.Close()
	}
	defer f.Abort()
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return err
	}
	f.done = true
	syncFolder(filepath.Dir(f.path))
	return nil
}

// Abort removes the file, unless Commit has put it in place.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	f.Close() // a second Close only repeats what Commit has returned
	if !f.direct {
		os.Remove(f.Name())
	}
}

// syncFolder makes the rename last through a power cut, on systems that can sync a folder.
func syncFolder(folder string) {
	if d, err := os.Open(folder); err == nil {
		d.Sync()
		d.Close()
	}
}

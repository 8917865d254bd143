package run

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// FolderError says that a folder to be written holds something already.
type FolderError struct{ Dir string }

func (e *FolderError) Error() string {
	return fmt.Sprintf("%s is not empty: choose another folder", e.Dir)
}

// leftover is the name of a folder that [NewFolder] had not completed when it was killed.
var leftover = regexp.MustCompile(`^\..*\.[0-9a-f]{16}\.tmp$`)

// CheckNewFolder says whether [NewFolder] can make dir: it is not there, or empty, and can be written to.
func CheckNewFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if !leftover.MatchString(e.Name()) {
			return &FolderError{dir}
		}
	}
	return atomicfile.CheckFolder(dir)
}

// NewFolder makes the folder dir of what write puts into a temporary one. Of a folder that was missing it makes all
// or nothing, even when it is killed. Into an empty folder, which may be the working folder or where a disk is
// mounted, the files are moved one after the other, config.yaml last. After an error nothing is left behind.
func NewFolder(dir string, write func(temporary string) error) (err error) {
	dir = filepath.Clean(dir)
	if err := CheckNewFolder(dir); err != nil {
		return err
	}
	above, name := filepath.Dir(dir), filepath.Base(dir)
	_, statErr := os.Stat(dir)
	there := statErr == nil
	if there {
		above, name = dir, "new"
	}
	if err := os.MkdirAll(above, 0o777); err != nil {
		return err
	}
	if err := sweepFolders(above, name); err != nil {
		return err
	}
	temporary := filepath.Join(above, fmt.Sprintf(".%s.%016x.tmp", name, rand.Uint64()))
	if err := os.Mkdir(temporary, 0o777); err != nil {
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
	if !there {
		return os.Rename(temporary, dir)
	}
	return moveAll(temporary, dir)
}

// moveAll moves what a folder holds into another one, config.yaml last, and removes the folder.
func moveAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int {
		last := map[bool]int{true: 1}
		return last[a.Name() == ConfigFile] - last[b.Name() == ConfigFile]
	})
	for i, e := range entries {
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			for _, moved := range entries[:i] {
				os.RemoveAll(filepath.Join(to, moved.Name()))
			}
			return err
		}
	}
	return os.Remove(from)
}

// sweepFolders removes the temporary folders for the given name that were killed more than a day ago.
func sweepFolders(above, name string) error {
	const age = 24 * time.Hour
	entries, err := os.ReadDir(above)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !leftover.MatchString(e.Name()) || e.Name()[:min(len(name)+2, len(e.Name()))] != "."+name+"." {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > age {
			if err := os.RemoveAll(filepath.Join(above, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

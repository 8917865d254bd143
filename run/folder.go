package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/train"
)

// Folder is the folder of a run that this process writes to, and no other one meanwhile.
type Folder struct {
	Dir string

	begun *Config  // what its config.yaml says; nil where there is none yet
	made  []string // the folders that were made for it, the outermost first
	lock  *lock
}

// ExistsError says that a folder already holds a run.
type ExistsError struct{ Dir string }

func (e *ExistsError) Error() string {
	return e.Dir + " already holds a run: continue it with --resume, or choose another folder"
}

// LeftoverError says that a folder holds what a run leaves, but no config.yaml that says of which.
type LeftoverError struct{ Dir, Name string }

func (e *LeftoverError) Error() string {
	return fmt.Sprintf("%s holds %s of a run whose %s is gone: choose another folder, remove %s, or put %s back and continue it with --resume",
		e.Dir, e.Name, ConfigFile, e.Name, ConfigFile)
}

// Take makes the folder of a run, if need be, and takes it for this process, until [Folder.Close]. It removes what
// writers that were killed left there.
//
// A folder that holds a run is taken with resume only; see [ExistsError] and [LeftoverError]. With resume, a folder
// in which nothing has begun is begun. A folder that another process has taken is a [LockedError].
func Take(dir string, resume bool) (*Folder, error) {
	if !resume {
		if err := checkUnused(dir); err != nil {
			return nil, err
		}
	}
	f := &Folder{Dir: dir}
	if err := f.make(); err != nil {
		f.undo()
		return nil, err
	}
	if err := f.take(resume); err != nil {
		err = errors.Join(err, f.Close())
		f.undo()
		return nil, err
	}
	return f, nil
}

// take is Take in a folder that is there.
func (f *Folder) take(resume bool) error {
	var err error
	if f.lock, err = takeLock(f.Dir); err != nil {
		return err
	}
	for _, dir := range []string{f.Dir, filepath.Join(f.Dir, train.CheckpointDir), filepath.Join(f.Dir, SamplesDir)} {
		if err := atomicfile.Sweep(dir, 0); err != nil {
			return err
		}
	}
	if !resume {
		return checkUnused(f.Dir) // again: it may have been begun since
	}
	c, err := ReadConfig(f.Dir)
	if none := new(NoRunError); errors.As(err, &none) {
		return nil
	} else if err != nil {
		return err
	}
	if c.Training == nil {
		return fmt.Errorf("%s holds a model that was imported: it has no training to continue", f.Dir)
	}
	f.begun = &c
	return nil
}

// Begun is what the config.yaml of a run says that was begun in the folder, or false where none was.
func (f *Folder) Begun() (Config, bool) {
	if f.begun == nil {
		return Config{}, false
	}
	return *f.begun, true
}

// write writes config.yaml: from here on the run is begun.
func (f *Folder) write(c Config) error {
	if err := c.write(f.Dir); err != nil {
		return err
	}
	f.begun = &c
	return nil
}

// Close gives the folder back. One that was made, and in which nothing has begun, is removed.
func (f *Folder) Close() error {
	if f.lock == nil {
		return nil
	}
	err := f.lock.release()
	f.lock = nil
	if f.begun == nil {
		os.Remove(filepath.Join(f.Dir, lockFile)) // which Windows keeps while it is open
		f.undo()
	}
	return err
}

// checkUnused says what of a run the folder holds.
func checkUnused(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, ConfigFile)); err == nil {
		return &ExistsError{dir}
	}
	if _, err := os.Stat(weightsPath(dir)); err == nil {
		return &LeftoverError{dir, WeightsFile}
	}
	if entries, err := os.ReadDir(filepath.Join(dir, train.CheckpointDir)); err == nil && len(entries) > 0 {
		return &LeftoverError{dir, train.CheckpointDir}
	}
	return nil
}

// make makes the folder and those above it that are missing.
func (f *Folder) make() error {
	for dir := filepath.Clean(f.Dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		f.made = append([]string{dir}, f.made...)
	}
	return os.MkdirAll(f.Dir, 0o777)
}

// undo removes the folders that were made, as far as they are empty.
func (f *Folder) undo() {
	for i := len(f.made) - 1; i >= 0; i-- {
		if os.Remove(f.made[i]) != nil {
			return
		}
	}
	f.made = nil
}

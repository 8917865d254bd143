package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/train"
)

// versionOne is the configuration of the text of version 1.
func versionOne(t *testing.T) Config {
	t.Helper()
	c, err := parse([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func taken(t *testing.T, dir string, resume bool) *Folder {
	t.Helper()
	f, err := Take(dir, resume)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolderOfARunIsTakenAgainWithResumeOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "above", "run")
	f := taken(t, dir, false)
	if _, begun := f.Begun(); begun {
		t.Error("a new folder is begun")
	}
	if err := errors.Join(f.write(versionOne(t)), f.Close()); err != nil {
		t.Fatal(err)
	}
	var exists *ExistsError
	if _, err := Take(dir, false); !errors.As(err, &exists) {
		t.Errorf("without resume: %v", err)
	}
	f = taken(t, dir, true)
	defer f.Close()
	if c, begun := f.Begun(); !begun || c.Seed != 5 {
		t.Errorf("with resume it is begun: %t, with seed %d", begun, c.Seed)
	}
}

func TestFolderInWhichNothingBeganIsRemoved(t *testing.T) {
	above := t.TempDir()
	for _, resume := range []bool{false, true} {
		f := taken(t, filepath.Join(above, "a", "b"), resume)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(above); err != nil || len(entries) > 0 {
			t.Errorf("left behind: %v, %v", entries, err)
		}
	}
	there := filepath.Join(above, "there")
	if err := os.Mkdir(there, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := taken(t, there, false).Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(there); err != nil || len(entries) > 0 {
		t.Errorf("a folder that was there holds %v, %v", entries, err)
	}
}

func TestWhatARunLeftWithoutItsConfigurationIsNotOverwritten(t *testing.T) {
	for _, name := range []string{filepath.Join(train.CheckpointDir, "2-flow-00000001.safetensors"), WeightsFile} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		var left *LeftoverError
		if _, err := Take(dir, false); !errors.As(err, &left) || !strings.Contains(err.Error(), "--resume") {
			t.Errorf("%s: %v", name, err)
		}
		taken(t, dir, true).Close() // its configuration is put back
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestFolderIsTakenByOneProcessAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	f := taken(t, dir, true)
	var locked *LockedError
	if _, err := Take(dir, true); !errors.As(err, &locked) || locked.Process == "" {
		t.Errorf("a second time: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := taken(t, dir, true).Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatKilledWritersLeftIsSwept(t *testing.T) {
	dir := t.TempDir()
	checkpoints := filepath.Join(dir, train.CheckpointDir)
	if err := os.Mkdir(checkpoints, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{dir, checkpoints} {
		for _, name := range []string{".model.safetensors.0123456789abcdef.tmp", "mine.tmp"} {
			if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	defer taken(t, dir, true).Close()
	for _, folder := range []string{dir, checkpoints} {
		found, err := filepath.Glob(filepath.Join(folder, "*.tmp"))
		hidden, _ := filepath.Glob(filepath.Join(folder, ".*.tmp"))
		if err != nil || len(found) != 1 || len(hidden) > 0 {
			t.Errorf("%s holds %v, %v, %v", folder, found, hidden, err)
		}
	}
}

func TestImportedModelHasNoTrainingToContinue(t *testing.T) {
	dir := t.TempDir()
	c := versionOne(t)
	c.Training = nil
	if err := c.write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir, true); err == nil || !strings.Contains(err.Error(), "imported") {
		t.Errorf("error is %v", err)
	}
}

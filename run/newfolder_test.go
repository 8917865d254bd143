package run

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestFoldersAreWholeOrNotThere(t *testing.T) {
	write := func(temporary string) error {
		return os.WriteFile(filepath.Join(temporary, "file"), []byte("new"), 0o644)
	}
	above := t.TempDir()
	empty, full := filepath.Join(above, "empty"), filepath.Join(above, "full")
	for _, dir := range []string{empty, full} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(full, "kept"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{empty, filepath.Join(above, "new")} {
		if err := NewFolder(dir, write); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "file")); string(text) != "new" {
			t.Errorf("%s holds %q, %v", dir, text, err)
		}
	}
	var inUse *FolderError
	if err := NewFolder(full, write); !errors.As(err, &inUse) {
		t.Errorf("writing into a folder in use gives %v", err)
	}
	broken := errors.New("disk full")
	err := NewFolder(filepath.Join(above, "none"), func(temporary string) error {
		return errors.Join(write(temporary), broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	if err := NewFolder(filepath.Join(full, "kept", "new"), write); err == nil {
		t.Error("a folder is made in a file")
	}
	if err := NewFolder(filepath.Join(full, "more", "new"), write); err != nil {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if err := NewFolder(".", write); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile("file"); string(text) != "new" {
		t.Errorf("the working folder holds %q, %v", text, err)
	}
	entries, err := os.ReadDir(above)
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder above holds %v, %v", entries, err)
	}
}

func TestFoldersOfKilledWritersAreSweptAfterADay(t *testing.T) {
	above := t.TempDir()
	old, young, other := filepath.Join(above, ".a.0123456789abcdef.tmp"), filepath.Join(above, ".a.0123456789abcdee.tmp"), filepath.Join(above, ".ab.0123456789abcdef.tmp")
	for _, dir := range []string{old, young, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-48 * time.Hour)
	for _, dir := range []string{old, other} {
		if err := os.Chtimes(dir, before, before); err != nil {
			t.Fatal(err)
		}
	}
	if err := NewFolder(filepath.Join(above, "a"), func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for dir, kept := range map[string]bool{old: false, young: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != kept {
			t.Errorf("%s: %v", filepath.Base(dir), err)
		}
	}
}

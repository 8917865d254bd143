package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTargetsAreCheckedBeforeTheWork(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(dir, "new"), os.DevNull} {
		if err := Check(path); err != nil {
			t.Errorf("file %s: %v", path, err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "missing", "x"), filepath.Join(file, "x")} {
		if Check(path) == nil {
			t.Errorf("a file can be written at %s", path)
		}
	}
	for _, folder := range []string{dir, filepath.Join(dir, "a", "b", "c")} {
		if err := CheckFolder(folder); err != nil {
			t.Errorf("folder %s: %v", folder, err)
		}
	}
	for _, folder := range []string{file, filepath.Join(file, "x")} {
		if CheckFolder(folder) == nil {
			t.Errorf("files can be written into %s", folder)
		}
	}
	entries, err := os.ReadDir(dir)
	text, _ := os.ReadFile(file)
	if err != nil || len(entries) != 1 || string(text) != "kept" {
		t.Errorf("checking leaves %v, %q, %v", entries, text, err)
	}
}

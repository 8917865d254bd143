package collection_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/collection"
)

func TestImageFilesAreThoseOfTheFoldersBelow(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for _, name := range []string{"a.png", "b/10.jpg", "b/2.jpg", "c/d/e.webp"} {
		want = append(want, filepath.Join(dir, filepath.FromSlash(name)))
	}
	for _, path := range append(want, filepath.Join(dir, "metadata.csv"), filepath.Join(dir, ".hidden.png"), filepath.Join(dir, "notes.md")) {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("file_name\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	files, err := collection.ImageFiles(context.Background(), dir)
	slices.Sort(files)
	slices.Sort(want)
	if err != nil || !slices.Equal(files, want) {
		t.Errorf("the files are %v, want %v: %v", files, want, err)
	}
	var empty *collection.EmptyError
	if _, err := collection.ImageFiles(context.Background(), t.TempDir()); !errors.As(err, &empty) {
		t.Errorf("a folder without images gives %v", err)
	}
	if _, err := collection.ImageFiles(context.Background(), filepath.Join(dir, "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there gives %v", err)
	}
}

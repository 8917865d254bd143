package collection_test

import (
	"context"
	"errors"
	"maps"
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

func TestImageLabelsAreThoseOfTheFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b/1.png": "", "a/1.png": "", "c.png": "",
		"metadata.csv":   "file_name,age,site\na/1.png,31,x\nb/1.png,52.5,\n",
		"a/metadata.csv": "file_name,age\n1.png,32\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	files, err := collection.ImageFiles(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	names, labels, err := collection.ImageLabels(context.Background(), dir)
	if err != nil || !slices.Equal(names, []string{"age", "site"}) || len(labels) != len(files) {
		t.Fatalf("the labels %v of %d images: %v", names, len(labels), err)
	}
	want := map[string]map[string]string{"a/1.png": {"age": "32", "site": "x"}, "b/1.png": {"age": "52.5"}, "c.png": {}}
	for i, file := range files {
		name, _ := filepath.Rel(dir, file)
		if !maps.Equal(labels[i], want[filepath.ToSlash(name)]) {
			t.Errorf("%s has the labels %v", name, labels[i])
		}
	}
}

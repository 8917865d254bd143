package collection

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func openSpec(t testing.TB, s Spec, cache string) (*Collection, error) {
	t.Helper()
	s.Name = "a"
	d, err := Open(t.Context(), []Spec{s}, Options{Size: 8, CacheDir: cache})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { d.Close() })
	return d.Collections[0], nil
}

func TestTablesThatAreGivenStandAlone(t *testing.T) {
	all := pictures(t, "", 4)
	all["metadata.csv"] = []byte("file_name,age\n0001.png,1\n")
	all["labels/other.csv"] = []byte("scan,age\n0001.png,2\n")
	dir, packed := all.folder(t), writeFile(t, "x.zip", all.zip(t))
	outside := writeFile(t, "celeba.txt", []byte("1\nage\n0001.png 3\n"))
	for _, c := range []struct{ path, metadata, column, want string }{
		{dir, "", "", "1"},
		{dir, "labels/other.csv", "", "2"},
		{dir, filepath.Join(dir, "labels", "other.csv"), "scan", "2"},
		{dir, outside, "", "3"},
		{packed, "labels/other.csv", "", "2"},
		{packed, outside, "", "3"},
	} {
		col, err := openSpec(t, Spec{Path: c.path, Metadata: c.metadata, FileColumn: c.column}, t.TempDir())
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if age, _ := col.Label(1, "age"); age != c.want {
			t.Errorf("%+v: age %q", c, age)
		}
		if c.metadata != "" && !slices.Contains(notesOn(col, "metadata.csv"), "is not read for labels: they come from the table that was given") {
			t.Errorf("%+v: notes %v", c, col.Notes)
		}
	}
}

func TestTablesThatAreGivenMustFit(t *testing.T) {
	all := pictures(t, "", 4)
	all["metadata.csv"] = []byte("file_name,age\n0001.png,1\n")
	dir := all.folder(t)
	for want, s := range map[string]Spec{
		"is neither a file nor a table within":                     {Path: dir, Metadata: "none.csv"},
		`has no column "scan": its columns are "file_name", "age"`: {Path: dir, FileColumn: "scan"},
		"is not a file": {Path: dir, Metadata: t.TempDir()},
	} {
		var metadata *MetadataError
		if _, err := openSpec(t, s, t.TempDir()); !errors.As(err, &metadata) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestTheCacheKnowsTheTableThatWasGiven(t *testing.T) {
	dir, cache := pictures(t, "", 4).folder(t), t.TempDir()
	table := writeFile(t, "t.csv", []byte("file,file_name,age\n0001.png,0002.png,1\n"))
	for _, c := range []struct {
		s    Spec
		row  int
		want string
	}{{Spec{}, 1, ""}, {Spec{Metadata: table}, 2, "1"}, {Spec{Metadata: table, FileColumn: "file"}, 1, "1"}} {
		c.s.Path = dir
		col, err := openSpec(t, c.s, cache)
		if err != nil {
			t.Fatal(err)
		}
		if age, _ := col.Label(c.row, "age"); age != c.want {
			t.Errorf("%+v: age %q", c.s, age)
		}
	}
}

package collection

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// openedIndex opens paths and tells how many images were decoded, and whether anything was looked through.
func openedIndex(t *testing.T, o Options, path string) (d *Dataset, decoded int, listed bool) {
	t.Helper()
	o.Progress = func(p Progress) {
		decoded += decodedIn(p)
		listed = listed || p.Stage == Listing
	}
	return opened(t, o, path), decoded, listed
}

func TestArchivesAreLookedThroughOnce(t *testing.T) {
	f := besideImages(t, 8)
	f["broken.png"] = []byte("no image")
	for kind, path := range map[string]string{
		"tar": writeFile(t, "x.tar", f.tar(t)), "tgz": writeFile(t, "x.tgz", gzipped(t, f.tar(t))), "zip": writeFile(t, "x.zip", f.zip(t)),
		"parquet": filepath.Join("testdata", "parquet", "parts"),
	} {
		o := Options{CacheDir: t.TempDir()}
		first, decoded, listed := openedIndex(t, o, path)
		if decoded == 0 || !listed {
			t.Errorf("%s: first start: %d decoded, listed: %v", kind, decoded, listed)
		}
		again, decoded, listed := openedIndex(t, o, path)
		if decoded > 0 || listed && kind != "parquet" || again.Key() != first.Key() {
			t.Errorf("%s: second start: %d decoded, listed: %v, key %.8s", kind, decoded, listed, again.Key())
		}
		o.Size = 11
		other, decoded, listed := openedIndex(t, o, path)
		if decoded == 0 || listed && kind != "parquet" {
			t.Errorf("%s: another size: %d decoded, listed: %v", kind, decoded, listed)
		}
		o.CacheDir = t.TempDir()
		if alone := opened(t, o, path); alone.Key() != other.Key() {
			t.Errorf("%s: another size from the index is other data", kind)
		}
	}
}

func TestLabelsChangeWithoutDecoding(t *testing.T) {
	f := pictures(t, "", 6)
	f["metadata.csv"] = []byte("file_name,age\n0001.png,3\n")
	f["0002.txt"] = []byte("a caption")
	dir := f.folder(t)
	o := Options{CacheDir: t.TempDir()}
	opened(t, o, dir)
	for name, text := range map[string]string{"metadata.csv": "file_name,age\n0001.png,44\n", "0002.txt": "another caption"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, decoded, _ := openedIndex(t, o, dir)
	age, _ := d.Collections[0].Label(1, "age")
	caption, _ := d.Collections[0].Label(2, "caption")
	if decoded > 0 || age != "44" || caption != "another caption" {
		t.Errorf("%d decoded, age %q, caption %q", decoded, age, caption)
	}
}

func TestDamagedIndexIsMadeAgain(t *testing.T) {
	path := writeFile(t, "x.tar", besideImages(t, 5).tar(t))
	o := Options{CacheDir: t.TempDir()}
	want := opened(t, o, path).Key()
	found, err := filepath.Glob(filepath.Join(o.CacheDir, "*.index"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	good, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(good) {
		if at > 200 && at < headerLen-8 && at%511 != 0 {
			continue // zeros, one like the other
		}
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if _, err := readIndexOf(t, bad, good); err == nil {
			t.Errorf("a flipped bit at %d is not noticed", at)
		}
	}
	for _, n := range []int{0, 7, 100, headerLen, len(good) - 1} {
		if err := os.WriteFile(found[0], good[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		d, decoded, listed := openedIndex(t, o, path)
		if d.Key() != want || !listed || decoded > 0 {
			t.Errorf("cut to %d bytes: key %.8s, listed: %v, %d decoded", n, d.Key(), listed, decoded)
		}
	}
}

// readIndexOf reads an index that should have the key of another.
func readIndexOf(t *testing.T, data, good []byte) (*catalog, error) {
	t.Helper()
	return readIndex(writeFile(t, "x.index", data), digest(good[24:56]))
}

func TestCatalogsComeBackAsTheyWere(t *testing.T) {
	for _, c := range []*catalog{
		{entries: []entry{}, sides: []side{}, notes: []Skipped{}},
		{
			entries: []entry{{"a.png", ""}, {"b/é.png", "is broken"}, {"c", ""}}, sides: []side{sideOpen, sideTrain, sideHeld},
			columns: []*column{{"age", []string{"3", ""}, []int32{0, -1, 1}}, {"x", []string{"\x00"}, []int32{-1, -1, 0}}},
			notes:   []Skipped{{"", "a note"}, {"a.png", "another"}},
			where:   []location{{0, 1 << 40, 3}, {7, 0, 0}, {1, 2, 1 << 30}},
		},
	} {
		path := filepath.Join(t.TempDir(), "x.index")
		key := digest{1, 2, 3}
		if err := writeIndex(path, key, c, about{Path: "somewhere"}); err != nil {
			t.Fatal(err)
		}
		got, err := readIndex(path, key)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v, %v, want %+v", got, err, c)
		}
		if _, err := readIndex(path, digest{}); err == nil {
			t.Error("an index of other images was taken")
		}
	}
}

func TestCancelledListingLeavesNoIndex(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cache := t.TempDir()
	_, err := Open(ctx, []Spec{{Name: "a", Path: writeFile(t, "x.tgz", gzipped(t, pictures(t, "", 50).tar(t)))}},
		Options{Size: 8, CacheDir: cache, Progress: func(Progress) { cancel() }})
	if err == nil {
		t.Fatal("no error")
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func FuzzCatalog(f *testing.F) {
	f.Add("")
	f.Add("\x01\x01a\x00\x01\x00\x03bad\x01\x03age\x01\x013\x01\x01\x00\x04note\x01\x00\x05\x06")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := decodeCatalog(text)
		if err != nil {
			return
		}
		rows, table, err := c.taken(Spec{}, Options{})
		if err != nil {
			return // it has no rows
		}
		for _, column := range table.Columns {
			for row := range rows {
				column.at(row)
			}
		}
		if c.where != nil && len(c.where) != len(c.entries) {
			t.Fatalf("%d places of %d files", len(c.where), len(c.entries))
		}
	})
}

package collection

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRowsStayWhenAFileBecomesUnreadable(t *testing.T) {
	f := pictures(t, "", 30)
	dir := f.folder(t)
	before := opened(t, Options{}, dir).Collections[0]
	if err := os.WriteFile(filepath.Join(dir, "0007.png"), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	after := opened(t, Options{}, dir).Collections[0]
	if !slices.Equal(fileNames(before), fileNames(after)) {
		t.Fatal("rows moved")
	}
	for row := range after.Items {
		if row == 7 {
			if after.Usable(row) || after.Pixels(row) != nil || len(after.Skipped) != 1 || after.Skipped[0].File != "0007.png" {
				t.Errorf("row 7: skipped %v", after.Skipped)
			}
			continue
		}
		if !slices.Equal(before.Pixels(row), after.Pixels(row)) {
			t.Errorf("row %d has other pixels", row)
		}
	}
	if slices.Contains(after.Train, 7) || slices.Contains(after.Validation, 7) || slices.Contains(after.Rows(), 7) {
		t.Error("a skipped row is used")
	}
}

func TestStrictStopsAtAnUnreadableFile(t *testing.T) {
	dir := mixed(t).folder(t)
	cache := t.TempDir()
	var unreadable *UnreadableError
	if _, err := openPaths(t, Options{Strict: true, CacheDir: cache}, dir); !errors.As(err, &unreadable) || len(unreadable.Skipped) != 5 {
		t.Errorf("without a cache: %v", err)
	}
	opened(t, Options{CacheDir: cache}, dir)
	if _, err := openPaths(t, Options{Strict: true, CacheDir: cache}, dir); !errors.As(err, &unreadable) || !strings.Contains(err.Error(), "and 4 more") {
		t.Errorf("from the cache: %v", err)
	}
	opened(t, Options{Strict: true}, pictures(t, "", 3).folder(t))
}

func TestMaxImagesIsASeededUniformChoice(t *testing.T) {
	dir := pictures(t, "", 40).folder(t)
	o := Options{CacheDir: t.TempDir(), MaxImages: 10}
	taken := map[string]int{}
	for seed := range uint64(40) {
		o.Seed = seed
		c := opened(t, o, dir).Collections[0]
		if len(c.Items) != 10 || c.Found != 40 || c.LeftOut != 30 {
			t.Fatalf("%d of %d, %d left out", len(c.Items), c.Found, c.LeftOut)
		}
		if !slices.IsSorted(fileNames(c)) {
			t.Fatal("rows are not in the order of names")
		}
		for _, f := range fileNames(c) {
			taken[f]++
		}
	}
	// Each file is taken 10 times of 40 on average, with a deviation of 2.7.
	for f, n := range taken {
		if n < 1 || n > 22 {
			t.Errorf("%s was taken %d times of 40", f, n)
		}
	}
	if len(taken) != 40 {
		t.Errorf("%d of 40 files were ever taken", len(taken))
	}
}

func TestMaxImagesKeepsPairs(t *testing.T) {
	paired := func(prefix string) string {
		f := pictures(t, prefix, 50)
		rows := "file_name,pair\n"
		for i := range 50 {
			rows += fmt.Sprintf("%s%04d.png,%d\n", prefix, i, i)
		}
		f["metadata.csv"] = []byte(rows)
		return f.folder(t)
	}
	d := opened(t, Options{MaxImages: 12}, paired("x"), paired("y"))
	for i := range 12 {
		a, _ := d.Collections[0].Label(i, "pair")
		b, _ := d.Collections[1].Label(i, "pair")
		if a != b || a == "" {
			t.Errorf("row %d: pairs %q and %q", i, a, b)
		}
	}
	if !slices.Equal(d.Collections[0].Validation, d.Collections[1].Validation) {
		t.Error("pairs are torn apart by the split")
	}
}

func TestKeyIsOfTheData(t *testing.T) {
	f := pictures(t, "", 20)
	base := opened(t, Options{}, f.folder(t)).Key()
	if len(base) != 64 {
		t.Errorf("key %q", base)
	}
	if elsewhere := opened(t, Options{Workers: 1}, f.folder(t)).Key(); elsewhere != base {
		t.Error("a copy elsewhere has another key")
	}
	labelled := files{"metadata.csv": []byte("file_name,age\n0001.png,3\n")}
	for name, data := range f {
		labelled[name] = data
	}
	renamed := pictures(t, "r", 20)
	for name, d := range map[string]*Dataset{
		"size":       opened(t, Options{Size: 9}, f.folder(t)),
		"grey":       opened(t, Options{Gray: true}, f.folder(t)),
		"seed":       opened(t, Options{Seed: 1}, f.folder(t)),
		"validation": opened(t, Options{Validation: 0.3}, f.folder(t)),
		"max images": opened(t, Options{MaxImages: 19}, f.folder(t)),
		"labels":     opened(t, Options{}, labelled.folder(t)),
		"names":      opened(t, Options{}, renamed.folder(t)),
		"more":       opened(t, Options{}, f.folder(t), f.folder(t)),
	} {
		if d.Key() == base {
			t.Errorf("%s: same key", name)
		}
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	dir := pictures(t, "", 2).folder(t)
	var size *SizeError
	var option *OptionError
	for _, c := range []struct {
		o  Options
		as any
	}{
		{Options{}, &size}, {Options{Size: MaxSize + 1}, &size}, {Options{Size: -1}, &size},
		{Options{Size: 8, MaxImages: -1}, &option}, {Options{Size: 8, Validation: 1}, &option},
		{Options{Size: 8, Validation: -0.1}, &option}, {Options{Size: 8, Workers: -1}, &option},
	} {
		if _, err := Open(context.Background(), []Spec{{Name: "a", Path: dir}}, c.o); !errors.As(err, c.as) {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	var duplicate *DuplicateNameError
	if _, err := Open(context.Background(), []Spec{{Name: "a", Path: dir}, {Name: "A", Path: dir}}, Options{Size: 8}); !errors.As(err, &duplicate) {
		t.Errorf("same name twice: %v", err)
	}
	var spec *SpecError
	if _, err := Open(context.Background(), nil, Options{Size: 8}); !errors.As(err, &spec) {
		t.Errorf("no collection: %v", err)
	}
}

func TestOneBadCollectionReleasesTheOthers(t *testing.T) {
	if _, err := openPaths(t, Options{}, pictures(t, "", 2).folder(t), t.TempDir()); err == nil {
		t.Error("no error")
	}
}

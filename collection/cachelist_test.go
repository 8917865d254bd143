package collection

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCacheIsListedAndCleared(t *testing.T) {
	cache := t.TempDir()
	path := writeFile(t, "x.tar", pictures(t, "", 4).tar(t))
	frame := Frame{Side: 0.5}
	opened(t, Options{CacheDir: cache}, path)
	d, err := Open(t.Context(), []Spec{{Name: "a", Path: path, Frame: frame}}, Options{Size: 9, Gray: true, CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	foreign := filepath.Join(cache, "mine.cache")
	unfinished := filepath.Join(cache, ".0123456789abcdef0123456789abcdef.cache.99.tmp")
	for _, file := range []string{foreign, unfinished} {
		if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := ListCache(cache)
	if err != nil || len(files) != 4 {
		t.Fatalf("%+v, %v", files, err)
	}
	kinds := map[string]int{}
	old := time.Now().Add(-100 * time.Hour)
	for i, f := range files {
		switch {
		case f.Unfinished:
			kinds["unfinished"]++
			continue
		case f.Path != path || f.Images != 4 || f.Bytes < headerLen || time.Since(f.Used) > time.Hour:
			t.Errorf("%+v", f)
		case f.Size == 0:
			kinds["index"]++
		case f.Size == 9:
			kinds["framed"]++
			if f.Channels != 1 || f.Frame == nil || *f.Frame != frame {
				t.Errorf("%+v", f)
			}
		case f.Size == 8:
			kinds["whole"]++
			if err := os.Chtimes(f.File, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if i > 0 && f.Used.After(files[i-1].Used) {
			t.Error("the files are not in the order of their use")
		}
	}
	if len(kinds) != 4 {
		t.Errorf("kinds %v", kinds)
	}
	if after, err := ListCache(cache); err != nil || after[len(after)-1].Size != 8 {
		t.Errorf("the file used longest ago is not the last: %+v", after)
	}
	opened(t, Options{CacheDir: cache}, path)
	if after, err := ListCache(cache); err != nil || time.Since(after[len(after)-1].Used) > time.Hour {
		t.Errorf("a second start did not mark what it used: %+v", after)
	}
	freed, err := ClearCache(files)
	if err != nil || freed < 3*headerLen {
		t.Errorf("%d bytes freed, %v", freed, err)
	}
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != 1 || left[0].Name() != "mine.cache" {
		t.Errorf("left %v", left)
	}
	if none, err := ListCache(filepath.Join(cache, "none")); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	if d.Collections[0].Pixels(0) == nil {
		t.Error("an open data set lost its images")
	}
}

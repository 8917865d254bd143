package collection

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// cacheFiles returns the finished and the unfinished files of a cache.
func cacheFiles(t *testing.T, dir string) (finished, unfinished []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch filepath.Ext(name) {
		case ".cache":
			finished = append(finished, name)
		case ".index":
		default:
			unfinished = append(unfinished, name)
		}
	}
	return finished, unfinished
}

// decodedIn counts the images of a report that is made for each of them.
func decodedIn(p Progress) int {
	if p.Stage == Decoding {
		return 1
	}
	return 0
}

func TestSecondStartDecodesNothing(t *testing.T) {
	f := mixed(t)
	for kind, path := range map[string]string{"folder": f.folder(t), "tar": writeFile(t, "x.tgz", gzipped(t, f.tar(t)))} {
		decoded := 0
		o := Options{CacheDir: t.TempDir(), Progress: func(p Progress) { decoded += decodedIn(p) }}
		first := opened(t, o, path)
		if decoded != len(first.Collections[0].Items) {
			t.Errorf("%s: progress ended at %d", kind, decoded)
		}
		decoded = 0
		second := opened(t, o, path)
		if decoded != 0 {
			t.Errorf("%s: %d images were decoded again", kind, decoded)
		}
		a, b := first.Collections[0], second.Collections[0]
		if first.Key() != second.Key() || !slices.Equal(a.Skipped, b.Skipped) || !slices.Equal(a.Notes, b.Notes) || a.Found != b.Found {
			t.Errorf("%s: the second start gives other data", kind)
		}
		for _, row := range a.Rows() {
			if !bytes.Equal(a.Pixels(row), b.Pixels(row)) {
				t.Errorf("%s: row %d differs", kind, row)
			}
		}
	}
}

func TestEverySettingHasItsOwnCache(t *testing.T) {
	dir := pictures(t, "", 5).folder(t)
	cache := t.TempDir()
	for _, o := range []Options{
		{Size: 8}, {Size: 9}, {Size: 8, Gray: true}, {Size: 8, MaxImages: 3}, {Size: 8, MaxImages: 3, Seed: 1},
		{Size: 8, Seed: 5}, {Size: 8, Validation: 0.5}, // these two need no pixels of their own
	} {
		o.CacheDir = cache
		d := opened(t, o, dir)
		if d.Size != o.Size || len(d.Collections[0].Pixels(0)) != o.Size*o.Size*d.Channels {
			t.Errorf("%+v: wrong pixels", o)
		}
	}
	if finished, unfinished := cacheFiles(t, cache); len(finished) != 5 || len(unfinished) != 0 {
		t.Errorf("cache has %q and %q", finished, unfinished)
	}
}

func TestChangedContentIsReadAgain(t *testing.T) {
	f := pictures(t, "", 4)
	dir := f.folder(t)
	o := Options{CacheDir: t.TempDir()}
	before := opened(t, o, dir)
	path := filepath.Join(dir, "0002.png")
	if err := os.WriteFile(path, pngOf(t, landmark(20, 20)), 0o644); err != nil {
		t.Fatal(err)
	}
	changed := opened(t, o, dir)
	if changed.Key() == before.Key() || bytes.Equal(changed.Collections[0].Pixels(2), before.Collections[0].Pixels(2)) {
		t.Error("a changed image is served from the cache")
	}
	f.writeTo(t, dir)
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if again := opened(t, o, dir); again.Key() != before.Key() {
		t.Error("the key depends on more than content")
	}
}

func TestDamagedCacheIsBuiltAgain(t *testing.T) {
	dir := mixed(t).folder(t)
	o := Options{CacheDir: t.TempDir()}
	want := opened(t, o, dir).Key()
	finished, _ := cacheFiles(t, o.CacheDir)
	good, err := os.ReadFile(finished[0])
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	for name, bad := range map[string][]byte{
		"empty":       nil,
		"short":       good[:100],
		"truncated":   good[:len(good)-1],
		"longer":      append(bytes.Clone(good), 0),
		"magic":       flip(0),
		"header":      flip(13),
		"key":         flip(50),
		"first pixel": flip(headerLen),
		"last byte":   flip(len(good) - 1),
		"zeros":       make([]byte, len(good)),
	} {
		// As another program would damage it: the file that is mapped by the data sets above must stay as it is.
		os.Remove(finished[0])
		if err := os.WriteFile(finished[0], bad, 0o644); err != nil {
			t.Fatal(err)
		}
		decoded := 0
		o.Progress = func(p Progress) { decoded += decodedIn(p) }
		if d := opened(t, o, dir); d.Key() != want || decoded == 0 {
			t.Errorf("%s: key %.8s, %d decoded", name, d.Key(), decoded)
		}
	}
}

func TestSeveralStartsAtOnceAgree(t *testing.T) {
	dir := pictures(t, "", 60).folder(t)
	cache := t.TempDir()
	var wg sync.WaitGroup
	keys := make([]string, 4)
	for i := range keys {
		wg.Go(func() {
			d, err := openPaths(t, Options{CacheDir: cache, Workers: 3}, dir)
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = d.Key()
			d.Close()
		})
	}
	wg.Wait()
	if slices.Compact(slices.Clone(keys))[0] != keys[3] || keys[0] == "" {
		t.Errorf("keys %q", keys)
	}
	if finished, unfinished := cacheFiles(t, cache); len(finished) != 1 || len(unfinished) != 0 {
		t.Errorf("cache has %q and %q", finished, unfinished)
	}
}

func TestCancelLeavesNoFile(t *testing.T) {
	f := pictures(t, "", 200)
	for kind, path := range map[string]string{"folder": f.folder(t), "zip": writeFile(t, "x.zip", f.zip(t)), "tar": writeFile(t, "x.tar", f.tar(t))} {
		ctx, cancel := context.WithCancel(context.Background())
		cache := t.TempDir()
		_, err := Open(ctx, []Spec{{Name: "a", Path: path}}, Options{Size: 8, CacheDir: cache, Progress: func(p Progress) {
			if p.Stage == Decoding && p.Done == 20 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", kind, err)
		}
		if finished, unfinished := cacheFiles(t, cache); len(finished)+len(unfinished) != 0 {
			t.Errorf("%s: left %q and %q", kind, finished, unfinished)
		}
	}
}

func TestAbandonedFilesAreRemoved(t *testing.T) {
	cache := t.TempDir()
	for name, age := range map[string]time.Duration{".old.cache.1.tmp": 2 * abandonedAge, ".new.cache.2.tmp": 0} {
		path := filepath.Join(cache, name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	opened(t, Options{CacheDir: cache}, pictures(t, "", 2).folder(t))
	if _, unfinished := cacheFiles(t, cache); len(unfinished) != 1 || filepath.Base(unfinished[0]) != ".new.cache.2.tmp" {
		t.Errorf("left %q", unfinished)
	}
}

func TestCacheFolderThatCannotBeWritten(t *testing.T) {
	file := writeFile(t, "file", []byte("x"))
	_, err := openPaths(t, Options{CacheDir: filepath.Join(file, "cache")}, pictures(t, "", 2).folder(t))
	if err == nil {
		t.Fatal("no error")
	}
}

func FuzzCacheHeader(f *testing.F) {
	h := cacheHeader{size: 8, channels: 3, rows: 2, pixelsLen: 2 * 8 * 8 * 3, textLen: 10}
	f.Add(h.encode(), h.fileLen())
	f.Add(make([]byte, headerLen), int64(0))
	f.Fuzz(func(t *testing.T, b []byte, fileLen int64) {
		h, err := decodeHeader(b, fileLen)
		if err != nil {
			if !errors.Is(err, errCache) {
				t.Fatal(err)
			}
			return
		}
		if h.fileLen() != fileLen || int64(h.rows)*h.rowLen() != h.pixelsLen {
			t.Fatalf("accepted %+v", h)
		}
	})
}

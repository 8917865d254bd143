package collection

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// tarOf packs entries in the order given.
func tarOf(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		content := h.Uname // a place for the content of a test's entry
		h.Uname = ""
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			w.Write([]byte(content))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestShardsAreOneCollection(t *testing.T) {
	all := map[string]files{"shard-0.tar": pictures(t, "a", 3), "shard-1.tar": pictures(t, "c", 4), "shard-2.tgz": pictures(t, "b", 2), "more/x.zip": pictures(t, "", 2)}
	dir := t.TempDir()
	var want []string
	for name, f := range all {
		packed := f.tar(t)
		switch filepath.Ext(name) {
		case ".tgz":
			packed = gzipped(t, packed)
		case ".zip":
			packed = f.zip(t)
		}
		files{name: packed, "readme.md": []byte("x")}.writeTo(t, dir)
		for _, image := range f.names() {
			want = append(want, name+"/"+image)
		}
	}
	slices.Sort(want)
	for path, count := range map[string]int{
		dir: 11, filepath.Join(dir, "*.t*"): 9, filepath.Join(dir, "shard-{0..1}.tar"): 7, filepath.Join(dir, "*", "x.zip"): 2,
	} {
		c := opened(t, Options{}, path).Collections[0]
		names := fileNames(c)
		if len(names) != count || len(c.Skipped) != 0 || len(c.Notes) != 0 {
			t.Errorf("%s: %q, skipped %v, notes %v", path, names, c.Skipped, c.Notes)
		}
		if path == dir && !slices.Equal(names, want) {
			t.Errorf("names %q, want %q", names, want)
		}
		if labels := c.LabelNames(); path != dir && len(labels) > 0 {
			t.Errorf("%s: shards became the labels %q", path, labels)
		}
	}
	c := opened(t, Options{}, dir).Collections[0]
	for row, item := range c.Items {
		shard, inner := filepath.Split(item.File)
		alone := all[strings.TrimSuffix(shard, "/")][inner]
		if got, _ := decoded(t, alone); !bytes.Equal(c.Pixels(row), got) {
			t.Errorf("%s has the pixels of another", item.File)
		}
	}
}

// decoded is what becomes of a file by itself.
func decoded(t testing.TB, data []byte) ([]byte, error) {
	t.Helper()
	f := files{"x.png": data}
	c := opened(t, Options{}, f.folder(t)).Collections[0]
	return c.Pixels(0), nil
}

func TestShardsNamedAfterPartsDivideTheImages(t *testing.T) {
	for _, names := range [][2]string{
		{"train-00000-of-00001.tar", "validation-00000-of-00001.tar"},
		{"imagenet1k-train-0000.tar", "imagenet1k-val-0000.tar"},
		{"train/0.tar", "test/0.tar"},
	} {
		f := files{names[0]: pictures(t, "", 6).tar(t), names[1]: pictures(t, "v", 2).tar(t)}
		c := opened(t, Options{}, f.folder(t)).Collections[0]
		if len(c.Train) != 6 || len(c.Validation) != 2 || len(c.LabelNames()) != 0 {
			t.Errorf("%q: %d for training, %d held out, labels %q", names, len(c.Train), len(c.Validation), c.LabelNames())
		}
	}
}

func TestArchiveWithItsTableBeside(t *testing.T) {
	inner := pictures(t, "", 5)
	f := files{"images.zip": inner.zip(t), "metadata.csv": []byte("file_name,age\n0001.png,30\nelsewhere.png,9\n")}
	dir := f.folder(t)
	keys := map[string]bool{}
	for _, path := range []string{dir, filepath.Join(dir, "images.zip")} {
		d := opened(t, Options{}, path)
		c := d.Collections[0]
		if age, _ := c.Label(1, "age"); age != "30" || c.Items[1].File != "0001.png" {
			t.Errorf("%s: %s has age %q", path, c.Items[1].File, age)
		}
		keys[d.Key()] = true
	}
	inner["metadata.csv"] = f["metadata.csv"]
	keys[opened(t, Options{}, inner.folder(t)).Key()] = true
	if len(keys) != 1 {
		t.Error("the folder, the archive and what is in it are different data")
	}
}

func TestArchivesBesideImagesStayClosed(t *testing.T) {
	f := pictures(t, "", 3)
	f["more.zip"] = pictures(t, "m", 3).zip(t)
	c := opened(t, Options{}, f.folder(t)).Collections[0]
	if len(c.Rows()) != 3 || len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].Reason, "archive inside") {
		t.Errorf("%d usable, skipped %v", len(c.Rows()), c.Skipped)
	}
	nested := files{"a.png": f["0000.png"], "more.tar": pictures(t, "m", 3).tar(t)}
	c = opened(t, Options{}, writeFile(t, "x.zip", nested.zip(t))).Collections[0]
	if len(c.Rows()) != 1 || len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].Reason, "archive inside") {
		t.Errorf("in an archive: %d usable, skipped %v", len(c.Rows()), c.Skipped)
	}
}

func TestPatternsThatNameNoShards(t *testing.T) {
	dir := files{"a.png": pngOf(t, landmark(8, 8)), "b.tar": pictures(t, "", 2).tar(t), "c/d.png": nil}.folder(t)
	var notFound *NotFoundError
	var format *FormatError
	for pattern, c := range map[string]struct {
		says string
		as   any
	}{
		"*.zip":      {"no file matches", &notFound},
		"*.png":      {"single image", &format},
		"*":          {"single image", &format},
		"?":          {"not a regular file", &format},
		"{b,x}.tar":  {"x.tar is not there", &format},
		"b{0..1.tar": {`without "}"`, &format},
	} {
		_, err := openPaths(t, Options{}, filepath.Join(dir, pattern))
		if err == nil || !strings.Contains(err.Error(), c.says) || !errors.As(err, c.as) {
			t.Errorf("%s: %T %v", pattern, err, err)
		}
	}
	odd := filepath.Join(dir, "[x]{1}.tar")
	if err := os.WriteFile(odd, pictures(t, "", 3).tar(t), 0o644); err != nil {
		t.Fatal(err)
	}
	if c := opened(t, Options{}, odd).Collections[0]; c.Found != 3 {
		t.Errorf("a file with the name of a pattern: %d found", c.Found)
	}
}

func TestHardLinksInATarAreFiles(t *testing.T) {
	png := func(i int) string { return string(pictures(t, "", 9)[fmt.Sprintf("%04d.png", i)]) }
	packed := tarOf(t,
		tar.Header{Name: "./a.png", Uname: png(1)},
		tar.Header{Name: "store/blob", Uname: png(2)},
		tar.Header{Name: "b.png", Typeflag: tar.TypeLink, Linkname: "a.png"},
		tar.Header{Name: "c.png", Typeflag: tar.TypeLink, Linkname: "store/blob"},
		tar.Header{Name: "d.png", Typeflag: tar.TypeLink, Linkname: "./c.png"},
		tar.Header{Name: "gone.png", Typeflag: tar.TypeLink, Linkname: "nothing"},
		tar.Header{Name: "self.png", Typeflag: tar.TypeLink, Linkname: "self.png"},
		tar.Header{Name: "soft.png", Typeflag: tar.TypeSymlink, Linkname: "a.png"},
		tar.Header{Name: "metadata.csv", Typeflag: tar.TypeSymlink, Linkname: "a.png"},
	)
	for kind, data := range map[string][]byte{"plain": packed, "compressed": gzipped(t, packed)} {
		c := opened(t, Options{}, writeFile(t, "x.tar", data)).Collections[0]
		same := map[string]string{"a.png": "a.png", "b.png": "a.png", "c.png": "store/blob", "d.png": "store/blob", "store/blob": "store/blob"}
		reasons := map[string]string{}
		for _, s := range c.Skipped {
			reasons[s.File] = s.Reason
		}
		rowOf := map[string]int{}
		for row, item := range c.Items {
			rowOf[item.File] = row
		}
		for file, other := range same {
			if p := c.Pixels(rowOf[file]); p == nil || !bytes.Equal(p, c.Pixels(rowOf[other])) {
				t.Errorf("%s: %s is not %s", kind, file, other)
			}
		}
		if len(reasons) != 3 || !strings.Contains(reasons["gone.png"], "not in the archive") || !strings.Contains(reasons["soft.png"], "not followed") {
			t.Errorf("%s: skipped %v", kind, reasons)
		}
		if !slices.ContainsFunc(c.Notes, func(n Skipped) bool { return n.File == "metadata.csv" && strings.Contains(n.Reason, "link") }) {
			t.Errorf("%s: notes %v", kind, c.Notes)
		}
	}
}

func TestNoPathOfAnArchiveReachesTheDisk(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.png")
	if err := os.WriteFile(outside, pngOf(t, landmark(8, 8)), 0o644); err != nil {
		t.Fatal(err)
	}
	image := string(pictures(t, "", 1)["0000.png"])
	packed := tarOf(t,
		tar.Header{Name: "../../up.png", Uname: image},
		tar.Header{Name: "/absolute.png", Uname: image},
		tar.Header{Name: "link.png", Typeflag: tar.TypeSymlink, Linkname: outside},
		tar.Header{Name: "hard.png", Typeflag: tar.TypeLink, Linkname: outside},
	)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"../../up.png", "/absolute.png", `..\windows.png`} {
		e, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		e.Write([]byte(image))
	}
	w.Close()
	dir := t.TempDir()
	files{"sub/x.tar": packed, "sub/y.zip": b.Bytes()}.writeTo(t, dir)
	for path, usable := range map[string]int{"x.tar": 2, "y.zip": 3} {
		c := opened(t, Options{}, filepath.Join(dir, "sub", path)).Collections[0]
		if len(c.Rows()) != usable {
			t.Errorf("%s: %d usable, skipped %v", path, len(c.Rows()), c.Skipped)
		}
		for _, item := range c.Items {
			if strings.Contains(item.File, "..") || strings.HasPrefix(item.File, "/") {
				t.Errorf("%s: name %q", path, item.File)
			}
		}
	}
	var left []string
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			left = append(left, filepath.Base(path))
		}
		return err
	})
	if !slices.Equal(left, []string{"x.tar", "y.zip"}) {
		t.Errorf("the folder has %q", left)
	}
}

func TestNamesThatAreNotUTF8CanBeFoundAgain(t *testing.T) {
	image := pictures(t, "", 3)
	raw := "caf\xe9 100%.png"
	names := map[string][]byte{raw: image["0000.png"], "\x83\x5c.png": image["1.png"], "caf\u00e9 50%.png": image["0002.png"]}
	names["\x83\x5c.png"] = image["0001.png"]
	want := []string{"%83%5C.png", "caf%E9 100%25.png", "caf\u00e9 50%.png"}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		e, err := w.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true})
		if err != nil {
			t.Fatal(err)
		}
		e.Write(names[name])
	}
	w.Close()
	paths := []string{writeFile(t, "x.zip", b.Bytes()), writeFile(t, "x.tar", files(names).tar(t))}
	if runtime.GOOS == "linux" {
		paths = append(paths, files(names).folder(t))
	}
	for _, path := range paths {
		c := opened(t, Options{}, path).Collections[0]
		if got := fileNames(c); !slices.Equal(got, want) || len(c.Skipped) > 0 {
			t.Errorf("%s: %q, skipped %v", path, got, c.Skipped)
		}
	}
}

func TestZipsByOtherMethods(t *testing.T) {
	image := pictures(t, "", 1)["0000.png"]
	archive := func(method uint16, packed []byte) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		h := &zip.FileHeader{Name: "a.png", Method: method, CRC32: checksum(image), CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(image))}
		e, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		e.Write(packed)
		w.Close()
		return writeFile(t, "x.zip", b.Bytes())
	}
	c := opened(t, Options{}, archive(9, deflated(t, image, 9))).Collections[0]
	if want, _ := decoded(t, image); !bytes.Equal(c.Pixels(0), want) {
		t.Error("Deflate64 gives another image")
	}
	for method, says := range map[uint16]string{14: "LZMA", 93: "Zstandard", 98: "a method"} {
		if _, err := openPaths(t, Options{}, archive(method, image)); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "pack the archive again") {
			t.Errorf("method %d: %v", method, err)
		}
	}
	broken := deflated(t, image, 9)
	broken[len(broken)/2] ^= 0x55
	if _, err := openPaths(t, Options{}, archive(9, broken)); err == nil {
		t.Error("damaged Deflate64 was taken")
	}
}

func TestListingIsReported(t *testing.T) {
	var last Progress
	reports := 0
	f := files{"0.tar": pictures(t, "", 30).tar(t), "1.tar": pictures(t, "", 30).tar(t)}
	opened(t, Options{Progress: func(p Progress) {
		if p.Stage == Listing {
			last = p
			reports++
		}
	}}, f.folder(t))
	if want := int64(len(f["0.tar"]) + len(f["1.tar"])); last.Done != want || last.Total != want || last.Unit != InBytes || reports == 0 {
		t.Errorf("%d reports, the last %+v, want %d", reports, last, want)
	}
}

func TestCancelStopsTheListing(t *testing.T) {
	f := files{}
	for i := range 20 {
		f[fmt.Sprintf("%02d.tar", i)] = gzipped(t, pictures(t, "", 20).tar(t))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cache := t.TempDir()
	_, err := Open(ctx, []Spec{{Name: "a", Path: f.folder(t)}}, Options{Size: 8, CacheDir: cache, Progress: func(p Progress) {
		if p.Stage == Decoding {
			t.Error("the listing went on to its end")
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if finished, unfinished := cacheFiles(t, cache); len(finished)+len(unfinished) != 0 {
		t.Errorf("left %q and %q", finished, unfinished)
	}
}

func FuzzTar(f *testing.F) {
	good := pictures(f, "", 2).tar(f)
	f.Add(good)
	f.Add(gzipped(f, good))
	f.Add(tarOf(f, tar.Header{Name: "b.png", Typeflag: tar.TypeLink, Linkname: "a.png"}, tar.Header{Name: "a.png", Uname: "x"}))
	f.Fuzz(func(t *testing.T, data []byte) { listFuzzed(t, containerTar, data) })
}

func FuzzZip(f *testing.F) {
	f.Add(pictures(f, "", 2).zip(f))
	f.Fuzz(func(t *testing.T, data []byte) { listFuzzed(t, containerZip, data) })
}

// listFuzzed lists a shard and loads what it claims to have; neither may panic, and rows are unique and in order.
func listFuzzed(t *testing.T, kind container, data []byte) {
	path := writeFile(t, "x", data)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &shards{root: filepath.Dir(path), files: []shardFile{{"", path, kind, stampOf(path, info)}}}
	l, err := s.list(context.Background())
	if err != nil {
		return
	}
	var rows []int
	for row, e := range l.entries {
		if row > 0 && l.entries[row-1].file >= e.file {
			t.Fatalf("rows %q and %q", l.entries[row-1].file, e.file)
		}
		if e.reason == "" {
			rows = append(rows, row)
		}
	}
	s.each(context.Background(), rows, func(_ int, size int64, load func() ([]byte, error)) error {
		load()
		return nil
	})
}

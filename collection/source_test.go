package collection

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// mixed is a collection with everything a folder may hold.
func mixed(t testing.TB) files {
	f := files{
		"cats/1.png":              pngOf(t, landmark(12, 9)),
		"cats/2.JPG":              jpegOf(t, landmark(9, 12)),
		"dogs/1.bmp":              bmpOf(t, landmark(10, 10)),
		"dogs/broken.png":         []byte("no image"),
		"dogs/photo.heic":         []byte("ftypheic"),
		"dogs/bomb.png":           bombPNG(60000, 60000),
		"noextension":             pngOf(t, landmark(8, 8)),
		"LICENSE":                 []byte("a text"),
		"notes.txt":               []byte("a text"),
		"more.zip":                []byte("PK\x03\x04"),
		".hidden.png":             pngOf(t, landmark(8, 8)),
		"cats/._1.png":            []byte("resource fork"),
		"__MACOSX/cats/1.png":     []byte("resource fork"),
		"cats/Thumbs.db":          []byte("thumbnails"),
		"cats/.DS_Store":          []byte("finder"),
		"metadata.csv":            []byte("file_name,age\ncats/1.png,3\ndogs/1.bmp,4\nmissing.png,5\n"),
		"cats/metadata.jsonl":     []byte("{\"file_name\": \"2.JPG\", \"age\": 7, \"tame\": true, \"none\": null}\n"),
		"dogs/deep/down/1.tiff":   tiffOf(t, landmark(8, 8)),
		"dogs/deep/down/2.webp":   testdata(t, "lossless.webp"),
		"dogs/deep/down/anim.gif": []byte("GIF89a"),
	}
	return f
}

func TestFolderZipAndTarGiveTheSameData(t *testing.T) {
	f := mixed(t)
	paths := map[string]string{
		"folder": f.folder(t),
		"zip":    writeFile(t, "x.zip", f.zip(t)),
		"tar":    writeFile(t, "x.tar", f.tar(t)),
		"tar.gz": writeFile(t, "x.bin", gzipped(t, f.tar(t))),
	}
	want := []string{
		"cats/1.png", "cats/2.JPG", "dogs/1.bmp", "dogs/bomb.png", "dogs/broken.png",
		"dogs/deep/down/1.tiff", "dogs/deep/down/2.webp", "dogs/deep/down/anim.gif", "dogs/photo.heic", "more.zip", "noextension",
	}
	key := ""
	for kind, path := range paths {
		d := opened(t, Options{}, path)
		c := d.Collections[0]
		if got := fileNames(c); !slices.Equal(got, want) {
			t.Errorf("%s: files %q", kind, got)
		}
		if c.Found != len(want) || len(c.Items) != len(c.Rows())+len(c.Skipped) || len(c.Rows()) != 6 {
			t.Errorf("%s: %d found, %d items, %d usable, %d skipped", kind, c.Found, len(c.Items), len(c.Rows()), len(c.Skipped))
		}
		if len(c.Train)+len(c.Validation) != len(c.Rows()) {
			t.Errorf("%s: the split has %d + %d of %d rows", kind, len(c.Train), len(c.Validation), len(c.Rows()))
		}
		for _, l := range []struct {
			row               int
			label, value, has string
		}{
			{0, "class", "cats", "has"}, {0, "age", "3", "has"}, {1, "age", "7", "has"}, {1, "tame", "true", "has"},
			{1, "none", "", ""}, {2, "age", "4", "has"}, {5, "class", "dogs/deep/down", "has"}, {10, "class", "", ""}, {10, "age", "", ""},
		} {
			if got, ok := c.Label(l.row, l.label); got != l.value || ok != (l.has != "") {
				t.Errorf("%s: row %d has %s %q, want %q", kind, l.row, l.label, got, l.value)
			}
		}
		if noted := notesOn(c, "missing.png"); len(noted) != 1 {
			t.Errorf("%s: notes %v", kind, c.Notes)
		}
		for _, s := range c.Skipped {
			if s.Reason == "" {
				t.Errorf("%s: %s has no reason", kind, s.File)
			}
		}
		if c.Pixels(4) != nil || len(c.Pixels(0)) != 8*8*3 {
			t.Errorf("%s: skipped rows have pixels, or others have none", kind)
		}
		if key == "" {
			key = d.Key()
		}
		if d.Key() != key {
			t.Errorf("%s: the key differs", kind)
		}
	}
}

func TestPathListNamesImagesAnywhere(t *testing.T) {
	dir := pictures(t, "p/", 4).folder(t)
	other := pictures(t, "", 1).folder(t)
	files{
		"p/metadata.csv": []byte("file_name,age\n0001.png,30\n0003.png,50\n"),
		"list.txt": []byte("\ufeff# chosen images\r\np/0001.png\r\n\r\n./p/0002.png\np/missing.png\np/0001.png\n" +
			filepath.Join(other, "0000.png") + "\n"),
	}.writeTo(t, dir)
	c := opened(t, Options{}, filepath.Join(dir, "list.txt")).Collections[0]
	want := []string{filepath.ToSlash(filepath.Join(other, "0000.png")), "p/0001.png", "p/0002.png", "p/missing.png"}
	if got := fileNames(c); !slices.Equal(got, want) {
		t.Fatalf("files %q", got)
	}
	if age, _ := c.Label(1, "age"); age != "30" {
		t.Errorf("labels beside the image are not read: %q", age)
	}
	if class, _ := c.Label(1, "class"); !strings.HasSuffix(class, "/p") {
		t.Errorf("class %q", class)
	}
	if len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].Reason, "cannot be opened") {
		t.Errorf("skipped %v", c.Skipped)
	}
	if noted := notesOn(c, "p/0001.png"); len(noted) != 1 || !strings.Contains(noted[0], "more than once") {
		t.Errorf("notes %v", c.Notes)
	}
}

func TestLinksAreFollowedButNotInCircles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	other := pictures(t, "", 2).folder(t)
	dir := pictures(t, "", 1).folder(t)
	for link, target := range map[string]string{
		"loop": dir, "more": other, "one.png": filepath.Join(other, "0001.png"), "gone.png": filepath.Join(other, "nothing"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	c := opened(t, Options{}, dir).Collections[0]
	if got, want := fileNames(c), []string{"0000.png", "gone.png", "more/0000.png", "more/0001.png", "one.png"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	if len(c.Skipped) != 1 || c.Skipped[0].File != "gone.png" {
		t.Errorf("skipped %v", c.Skipped)
	}
}

func TestZipEntriesThatCannotBeReadAreSkipped(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name string, change func(*zip.FileHeader), data []byte) {
		h := &zip.FileHeader{Name: name}
		change(h)
		e, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		e.Write(data)
	}
	e, _ := w.Create("good.png")
	e.Write(pngOf(t, landmark(8, 8)))
	add("secret.png", func(h *zip.FileHeader) { h.Flags |= 1 }, []byte("x"))
	add("method.png", func(h *zip.FileHeader) { h.Method = 98; h.CompressedSize64 = 1; h.UncompressedSize64 = 1 }, []byte("x"))
	add("huge.png", func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 40 }, nil)
	add("sum.png", func(h *zip.FileHeader) { h.CompressedSize64 = 3; h.UncompressedSize64 = 3; h.CRC32 = 1 }, []byte("abc"))
	add("../../escape.png", func(h *zip.FileHeader) {}, nil)
	w.Close()
	c := opened(t, Options{}, writeFile(t, "x.zip", b.Bytes())).Collections[0]
	want := map[string]string{
		"secret.png": "encrypted", "method.png": "method", "huge.png": "larger than", "sum.png": "checksum", "escape.png": "is empty",
	}
	if len(c.Skipped) != len(want) {
		t.Errorf("skipped %v", c.Skipped)
	}
	for _, s := range c.Skipped {
		if !strings.Contains(s.Reason, want[s.File]) {
			t.Errorf("%s: %s", s.File, s.Reason)
		}
	}
}

func TestArchiveWithWrappingFolder(t *testing.T) {
	f := files{}
	for name, data := range pictures(t, "faces/train/", 6) {
		f[name] = data
	}
	for i := range 2 {
		f[fmt.Sprintf("faces/val/%d.png", i)] = pngOf(t, flat(6, 6, color.RGBA{1, 2, uint8(i), 255}))
	}
	c := opened(t, Options{}, writeFile(t, "x.zip", f.zip(t))).Collections[0]
	if len(c.Train) != 6 || len(c.Validation) != 2 {
		t.Errorf("%d for training, %d held out", len(c.Train), len(c.Validation))
	}
	if names := c.LabelNames(); len(names) != 0 {
		t.Errorf("the wrapping folder became a label: %q", names)
	}
}

func TestWhatIsNoCollectionGivesATypedError(t *testing.T) {
	png := pngOf(t, landmark(8, 8))
	tarball := gzipped(t, pictures(t, "", 20).tar(t))
	zipped := pictures(t, "", 3).zip(t)
	var (
		notFound *NotFoundError
		empty    *EmptyError
		format   *FormatError
		archive  *ArchiveError
		metadata *MetadataError
	)
	for _, c := range []struct {
		name, path, says string
		as               any
	}{
		{"nothing there", filepath.Join(t.TempDir(), "none"), "cannot open", &notFound},
		{"empty folder", t.TempDir(), "no images found", &empty},
		{"folder of texts", files{"a.txt": []byte("x")}.folder(t), "looked for .jpg", &empty},
		{"only broken images", files{"a.png": []byte("x"), "b.png": nil}.folder(t), "none of the 2 images", &empty},
		{"empty file", writeFile(t, "x.zip", nil), "is empty", &format},
		{"image", writeFile(t, "x.png", png), "is a single image", &format},
		{"parquet", writeFile(t, "x.parquet", []byte("PAR1\x00\x00")), "Parquet", &format},
		{"rar", writeFile(t, "x.rar", []byte("Rar!\x1a\x07")), "unpack it", &format},
		{"false zip", writeFile(t, "x.zip", []byte("hello")), "not a zip", &format},
		{"binary", writeFile(t, "x.bin", []byte("a\x00b")), "not understood", &format},
		{"list of nothing", writeFile(t, "x.txt", []byte("# nothing\n")), "no images found", &empty},
		{"cut zip", writeFile(t, "x.zip", zipped[:len(zipped)/2]), "damaged or incomplete", &archive},
		{"cut tar.gz", writeFile(t, "x.tar.gz", tarball[:len(tarball)/2]), "damaged or incomplete", &archive},
		{"false tar", writeFile(t, "x.tar", bytes.Repeat([]byte("no tar "), 200)), "not a tar", &archive},
		{"gzip of text", writeFile(t, "x.tgz", gzipped(t, bytes.Repeat([]byte("no tar "), 200))), "not a tar", &archive},
		{"labels without files", files{"a.png": png, "metadata.csv": []byte("sex,age\nm,3\n")}.folder(t), "no column file_name", &metadata},
	} {
		_, err := openPaths(t, Options{}, c.path)
		if err == nil || !strings.Contains(err.Error(), c.says) || !errors.As(err, c.as) {
			t.Errorf("%s: %T %v, want %q", c.name, err, err, c.says)
			continue
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", c.name, err)
		}
	}
	if _, err := openPaths(t, Options{}, filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing path is not fs.ErrNotExist: %v", err)
	}
}

func FuzzPathList(f *testing.F) {
	f.Add([]byte("\ufeff# comment\na/b.png\r\n\r\n  ../c d.jpg  \n"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		paths, err := parsePathList(data)
		if err != nil {
			return
		}
		for _, p := range paths {
			if p == "" || strings.ContainsAny(p, "\n\x00") {
				t.Fatalf("path %q", p)
			}
		}
	})
}

func TestPathsThatLeadNowhereAreNamedBeforeOthersAreRead(t *testing.T) {
	here := pictures(t, "", 3).folder(t)
	read := false
	_, err := Open(context.Background(), []Spec{{Name: "a", Path: here}, {Name: "b", Path: here + "-gone"}}, Options{
		Size: 32, CacheDir: t.TempDir(), Progress: func(Progress) { read = true },
	})
	var notFound *NotFoundError
	if !errors.As(err, &notFound) || notFound.Name != "b" || read {
		t.Errorf("%v, after something was read: %v", err, read)
	}
}

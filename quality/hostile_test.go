package quality

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image/gif"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// whole are files of one picture in several formats.
func whole(t testing.TB) map[string][]byte {
	m := scene(40, 30, 1)
	encoded := func(encode func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	return map[string][]byte{
		"jpg": jpegOf(t, m, 80), "png": pngOf(t, m),
		"gif": encoded(func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) }),
		"bmp": encoded(func(b *bytes.Buffer) error { return bmp.Encode(b, m) }),
		"tif": encoded(func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) }),
	}
}

// bomb is a PNG of a few bytes that declares a size.
func bomb(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	header = binary.BigEndian.AppendUint32(header, h)
	header = append(header, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

// hostile are files that are cut, changed, mislabelled, huge or something else, three hundred and more.
func hostile(t testing.TB) map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 1))
	files := map[string][]byte{}
	for ext, data := range whole(t) {
		for i := range 20 {
			files[fmt.Sprintf("cut/%02d.%s", i, ext)] = data[:len(data)*i/20]
		}
		for i := range 30 {
			changed := slices.Clone(data)
			for range 1 + i/3 {
				changed[rng.IntN(min(len(changed), 40+40*i))] ^= byte(1 << rng.IntN(8))
			}
			files[fmt.Sprintf("changed/%02d.%s", i, ext)] = changed
		}
		for other := range whole(t) {
			files["mislabelled/"+ext+"."+other] = data
		}
		for i, size := range [][2]uint32{{0, 0}, {1, 0}, {60000, 60000}, {1 << 31, 1}, {1, 1 << 31}, {13500, 13500}} {
			files[fmt.Sprintf("huge/%d.%s", i, ext)] = bomb(size[0], size[1])
		}
		random := make([]byte, 500)
		for i := range random {
			random[i] = byte(rng.Uint32())
		}
		files["noise/1."+ext] = random
		files["noise/2."+ext] = append(slices.Clone(data[:8]), random...)
		files["text/1."+ext] = []byte("<!doctype html><title>404 Not Found</title>")
		files["text/2."+ext] = []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n")
		files["text/3."+ext] = bytes.Repeat([]byte{0}, 3000)
		files[strings.Repeat("deep/", 60)+"1."+ext] = data
	}
	files["names/a\nb.jpg"], files["names/\xff\xfe.jpg"] = jpegOf(t, scene(40, 30, 901), 80), jpegOf(t, scene(40, 30, 902), 80)
	files["names/archive.zip"] = []byte("PK\x03\x04")
	files["names/photo.heic"] = []byte("\x00\x00\x00\x18ftypheic")
	return files
}

func TestThreeHundredHostileFilesEachGetASentence(t *testing.T) {
	files := hostile(t)
	dir := folder(t, files)
	good := scenes(t, 0, 20, nil)
	for name, data := range good {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Folders that hold themselves and each other, links that lead nowhere, a folder that is named like an image, and
	// a file that is long but empty.
	for link, target := range map[string]string{"itself": ".", "cut/up": "..", "deep/around": "../cut", "nowhere.jpg": "no such file", "loop.jpg": "loop.jpg"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	long, err := os.Create(filepath.Join(dir, "long.jpg"))
	if err == nil {
		err = errors.Join(long.Truncate(400<<20), long.Close())
	}
	if err != nil {
		t.Skip(err)
	}

	r := inspected(t, Options{Seed: 1}, dir, folder(t, scenes(t, 100, 15, nil)))
	c := r.Collections[0]
	if c.Found < 300+len(good) || c.Found != c.Usable+len(c.Skipped) || c.Usable != c.Train+c.Validation {
		t.Errorf("found %d, usable %d (%d and %d), skipped %d", c.Found, c.Usable, c.Train, c.Validation, len(c.Skipped))
	}
	if len(c.Skipped) < 150 {
		t.Errorf("only %d of %d hostile files are skipped", len(c.Skipped), len(files))
	}
	for _, s := range c.Skipped {
		if s.Reason == "" || strings.ContainsAny(s.Reason, "\n\r") || strings.Contains(s.Reason, "runtime error") || strings.Contains(s.Reason, "goroutine") {
			t.Errorf("%q is skipped because %q", s.File, s.Reason)
		}
	}
	listed := map[string]bool{}
	for i := range r.Images {
		m := &r.Images[i]
		listed[m.File] = true
		if m.Collection == 0 && (m.Measured == nil) == (m.Reason == "") {
			t.Errorf("%q: measured %v, reason %q", m.File, m.Measured != nil, m.Reason)
		}
	}
	for name := range good {
		if !listed[name] {
			t.Errorf("%s, an image like any other, is not there", name)
		}
	}
	if r.Collections[1].Usable != 15 {
		t.Errorf("the other collection has %d usable images", r.Collections[1].Usable)
	}
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Error(err)
	}
	if err := r.WriteCSV(&out); err != nil {
		t.Error(err)
	}
	if kept, err := r.KeepList(specs(dir), 0, dir); err != nil || len(kept.Unwritable) == 0 && listed["names/a\nb.jpg"] {
		t.Errorf("%d kept, unwritable %q, %v", kept.Files, kept.Unwritable, err)
	}
}

func TestHostileArchivesAreFindingsAndTheOthersGoOn(t *testing.T) {
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	for name, data := range map[string][]byte{"1.jpg": jpegOf(t, scene(30, 30, 1), 80), "../../out.jpg": jpegOf(t, scene(30, 30, 2), 80), "2.png": []byte("no")} {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string][]byte{
		"whole.zip": z.Bytes(), "cut.zip": z.Bytes()[:z.Len()/2], "none.zip": nil, "noise.tar": bytes.Repeat([]byte("noise"), 300),
		"list.txt": []byte("no/such.jpg\n/dev/null\n/dev/zero\n\n"), "table/1.jpg": jpegOf(t, scene(30, 30, 3), 80), "table/metadata.csv": []byte("file_name,a,a\n1.jpg,\"2\n"),
		"empty/readme.txt": []byte("nothing"),
	})
	good := folder(t, scenes(t, 0, 15, nil))
	names := []string{"whole.zip", "cut.zip", "none.zip", "noise.tar", "list.txt", "table", "empty", "missing"}
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, name))
	}
	r := inspected(t, Options{}, append(paths, good)...)
	for i, c := range r.Collections {
		if c.Found != c.Usable+len(c.Skipped) {
			t.Errorf("%s: found %d, usable %d, skipped %d", c.Path, c.Found, c.Usable, len(c.Skipped))
		}
		if i > 0 && i < len(names) && c.Usable == 0 && c.Error == "" && len(c.Skipped) == 0 && len(c.Notes) == 0 {
			t.Errorf("nothing is said about %s", c.Path)
		}
	}
	if last := r.Collections[len(names)]; last.Usable != 15 {
		t.Errorf("the collection without faults has %d usable images", last.Usable)
	}
	if _, err := Inspect(context.Background(), specs(paths[2]), Options{}); err == nil {
		t.Error("a single collection that cannot be read should be an error")
	}
}

func FuzzMeasure(f *testing.F) {
	for _, data := range whole(f) {
		f.Add(data)
	}
	f.Add(bomb(3, 3))
	gauge := NewGauge(white)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := collection.DecodePicture(data)
		if err != nil {
			return
		}
		if w, h := p.Bounds(); w*h > 1<<20 {
			return
		}
		square, err := p.Square(collection.Options{Size: SeenSide})
		if err != nil {
			t.Fatal(err)
		}
		m := gauge.Measure(collection.File{Data: data, Picture: p, Square: square})
		if m.Brightness < 0 || m.Brightness > 255 || m.BorderShare() < 0 || m.BorderShare() >= 1 {
			t.Errorf("%+v", m.Measurements)
		}
	})
}

package collection

import (
	"strings"
	"testing"
)

// isoMedia is the start of an ISO media file of a brand.
func isoMedia(brands ...string) []byte {
	b := []byte("\x00\x00\x00\x20ftyp" + brands[0] + "\x00\x00\x00\x00" + strings.Join(brands[1:], ""))
	return append(b, make([]byte, 64)...)
}

func TestContentDecidesWhatAFileIs(t *testing.T) {
	jpeg := jpegOf(t, landmark(9, 9))
	f := files{
		// Read, whatever the ending.
		"subject01.happy": pngOf(t, landmark(9, 9)), "a.jpg_large": jpeg, "b.jpg?w=500": jpeg, "c.jpg:large": jpeg, "d.pjpeg": jpeg,
		"e.jif": jpeg, "f.mpo": jpeg, "g.HEIC": jpeg, "h.JPG~": jpeg, "i.image": jpeg, "j.ppm": jpeg, "k.pgm": []byte("P5 4 4 255\n0123456789abcdef"),
		"0a1b2c3d": jpeg, "png.bmp": pngOf(t, landmark(9, 9)),
		// Skipped with a reason.
		"heic.jpg": isoMedia("heic"), "photo.heic": isoMedia("mif1", "mif1", "heic"), "picture.avif": isoMedia("avif"), "mif.avif": isoMedia("mif1", "miaf", "avif"),
		"pointer.jpg": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
		"page.jpg":    []byte("<!DOCTYPE html><html><body>404</body></html>"), "drawing.png": []byte("<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"/>"),
		"error.png": []byte(`{"message": "not found"}`), "denied.jpg": []byte(`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`),
		"damaged.happy": []byte("\x00\x01\x02\x03\xff\xfe\xfd"), "film.jpg": isoMedia("isom"), "layers.psd": []byte("8BPS\x00\x01"),
		"raw.cr2": []byte("II\x2a\x00\x10\x00\x00\x00CR\x02\x00"), "paper.jpg": []byte("%PDF-1.4"), "scan.dcm": append(make([]byte, 128), "DICM"...),
		"x.jxl": []byte("\xff\x0a\x00\x00"), "x.jp2": []byte("\x00\x00\x00\x0cjP  \r\n\x87\n"), "pointer.weird": []byte("version https://git-lfs.github.com/spec/v1\n"),
		// No part of the collection.
		"LICENSE": []byte("a text"), "Makefile": []byte("all:\n"), "readme.md": []byte("# a text"), "train.py": []byte("print()"), "labels.npy": []byte("\x93NUMPY"),
		"clip.mp4": isoMedia("isom"), "sidecar.xmp": []byte("<x/>"), ".hidden": jpeg, "notes.weird": []byte("a text of an odd name"),
	}
	reasons := map[string]string{
		"heic.jpg": "format HEIC", "photo.heic": "format HEIC", "picture.avif": "format AVIF", "mif.avif": "format AVIF", "pointer.jpg": "git lfs pull",
		"page.jpg": "web page", "drawing.png": "format SVG", "error.png": "JSON", "denied.jpg": "XML", "damaged.happy": "is not an image in a format",
		"film.jpg": "is a film", "layers.psd": "format PSD", "raw.cr2": "raw data of a camera", "paper.jpg": "PDF", "scan.dcm": "DICOM",
		"x.jxl": "JPEG XL", "x.jp2": "JPEG 2000", "pointer.weird": "git lfs pull",
	}
	const read, ignored = 14, 9
	for kind, path := range map[string]string{"folder": f.folder(t), "zip": writeFile(t, "x.zip", f.zip(t)), "tar": writeFile(t, "x.tar", f.tar(t))} {
		c := opened(t, Options{}, path).Collections[0]
		if c.Found != len(f)-ignored || len(c.Rows()) != read || c.Found != len(c.Rows())+len(c.Skipped) {
			t.Errorf("%s: %d found, %d read, %d skipped of %d files: %v", kind, c.Found, len(c.Rows()), len(c.Skipped), len(f), c.Skipped)
		}
		for _, s := range c.Skipped {
			if want := reasons[s.File]; want == "" || !strings.Contains(s.Reason, want) {
				t.Errorf("%s: %s: %s, want %q", kind, s.File, s.Reason, want)
			}
		}
	}
}

func TestPathListReadsByContentToo(t *testing.T) {
	f := files{"faces/subject01.happy": pngOf(t, landmark(9, 9)), "a.txt": pngOf(t, landmark(9, 9)), "b.md": []byte("text"), "list.txt": []byte("faces/subject01.happy\na.txt\nb.md\n")}
	c := opened(t, Options{}, f.folder(t)+"/list.txt").Collections[0]
	if len(c.Rows()) != 2 || len(c.Skipped) != 1 || c.Skipped[0].File != "b.md" {
		t.Errorf("rows %q, skipped %v", filesOf(c, c.Rows()), c.Skipped)
	}
}

func TestEveryEndingHasOneRole(t *testing.T) {
	seen := map[string]int{}
	for _, list := range [][]string{imageExtensions(), unreadExtensions(), otherExtensions()} {
		for _, e := range list {
			seen[e]++
		}
	}
	for e, n := range seen {
		if n > 1 {
			t.Errorf("%s is in the lists %d times", e, n)
		}
	}
	for name, want := range map[string]role{
		"a.JPG": roleImage, "a.heic": roleImage, "a/b/c.PPM": roleImage, "a.npy": roleIgnored, "a": roleSniff, "a.": roleSniff, "a.jpg_large": roleSniff,
		"a.tar": roleArchive, "a.rar": roleRefused, ".git/a.jpg": roleIgnored, "a/__MACOSX/b.png": roleIgnored,
	} {
		if got, _ := roleOf(name); got != want {
			t.Errorf("%s: role %d, want %d", name, got, want)
		}
	}
}

func FuzzNotRead(f *testing.F) {
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\n"))
	f.Add(isoMedia("mif1", "miaf", "avif"))
	f.Add([]byte("P5 4 4 255\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if formatOf(head) != formatUnknown {
			return
		}
		if reason := notRead(head); !strings.HasPrefix(reason, "is ") || strings.ContainsAny(reason, "\n\x00") {
			t.Fatalf("%q", reason)
		}
	})
}

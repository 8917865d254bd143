package collection

import (
	"encoding/binary"
	"image/color"
	"strings"
	"testing"
)

func TestPaddedImagesAreKeptWhole(t *testing.T) {
	red, ground := color.NRGBA{200, 0, 0, 255}, color.RGBA{10, 20, 30, 255}
	for name, c := range map[string]struct {
		data []byte
		in   [][2]int // pixels of a square of 16 that are the image's
		out  [][2]int // and those that are the background's
	}{
		"wide":             {pngOf(t, flat(64, 32, red)), [][2]int{{0, 5}, {15, 10}, {8, 8}}, [][2]int{{0, 0}, {15, 2}, {8, 13}}},
		"tall":             {jpegOf(t, flat(30, 60, red)), [][2]int{{5, 0}, {10, 15}}, [][2]int{{0, 0}, {2, 15}, {13, 8}}},
		"square":           {pngOf(t, flat(20, 20, red)), [][2]int{{0, 0}, {15, 15}}, nil},
		"turned":           {withJPEGExif(jpegOf(t, flat(64, 32, red)), exifBlock(binary.LittleEndian, 6)), [][2]int{{5, 0}, {10, 15}}, [][2]int{{0, 0}, {2, 15}}},
		"transparent":      {pngOf(t, flat(64, 32, color.NRGBA{200, 0, 0, 0})), nil, [][2]int{{0, 5}, {8, 8}, {0, 0}}},
		"with its profile": {withProfile(t, "png", pngOf(t, flat(64, 32, color.NRGBA{176, 0, 0, 255})), adobeProfile()), [][2]int{{0, 5}, {15, 10}}, [][2]int{{0, 0}, {15, 2}}},
	} {
		for _, gray := range []bool{false, true} {
			got, err := squareOf(c.data, Options{Size: 16, Pad: true, Background: ground, Gray: gray})
			if err != nil {
				t.Fatal(err)
			}
			at := func(p [2]int) []byte {
				n := len(got) / 256
				return got[(p[1]*16+p[0])*n:][:n]
			}
			wanted := func(c color.RGBA) []byte {
				if gray {
					luma := make([]byte, 1)
					toLuma(luma, []byte{c.R, c.G, c.B, 255})
					return luma
				}
				return []byte{c.R, c.G, c.B}
			}
			for _, p := range c.in {
				if !near(at(p), wanted(color.RGBA{200, 0, 0, 255}), 8) {
					t.Errorf("%s, grey %v: %v is %v, want the image", name, gray, p, at(p))
				}
			}
			for _, p := range c.out {
				if !near(at(p), wanted(ground), 2) {
					t.Errorf("%s, grey %v: %v is %v, want the background", name, gray, p, at(p))
				}
			}
		}
	}
}

func TestPaddingHasACacheOfItsOwn(t *testing.T) {
	dir := files{"a.png": pngOf(t, flat(32, 8, color.Black))}.folder(t)
	cache := t.TempDir()
	cut := opened(t, Options{CacheDir: cache}, dir)
	whole := opened(t, Options{CacheDir: cache, Pad: true}, dir)
	if a, b := cut.Collections[0].Pixels(0)[0], whole.Collections[0].Pixels(0)[0]; a != 0 || b != 255 {
		t.Errorf("corners %d and %d, want the image and the background", a, b)
	}
	if cut.Key() == whole.Key() {
		t.Error("both have one key")
	}
}

func TestImagesTooLongToBePaddedAreRefused(t *testing.T) {
	f := files{"long.pgm": append([]byte("P5 60000 1 255\n"), make([]byte, 60000)...), "good.png": pngOf(t, landmark(9, 5))}
	c := opened(t, Options{Pad: true}, f.folder(t)).Collections[0]
	if len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].Reason, "too long") {
		t.Errorf("%v", c.Skipped)
	}
	c = opened(t, Options{}, f.folder(t)).Collections[0]
	if len(c.Skipped) != 0 {
		t.Errorf("%v", c.Skipped)
	}
}

package collection

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
)

// deepPNG is a grey or coloured picture whose values go from 0 to most.
func deepPNG(t testing.TB, most uint16, colour bool) []byte {
	r := image.Rect(0, 0, 16, 16)
	gray, rgb := image.NewGray16(r), image.NewNRGBA64(r)
	for y := range 16 {
		for x := range 16 {
			v := uint16(uint32(most) * uint32(x) / 15)
			gray.SetGray16(x, y, color.Gray16{v})
			rgb.SetNRGBA64(x, y, color.NRGBA64{v, v, v, 65535})
		}
	}
	if colour {
		return pngOf(t, rgb)
	}
	return pngOf(t, gray)
}

func TestFewerBitsAreScaledToTheWholeRange(t *testing.T) {
	want, err := squareOf(deepPNG(t, 65535, false), Options{Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	for most, bits := range map[uint16]int{255: 8, 1023: 10, 4095: 12, 16383: 14, 65535: 16} {
		for _, colour := range []bool{false, true} {
			p, err := DecodePicture(deepPNG(t, most, colour))
			if err != nil {
				t.Fatal(err)
			}
			got, _ := p.Square(Options{Size: 16})
			if p.bits != bits || !near(got, want, 1) {
				t.Errorf("most %d, colour %v: %d bits, %v", most, colour, p.bits, got[3*8:][:3])
			}
		}
	}
	black, err := squareOf(deepPNG(t, 0, false), Options{Size: 16})
	if err != nil || black[300] != 0 {
		t.Errorf("black: %v, %v", black[300], err)
	}
}

func TestImagesOfACollectionAreTakenForAsManyBits(t *testing.T) {
	f := files{}
	for i := range 6 {
		f[fmt.Sprintf("%d.png", i)] = deepPNG(t, 900, false) // 10 bits by itself
	}
	f["5.png"] = deepPNG(t, 4000, true)
	f["8bit.png"] = pngOf(t, flat(16, 16, color.Gray{200}))
	for kind, path := range map[string]string{"folder": f.folder(t), "zip": writeFile(t, "x.zip", f.zip(t)), "tar": writeFile(t, "x.tar", f.tar(t))} {
		c := opened(t, Options{Size: 16, Workers: 3}, path).Collections[0]
		for row, want := range []byte{56, 56, 56, 56, 56, 250, 200} { // 900 and 4000 of 4095
			if got := c.Pixels(row)[3*(8*16+15)]; got != want {
				t.Errorf("%s: %s has %d, want %d", kind, c.Items[row].File, got, want)
			}
		}
		noted := 0
		for _, n := range c.Notes {
			if strings.Contains(n.Reason, "no more than 12 of them") {
				noted++
			}
		}
		if noted != 6 {
			t.Errorf("%s: %d images are noted: %v", kind, noted, c.Notes)
		}
	}
}

func TestImagesAreTakenForTheBitsOfAnotherCollection(t *testing.T) {
	value := func(pixels []byte) byte { return pixels[3*(8*16+15)] }
	for _, colour := range []bool{false, true} {
		p, err := DecodePicture(deepPNG(t, 900, colour))
		if err != nil {
			t.Fatal(err)
		}
		for depth, want := range map[int]byte{0: 225, 8: 225, 10: 225, 12: 56, 16: 3} { // 900 of 1023, of 4095 and of 65535
			if got, err := p.Square(Options{Size: 16, Depth: depth}); err != nil || value(got) != want {
				t.Errorf("%d bits: %d, want %d: %v", depth, value(got), want, err)
			}
		}
	}
	small, err := DecodePicture(pngOf(t, flat(16, 16, color.Gray{200})))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := small.Square(Options{Size: 16, Depth: 16}); value(got) != 200 {
		t.Errorf("an image of 8 bits has %d, want 200", value(got))
	}
	dark := files{"1.png": deepPNG(t, 900, false), "2.png": deepPNG(t, 200, false)}.folder(t)
	cache := t.TempDir()
	for _, o := range []struct {
		depth, has int
		first      byte
	}{{0, 10, 225}, {12, 12, 56}, {8, 10, 225}, {12, 12, 56}} { // the last is in the cache
		c := opened(t, Options{Size: 16, Depth: o.depth, CacheDir: cache}, dark).Collections[0]
		if got := value(c.Pixels(0)); c.Depth() != o.has || got != o.first {
			t.Errorf("taken for %d bits: %d of %d bits, want %d of %d", o.depth, got, c.Depth(), o.first, o.has)
		}
	}
	if c := opened(t, Options{Size: 16}, files{"1.png": pngOf(t, flat(16, 16, color.Gray{200}))}.folder(t)).Collections[0]; c.Depth() != 0 {
		t.Errorf("images of 8 bits are taken for %d", c.Depth())
	}
}

func TestTransparentImagesOfTheBackgroundsColourAreNoted(t *testing.T) {
	lines := image.NewNRGBA(image.Rect(0, 0, 20, 20))
	for i := range 20 {
		lines.SetNRGBA(i, i, color.NRGBA{255, 255, 255, 255})
	}
	f := files{
		"white.png": pngOf(t, lines), "clear.png": pngOf(t, flat(9, 9, color.NRGBA{9, 9, 9, 0})),
		"opaque.png": pngOf(t, flat(9, 9, color.White)), "red.png": pngOf(t, flat(9, 9, color.NRGBA{255, 0, 0, 99})),
	}
	dir := f.folder(t)
	for _, gray := range []bool{false, true} {
		for ground, want := range map[color.Gray][]string{{255}: {"clear.png", "white.png"}, {0}: {"clear.png"}} {
			c := opened(t, Options{Background: ground, Gray: gray}, dir).Collections[0]
			var noted []string
			for _, n := range c.Notes {
				if strings.Contains(n.Reason, "is blank") {
					noted = append(noted, n.File)
				}
			}
			if strings.Join(noted, " ") != strings.Join(want, " ") {
				t.Errorf("on %d, grey %v: %q are noted, want %q", ground.Y, gray, noted, want)
			}
		}
	}
}

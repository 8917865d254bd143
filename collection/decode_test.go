package collection

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// colourfulFormats are files of the same picture, landmark(40, 24).
func colourfulFormats(t testing.TB) map[string][]byte {
	m := landmark(40, 24)
	return map[string][]byte{
		"png":              pngOf(t, m),
		"jpeg":             jpegOf(t, m),
		"progressive jpeg": testdata(t, "progressive.jpg"),
		"bmp":              bmpOf(t, m),
		"palette bmp":      testdata(t, "palette.bmp"),
		"tiff":             tiffOf(t, m),
		"lzw tiff":         testdata(t, "lzw.tif"),
		"turned tiff":      testdata(t, "turned.tif"),
		"lossless webp":    testdata(t, "lossless.webp"),
		"lossy webp":       testdata(t, "lossy.webp"),
		"turned webp":      testdata(t, "turned.webp"),
		"animated webp":    testdata(t, "animated.webp"),
	}
}

func TestEveryFormatGivesTheSamePicture(t *testing.T) {
	const size = 12
	want, err := squareOf(pngOf(t, landmark(40, 24)), Options{Size: size})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range colourfulFormats(t) {
		t.Run(name, func(t *testing.T) {
			p, err := DecodePicture(data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Square(Options{Size: size})
			if err != nil {
				t.Fatal(err)
			}
			within := 10
			if name == "palette bmp" {
				within = 40
			}
			if !near(got, want, within) {
				t.Errorf("got %v\nwant %v", got[:36], want[:36])
			}
			if w, h := p.Bounds(); w != 40 || h != 24 {
				t.Errorf("the image is %d x %d", w, h)
			}
		})
	}
}

func TestSixteenBitsAreRoundedToEight(t *testing.T) {
	m := image.NewNRGBA64(image.Rect(0, 0, 8, 8))
	g := image.NewGray16(m.Rect)
	for i := range 64 {
		m.SetNRGBA64(i%8, i/8, color.NRGBA64{0x8000, 0x40ff, 0xffff, 0xffff})
		g.SetGray16(i%8, i/8, color.Gray16{0x8012})
	}
	for _, c := range []struct {
		name string
		m    image.Image
		want [3]byte
	}{{"colour", m, [3]byte{0x80, 0x40, 0xff}}, {"grey", g, [3]byte{0x80, 0x80, 0x80}}} {
		got, err := squareOf(pngOf(t, c.m), Options{Size: 8})
		if err != nil {
			t.Fatal(err)
		}
		if p := pixelAt(got, 8, 3, 3); !near(p[:], c.want[:], 1) {
			t.Errorf("%s: %v, want %v", c.name, p, c.want)
		}
	}
}

func TestInksBecomeColours(t *testing.T) {
	adobe := testdata(t, "cmyk.jpg")
	i := bytes.Index(adobe, []byte{0xff, 0xee})
	n := int(binary.BigEndian.Uint16(adobe[i+2:]))
	// The same values without the segment that says they are inverted.
	plain := append(append([]byte{}, adobe[:i]...), adobe[i+2+n:]...)
	cyan, white, orange := [3]byte{0, 255, 255}, [3]byte{255, 255, 255}, [3]byte{225, 112, 0}
	inverted := [3]byte{0, 0, 0}
	for _, c := range []struct {
		name                  string
		data                  []byte
		bottom, topLeft, topR [3]byte
	}{
		{"Adobe", adobe, cyan, white, orange},
		{"TIFF", testdata(t, "cmyk.tif"), cyan, white, orange},
		{"no Adobe segment", plain, inverted, inverted, inverted},
	} {
		got, err := squareOf(c.data, Options{Size: 16})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, at := range []struct {
			x, y int
			want [3]byte
		}{{8, 14, c.bottom}, {2, 2, c.topLeft}, {13, 2, c.topR}} {
			if c.name == "no Adobe segment" && at.want == inverted && at.x == 13 {
				continue // neither black nor white when inverted
			}
			if p := pixelAt(got, 16, at.x, at.y); !near(p[:], at.want[:], 14) {
				t.Errorf("%s at (%d, %d): %v, want %v", c.name, at.x, at.y, p, at.want)
			}
		}
	}
}

func TestTransparencyIsLaidOnTheBackground(t *testing.T) {
	half := flat(8, 8, color.NRGBA{200, 0, 0, 128})
	clear := flat(8, 8, color.NRGBA{200, 0, 0, 0})
	blue := color.RGBA{0, 0, 255, 255}
	for _, c := range []struct {
		name   string
		data   []byte
		ground color.Color
		want   [3]byte
	}{
		{"clear on white", pngOf(t, clear), nil, [3]byte{255, 255, 255}},
		{"clear on blue", pngOf(t, clear), blue, [3]byte{0, 0, 255}},
		{"half on white", pngOf(t, half), nil, [3]byte{227, 127, 127}},
		{"half on blue", pngOf(t, half), blue, [3]byte{100, 0, 127}},
		{"lossy webp on blue", testdata(t, "alpha.webp"), blue, [3]byte{0, 0, 255}},
		{"animated webp on blue", testdata(t, "animated_alpha.webp"), blue, [3]byte{0, 0, 255}},
	} {
		got, err := squareOf(c.data, Options{Size: 8, Background: c.ground})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p := pixelAt(got, 8, 0, 4); !near(p[:], c.want[:], 2) {
			t.Errorf("%s: %v, want %v", c.name, p, c.want)
		}
	}
}

func TestGIFShowsItsFirstFrameInPlace(t *testing.T) {
	palette := color.Palette{color.White, color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}}
	first := image.NewPaletted(image.Rect(8, 8, 16, 16), palette)
	second := image.NewPaletted(image.Rect(0, 0, 16, 16), palette)
	for i := range first.Pix {
		first.Pix[i] = 1
	}
	for i := range second.Pix {
		second.Pix[i] = 2
	}
	data := gifOf(t, &gif.GIF{
		Image: []*image.Paletted{first, second}, Delay: []int{1, 1},
		Config: image.Config{Width: 16, Height: 16, ColorModel: palette},
	})
	got, err := squareOf(data, Options{Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	if p := pixelAt(got, 16, 2, 2); p != [3]byte{255, 255, 255} {
		t.Errorf("outside of the frame: %v, want the background", p)
	}
	if p := pixelAt(got, 16, 12, 12); p != [3]byte{200, 0, 0} {
		t.Errorf("inside of the frame: %v, want the first frame", p)
	}
}

func TestGreyIsLuma(t *testing.T) {
	for _, c := range []struct {
		c    color.Color
		want byte
	}{
		{color.RGBA{255, 0, 0, 255}, 76},
		{color.RGBA{0, 255, 0, 255}, 150},
		{color.RGBA{0, 0, 255, 255}, 29},
		{color.White, 255},
	} {
		got, err := squareOf(pngOf(t, flat(9, 9, c.c)), Options{Size: 5, Gray: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 25 || got[12] != c.want {
			t.Errorf("%v: %d values, %d; want %d", c.c, len(got), got[12], c.want)
		}
	}
}

// withoutJPEGTables is a JPEG without its Huffman tables, which are the typical ones.
func withoutJPEGTables(data []byte) []byte {
	i := bytes.Index(data, []byte{0xff, 0xc4})
	n := int(binary.BigEndian.Uint16(data[i+2:]))
	return append(bytes.Clone(data[:i]), data[i+2+n:]...)
}

func TestFramesOfMotionJPEGAreRead(t *testing.T) {
	data := jpegOf(t, landmark(40, 24))
	want, err := squareOf(data, Options{Size: 12})
	if err != nil {
		t.Fatal(err)
	}
	got, err := squareOf(withoutJPEGTables(data), Options{Size: 12})
	if err != nil || !near(got, want, 3) {
		t.Errorf("%v: %v, want %v", err, got[:9], want[:9])
	}
}

func TestJPEGOfEndlessScansIsRefused(t *testing.T) {
	data := testdata(t, "progressive.jpg")
	i := bytes.Index(data, []byte{0xff, 0xc2})
	binary.BigEndian.PutUint32(data[i+5:], 10000<<16|10000)
	scan := bytes.Index(data, []byte{0xff, 0xda})
	data = append(data[:len(data)-2], bytes.Repeat(data[scan:scan+20], 200)...)
	if _, err := openPicture(data); err == nil || !strings.Contains(err.Error(), "scans") {
		t.Errorf("%v", err)
	}
}

// bombPNG is a small PNG that declares w by h pixels.
func bombPNG(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(id string, content []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
		start := len(b)
		b = append(append(b, id...), content...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
	}
	header := binary.BigEndian.AppendUint32(nil, w)
	header = binary.BigEndian.AppendUint32(header, h)
	chunk("IHDR", append(header, 8, 2, 0, 0, 0))
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write(make([]byte, 1<<16))
	zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b
}

func TestBadImagesAreRefusedWithAReason(t *testing.T) {
	whole := jpegOf(t, landmark(40, 24))
	for _, c := range []struct {
		name, reason string
		data         []byte
	}{
		{"empty", "is empty", nil},
		{"text", "is a text, not an image", []byte("this is a text, whatever its name says")},
		{"cut off", "ends too early", whole[:len(whole)*2/3]},
		{"header only", "ends too early", whole[:20]},
		{"bomb of 2.5 billion pixels", "declares a size of 50000 x 50000 pixels", bombPNG(50000, 50000)},
		{"bomb of one line", "declares a size of 1000000000 x 1 pixels", bombPNG(1000000000, 1)},
		{"garbage after the magic", "ends too early", append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("x"), 100)...)},
		{"animation without frame", "animation without a frame", testdata(t, "animated.webp")[:60]},
	} {
		_, err := squareOf(c.data, Options{Size: 16})
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", c.name, err, c.reason)
		}
	}
}

func TestHugeFileIsNotRead(t *testing.T) {
	path := writeFile(t, "huge.png", pngOf(t, landmark(8, 8)))
	if err := os.Truncate(path, maxFileBytes+1); err != nil {
		t.Skipf("no room for a large file: %v", err)
	}
	if _, err := OpenPicture(path); !errors.Is(err, errTooLarge) {
		t.Errorf("%v", err)
	}
}

func TestOpenPictureNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "picture.jpg")
	if _, err := OpenPicture(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := OpenPicture(t.TempDir()); !errors.Is(err, errIsFolder) {
		t.Errorf("folder: %v", err)
	}
	if err := os.WriteFile(path, pngOf(t, landmark(30, 20)), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := OpenPicture(path)
	if err != nil {
		t.Fatal(err)
	}
	if w, h := p.Bounds(); w != 30 || h != 20 {
		t.Errorf("the image is %d x %d", w, h)
	}
	var size *SizeError
	if _, err := p.Square(Options{}); !errors.As(err, &size) {
		t.Errorf("size 0: %v", err)
	}
	var option *OptionError
	if _, err := p.Square(Options{Size: 8, Frame: Frame{Side: 2}}); !errors.As(err, &option) {
		t.Errorf("impossible frame: %v", err)
	}
}

func TestSquaresOfAPictureEqualThoseOfItsFrames(t *testing.T) {
	p, err := DecodePicture(pngOf(t, landmark(400, 300)))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := p.Square(Options{Size: 30})
	if err != nil {
		t.Fatal(err)
	}
	half, err := p.Square(Options{Size: 15, Frame: Frame{Side: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	for y := range 15 {
		for x := range 15 {
			a, b := pixelAt(whole, 30, 7+x, 7+y), pixelAt(whole, 30, 8+x, 8+y)
			if got := pixelAt(half, 15, x, y); !near(got[:], a[:], 6) && !near(got[:], b[:], 6) {
				t.Fatalf("(%d, %d): %v, want about %v", x, y, got, a)
			}
		}
	}
}

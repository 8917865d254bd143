package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"os"
	"strings"
	"testing"
)

// photo is a picture with edges, smooth parts and colours.
func photo(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := uint8(40 + 100*(x/7%2) + x*y%50)
			m.SetRGBA(x, y, color.RGBA{v, uint8(255 * x / w), uint8(200 * y / h), 255})
		}
	}
	return m
}

func encoded(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// differ returns the largest difference of two images in 8-bit values.
func differ(a, b image.Image) int {
	if a.Bounds() != b.Bounds() {
		return 256
	}
	most := 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r) - int(r2), int(g) - int(g2), int(bl) - int(b2)} {
				most = max(most, max(d, -d)>>8)
			}
		}
	}
	return most
}

func TestAgreesWithTheStandardLibrary(t *testing.T) {
	files := map[string][]byte{
		"colour": encoded(t, photo(53, 37)),
		"grey": encoded(t, func() image.Image {
			m := image.NewGray(image.Rect(0, 0, 33, 9))
			copy(m.Pix, photo(33, 9).Pix)
			return m
		}()),
	}
	for _, name := range []string{"progressive.jpg", "cmyk.jpg"} {
		b, err := os.ReadFile("../../../collection/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	for name, data := range files {
		want, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := differ(got, want); d > 3 {
			t.Errorf("%s: differs by %d", name, d)
		}
	}
}

func TestDecodesWithoutHuffmanTables(t *testing.T) {
	data := encoded(t, photo(53, 37))
	i := bytes.Index(data, []byte{0xff, dht})
	n := int(data[i+2])<<8 | int(data[i+3])
	bare := append(append([]byte{}, data[:i]...), data[i+2+n:]...)
	want, err := Decode(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(bare, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(got, want); d != 0 {
		t.Errorf("differs by %d", d)
	}
}

// componentsAt returns the values of the components of a pixel.
func componentsAt(m image.Image, x, y int) []byte {
	switch m := m.(type) {
	case *image.Gray:
		return []byte{m.GrayAt(x, y).Y}
	case *image.YCbCr:
		c := m.YCbCrAt(x, y)
		return []byte{c.Y, c.Cb, c.Cr}
	case *image.RGBA:
		c := m.RGBAAt(x, y)
		return []byte{c.R, c.G, c.B}
	case *image.CMYK:
		c := m.CMYKAt(x, y)
		return []byte{c.C, c.M, c.Y, c.K}
	}
	return nil
}

func TestDecodesEverySampling(t *testing.T) {
	for _, factors := range [][][2]int{
		{{1, 1}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 1}}, {{2, 1}, {1, 1}, {1, 1}}, {{1, 2}, {1, 1}, {1, 1}},
		{{4, 1}, {1, 1}, {1, 1}}, {{4, 2}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 2}}, {{3, 1}, {1, 1}, {1, 1}},
		{{1, 1}, {2, 2}, {2, 2}}, {{2, 1}, {2, 1}, {1, 1}}, {{3, 2}, {2, 1}, {1, 2}}, {{1, 1}, {1, 1}, {4, 4}},
		{{3, 3}},
	} {
		for _, apart := range []bool{false, true} {
			e := encoder{width: 51, height: 37, factors: factors, value: gradient, ids: "\x01\x02\x03", adobe: -1, apart: apart}
			e.check(t, fmt.Sprintf("%v, apart %v", factors, apart))
		}
	}
}

func TestDecodesRestartsALateHeightAndScansOfOneComponent(t *testing.T) {
	for _, e := range []encoder{
		{restarts: 1}, {restarts: 3}, {restarts: 7, apart: true}, {late: true}, {late: true, apart: true, restarts: 2}, {bare: true},
	} {
		name := fmt.Sprintf("%+v", e)
		e.width, e.height, e.factors, e.value, e.ids, e.adobe = 70, 45, [][2]int{{2, 1}, {1, 1}, {1, 1}}, gradient, "\x01\x02\x03", -1
		e.check(t, name)
	}
}

func TestComponentsBecomeColoursByTheFilesWord(t *testing.T) {
	ones := [][2]int{{1, 1}, {1, 1}, {1, 1}}
	for _, c := range []struct {
		name string
		e    encoder
		o    Options
		kind string
	}{
		{"YCbCr by default", encoder{factors: ones, ids: "\x01\x02\x03", adobe: -1}, Options{}, "*image.YCbCr"},
		{"RGB by names", encoder{factors: ones, ids: "RGB", adobe: -1}, Options{}, "*image.RGBA"},
		{"RGB by Adobe", encoder{factors: ones, ids: "\x01\x02\x03", adobe: 0}, Options{}, "*image.RGBA"},
		{"YCbCr by Adobe", encoder{factors: ones, ids: "RGB", adobe: 1}, Options{}, "*image.YCbCr"},
		{"RGB as asked", encoder{factors: ones, ids: "\x01\x02\x03", adobe: 1}, Options{Transform: None}, "*image.RGBA"},
		{"YCbCr as asked", encoder{factors: ones, ids: "RGB", adobe: 0}, Options{Transform: YCbCr}, "*image.YCbCr"},
		{"inks", encoder{factors: append(ones, [2]int{1, 1}), ids: "CMYK", adobe: -1}, Options{}, "*image.CMYK"},
	} {
		c.e.width, c.e.height, c.e.value = 9, 9, gradient
		m, err := Decode(c.e.encode(), c.o)
		if err != nil || fmt.Sprintf("%T", m) != c.kind {
			t.Errorf("%s: %T, %v", c.name, m, err)
			continue
		}
		for i, v := range componentsAt(m, 4, 4) {
			if want := gradient(i, 0.5, 0.5); math.Abs(float64(v)-want) > 2 {
				t.Errorf("%s: component %d is %d, want %.0f", c.name, i, v, want)
			}
		}
	}
}

func TestTablesMayComeApart(t *testing.T) {
	e := encoder{width: 20, height: 20, factors: [][2]int{{1, 1}}, value: gradient, ids: "\x01", adobe: -1}
	whole, err := Decode(e.encode(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tables := e
	tables.tables = true
	e.abbreviated = true
	m, err := Decode(e.encode(), Options{Tables: tables.encode()})
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(m, whole); d != 0 {
		t.Errorf("differs by %d", d)
	}
}

func TestEveryTruncationAndFlippedByteIsAnErrorOrAnImage(t *testing.T) {
	e := encoder{width: 40, height: 30, factors: [][2]int{{2, 2}, {1, 1}, {1, 1}}, value: gradient, ids: "\x01\x02\x03", adobe: -1, restarts: 2}
	progressive, err := os.ReadFile("../../../collection/testdata/progressive.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{e.encode(), progressive} {
		for n := range len(data) {
			if _, err := Decode(data[:n], Options{}); err == nil {
				t.Errorf("%d of %d bytes give an image", n, len(data))
			}
			for _, mask := range []byte{0xff, 0x10, 0x01} {
				bad := bytes.Clone(data)
				bad[n] ^= mask
				if h, err := ReadHeader(bad); err == nil && h.Width*h.Height < 1<<20 {
					Decode(bad, Options{})
				}
			}
		}
	}
}

func TestKindsThatAreNotReadAreNamed(t *testing.T) {
	e := encoder{width: 8, height: 8, factors: [][2]int{{1, 1}}, value: gradient, ids: "\x01", adobe: -1}
	data := e.encode()
	at := bytes.Index(data, []byte{0xff, sof0})
	for marker, want := range map[byte]string{0xc3: "lossless", 0xc9: "arithmetic", 0xca: "arithmetic", 0xc5: "hierarchical"} {
		bad := bytes.Clone(data)
		bad[at+1] = marker
		if _, err := ReadHeader(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%x: %v, want %q", marker, err, want)
		}
	}
	bad := bytes.Clone(data)
	bad[at+4] = 12
	if _, err := ReadHeader(bad); err == nil || !strings.Contains(err.Error(), "of 12 bits") {
		t.Errorf("12 bits: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, photo(20, 12)))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(data)
		if err != nil || h.Width*h.Height > 1<<16 || h.Scans > 50 {
			return
		}
		m, err := Decode(data, Options{})
		var format FormatError
		var unsupported UnsupportedError
		if err != nil && !errors.Is(err, ErrTruncated) && !errors.As(err, &format) && !errors.As(err, &unsupported) {
			t.Fatalf("%T %v", err, err)
		}
		if err == nil {
			b := m.Bounds()
			m.At(b.Max.X-1, b.Max.Y-1)
		}
	})
}

package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"strings"
	"testing"
)

// check compares what a file decodes to with shade, in 16 bits.
func (w writer) check(t *testing.T, name string, within int, want func(x, y, s int) float64) {
	t.Helper()
	m, err := Decode(w.bytes(t))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if b := m.Bounds(); b != image.Rect(0, 0, w.width, w.height) {
		t.Errorf("%s: bounds %v", name, b)
		return
	}
	for y := range w.height {
		for x := range w.width {
			c := color.NRGBA64Model.Convert(m.At(x, y)).(color.NRGBA64)
			for s, v := range []uint16{c.R, c.G, c.B} {
				if d := float64(v) - 65535*want(x, y, s); math.Abs(d) > float64(within) {
					t.Errorf("%s: sample %d at (%d, %d) is %d, want %.0f", name, s, x, y, v, 65535*want(x, y, s))
					return
				}
			}
		}
	}
}

// scaled is the value that whole's bits stand for.
func scaled(bits int) func(x, y, s int) float64 {
	return func(x, y, s int) float64 { return float64(whole(bits)(x, y, s)) / float64(uint64(1)<<bits-1) }
}

func TestEveryLayoutGivesTheSamePicture(t *testing.T) {
	for _, bits := range []int{1, 2, 4, 8, 12, 16, 24, 32} {
		for _, samples := range []int{1, 3} {
			for layout := range 64 {
				w := writer{
					width: 37, height: 21, bits: bits, samples: samples, photometric: blackIsZero, value: whole(bits),
					big: layout&1 > 0, planar: layout&2 > 0, reversed: layout&4 > 0, rows: 6,
				}
				if samples == 3 {
					w.photometric = rgb
				}
				if layout&8 > 0 {
					w.order = binary.BigEndian
				}
				if layout&16 > 0 {
					w.tileW, w.tileH = 16, 16
				}
				if layout&32 > 0 {
					w.compression = []int{packBits, deflate, deflateAdobe, zstandard}[layout%4]
				}
				want, within := scaled(bits), 129
				if bits > 8 {
					within = 1
				}
				if samples == 1 {
					all := want
					want = func(x, y, s int) float64 { return all(x, y, 0) }
				}
				w.check(t, fmt.Sprintf("%d bits, %d samples, layout %b", bits, samples, layout), within, want)
			}
		}
	}
}

func TestPredictorsAreUndone(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, planar := range []bool{false, true} {
			for _, bits := range []int{8, 16, 32} {
				w := writer{
					width: 19, height: 9, bits: bits, samples: 3, photometric: rgb, value: whole(bits), order: order, planar: planar,
					compression: deflate, predictor: 2, rows: 4,
				}
				w.check(t, fmt.Sprintf("%d bits, planar %v", bits, planar), 1+128/bits, scaled(bits))
			}
			w := writer{
				width: 19, height: 9, bits: 32, format: float, samples: 3, photometric: rgb, order: order, planar: planar,
				compression: deflate, predictor: 3, rows: 4,
				value: func(x, y, s int) uint64 { return uint64(math.Float32bits(float32(shade(x, y, s)))) },
			}
			w.check(t, fmt.Sprintf("floats, planar %v", planar), 1, shade)
		}
	}
}

func TestNumbersWithoutALargestValueAreScaled(t *testing.T) {
	gray := func(v func(x, y int) float64) func(x, y, s int) float64 {
		return func(x, y, s int) float64 { return v(x, y) }
	}
	f32 := func(v float64) uint64 { return uint64(math.Float32bits(float32(v))) }
	for _, c := range []struct {
		name         string
		bits, format int
		value        func(x, y int) uint64
		want         func(x, y int) float64
	}{
		{"from 0 to 1", 32, float, func(x, y int) uint64 { return f32(shade(x, y, 0) / 2) }, func(x, y int) float64 { return shade(x, y, 0) / 2 }},
		{"from 0 to 255", 32, float, func(x, y int) uint64 { return f32(200 * shade(x, y, 0)) }, func(x, y int) float64 { return 200 * shade(x, y, 0) / 255 }},
		{"doubles to 65535", 64, float, func(x, y int) uint64 { return math.Float64bits(9000 * shade(x, y, 0)) }, func(x, y int) float64 { return 9000 * shade(x, y, 0) / 65535 }},
		{"negative", 32, float, func(x, y int) uint64 { return f32(float64(x) - 10) }, func(x, y int) float64 { return float64(x) / 29 }},
		{"large", 32, float, func(x, y int) uint64 { return f32(1e6 + 1e5*float64(x)) }, func(x, y int) float64 { return float64(x) / 29 }},
		{"halves", 16, float, func(x, y int) uint64 { return []uint64{0, 0x3800, 0x3c00, 0x3400}[x%4] }, func(x, y int) float64 { return []float64{0, 0.5, 1, 0.25}[x%4] }},
		{"not numbers", 32, float, func(x, y int) uint64 { return []uint64{f32(math.NaN()), f32(math.Inf(1)), f32(1), f32(0.5)}[x%4] }, func(x, y int) float64 { return []float64{0, 1, 1, 0.5}[x%4] }},
		{"signed bytes", 8, signed, func(x, y int) uint64 { return uint64(uint8(int8(4*x - 60))) }, func(x, y int) float64 { return float64(x) / 29 }},
		{"signed 16 bits", 16, signed, func(x, y int) uint64 { return uint64(uint16(int16(100*x - 1000))) }, func(x, y int) float64 { return float64(x) / 29 }},
		{"12 of 32 bits", 32, unsigned, func(x, y int) uint64 { return uint64(4000 * shade(x, y, 0)) }, func(x, y int) float64 { return math.Floor(4000*shade(x, y, 0)) / 4095 }},
		{"8 of 32 bits", 32, signed, func(x, y int) uint64 { return uint64(200 * shade(x, y, 0)) }, func(x, y int) float64 { return math.Floor(200*shade(x, y, 0)) / 255 }},
		{"nothing", 32, float, func(x, y int) uint64 { return f32(math.NaN()) }, func(x, y int) float64 { return 0 }},
		{"a constant below zero", 32, float, func(x, y int) uint64 { return f32(-5) }, func(x, y int) float64 { return 0 }},
	} {
		w := writer{width: 30, height: 11, bits: c.bits, format: c.format, photometric: blackIsZero,
			value: func(x, y, s int) uint64 { return c.value(x, y) }}
		w.check(t, c.name, 20, gray(c.want))
	}
}

func TestColourModels(t *testing.T) {
	for _, c := range []struct {
		name        string
		photometric int
		bits        int
		samples     []uint64
		extra       []int
		more        []tag
		want        color.NRGBA
	}{
		{"white is zero", whiteIsZero, 8, []uint64{200}, nil, nil, color.NRGBA{55, 55, 55, 255}},
		{"white is zero, one bit", whiteIsZero, 1, []uint64{1}, nil, nil, color.NRGBA{0, 0, 0, 255}},
		{"grey with alpha", blackIsZero, 8, []uint64{200, 100}, []int{2}, nil, color.NRGBA{200, 200, 200, 100}},
		{"grey with alpha, white is zero", whiteIsZero, 16, []uint64{0x3700, 0x6400}, []int{2}, nil, color.NRGBA{200, 200, 200, 100}},
		{"colour with alpha", rgb, 8, []uint64{200, 150, 10, 100}, []int{2}, nil, color.NRGBA{200, 150, 10, 100}},
		{"premultiplied", rgb, 8, []uint64{100, 50, 0, 200}, []int{1}, nil, color.NRGBA{127, 63, 0, 200}},
		{"premultiplied, out of range", rgb, 8, []uint64{250, 50, 0, 200}, []int{1}, nil, color.NRGBA{255, 63, 0, 200}},
		{"a sample of no meaning", rgb, 8, []uint64{200, 150, 10, 0}, []int{0}, nil, color.NRGBA{200, 150, 10, 255}},
		{"inks", separated, 8, []uint64{0, 255, 255, 0}, nil, nil, color.NRGBA{255, 0, 0, 255}},
		{"inks of 16 bits", separated, 16, []uint64{65535, 0, 65535, 0}, nil, nil, color.NRGBA{0, 255, 0, 255}},
		{"palette", palette, 4, []uint64{9}, nil, []tag{{tagColorMap, kindShort, colourMap(16)}}, color.NRGBA{9, 109, 209, 255}},
		{"luma and chroma", ycbcr, 8, []uint64{82, 90, 240}, nil, []tag{{tagYCbCrSubsampling, kindShort, []uint64{1, 1}}}, color.NRGBA{238, 14, 15, 255}},
		{"luma and chroma of video", ycbcr, 8, []uint64{82, 90, 240}, nil, []tag{
			{tagYCbCrSubsampling, kindShort, []uint64{1, 1}},
			{tagReferenceBW, kindRational, []uint64{16 | 1<<32, 235 | 1<<32, 128 | 1<<32, 240 | 1<<32, 128 | 1<<32, 240 | 1<<32}},
		}, color.NRGBA{254, 0, 0, 255}},
		{"Lab: white", cielab, 8, []uint64{255, 0, 0}, nil, nil, color.NRGBA{255, 255, 255, 255}},
		{"Lab: red", cielab, 8, []uint64{138, 81, 70}, nil, nil, color.NRGBA{255, 0, 0, 255}},
		{"Lab as in profiles: blue", icclab, 8, []uint64{76, 128 + 68, 128 - 112}, nil, nil, color.NRGBA{0, 0, 255, 255}},
		{"Lab of 16 bits: green", cielab, 16, []uint64{0xe0c0, 0xb0b0, 0x5100}, nil, nil, color.NRGBA{0, 255, 0, 255}},
	} {
		w := writer{width: 5, height: 3, bits: c.bits, samples: len(c.samples), photometric: c.photometric, extra: c.extra, more: c.more,
			value: func(x, y, s int) uint64 { return c.samples[s] }}
		m, err := Decode(w.bytes(t))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := color.NRGBAModel.Convert(m.At(2, 1)).(color.NRGBA)
		for i, d := range []int{int(got.R) - int(c.want.R), int(got.G) - int(c.want.G), int(got.B) - int(c.want.B), int(got.A) - int(c.want.A)} {
			if max(d, -d) > 5 {
				t.Errorf("%s: %v, want %v (value %d)", c.name, got, c.want, i)
				break
			}
		}
	}
}

// colourMap has the colours (i, 100 + i, 200 + i).
func colourMap(n int) []uint64 {
	var l []uint64
	for c := range 3 {
		for i := range n {
			l = append(l, uint64(257*(100*c+i)))
		}
	}
	return l
}

func TestSubsampledChroma(t *testing.T) {
	for _, sub := range [][2]int{{2, 2}, {2, 1}, {1, 2}, {4, 4}, {4, 1}} {
		w := writer{width: 21, height: 13, bits: 8, samples: 3, photometric: ycbcr, rows: 8, subH: sub[0], subV: sub[1],
			more:  []tag{{tagYCbCrSubsampling, kindShort, []uint64{uint64(sub[0]), uint64(sub[1])}}},
			value: func(x, y, s int) uint64 { return []uint64{uint64(5*x + 5*y), 128, 128}[s] }}
		w.rows = 0
		w.check(t, fmt.Sprint(sub), 260, func(x, y, s int) float64 { return float64(5*x+5*y) / 255 })
	}
}

func TestPartsThatAreJPEGs(t *testing.T) {
	gray := func(part []byte, w, h int) []byte {
		var b bytes.Buffer
		m := &image.Gray{Pix: part, Stride: w, Rect: image.Rect(0, 0, w, h)}
		if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	smooth := func(x, y, s int) uint64 { return uint64(3*x + 2*y) }
	for _, tiles := range []int{0, 16} {
		w := writer{width: 37, height: 21, bits: 8, photometric: blackIsZero, compression: jpegCompression, encode: gray, value: smooth, rows: 8, tileW: tiles, tileH: tiles}
		w.check(t, fmt.Sprint("grey, tiles ", tiles), 3*257, func(x, y, s int) float64 { return float64(3*x+2*y) / 255 })
	}
	colour := func(part []byte, w, h int) []byte {
		var b bytes.Buffer
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range w * h {
			copy(m.Pix[4*i:], append(part[3*i:3*i+3:3*i+3], 255))
		}
		if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	w := writer{width: 32, height: 16, bits: 8, samples: 3, photometric: ycbcr, compression: jpegCompression, encode: colour, rows: 8,
		value: func(x, y, s int) uint64 { return []uint64{200, uint64(4 * x), 30}[s] }}
	w.check(t, "colour", 12*257, func(x, y, s int) float64 { return []float64{200, float64(4 * x), 30}[s] / 255 })
}

// fax is an image of 16 by 2 pixels in CCITT T.6 coding: a row of 4 white, 8 black and 4 white pixels, then the same
// row again, in bits: horizontal mode 001, white 4 1011, black 8 000101; the rest of the row, vertical 0, 1; the
// second row 1 1 1; then the end 000000000001 twice.
const fax = "0011011000101" + "1" + "111" + "000000000001000000000001"

func bitString(s string) []byte {
	out := make([]byte, (len(s)+7)/8)
	for i, c := range s {
		out[i/8] |= byte(c-'0') << (7 - i%8)
	}
	return out
}

func TestFaxIsBlackOnWhiteAsTheFileSays(t *testing.T) {
	for _, reversed := range []bool{false, true} {
		for photometric, black := range []float64{whiteIsZero: 0, blackIsZero: 1} {
			w := writer{width: 16, height: 2, bits: 1, photometric: photometric, compression: ccittT6, reversed: reversed,
				value:  func(x, y, s int) uint64 { return 0 },
				encode: func([]byte, int, int) []byte { return bitString(fax) }}
			w.check(t, fmt.Sprintf("photometric %d, reversed %v", photometric, reversed), 0, func(x, y, s int) float64 {
				if x >= 4 && x < 12 {
					return black
				}
				return 1 - black
			})
		}
	}
}

func TestWhatIsNotReadIsNamed(t *testing.T) {
	base := writer{width: 4, height: 4, bits: 8, photometric: blackIsZero, value: whole(8)}
	for name, c := range map[string]struct {
		change func(w *writer)
		says   string
	}{
		"LZMA":    {func(w *writer) { w.compression = 34925 }, "by LZMA"},
		"method":  {func(w *writer) { w.compression = 4711 }, "the method 4711"},
		"bits":    {func(w *writer) { w.bits = 24; w.format = 3; w.compression = 1; w.bits = 17 }, "17 bits"},
		"complex": {func(w *writer) { w.format = 6 }, "complex"},
		"raw":     {func(w *writer) { w.photometric = 32803 }, "raw data of a camera"},
		"two-way fax": {func(w *writer) {
			w.bits, w.compression, w.more = 1, ccittT4, []tag{{tagT4Options, kindLong, []uint64{1}}}
		}, "two dimensions"},
		"few samples":  {func(w *writer) { w.photometric = rgb }, "colours need 3"},
		"no size":      {func(w *writer) { w.more = nil; w.width, w.height = 0, 0 }, "declares no size"},
		"missing part": {func(w *writer) { w.rows = 1; w.more = []tag{}; w.height = 4; w.noCounts = true }, "how long"},
	} {
		w := base
		c.change(&w)
		_, err := Decode(w.bytes(t))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestMissingLengthOfASingleStripIsTheRest(t *testing.T) {
	w := writer{width: 9, height: 5, bits: 8, photometric: blackIsZero, value: whole(8), noCounts: true}
	w.check(t, "no counts", 0, func(x, y, s int) float64 { return scaled(8)(x, y, 0) })
}

// hostile are small files of many kinds.
func hostile(t testing.TB) [][]byte {
	var files [][]byte
	for i := range 48 {
		w := writer{width: 9, height: 7, bits: []int{1, 8, 12, 16, 32}[i%5], samples: []int{1, 3, 4}[i%3], rows: 3, big: i%7 == 0, planar: i%4 == 1,
			compression: []int{uncompressed, packBits, deflate, lzwCompression, zstandard}[i%5], photometric: []int{0, 1, 2, 3, 5, 6, 8}[i%7]}
		w.value = whole(w.bits)
		files = append(files, w.bytes(t))
	}
	fax := writer{width: 16, height: 2, bits: 1, compression: ccittT6, value: whole(1), encode: func([]byte, int, int) []byte { return bitString(fax) }}
	return append(files, fax.bytes(t))
}

func TestEveryTruncationAndFlippedByteIsAnErrorOrAnImage(t *testing.T) {
	for i, data := range hostile(t) {
		for n := i % 4; n < len(data); n += 4 {
			tryDecode(t, data[:n])
			bad := bytes.Clone(data)
			bad[n] ^= byte(1 << (n % 8))
			tryDecode(t, bad)
			bad[n] = 255
			tryDecode(t, bad)
		}
	}
}

// tryDecode decodes a small image and checks that an error is of a kind that users are told.
func tryDecode(t testing.TB, data []byte) {
	t.Helper()
	m, err := ReadImage(data)
	if err == nil && (m.Memory() > 1<<22+zstdMemory || m.Width*m.Height > 1<<16) {
		return
	}
	if err == nil {
		var decoded image.Image
		if decoded, err = m.Decode(); err == nil {
			decoded.At(m.Width-1, m.Height-1)
			return
		}
	}
	var format FormatError
	var unsupported UnsupportedError
	if !errors.Is(err, ErrTruncated) && !errors.As(err, &format) && !errors.As(err, &unsupported) && !strings.Contains(err.Error(), "JPEG") && !strings.HasPrefix(err.Error(), "is damaged") {
		t.Fatalf("%T %v", err, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range hostile(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { tryDecode(t, data) })
}

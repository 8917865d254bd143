// Package icc makes sRGB of the colours of images that carry an ICC profile (ICC.1:2022 and versions 2 before it) of
// three curves and a matrix, as cameras, screens and working spaces such as Adobe RGB, Display P3 and ProPhoto RGB
// have, or of one curve for grey. Profiles of tables (printers, scanners) are refused.
//
// A value v of channel c becomes linear light by the channel's curve; the matrix M of the channels' colours in XYZ
// makes XYZ of it, both under D50; sRGB's own matrix and curve (IEC 61966-2-1) make a value of that:
//
//	rgb = encode(S^-1 M (curve_r(r), curve_g(g), curve_b(b)))
//
// Colours outside of sRGB are clipped. There is no compensation of black points.
package icc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
)

// Errors of profiles that are not used.
var (
	ErrFormat = errors.New("icc: it is no valid profile")
	ErrTables = errors.New("icc: it is a profile of tables, which is not used")
	ErrModel  = errors.New("icc: it is a profile for neither RGB nor grey")
)

// Space is what the values that a profile is for stand for.
type Space int

const (
	RGB Space = iota
	Gray
)

// Transform makes 8-bit sRGB of 8-bit values.
type Transform struct {
	Space  Space
	linear [3][256]int32 // in linearBits bits
	matrix [3][3]int64   // in matrixBits bits
	grey   [256]byte
}

const (
	linearBits = 16
	matrixBits = 14
	linearMost = 1<<linearBits - 1
)

const headerSize = 128

// profile is a profile's bytes and its table of tags.
type profile struct{ data, tags []byte }

// Read reads a profile.
func Read(data []byte) (*Transform, error) {
	if len(data) < headerSize+4 || string(data[36:40]) != "acsp" {
		return nil, ErrFormat
	}
	p := profile{data, data[headerSize+4:]}
	const entry = 12
	n := binary.BigEndian.Uint32(data[headerSize:])
	if uint64(n)*entry > uint64(len(p.tags)) {
		return nil, ErrFormat
	}
	p.tags = p.tags[:n*entry]
	switch space := string(data[16:20]); {
	case space == "GRAY":
		return p.gray()
	case space != "RGB ":
		return nil, ErrModel
	case string(data[20:24]) != "XYZ " || p.tag("rXYZ") == nil:
		return nil, ErrTables
	}
	return p.rgb()
}

// tag returns the content of a tag, nil where there is none.
func (p *profile) tag(signature string) []byte {
	for b := p.tags; len(b) > 0; b = b[12:] {
		if string(b[:4]) != signature {
			continue
		}
		at, n := uint64(binary.BigEndian.Uint32(b[4:])), uint64(binary.BigEndian.Uint32(b[8:]))
		if at > uint64(len(p.data)) || n > uint64(len(p.data))-at || n < 8 {
			return nil
		}
		return p.data[at : at+n]
	}
	return nil
}

func (p *profile) gray() (*Transform, error) {
	curve, err := readCurve(p.tag("kTRC"))
	if err != nil {
		return nil, err
	}
	t := &Transform{Space: Gray}
	encode := encoder()
	for i := range t.grey {
		t.grey[i] = encode[fixed(curve(float64(i)/255), linearMost)]
	}
	return t, nil
}

func (p *profile) rgb() (*Transform, error) {
	t := &Transform{Space: RGB}
	var m [3][3]float64
	for c, names := range [3][2]string{{"rXYZ", "rTRC"}, {"gXYZ", "gTRC"}, {"bXYZ", "bTRC"}} {
		xyz := p.tag(names[0])
		if len(xyz) < 20 || string(xyz[:4]) != "XYZ " {
			return nil, ErrFormat
		}
		for i := range 3 {
			m[i][c] = s15Fixed16(xyz[8+4*i:])
			if math.Abs(m[i][c]) > 4 {
				return nil, ErrFormat
			}
		}
		tag := p.tag(names[1])
		if c > 0 && bytes.Equal(tag, p.tag("rTRC")) {
			t.linear[c] = t.linear[0]
			continue
		}
		curve, err := readCurve(tag)
		if err != nil {
			return nil, err
		}
		for i := range 256 {
			t.linear[c][i] = int32(fixed(curve(float64(i)/255), linearMost))
		}
	}
	// sRGB's colours in XYZ under D50, inverted.
	inverse := [3][3]float64{
		{3.1338561, -1.6168667, -0.4906146},
		{-0.9787684, 1.9161415, 0.0334540},
		{0.0719453, -0.2289914, 1.4052427},
	}
	for i := range 3 {
		for c := range 3 {
			sum := 0.0
			for k := range 3 {
				sum += float64(inverse[i][k] * m[k][c])
			}
			t.matrix[i][c] = int64(math.Round(sum * (1 << matrixBits)))
		}
	}
	return t, nil
}

func s15Fixed16(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// fixed is a value from 0 to 1 as a whole number up to most.
func fixed(v float64, most int) int {
	if !(v > 0) { // not a number either
		return 0
	}
	return int(math.Round(min(v, 1) * float64(most)))
}

// Apply makes sRGB of the first three of each step values.
func (t *Transform) Apply(pixels []byte, step int) {
	encode := encoder()
	if t.Space == Gray {
		for i := 0; i+3 <= len(pixels); i += step {
			p := pixels[i:][:3]
			p[0], p[1], p[2] = t.grey[p[0]], t.grey[p[1]], t.grey[p[2]]
		}
		return
	}
	for i := 0; i+3 <= len(pixels); i += step {
		p := pixels[i:][:3]
		p[0], p[1], p[2] = t.rgb(encode, p[0], p[1], p[2])
	}
}

func (t *Transform) rgb(encode *[linearMost + 1]byte, r, g, b byte) (byte, byte, byte) {
	x, y, z := int64(t.linear[0][r]), int64(t.linear[1][g]), int64(t.linear[2][b])
	row := func(m *[3]int64) byte {
		v := (m[0]*x + m[1]*y + m[2]*z + 1<<(matrixBits-1)) >> matrixBits
		return encode[min(max(v, 0), linearMost)]
	}
	return row(&t.matrix[0]), row(&t.matrix[1]), row(&t.matrix[2])
}

// Identity tells whether the transform changes no value by more than one step, as that of sRGB's own profile.
func (t *Transform) Identity() bool {
	encode := encoder()
	if t.Space == Gray {
		for i, v := range t.grey {
			if !near(int(v), i) {
				return false
			}
		}
		return true
	}
	const grid = 15 // divides 255
	for r := 0; r < 256; r += 255 / grid * 3 {
		for g := 0; g < 256; g += 255 / grid * 3 {
			for b := 0; b < 256; b += 255 / grid * 3 {
				x, y, z := t.rgb(encode, byte(r), byte(g), byte(b))
				if !near(int(x), r) || !near(int(y), g) || !near(int(z), b) {
					return false
				}
			}
		}
	}
	return true
}

func near(a, b int) bool { return a-b <= 1 && b-a <= 1 }

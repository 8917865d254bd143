package icc

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

func fixedBytes(values ...float64) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

func gamma(g float64) []byte {
	return binary.BigEndian.AppendUint16([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), uint16(math.Round(g*256)))
}

func parametricCurve(kind uint16, values ...float64) []byte {
	b := binary.BigEndian.AppendUint16([]byte("para\x00\x00\x00\x00"), kind)
	return append(append(b, 0, 0), fixedBytes(values...)...)
}

func tableCurve(n int, f func(float64) float64) []byte {
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(n))
	for i := range n {
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(65535*f(float64(i)/float64(n-1)))))
	}
	return b
}

// srgbCurve is sRGB's own.
func srgbCurve() []byte {
	return parametricCurve(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
}

// newProfile writes a profile of colours in XYZ under D50 and one curve, or of a curve alone.
func newProfile(space string, colours [][3]float64, curve []byte) []byte {
	type tag struct {
		name string
		data []byte
	}
	tags := []tag{{"wtpt", append([]byte("XYZ \x00\x00\x00\x00"), fixedBytes(0.9642, 1, 0.8249)...)}}
	for i, c := range colours {
		tags = append(tags, tag{"rgb"[i:i+1] + "XYZ", append([]byte("XYZ \x00\x00\x00\x00"), fixedBytes(c[:]...)...)})
		tags = append(tags, tag{"rgb"[i:i+1] + "TRC", curve})
	}
	if len(colours) == 0 {
		tags = append(tags, tag{"kTRC", curve})
	}
	out := make([]byte, headerSize)
	copy(out[12:], "mntr"+space+"XYZ ")
	copy(out[36:], "acsp")
	out = binary.BigEndian.AppendUint32(out, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	var data []byte
	for _, t := range tags {
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(data)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		data = append(data, t.data...)
	}
	return append(out, data...)
}

// Colours of working spaces in XYZ under D50.
var (
	srgb     = [][3]float64{{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.71410}}
	adobeRGB = [][3]float64{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
	p3       = [][3]float64{{0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}}
	proPhoto = [][3]float64{{0.79767, 0.28804, 0}, {0.13519, 0.71188, 0}, {0.03134, 0.00009, 0.82491}}
)

// The wanted values are those of Little CMS 2 by Pillow 13: ImageCms.profileToProfile of the same profiles and
// colours to createProfile("sRGB"), relative colorimetric.
func TestAgreesWithLittleCMS(t *testing.T) {
	values := [][3]byte{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {128, 128, 128}, {200, 120, 60}, {40, 90, 160}, {250, 250, 240}}
	for name, c := range map[string]struct {
		profile []byte
		want    [][3]byte
	}{
		"Adobe RGB": {newProfile("RGB ", adobeRGB, gamma(563.0/256)),
			[][3]byte{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {129, 129, 129}, {224, 121, 53}, {0, 90, 164}, {250, 250, 240}}},
		"Display P3": {newProfile("RGB ", p3, srgbCurve()),
			[][3]byte{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {128, 128, 128}, {213, 115, 42}, {10, 91, 165}, {250, 250, 239}}},
		"ProPhoto RGB": {newProfile("RGB ", proPhoto, tableCurve(256, func(x float64) float64 { return math.Pow(x, 1.8) })),
			[][3]byte{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {146, 146, 146}, {255, 114, 57}, {0, 118, 184}, {253, 251, 242}}},
	} {
		tr, err := Read(c.profile)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tr.Identity() {
			t.Errorf("%s changes nothing", name)
		}
		for i, v := range values {
			pixel := []byte{v[0], v[1], v[2], 77}
			tr.Apply(pixel, 4)
			for j := range 3 {
				if d := int(pixel[j]) - int(c.want[i][j]); d > 1 || d < -1 {
					t.Errorf("%s: %v becomes %v, want %v", name, v, pixel[:3], c.want[i])
					break
				}
			}
			if pixel[3] != 77 {
				t.Errorf("%s: the fourth value is changed", name)
			}
		}
	}
}

// The wanted values are Little CMS's, as above.
func TestGreyAgreesWithLittleCMS(t *testing.T) {
	tr, err := Read(newProfile("GRAY", nil, gamma(1.8)))
	if err != nil || tr.Space != Gray {
		t.Fatal(err)
	}
	for v, want := range map[byte]byte{0: 0, 10: 10, 40: 53, 128: 146, 200: 210, 250: 251, 255: 255} {
		pixel := []byte{v, v, v}
		tr.Apply(pixel, 3)
		if d := int(pixel[1]) - int(want); d > 1 || d < -1 {
			t.Errorf("%d becomes %d, want %d", v, pixel[1], want)
		}
	}
}

func TestCurvesOfOneShapeAreOneCurve(t *testing.T) {
	half := func(x float64) float64 { return x * x }
	for name, curve := range map[string][]byte{
		"gamma":    gamma(2),
		"kind 0":   parametricCurve(0, 2),
		"kind 1":   parametricCurve(1, 2, 1, 0),
		"kind 2":   parametricCurve(2, 2, 1, 0, 0),
		"kind 3":   parametricCurve(3, 2, 1, 0, 1, 0),
		"kind 4":   parametricCurve(4, 2, 1, 0, 1, 0, 0, 0),
		"table":    tableCurve(1024, half),
		"identity": []byte("curv\x00\x00\x00\x00\x00\x00\x00\x00"),
	} {
		f, err := readCurve(curve)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, x := range []float64{0, 0.1, 0.5, 0.9, 1} {
			want := half(x)
			if name == "identity" {
				want = x
			}
			if math.Abs(f(x)-want) > 1e-4 {
				t.Errorf("%s: %g becomes %g, want %g", name, x, f(x), want)
			}
		}
	}
}

func TestItsOwnProfileChangesNothing(t *testing.T) {
	for name, p := range map[string][]byte{"RGB": newProfile("RGB ", srgb, srgbCurve()), "grey": newProfile("GRAY", nil, srgbCurve())} {
		tr, err := Read(p)
		if err != nil || !tr.Identity() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProfilesThatAreNotUsed(t *testing.T) {
	tables := newProfile("RGB ", nil, gamma(2))
	cut := newProfile("RGB ", adobeRGB, gamma(2))
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"inks":       {newProfile("CMYK", adobeRGB, gamma(2)), ErrModel},
		"tables":     {tables, ErrTables},
		"nothing":    {nil, ErrFormat},
		"cut off":    {cut[:len(cut)-20], ErrFormat},
		"no curve":   {newProfile("RGB ", adobeRGB, []byte("mpet\x00\x00\x00\x00\x00\x00\x00\x00")), ErrFormat},
		"no profile": {make([]byte, 500), ErrFormat},
		"wild":       {newProfile("RGB ", [][3]float64{{900, 0, 0}, {0, 1, 0}, {0, 0, 1}}, gamma(2)), ErrFormat},
	} {
		if _, err := Read(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(newProfile("RGB ", adobeRGB, gamma(2.2)))
	f.Add(newProfile("RGB ", p3, srgbCurve()))
	f.Add(newProfile("GRAY", nil, tableCurve(5, math.Sqrt)))
	f.Add(newProfile("RGB ", p3, parametricCurve(4, -1, 1e4, -3, 0, 0.5, 9, 9)))
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, err := Read(data)
		if err != nil {
			return
		}
		tr.Identity()
		tr.Apply([]byte{0, 1, 2, 3, 255, 254, 253, 252}, 4)
	})
}

func BenchmarkRead(b *testing.B) {
	p := newProfile("RGB ", srgb, srgbCurve())
	for b.Loop() {
		if t, err := Read(p); err != nil || !t.Identity() {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	t, err := Read(newProfile("RGB ", adobeRGB, gamma(2.2)))
	if err != nil {
		b.Fatal(err)
	}
	pixels := make([]byte, 4<<16)
	b.SetBytes(int64(len(pixels)))
	for b.Loop() {
		t.Apply(pixels, 4)
	}
}

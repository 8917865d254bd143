package netpbm

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"
)

func decode(data string) (image.Image, error) {
	m, err := ReadImage([]byte(data))
	if err != nil {
		return nil, err
	}
	return m.Decode()
}

func TestEveryKindIsDecoded(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want []color.Color // of the row of three pixels
	}{
		"PBM as text":         {"P1\n# a comment\n3 1\n1 0 1\n", grays(0, 255, 0)},
		"PBM as text, close":  {"P1 3 1 101", grays(0, 255, 0)},
		"PBM":                 {"P4\n3 1\n\xa0", grays(0, 255, 0)},
		"PGM as text":         {"P2 3 1 9 0 3 9", grays(0, 85, 255)},
		"PGM":                 {"P5\n3 1\n255\n\x00\x55\xff", grays(0, 85, 255)},
		"PGM, CR and comment": {"P5\r3#w\r1\r255\r\x00\x55\xff", grays(0, 85, 255)},
		"PGM, two images":     {"P5\n3 1\n255\n\x00\x55\xffP5\n3 1\n255\nabc", grays(0, 85, 255)},
		"PGM of 16 bits":      {"P5 3 1 65535\n\x00\x00\x55\x55\xff\xff", grays(0, 85, 255)},
		"PGM of 12 bits":      {"P5 3 1 4095\n\x00\x00\x05\x55\x0f\xff", grays(0, 85, 255)},
		"PPM as text":         {"P3 3 1 255 1 2 3 # x\n 4 5 6 7 8 9", []color.Color{rgb(1, 2, 3), rgb(4, 5, 6), rgb(7, 8, 9)}},
		"PPM":                 {"P6 3 1 255 \x01\x02\x03\x04\x05\x06\x07\x08\x09", []color.Color{rgb(1, 2, 3), rgb(4, 5, 6), rgb(7, 8, 9)}},
		"PAM":                 {"P7\nWIDTH 3\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n\x01\x02\x03\x04\x05\x06\x07\x08\x09", []color.Color{rgb(1, 2, 3), rgb(4, 5, 6), rgb(7, 8, 9)}},
		"PAM, grey and alpha": {"P7\nWIDTH 3\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n\x01\x02\x03\x04\x05\x06", []color.Color{color.NRGBA{1, 1, 1, 2}, color.NRGBA{3, 3, 3, 4}, color.NRGBA{5, 5, 5, 6}}},
		"PAM with alpha":      {"P7\n# x\nHEIGHT 1\nWIDTH 3\nDEPTH 4\nMAXVAL 255\nENDHDR\n\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", []color.Color{color.NRGBA{1, 2, 3, 4}, color.NRGBA{5, 6, 7, 8}, color.NRGBA{9, 10, 11, 12}}},
	} {
		m, err := decode(c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Bounds() != image.Rect(0, 0, 3, 1) {
			t.Errorf("%s: bounds %v", name, m.Bounds())
		}
		for x, want := range c.want {
			if got := color.NRGBAModel.Convert(m.At(x, 0)); got != color.NRGBAModel.Convert(want) {
				t.Errorf("%s: pixel %d is %v, want %v", name, x, got, want)
			}
		}
	}
}

func grays(values ...uint8) []color.Color {
	var l []color.Color
	for _, v := range values {
		l = append(l, color.Gray{v})
	}
	return l
}

func rgb(r, g, b uint8) color.Color { return color.NRGBA{r, g, b, 255} }

func TestWhatIsWrongIsSaid(t *testing.T) {
	for data, says := range map[string]string{
		"P5 3 1 255\n\x00":       "ends too early",
		"P5 3":                   "ends too early",
		"P2 3 1 255 1 2":         "ends too early",
		"P2 3 1 255 1 2 x":       "'x' where a number",
		"P1 3 1 1 2 0":           "where a 0 or 1",
		"P2 3 1 9 1 2 10":        "a value is 10",
		"P5 0 1 255\n":           "declares no size",
		"P5 1 1 70000\n1":        "largest value is 70000",
		"P5 1 1 0\n1":            "largest value is 0",
		"P5 99999999999 1 255\n": "too large",
		"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 9\nMAXVAL 255\nENDHDR\n123456789": "9 samples",
		"P7\nWIDTH 1\nHEIGHT 1\n":        "ends too early",
		"P7\nWIDTH x\nENDHDR\n":          "no number at WIDTH",
		"P9 1 1 1":                       "does not start",
		"P5abc":                          "does not start",
		"Plain text, whatever its name ": "does not start",
	} {
		if _, err := decode(data); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", data, err, says)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"P1 3 1 101", "P2 3 1 9 0 3 9", "P4\n3 1\n\xa0", "P5 3 1 65535\n\x00\x00\x55\x55\xff\xff", "P6 1 1 255\n123", "P7\nWIDTH 3\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nENDHDR\n123456"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadImage(data)
		if err == nil && m.Memory() > 1<<20 {
			return
		}
		if err == nil {
			_, err = m.Decode()
		}
		var format FormatError
		var unsupported UnsupportedError
		if err != nil && !errors.Is(err, ErrTruncated) && !errors.As(err, &format) && !errors.As(err, &unsupported) {
			t.Fatalf("%T %v", err, err)
		}
		if bytes.HasPrefix(data, []byte("P5 1 1 255\n")) && len(data) > 11 && err != nil {
			t.Fatalf("%q: %v", data, err)
		}
	})
}

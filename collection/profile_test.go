package collection

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"math"
	"testing"
)

// adobeProfile is a profile of Adobe RGB (1998): its colours in XYZ under D50, and a gamma of 563/256.
func adobeProfile() []byte {
	return profileOf("RGB ", [][3]float64{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}, 563)
}

// profileOf writes a profile of colours and a gamma in 256ths.
func profileOf(space string, colours [][3]float64, gamma uint16) []byte {
	be := binary.BigEndian
	curve := be.AppendUint16([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), gamma)
	curve = append(curve, 0, 0)
	names := []string{"kTRC"}
	if len(colours) > 0 {
		names = []string{"rTRC", "gTRC", "bTRC", "rXYZ", "gXYZ", "bXYZ"}
	}
	out := make([]byte, 128)
	copy(out[12:], "mntr"+space+"XYZ ")
	copy(out[36:], "acsp")
	out = be.AppendUint32(out, uint32(len(names)))
	at := len(out) + 12*len(names)
	data := curve
	for i, name := range names {
		place, n := at, len(curve)
		if i >= 3 {
			place, n = at+len(data), 20
			data = append(data, "XYZ \x00\x00\x00\x00"...)
			for _, v := range colours[i-3] {
				data = be.AppendUint32(data, uint32(math.Round(v*65536)))
			}
		}
		out = append(out, name...)
		out = be.AppendUint32(be.AppendUint32(out, uint32(place)), uint32(n))
	}
	return append(out, data...)
}

// withProfile embeds a profile in a file.
func withProfile(t testing.TB, kind string, data, profile []byte) []byte {
	t.Helper()
	switch kind {
	case "png":
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		w.Write(profile)
		w.Close()
		return withPNGChunk(data, "iCCP", append([]byte("a profile\x00\x00"), b.Bytes()...))
	case "jpeg": // in two parts, the second first
		out := bytes.Clone(data[:2])
		half := len(profile) / 2
		for _, part := range []struct {
			n byte
			b []byte
		}{{2, profile[half:]}, {1, profile[:half]}} {
			segment := append(append([]byte("ICC_PROFILE\x00"), part.n, 2), part.b...)
			out = binary.BigEndian.AppendUint16(append(out, 0xff, jpegAPP2), uint16(len(segment)+2))
			out = append(out, segment...)
		}
		return append(out, data[2:]...)
	}
	t.Fatal(kind)
	return nil
}

// The wanted colour is Little CMS's, as in the tests of package icc.
func TestColourProfilesAreApplied(t *testing.T) {
	m := flat(16, 16, color.NRGBA{200, 120, 60, 255})
	clear := flat(16, 16, color.NRGBA{200, 120, 60, 0})
	for name, c := range map[string]struct {
		data []byte
		want [3]byte
	}{
		"png":           {withProfile(t, "png", pngOf(t, m), adobeProfile()), [3]byte{224, 121, 53}},
		"jpeg":          {withProfile(t, "jpeg", jpegOf(t, m), adobeProfile()), [3]byte{224, 121, 53}},
		"none":          {pngOf(t, m), [3]byte{200, 120, 60}},
		"damaged":       {withProfile(t, "png", pngOf(t, m), adobeProfile()[:150]), [3]byte{200, 120, 60}},
		"for inks":      {withProfile(t, "png", pngOf(t, m), profileOf("CMYK", nil, 563)), [3]byte{200, 120, 60}},
		"on the ground": {withProfile(t, "png", pngOf(t, clear), adobeProfile()), [3]byte{10, 20, 30}},
	} {
		for _, gray := range []bool{false, true} {
			got, err := squareOf(c.data, Options{Size: 8, Gray: gray, Background: color.RGBA{10, 20, 30, 255}})
			if err != nil {
				t.Fatal(err)
			}
			want := c.want[:]
			if gray {
				luma := make([]byte, 1)
				toLuma(luma, append(bytes.Clone(want), 255))
				want = luma
			}
			if p := got[36*len(want):][:len(want)]; !near(p, want, 2) {
				t.Errorf("%s, grey %v: %v, want %v", name, gray, p, want)
			}
		}
	}
}

func TestProfilesForOtherValuesAreLeftOut(t *testing.T) {
	gray := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range gray.Pix {
		gray.Pix[i] = 128
	}
	for name, c := range map[string]struct {
		profile []byte
		want    byte
	}{"RGB": {adobeProfile(), 128}, "grey of gamma 1.8": {profileOf("GRAY", nil, 461), 146}} {
		got, err := squareOf(withProfile(t, "jpeg", jpegOf(t, gray), c.profile), Options{Size: 8})
		if err != nil || got[0] != c.want {
			t.Errorf("%s: %v, want %d (%v)", name, got[:3], c.want, err)
		}
	}
}

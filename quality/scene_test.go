package quality

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"
)

// scene draws a picture with edges, slopes and some texture that differs from seed to seed: what a photograph has.
func scene(w, h int, seed uint64) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 1))
	type disc struct {
		x, y, r float64
		c       [3]float64
	}
	discs := make([]disc, 24)
	side := float64(min(w, h))
	for i := range discs {
		discs[i] = disc{rng.Float64() * float64(w), rng.Float64() * float64(h), side * (0.04 + 0.2*rng.Float64()),
			[3]float64{40 + 170*rng.Float64(), 40 + 170*rng.Float64(), 40 + 170*rng.Float64()}}
	}
	slopeX, slopeY := 60*(rng.Float64()-0.5)/side, 60*(rng.Float64()-0.5)/side
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [3]float64{120, 120, 120}
			for _, d := range discs {
				// An edge of about two pixels, as a lens draws it.
				out := math.Sqrt((float64(x)-d.x)*(float64(x)-d.x)+(float64(y)-d.y)*(float64(y)-d.y)) - d.r
				if out > 8 {
					continue
				}
				inside := 1 / (1 + math.Exp(out*1.5))
				for k := range c {
					c[k] += inside * (d.c[k] - c[k])
				}
			}
			light := slopeX*(float64(x)-float64(w)/2) + slopeY*(float64(y)-float64(h)/2)
			m.SetRGBA(x, y, color.RGBA{level(c[0] + light), level(c[1] + light), level(c[2] + light), 255})
		}
	}
	return m
}

func level(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 255))) }

// withNoise adds normal noise of a deviation to each pixel, the same in all channels.
func withNoise(m *image.RGBA, deviation float64, seed uint64) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 2))
	out := image.NewRGBA(m.Rect)
	for i := 0; i < len(m.Pix); i += 4 {
		n := deviation * rng.NormFloat64()
		for k := range 3 {
			out.Pix[i+k] = level(float64(m.Pix[i+k]) + n)
		}
		out.Pix[i+3] = 255
	}
	return out
}

// blurred is the mean over squares of 2r+1 pixels.
func blurred(m *image.RGBA, r int) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		for x := range w {
			var sum [3]int
			n := 0
			for v := max(0, y-r); v <= min(h-1, y+r); v++ {
				for u := max(0, x-r); u <= min(w-1, x+r); u++ {
					c := m.RGBAAt(u, v)
					sum[0], sum[1], sum[2], n = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B), n+1
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out
}

// bordered draws bars over the sides of a picture.
func bordered(m *image.RGBA, b Border, tone uint8) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	copy(out.Pix, m.Pix)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		for x := range w {
			if x < b.Left || x >= w-b.Right || y < b.Top || y >= h-b.Bottom {
				out.SetRGBA(x, y, color.RGBA{tone, tone, tone, 255})
			}
		}
	}
	return out
}

// grey takes the colour from a picture, which stays stored in colour.
func grey(m *image.RGBA) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	p := Luma(m, color.RGBA{})
	for i, v := range p.Pix {
		copy(out.Pix[4*i:], []uint8{v, v, v, 255})
	}
	return out
}

// scaled is a picture at another size.
func scaled(m *image.RGBA, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for k := range 3 {
		p := NewPlane(m.Rect.Dx(), m.Rect.Dy())
		for i := range p.Pix {
			p.Pix[i] = m.Pix[4*i+k]
		}
		for i, v := range p.Resized(w, h).Pix {
			out.Pix[4*i+k], out.Pix[4*i+3] = v, 255
		}
	}
	return out
}

// lighter multiplies and shifts the levels of a picture.
func lighter(m *image.RGBA, gain, shift float64) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	for i, v := range m.Pix {
		out.Pix[i] = level(float64(v)*gain + shift)
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return out
}

func jpegOf(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// recompressed is a picture after it was stored as a JPEG.
func recompressed(t testing.TB, m image.Image, quality int) image.Image {
	t.Helper()
	out, err := jpeg.Decode(bytes.NewReader(jpegOf(t, m, quality)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var white = color.RGBA{255, 255, 255, 255}

func lumaOf(m image.Image) Plane { return Luma(m, white) }

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, tolerance)
	}
}

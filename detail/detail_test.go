package detail_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/detail"
	"github.com/dataprism/dataprism/measure"
)

// blobs are n smooth random images of a contrast.
func blobs(seed uint64, n, side, channels int, contrast float64) measure.Images {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := measure.Images{N: n, H: side, W: side, C: channels, Data: make([]float32, n*side*side*channels)}
	for i := range n {
		for c := range channels {
			fx, fy, shift := 4+8*rng.Float64(), 4+8*rng.Float64(), 6*rng.Float64()
			for y := range side {
				for x := range side {
					at := math.Sin(fx*float64(x)/float64(side)*math.Pi+shift) * math.Cos(fy*float64(y)/float64(side)*math.Pi)
					m.Data[((i*side+y)*side+x)*channels+c] = float32(contrast * at)
				}
			}
		}
	}
	return m
}

// mapped is each value of m by f.
func mapped(m measure.Images, f func(x float64) float64) measure.Images {
	out := m
	out.Data = make([]float32, len(m.Data))
	for i, x := range m.Data {
		out.Data[i] = float32(f(float64(x)))
	}
	return out
}

// withFine is m with a chequered pattern of an amplitude, which no window of it holds.
func withFine(m measure.Images, amplitude float64) measure.Images {
	out := mapped(m, func(x float64) float64 { return x })
	for i := range out.Data {
		pixel := i / m.C
		sign := float64(1 - 2*((pixel/m.W+pixel%m.W)%2))
		out.Data[i] += float32(amplitude * sign)
	}
	return out
}

func carry(t *testing.T, images, reconstructed, projected measure.Images, share float64) measure.Images {
	t.Helper()
	out, err := detail.Carry(images, reconstructed, projected, share)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func furthest(a, b []float32) float64 {
	most := 0.0
	for i := range a {
		most = max(most, math.Abs(float64(a[i])-float64(b[i])))
	}
	return most
}

func TestDetailIsCarriedByTheFactorOfTheProjection(t *testing.T) {
	r := blobs(1, 2, 48, 3, 0.6)
	const amplitude = 0.1
	x := withFine(r, amplitude)
	for _, c := range []struct{ slope, offset, want float64 }{
		{1, 0, 1},        // into its own collection
		{1, 0.2, 1},      // lighter
		{0.5, -0.1, 0.5}, // of half the contrast
		{-1, 0, 0},       // shapes that have changed
		{0, 0.3, 0},      // and those that are gone
	} {
		p := mapped(r, func(x float64) float64 { return c.slope*x + c.offset })
		out := carry(t, x, r, p, 1)
		mean := 0.0
		for i := range out.Data {
			mean += (float64(out.Data[i]) - float64(p.Data[i])) / (float64(x.Data[i]) - float64(r.Data[i])) / float64(len(out.Data))
		}
		if math.Abs(mean-c.want) > 0.07 {
			t.Errorf("of the detail of %g·r + %g is %.3f carried over, want %g", c.slope, c.offset, mean, c.want)
		}
	}
}

func TestNothingOfAShareOfNothingIsCarried(t *testing.T) {
	r, p := blobs(1, 2, 32, 1, 0.6), blobs(2, 2, 32, 1, 0.6)
	if out := carry(t, withFine(r, 0.2), r, p, 0); furthest(out.Data, p.Data) > 0 {
		t.Errorf("a projection changes by %g", furthest(out.Data, p.Data))
	}
	whole, half := carry(t, withFine(r, 0.2), r, r, 1), carry(t, withFine(r, 0.2), r, r, 0.5)
	for i := range half.Data {
		if d := float64(half.Data[i]) - (float64(whole.Data[i])+float64(r.Data[i]))/2; math.Abs(d) > 1e-6 {
			t.Fatalf("half of it is %g off at %d", d, i)
		}
	}
}

// The factors by their definition, window by window.
func TestFactorsAreThoseOfWindows(t *testing.T) {
	const side, span, ridge, steepest = 40, 2, 0.001, 1.5
	r, p := blobs(3, 1, side, 3, 0.5), blobs(4, 1, side, 3, 0.5)
	x := mapped(r, func(x float64) float64 { return x + 0.01 }) // so that what is carried over is a hundredth of the factor
	windows := func(y, x int, visit func(y, x int)) {
		for v := max(0, y-span); v <= min(side-1, y+span); v++ {
			for u := max(0, x-span); u <= min(side-1, x+span); u++ {
				visit(v, u)
			}
		}
	}
	var a [side][side]float64
	for y := range side {
		for x := range side {
			covariance, variance := 0.0, 0.0
			for c := range 3 {
				n, mr, mp, rp, rr := 0.0, 0.0, 0.0, 0.0, 0.0
				windows(y, x, func(v, u int) {
					ri, pi := float64(r.Data[(v*side+u)*3+c]), float64(p.Data[(v*side+u)*3+c])
					n, mr, mp, rp, rr = n+1, mr+ri, mp+pi, rp+ri*pi, rr+ri*ri
				})
				covariance += (rp/n - mr/n*mp/n) / 3
				variance += (rr/n - mr/n*mr/n) / 3
			}
			a[y][x] = min(steepest, max(0, covariance/(variance+ridge)))
		}
	}
	out := carry(t, x, r, p, 1)
	for y := range side {
		for x := range side {
			n, want := 0.0, 0.0
			windows(y, x, func(v, u int) { n, want = n+1, want+a[v][u] })
			at := (y*side + x) * 3
			got := (float64(out.Data[at]) - float64(p.Data[at])) / 0.01
			if math.Abs(got-want/n) > 1e-4 {
				t.Fatalf("the factor at %d, %d is %g, want %g", y, x, got, want/n)
			}
		}
	}
}

func TestLargerImagesKeepTheirPixels(t *testing.T) {
	const side, times = 24, 3
	r := blobs(5, 1, side, 1, 0.6)
	large := withFine(blobs(5, 1, side*times, 1, 0.6), 0.1)
	out := carry(t, large, r, mapped(r, func(x float64) float64 { return x + 0.1 }), 1)
	if out.H != large.H || out.W != large.W {
		t.Fatalf("the carried image is %dx%d", out.H, out.W)
	}
	off := 0.0
	for i := range out.Data {
		off += math.Abs(float64(out.Data[i])-float64(large.Data[i])-0.1) / float64(len(out.Data))
	}
	if off > 0.01 { // interpolation, and windows that are flat
		t.Errorf("a lighter image is %g off from what it was, and lighter", off)
	}
}

func TestOneImageHasManyProjections(t *testing.T) {
	r, p := blobs(7, 1, 32, 3, 0.6), blobs(8, 3, 32, 3, 0.6)
	x := withFine(r, 0.1)
	all := carry(t, x, r, p, 1)
	for i := range p.N {
		one := measure.Images{N: 1, H: p.H, W: p.W, C: p.C, Data: p.Image(i)}
		if d := furthest(all.Image(i), carry(t, x, r, one, 1).Data); d > 0 {
			t.Errorf("projection %d is %g off among others", i, d)
		}
	}
}

func TestEnlargedImagesAreProjectionsThatCarryNothing(t *testing.T) {
	r, p := blobs(9, 2, 24, 3, 0.6), blobs(10, 2, 24, 3, 0.6)
	for _, side := range []int{24, 61} {
		if d := furthest(detail.Enlarge(p, side, side).Data, carry(t, blobs(9, 2, side, 3, 0.6), r, p, 0).Data); d > 0 {
			t.Errorf("at %d pixels they are %g apart", side, d)
		}
	}
}

func TestCarriedImagesStayInRange(t *testing.T) {
	r := blobs(6, 1, 32, 3, 1)
	for _, x := range carry(t, withFine(r, 1), r, r, 1).Data {
		if x < -1 || x > 1 {
			t.Fatalf("%g is no value of an image", x)
		}
	}
}

func TestImagesThatDoNotBelongTogetherAreErrors(t *testing.T) {
	small, large, grey := blobs(1, 2, 16, 3, 1), blobs(1, 2, 32, 3, 1), blobs(1, 2, 16, 1, 1)
	for i, c := range []struct {
		x, r, p measure.Images
		share   float64
	}{
		{small, large, large, 1}, {small, small, large, 1}, {grey, small, small, 1}, {blobs(1, 1, 16, 3, 1), small, small, 1},
		{small, small, small, -0.1}, {small, small, small, math.NaN()}, {small, small, measure.Images{N: 2, H: 16, W: 16, C: 3}, 1},
		{measure.Images{}, measure.Images{}, measure.Images{}, 1},
	} {
		if _, err := detail.Carry(c.x, c.r, c.p, c.share); err == nil {
			t.Errorf("case %d is no error", i)
		}
	}
}

func BenchmarkCarry(b *testing.B) {
	for _, side := range []int{128, 512} {
		b.Run(fmt.Sprintf("128 to %d", side), func(b *testing.B) {
			r, p, x := blobs(1, 1, 128, 3, 0.6), blobs(2, 1, 128, 3, 0.6), blobs(1, 1, side, 3, 0.6)
			for b.Loop() {
				if _, err := detail.Carry(x, r, p, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

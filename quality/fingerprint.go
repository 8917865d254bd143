package quality

import (
	"math"
	"math/bits"
)

// thumbSide is the side of the thumbnails that copies are verified on.
const thumbSide = 32

// Fingerprint is what a copy of an image keeps after it was scaled, recompressed, or made a little lighter or darker:
// a hash to find copies by, and a thumbnail to verify them on.
type Fingerprint struct {
	// Hash holds the signs of the 63 lowest frequencies but the mean of the thumbnail's discrete cosine transform:
	// bit 8v+u that of u half periods across and v down (Zauner, "Implementation and benchmarking of perceptual image
	// hash functions", 2010, with zero in place of the median).
	Hash uint64
	// Thumb is the luma of the whole upright image at 32x32 pixels.
	Thumb [thumbSide * thumbSide]uint8

	whole, detail features
}

// features are the mean and the reciprocal norm about it, for correlations; the norm of nothing has the reciprocal 0.
type features struct {
	mean, scale float32
}

// NewFingerprint computes the fingerprint of an upright image.
func NewFingerprint(thumb Plane) *Fingerprint {
	f := &Fingerprint{}
	for y := range thumbSide {
		copy(f.Thumb[y*thumbSide:], thumb.Row(y))
	}
	f.Hash = signs(&f.Thumb)
	var whole, detail [thumbSide * thumbSide]float32
	f.values(&whole)
	f.details(&detail)
	f.whole, f.detail = featuresOf(&whole), featuresOf(&detail)
	return f
}

// Flat says that the image shows nothing: its thumbnail is of one tone but for a level or so.
func (f *Fingerprint) Flat() bool { return f.whole.scale == 0 }

// distance is the number of frequencies whose signs differ.
func distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// Likeness of two fingerprints: Whole is the correlation of the thumbnails, Detail that of what a blur of 3x3 pixels
// takes from them. Images of one kind, such as faces in one frame, have a high correlation as a whole; only copies
// agree in detail.
type Likeness struct{ Whole, Detail float64 }

// LikenessOf compares two fingerprints.
func LikenessOf(f, g *Fingerprint) Likeness {
	var a, b [thumbSide * thumbSide]float32
	f.values(&a)
	g.values(&b)
	whole := correlation(&a, &b, f.whole, g.whole)
	f.details(&a)
	g.details(&b)
	return Likeness{whole, correlation(&a, &b, f.detail, g.detail)}
}

// Copies says whether images of that likeness are copies of each other.
func (l Likeness) Copies() bool { return l.Whole >= 0.97 && l.Detail >= 0.85 }

func (f *Fingerprint) values(out *[thumbSide * thumbSide]float32) {
	for i, v := range f.Thumb {
		out[i] = float32(v)
	}
}

// details sets out to 9 times the difference of the thumbnail from its mean over 3x3 pixels, zero at the rim.
func (f *Fingerprint) details(out *[thumbSide * thumbSide]float32) {
	clear(out[:])
	for y := 1; y < thumbSide-1; y++ {
		for x := 1; x < thumbSide-1; x++ {
			i := y*thumbSide + x
			sum := 0
			for _, row := range [...][]uint8{f.Thumb[i-thumbSide-1:][:3], f.Thumb[i-1:][:3], f.Thumb[i+thumbSide-1:][:3]} {
				sum += int(row[0]) + int(row[1]) + int(row[2])
			}
			out[i] = float32(9*int(f.Thumb[i]) - sum)
		}
	}
}

func featuresOf(values *[thumbSide * thumbSide]float32) features {
	var sum, square float64
	for _, v := range values {
		sum += float64(v)
		square += float64(v) * float64(v)
	}
	n := float64(len(values))
	mean := sum / n
	variance := square/n - mean*mean
	if variance < 1 {
		return features{mean: float32(mean)}
	}
	return features{float32(mean), float32(1 / math.Sqrt(variance*n))}
}

func correlation(a, b *[thumbSide * thumbSide]float32, fa, fb features) float64 {
	var sum float64
	for y := range thumbSide {
		var line float32
		u, v := a[y*thumbSide:][:thumbSide], b[y*thumbSide:][:thumbSide]
		for x := range u {
			line += (u[x] - fa.mean) * (v[x] - fb.mean)
		}
		sum += float64(line)
	}
	return sum * float64(fa.scale) * float64(fb.scale)
}

// cosines are the first eight rows of the discrete cosine transform of 32 values.
var cosines = func() (out [8][thumbSide]float32) {
	for u := range out {
		for x := range out[u] {
			out[u][x] = float32(math.Cos(math.Pi / thumbSide * (float64(x) + 0.5) * float64(u)))
		}
	}
	return out
}()

// signs of the low frequencies of a thumbnail.
func signs(thumb *[thumbSide * thumbSide]uint8) (hash uint64) {
	var across [thumbSide][8]float32 // of each row
	for y := range across {
		for u := range 8 {
			var sum float32
			for x, v := range thumb[y*thumbSide:][:thumbSide] {
				sum += cosines[u][x] * float32(v)
			}
			across[y][u] = sum
		}
	}
	for v := range 8 {
		for u := range 8 {
			if u == 0 && v == 0 {
				continue
			}
			var sum float32
			for y := range across {
				sum += cosines[v][y] * across[y][u]
			}
			if sum > 0 {
				hash |= 1 << (8*v + u)
			}
		}
	}
	return hash
}

package quality

import "math"

// Sharpness is the variance of the Laplacian of the luma,
//
//	L(x, y) = 4 I(x, y) - I(x-1, y) - I(x+1, y) - I(x, y-1) - I(x, y+1),
//
// in squared grey levels: large where edges are steep, small in blurred images (Pech-Pacheco et al., "Diatom
// autofocusing in brightfield microscopy", 2000). Noise and contrast raise it too. It is not a number for images with
// a side below three pixels.
func Sharpness(p Plane) float64 {
	if p.W < 3 || p.H < 3 {
		return math.NaN()
	}
	var n, sum, square int64
	for from, to := range p.bands() {
		for y := max(from, 1); y < min(to, p.H-1); y++ {
			up, row, down := p.Row(y-1), p.Row(y), p.Row(y+1)
			up, down = up[:len(row)], down[:len(row)]
			var s, q int64
			for x := 1; x < len(row)-1; x++ {
				l := 4*int64(row[x]) - int64(row[x-1]) - int64(row[x+1]) - int64(up[x]) - int64(down[x])
				s += l
				q += l * l
			}
			sum, square, n = sum+s, square+q, n+int64(len(row)-2)
		}
	}
	mean := float64(sum) / float64(n)
	return float64(square)/float64(n) - mean*mean
}

// SeenSide is the side in pixels of the square at which the sharpness of images of any size is compared, and the size
// that models are trained at where no other is given.
const SeenSide = 64

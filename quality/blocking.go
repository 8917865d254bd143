package quality

import "math"

// Blocking tells how much an image shows the 8x8 grid of a compressed JPEG or video, also after it was decoded,
// cropped and stored in another format. Steps between neighbours are measured beyond what slopes around them explain,
//
//	D(x) = |I(x-1) - 3 I(x) + 3 I(x+1) - I(x+2)|,
//
// and their means by the place of x on a grid of 8: blocking is the largest of the eight over the median of the
// eight, both with half a grey level added, the mean of rows and columns. It is about 1 without a grid and rises as
// quality falls. It is not a number for images with a side below 24 pixels, which have too few blocks.
func Blocking(p Plane) float64 {
	if p.W < 24 || p.H < 24 {
		return math.NaN()
	}
	var across, down phases
	for from, to := range p.bands() {
		for y := from; y < to; y++ {
			row := p.Row(y)
			across.add(row)
			if y < 1 || y+2 >= p.H {
				continue
			}
			a, b, c := p.Row(y - 1)[:len(row)], p.Row(y + 1)[:len(row)], p.Row(y + 2)[:len(row)]
			var sum int64
			for x, v := range row {
				d := int(a[x]) - 3*int(v) + 3*int(b[x]) - int(c[x])
				sum += int64(max(d, -d))
			}
			down[y&7].sum += sum
			down[y&7].n += int64(len(row))
		}
	}
	return (across.ratio() + down.ratio()) / 2
}

// phases are sums by place on a grid of 8.
type phases [8]struct{ sum, n int64 }

// add takes the steps along a row whose places have all their neighbours, in whole runs of 8.
func (p *phases) add(row []uint8) {
	runs := 0
	var sums [8]int64
	for at := row; len(at) >= 11; at = at[8:] {
		part := at[:11:11]
		for i := range 8 {
			d := int32(part[i]) - 3*int32(part[i+1]) + 3*int32(part[i+2]) - int32(part[i+3])
			sums[i] += int64(max(d, -d))
		}
		runs++
	}
	for i, s := range sums { // the step at part[i+1] is at a place x with x & 7 = i + 1
		p[(i+1)&7].sum += s
		p[(i+1)&7].n += int64(runs)
	}
}

// ratio is that of the largest mean to the median mean.
func (p phases) ratio() float64 {
	var means []float64
	for _, at := range p {
		if at.n > 0 {
			means = append(means, float64(at.sum)/float64(at.n))
		}
	}
	top := 0.0
	for _, m := range means {
		top = max(top, m)
	}
	return (top + 0.5) / (median(means) + 0.5)
}

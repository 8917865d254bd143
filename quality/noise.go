package quality

import "math"

// Noise estimates the standard deviation of additive noise, in grey levels, as
//
//	median |N * I| / (6 · 0.6745),  N = [1 -2 1; -2 4 -2; 1 -2 1],
//
// a filter that ignores constants, slopes and most edges and under which white noise of deviation σ has deviation 6σ
// (Immerkær, "Fast noise variance estimation", 1996), with the median in place of his mean, so that edges, which are
// few, do not count. Neighbourhoods with a black or white pixel are left out, since noise is cut off there. Fine
// texture over most of an image is taken for noise; blurring and compressing remove noise. It is not a number where
// nothing is left.
func Noise(p Plane) float64 {
	if p.W < 3 || p.H < 3 {
		return math.NaN()
	}
	const cut = 1 << 13 // stands for a column that does not count: no sum with one in it is small
	var counts [2][8*255 + 1]int32
	columns := make([]int32, p.W)
	for from, to := range p.bands() {
		for y := max(from, 1); y < min(to, p.H-1); y++ {
			up, row, down := p.Row(y-1), p.Row(y), p.Row(y+1)
			up, down, columns = up[:len(row)], down[:len(row)], columns[:len(row)]
			for x, v := range row {
				a, b := up[x], down[x]
				columns[x] = int32(a) - 2*int32(v) + int32(b)
				if a+1 <= 1 || v+1 <= 1 || b+1 <= 1 { // 0 or 255
					columns[x] = cut << (x & 1)
				}
			}
			left, middle := columns[0], columns[1]
			for x, right := range columns[2:] {
				v := left - 2*middle + right
				if v = max(v, -v); v < int32(len(counts[0])) {
					counts[x&1][v]++
				}
				left, middle = middle, right
			}
		}
	}
	count, n := counts[0][:], 0
	for v, c := range counts[1] {
		count[v] += c
		n += int(count[v])
	}
	if n == 0 {
		return math.NaN()
	}
	return medianMagnitude(count, n) / (6 * 0.6745)
}

// medianMagnitude is the median of n magnitudes that were counted after rounding to whole numbers, with those of one
// number taken as spread evenly over what is rounded to it: [0, 0.5) to 0, [v-0.5, v+0.5) to v. Where half of all are
// 0 the median lies there, and is below 0.5.
func medianMagnitude(count []int32, n int) float64 {
	half, below := float64(n)/2, 0.0
	for v, c := range count {
		if below+float64(c) < half {
			below += float64(c)
			continue
		}
		share := (half - below) / float64(c)
		if v == 0 {
			return share / 2
		}
		return float64(v) - 0.5 + share
	}
	return float64(len(count) - 1)
}

package quality

import "math"

// Tone is how light and dark an image is. Values are luma from 0 to 255, shares are of pixels.
type Tone struct {
	Brightness float64 // the mean
	Contrast   float64 // the standard deviation (RMS contrast)
	P1, P99    float64 // the percentiles that bound all but the extreme 2%
	Dark       float64 // share at most 2: crushed shadows
	Bright     float64 // share at least 253: burnt highlights
}

// ToneOf measures the luma of an image.
func ToneOf(p Plane) Tone {
	var counts [4][256]int32 // four, since a count that was just written is slow to count on
	for from, to := range p.bands() {
		for y := from; y < to; y++ {
			row := p.Row(y)
			for ; len(row) >= 4; row = row[4:] {
				counts[0][row[0]]++
				counts[1][row[1]]++
				counts[2][row[2]]++
				counts[3][row[3]]++
			}
			for _, v := range row {
				counts[0][v]++
			}
		}
	}
	var n, sum, square, dark, bright float64
	var count [256]float64
	for v := range count {
		c := float64(counts[0][v]) + float64(counts[1][v]) + float64(counts[2][v]) + float64(counts[3][v])
		count[v] = c
		n, sum, square = n+c, sum+c*float64(v), square+c*float64(v)*float64(v)
		if v <= 2 {
			dark += c
		}
		if v >= 253 {
			bright += c
		}
	}
	mean := sum / n
	return Tone{
		Brightness: mean,
		Contrast:   math.Sqrt(max(0, square/n-mean*mean)),
		P1:         percentile(count[:], n, 0.01),
		P99:        percentile(count[:], n, 0.99),
		Dark:       dark / n,
		Bright:     bright / n,
	}
}

// percentile is the least value up to which a share q of n counted values lies.
func percentile(count []float64, n, q float64) float64 {
	below := 0.0
	for v, c := range count {
		if below += c; below >= q*n {
			return float64(v)
		}
	}
	return float64(len(count) - 1)
}

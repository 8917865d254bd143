package collection

import "math"

// Resizing is a separable convolution with Keys' cubic kernel (R. Keys, "Cubic convolution interpolation for digital
// image processing", 1981; a = -1/2, also called Catmull-Rom), stretched by the ratio of sizes when an image is made
// smaller, so that nothing aliases. Weights and sums are integers: the same image gives the same bytes on every
// processor, and so the same Key.

// weightBits is the precision of a weight: 1 is 1 << weightBits.
const weightBits = 14

// partBits is the precision, beyond a byte's, that a column's sum keeps on its way to a row's.
const partBits = 6

// kernel holds the weights that make a line of n values from one of from values.
type kernel struct {
	from, n int
	taps    []taps
}

// taps are the weights of one value: of those from first on.
type taps struct {
	first   int
	weights []int32 // sum: 1 << weightBits
}

func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	// The conversions keep processors from fusing products and sums, which would round differently on some.
	switch {
	case x < 1:
		return float64(float64(float64((a+2)*x)-(a+3))*float64(x*x)) + 1
	case x < 2:
		return float64(a * (float64(float64(float64(x-5)*x+8)*x) - 4))
	}
	return 0
}

func newKernel(from, n int) *kernel {
	k := &kernel{from: from, n: n, taps: make([]taps, n)}
	ratio := float64(from) / float64(n)
	stretch := max(ratio, 1)
	support := 2 * stretch
	for i := range k.taps {
		centre := float64((float64(i) + 0.5) * ratio)
		first := max(int(math.Floor(centre-support+0.5)), 0)
		last := min(int(math.Floor(centre+support+0.5)), from)
		exact := make([]float64, last-first)
		sum := 0.0
		for j := range exact {
			exact[j] = cubic((float64(first+j) + 0.5 - centre) / stretch)
			sum += exact[j]
		}
		k.taps[i] = taps{first, roundWeights(exact, sum)}
	}
	return k
}

// roundWeights makes weights integers that sum to 1 exactly, so that an even area keeps its value.
func roundWeights(exact []float64, sum float64) []int32 {
	weights := make([]int32, len(exact))
	rest := int32(1 << weightBits)
	largest := 0
	for j, w := range exact {
		weights[j] = int32(math.Round(w / sum * (1 << weightBits)))
		rest -= weights[j]
		if weights[j] > weights[largest] {
			largest = j
		}
	}
	weights[largest] += rest
	return weights
}

// row makes a line of n values of channels from the sums of a column each, of which the first channels of each step
// are used.
func (k *kernel) row(line []byte, columns []int32, channels, step int) {
	if channels == 1 && step == 1 {
		k.rowGray(line, columns)
		return
	}
	k.rowRGB(line, columns, step)
}

// sumRows writes to columns the weighted sums of as many rows of src as there are weights, four at a time, which
// spares three of four passes over columns.
func sumRows(columns []int32, src []byte, weights []int32) {
	clear(columns)
	n := len(columns)
	for ; len(weights) >= 4; weights, src = weights[4:], src[4*n:] {
		a, b, c, d := src[:n], src[n:][:n], src[2*n:][:n], src[3*n:][:n]
		wa, wb, wc, wd := weights[0], weights[1], weights[2], weights[3]
		for i := range columns {
			columns[i] += wa*int32(a[i]) + wb*int32(b[i]) + wc*int32(c[i]) + wd*int32(d[i])
		}
	}
	for j, w := range weights {
		row := src[j*n:][:n]
		for i := range columns {
			columns[i] += w * int32(row[i])
		}
	}
	const half = 1 << (weightBits - partBits - 1)
	for i, v := range columns {
		columns[i] = (v + half) >> (weightBits - partBits)
	}
}

func (k *kernel) rowGray(line []byte, columns []int32) {
	for x, t := range k.taps {
		part := columns[t.first:][:len(t.weights)]
		sum := 0
		for j, w := range t.weights {
			sum += int(w) * int(part[j])
		}
		line[x] = clampSum(sum)
	}
}

func (k *kernel) rowRGB(line []byte, columns []int32, step int) {
	for x, t := range k.taps {
		part := columns[t.first*step:]
		var r, g, b int
		for _, w := range t.weights {
			p := part[:step]
			part = part[step:]
			r += int(w) * int(p[0])
			g += int(w) * int(p[1])
			b += int(w) * int(p[2])
		}
		p := line[x*3:][:3]
		p[0], p[1], p[2] = clampSum(r), clampSum(g), clampSum(b)
	}
}

// clampSum rounds a sum to a byte. The kernel overshoots at edges.
func clampSum(sum int) byte {
	const bits = weightBits + partBits
	return byte(min(max((sum+1<<(bits-1))>>bits, 0), 255))
}

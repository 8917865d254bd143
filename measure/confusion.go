package measure

// A Confusion counts how a judge judged images of known value: Counts[t][j] is the number of images that show t and
// were judged j. It must come from images the judge was not trained on. To judge what a decoder makes, count it on
// reconstructions of labelled images, since the judge may err there more than on photographs.
type Confusion struct{ Counts [][]float64 }

// Accuracy is the judge's balanced accuracy on the images it was counted on.
func (c Confusion) Accuracy() (Estimate, error) {
	var truth, judged []int
	for t, row := range c.Counts {
		for j, n := range row {
			for range int(n) {
				truth, judged = append(truth, t), append(judged, j)
			}
		}
	}
	return BalancedAccuracy(truth, judged, len(c.Counts), nil)
}

// Shrink moves the rates of c towards those of a confusion counted on more images: as if weight images of each value
// had been added that were judged as pooled says. A collection with few labelled images of a value, such as anime
// with a beard, then borrows from the others.
func (c Confusion) Shrink(pooled Confusion, weight float64) Confusion {
	out := NewConfusion(len(c.Counts))
	for t, row := range c.Counts {
		rates := pooled.rates(t)
		for j, n := range row {
			out.Counts[t][j] = n + weight*rates[j]
		}
	}
	return out
}

// rates estimates P(judged | true value t). Half an image is added to each count, so that no outcome is impossible
// because it was not seen.
func (c Confusion) rates(t int) []float64 {
	row := c.Counts[t]
	total := 0.0
	for _, n := range row {
		total += n + 0.5
	}
	out := make([]float64, len(row))
	for j, n := range row {
		out[j] = (n + 0.5) / total
	}
	return out
}

func NewConfusion(values int) Confusion {
	c := Confusion{make([][]float64, values)}
	for t := range c.Counts {
		c.Counts[t] = make([]float64, values)
	}
	return c
}

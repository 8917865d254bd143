package measure

import "fmt"

// A Confusion counts how a judge judged images of known value. It must come from images the judge was not trained on.
// To judge what a decoder makes, count it on reconstructions of labelled images, since the judge may err there more
// than on photographs.
type Confusion struct {
	Counts  [][]float64 // [true][judged]: images that show the one and were judged the other
	Effects []float64   // [true]: how many of the images, which units tie together, tell as much as one; nil means 1
	// Ties is how the shares judged right of two values rise together, since units have images of both: a correlation
	// [true][true]; nil means not at all.
	Ties [][]float64
}

// CountConfusion counts judgements against the truth; rows whose truth is missing (negative) are left out.
func CountConfusion(truth, judged, units []int, values int) (Confusion, error) {
	c := Confusion{Counts: make([][]float64, values), Effects: make([]float64, values)}
	if len(truth) != len(judged) {
		return c, fmt.Errorf("confusion: %d judgements of %d rows", len(judged), len(truth))
	}
	if err := checkUnits("confusion", units, len(truth)); err != nil {
		return c, err
	}
	if err := CheckClasses("confusion", judged, len(judged), values); err != nil {
		return c, err
	}
	rows := make([][]int, values)
	for r, t := range truth {
		if t >= values {
			return c, fmt.Errorf("confusion: row %d has value %d, want at most %d", r, t, values-1)
		}
		if t >= 0 {
			rows[t] = append(rows[t], r)
		}
	}
	influence := make([][]float64, values) // of each row on the share of the value that is judged right
	for t := range c.Counts {
		c.Counts[t], influence[t] = make([]float64, values), make([]float64, len(truth))
		for _, r := range rows[t] {
			c.Counts[t][judged[r]]++
		}
		for _, r := range rows[t] {
			influence[t][r] = -c.Counts[t][t] / float64(len(rows[t]))
			if judged[r] == t {
				influence[t][r]++
			}
		}
		c.Effects[t] = designEffect(Pick(judged, rows[t]), Pick(units, rows[t]), values)
	}
	c.Ties = correlations(influence, units)
	return c, nil
}

// Accuracy is the judge's balanced accuracy on the images it was counted on. Values of which none was counted are
// left out.
func (c Confusion) Accuracy() (Estimate, error) {
	var recalls []Estimate
	var counted []int
	for t, row := range c.Counts {
		n := c.total(t)
		if n == 0 {
			continue
		}
		counted = append(counted, t)
		p := row[t] / n
		low, high := wilson(p, n/c.effect(t))
		recalls = append(recalls, Estimate{p, low, high, int(n)})
	}
	if len(recalls) == 0 {
		return Estimate{}, &InsufficientError{"a judge's accuracy", 0, 1, "counted images"}
	}
	if c.Ties == nil {
		return meanOf(recalls, nil), nil
	}
	var ties [][]float64
	for _, t := range counted {
		ties = append(ties, Pick(c.Ties[t], counted))
	}
	return meanOf(recalls, ties), nil
}

func (c Confusion) total(t int) (n float64) {
	for _, count := range c.Counts[t] {
		n += count
	}
	return n
}

func (c Confusion) effect(t int) float64 {
	if c.Effects == nil {
		return 1
	}
	return c.Effects[t]
}

// rates estimates P(judged | true value t). Half an image is added to each count, so that no outcome is impossible
// because it was not seen.
func (c Confusion) rates(t int) []float64 {
	row := c.Counts[t]
	total := c.total(t) + 0.5*float64(len(row))
	out := make([]float64, len(row))
	for j, n := range row {
		out[j] = (n + 0.5) / total
	}
	return out
}

package trial

import (
	"context"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/measure"
)

// fitBayes is no fit: where each collection of the set stands for a value of the label (train --by LABEL), Bayes'
// rule over collections classifies, p(y | z) ∝ the sum of p(z | c)^(1/s) over the collections c of y, with s as the
// prism keeps it. Collections of one value share its weight.
func fitBayes(ctx context.Context, j *job) (measure.Matrix, error) {
	var collections []int
	class := map[int]int{} // of a collection
	count := make([]float64, j.classes)
	for _, a := range j.expert.Sets {
		c, err := j.Prism.Collection(a.Collection)
		if err != nil || a.Kind != Real {
			return measure.Matrix{}, fmt.Errorf("the method bayes takes collections, not %s", a)
		}
		value, one := j.constant(c)
		if !one {
			return measure.Matrix{}, fmt.Errorf("the method bayes takes collections that stand for a value of the label each: images of %s have several of %s (train --by %s splits them)",
				a.Collection, j.labels.Label, j.labels.Label)
		}
		collections, class[c] = append(collections, c), value
		count[value]++
	}
	for value, n := range count {
		if n == 0 {
			return measure.Matrix{}, fmt.Errorf("the method bayes needs a collection for every value of the label: there is none for %s", j.labels.Values[value])
		}
	}
	scale, shift := 1.0, make([]float64, len(j.Prism.Collections))
	fit, err := j.Prism.Fit()
	if err != nil {
		return measure.Matrix{}, err
	}
	if fit != nil {
		scale, shift = fit.Posterior.Scale, fit.Posterior.Shift
	}
	z, err := j.allLatents(ctx, j.test)
	if err != nil {
		return measure.Matrix{}, err
	}
	out := measure.NewMatrix(z.Rows, j.classes)
	for from := 0; from < z.Rows; from += chunk {
		to := min(from+chunk, z.Rows)
		logProb, err := j.Prism.LogProb(z.Slice(from, to).Data)
		if err != nil {
			return out, err
		}
		for r := from; r < to; r++ {
			top := math.Inf(-1)
			for _, c := range collections {
				top = max(top, scale*float64(logProb[c][r-from])+shift[c])
			}
			p, total := make([]float64, j.classes), 0.0
			for _, c := range collections {
				w := math.Exp(scale*float64(logProb[c][r-from])+shift[c]-top) / count[class[c]]
				p[class[c]] += w
				total += w
			}
			for y := range p {
				out.Row(r)[y] = float32(math.Log(max(p[y]/total, 1e-12)))
			}
		}
	}
	return out, nil
}

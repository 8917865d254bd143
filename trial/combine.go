package trial

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/measure"
)

// A combination has an expert for each collection of its set, and weighs them for each image:
//
//	log p(y | x) = log Σ_c w_c(x) p_c(y | x)
//
// posterior: w_c = p(c | z) (Chan and van der Schaar, "Synthetic model combination", NeurIPS 2022, with the prism's
// densities in place of theirs), calibrated on held-out images as the prism keeps it, which is p(z | c)^(1/s)
// normalised. An image that fits none, as prism.Infer says it, is weighed like any other, and counted as abstained.
// routed: what a classifier of collections says. mean: all alike. oracle: all weight on the collection that the image
// is from, which no one knows in use.

// errNoCollection says that there are training images of which no expert can be made.
var errNoCollection = errors.New("images of a folder are of no collection, whose expert could be combined with others: leave the folder out of the set")

// fitPosterior weighs by the posterior of the prism.
func fitPosterior(ctx context.Context, j *job) (measure.Matrix, error) {
	fit, err := j.Prism.Fit()
	if err != nil {
		return measure.Matrix{}, err
	}
	if fit == nil {
		return measure.Matrix{}, fmt.Errorf("the prism has not been measured on held-out images, which its posterior is calibrated on: train --resume does it")
	}
	held := j.side(true)
	return j.combine(ctx, func(from, to int) ([][]float64, []bool, error) {
		views, err := j.views(ctx, held, from, to)
		if err != nil {
			return nil, nil, err
		}
		return j.inferred(views)
	})
}

// inferred are the posteriors of images in all views, and whether each fits none of the collections.
func (j *job) inferred(views [][]float32) (posterior [][]float64, misfit []bool, err error) {
	inferred, err := j.Prism.Infer(views) // none where it fails
	for _, i := range inferred {
		posterior, misfit = append(posterior, i.Posterior), append(misfit, i.Misfit != "")
	}
	return posterior, misfit, err
}

// views are rows of the test as each collection frames its own images: who does not know where an image is from sees it
// in all these ways, and the posterior was calibrated so. held are the held-out images by their names. Images of a
// folder are not framed.
func (j *job) views(ctx context.Context, held map[string]place, from, to int) ([][]float32, error) {
	views := make([][]float32, len(j.Prism.Collections))
	for k := range views {
		views[k] = j.test.Images(from, to).Data
	}
	if j.Views == nil {
		return views, nil
	}
	byCollection := map[int][]int{}
	for r := from; r < to; r++ {
		if c := j.test.Under[r]; c >= 0 {
			byCollection[c] = append(byCollection[c], r)
		}
	}
	width := j.test.width()
	for c, rows := range byCollection {
		own := make([]int, len(rows))
		for i, r := range rows {
			own[i] = held[j.test.File[r]].row
		}
		seen, err := j.Views(ctx, c, own)
		if err != nil {
			return nil, err
		}
		for k, images := range seen {
			for i, r := range rows {
				copy(views[k][(r-from)*width:][:width], images[i*width:])
			}
		}
	}
	return views, nil
}

// fitMean weighs all experts alike.
func fitMean(ctx context.Context, j *job) (measure.Matrix, error) {
	k := len(j.Prism.Collections)
	return j.combine(ctx, func(from, to int) ([][]float64, []bool, error) {
		under := j.test.Under[from:to]
		weights := make([][]float64, len(under))
		for r := range weights {
			weights[r] = make([]float64, k)
			for c := range weights[r] {
				weights[r][c] = 1 / float64(k)
			}
		}
		return weights, nil, nil
	})
}

// fitOracle gives all weight to the expert of the image's own collection.
func fitOracle(ctx context.Context, j *job) (measure.Matrix, error) {
	k := len(j.Prism.Collections)
	return j.combine(ctx, func(from, to int) ([][]float64, []bool, error) {
		under := j.test.Under[from:to]
		weights := make([][]float64, len(under))
		for r, c := range under {
			weights[r] = make([]float64, k)
			if c >= 0 { // an image of no collection is weighed alike
				weights[r][c] = 1
			}
		}
		return weights, nil, nil
	})
}

// combine fits an expert to the rows of each collection, and mixes what they say of the test. weigh gives the weights
// of all collections for the latents of rows, and whether a row fits none of them, or nil where
// it knows no such rows.
func (j *job) combine(ctx context.Context, weigh func(from, to int) ([][]float64, []bool, error)) (measure.Matrix, error) {
	byCollection := make([][]int, len(j.Prism.Collections))
	for r, c := range j.train.Under {
		if c < 0 {
			return measure.Matrix{}, errNoCollection
		}
		byCollection[c] = append(byCollection[c], r)
	}
	single := fitLinear
	for _, option := range j.expert.Options {
		if m, ok := methodOf(option); ok {
			single = m.fit
		}
	}
	said := make([]measure.Matrix, len(byCollection))
	var have []int
	for c, rows := range byCollection {
		if len(rows) == 0 {
			continue
		}
		own := *j
		own.train, own.weight = j.train.at(rows), measure.Pick(j.weight, rows)
		own.expert.Options = nil
		var err error
		if said[c], err = single(ctx, &own); err != nil {
			return measure.Matrix{}, fmt.Errorf("the expert of %s: %w", j.Prism.Collections[c], err)
		}
		have = append(have, c)
	}
	out := measure.NewMatrix(j.test.Rows(), j.classes)
	for from := 0; from < out.Rows; from += chunk {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		to := min(from+chunk, out.Rows)
		weights, misfit, err := weigh(from, to)
		if err != nil {
			return out, err
		}
		j.abstained = append(j.abstained, misfit...)
		for r := from; r < to; r++ {
			mix(out.Row(r), weights[r-from], have, func(c int) []float32 { return said[c].Row(r) })
		}
	}
	return out, nil
}

// mix writes the log of the mixture of the experts that there are; where none has weight they weigh alike.
func mix(to []float32, weights []float64, have []int, said func(c int) []float32) {
	total := 0.0
	for _, c := range have {
		total += weights[c]
	}
	p := make([]float64, len(to))
	for _, c := range have {
		w := 1 / float64(len(have))
		if total > 0 {
			w = weights[c] / total
		}
		for y, lp := range said(c) {
			p[y] += w * math.Exp(float64(lp))
		}
	}
	for y := range to {
		to[y] = float32(math.Log(max(p[y], 1e-12)))
	}
}

package trial

import (
	"context"
	"math"
	"slices"

	"github.com/dataprism/dataprism/measure"
)

// fitRouted weighs the experts by what a classifier, linear in latents z and in log p(z | c) of every collection c, says
// of the collection: a density that is as likely as can be need not tell collections apart as well as can be. The
// classifier is fitted to the images that the experts are. As for densities, an image is seen as each collection frames
// its own, and collection c weighs by what is said of c in its own frame.
func fitRouted(ctx context.Context, j *job) (measure.Matrix, error) {
	if slices.Contains(j.train.Under, -1) {
		return measure.Matrix{}, errNoCollection
	}
	x := measure.NewMatrix(j.train.Rows(), j.Prism.Dim()+len(j.Prism.Collections))
	for from := 0; from < x.Rows; from += chunk {
		if err := ctx.Err(); err != nil {
			return x, err
		}
		to := min(from+chunk, x.Rows)
		if err := j.evidence(x.Slice(from, to), j.train.Images(from, to).Data); err != nil {
			return x, err
		}
	}
	router, err := j.regress(ctx, x, j.train.Under, len(j.Prism.Collections))
	if err != nil {
		return x, err
	}
	held := j.side(true)
	return j.combine(ctx, func(from, to int) ([][]float64, []bool, error) {
		views, err := j.views(ctx, held, from, to)
		if err != nil {
			return nil, nil, err
		}
		weights, misfit, err := j.inferred(views)
		if err != nil {
			return nil, nil, err
		}
		seen := measure.NewMatrix(to-from, x.Cols)
		for c, view := range views {
			if err := j.evidence(seen, view); err != nil {
				return nil, nil, err
			}
			said := router.LogProbs(seen)
			for r := range weights {
				weights[r][c] = math.Exp(float64(said.Row(r)[c]))
			}
		}
		return weights, misfit, nil
	})
}

// evidence writes the latents of images, and the log-density of each under every collection, a row an image.
func (j *job) evidence(to measure.Matrix, images []float32) error {
	z, _, err := j.Prism.Encode(images)
	if err != nil {
		return err
	}
	logProb, err := j.Prism.LogProb(z)
	if err != nil {
		return err
	}
	dim := j.Prism.Dim()
	for r := range to.Rows {
		row := to.Row(r)
		copy(row, z[r*dim:(r+1)*dim])
		for c := range logProb {
			row[dim+c] = logProb[c][r]
		}
	}
	return nil
}

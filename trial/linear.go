package trial

import (
	"context"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// fitLinear is logistic regression on [probe.Features], until it has converged.
func fitLinear(ctx context.Context, j *job) (measure.Matrix, error) {
	x, err := j.train.Features()
	if err != nil {
		return measure.Matrix{}, err
	}
	y, err := j.test.Features()
	if err != nil {
		return measure.Matrix{}, err
	}
	return j.logistic(ctx, x, y)
}

// fitLatents is logistic regression on latents.
func fitLatents(ctx context.Context, j *job) (measure.Matrix, error) {
	return j.onMap(ctx, (*maker).allLatents)
}

// fitCodes is logistic regression on codes: what collections, where they are the context, have in common.
func fitCodes(ctx context.Context, j *job) (measure.Matrix, error) {
	return j.onMap(ctx, (*maker).allCodes)
}

// onMap is logistic regression on what the prism makes of images.
func (j *job) onMap(ctx context.Context, of func(*maker, context.Context, *Set) (measure.Matrix, error)) (measure.Matrix, error) {
	var x [2]measure.Matrix
	for i, set := range []*Set{j.train, j.test} {
		var err error
		if x[i], err = of(j.maker, ctx, set); err != nil {
			return measure.Matrix{}, err
		}
	}
	return j.logistic(ctx, x[0], x[1])
}

// logistic fits logistic regression of the label, and predicts the job's test.
func (j *job) logistic(ctx context.Context, x, test measure.Matrix) (measure.Matrix, error) {
	fitted, err := j.regress(ctx, x, j.train.Class, j.classes)
	if err != nil {
		return measure.Matrix{}, err
	}
	return fitted.LogProbs(test), nil
}

// regress fits logistic regression of class to the job's rows that have weight.
func (j *job) regress(ctx context.Context, x measure.Matrix, class []int, classes int) (probe.Classifier, error) {
	s := probe.Sample{X: x, Class: class, Classes: classes, Units: j.train.Units, Weight: make([]float32, x.Rows)}
	var rows []int
	for i, w := range j.weight {
		if s.Weight[i] = float32(w); w > 0 {
			rows = append(rows, i)
		}
	}
	return probe.Linear{}.Fit(ctx, s.At(rows), stream.New(j.seed, stream.TrialFit, j.repeat))
}

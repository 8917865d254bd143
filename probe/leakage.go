package probe

import (
	"context"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
)

// Leakage is the balanced accuracy of a probe that predicts the collection from a code, cross-validated;
// 1/collections is chance, and what a code that is independent of the collection gives. Give it codes of images that
// the model was not trained on.
func Leakage(ctx context.Context, codes measure.Matrix, collection, units []int, collections int, probe Learner, cv CrossValidation) (measure.Estimate, error) {
	predicted, err := CrossPredict(ctx, Sample{X: codes, Class: collection, Classes: collections, Units: units}, probe, cv)
	if err != nil {
		return measure.Estimate{}, err
	}
	return measure.BalancedAccuracy(collection, measure.ArgMax(predicted.LogProbs), collections, units)
}

// NormalCodes is the control of a probe on codes that are what they should be: independent standard normal draws of
// shape [rows, columns].
func NormalCodes(rows, columns int, rng *rand.Rand) measure.Matrix {
	out := measure.NewMatrix(rows, columns)
	for i := range out.Data {
		out.Data[i] = float32(rng.NormFloat64())
	}
	return out
}

package probe

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
)

// Moments is [Linear] on each column, its square, and the row's norm and squared norm: it sees a difference in spread
// or in covariance's diagonal that a linear probe cannot, and needs few rows to see it.
type Moments struct{}

// Fit implements [Learner].
func (Moments) Fit(ctx context.Context, s Sample, rng *rand.Rand) (Classifier, error) {
	scaler := NewScaler(s.X)
	s.X = expandMoments(scaler.apply(s.X))
	fitted, err := Linear{}.Fit(ctx, s, rng)
	return momentsModel{scaler, fitted}, err
}

type momentsModel struct {
	scaler Scaler
	linear Classifier
}

// LogProbs implements [Classifier].
func (m momentsModel) LogProbs(x measure.Matrix) measure.Matrix {
	return m.linear.LogProbs(expandMoments(m.scaler.apply(x)))
}

func expandMoments(x measure.Matrix) measure.Matrix {
	d := x.Cols
	out := measure.NewMatrix(x.Rows, 2*d+2)
	for r := range x.Rows {
		to := out.Row(r)
		var sum float64
		for j, v := range x.Row(r) {
			to[j], to[d+j] = v, v*v
			sum += float64(v) * float64(v)
		}
		to[2*d], to[2*d+1] = float32(math.Sqrt(sum)), float32(sum)
	}
	return out
}

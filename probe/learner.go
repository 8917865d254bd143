package probe

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
)

// A Learner fits a classifier of rows into classes. Every class weighs the same in the loss, however many rows it has,
// so that the most probable class is the best guess for balanced accuracy.
type Learner interface {
	Fit(ctx context.Context, s Sample, rng *rand.Rand) (Classifier, error)
}

// A Classifier scores rows.
type Classifier interface {
	// LogProbs returns one row of log-probabilities of the classes, under equal class shares, for each row of x.
	LogProbs(x measure.Matrix) measure.Matrix
}

// Scaler standardises columns to mean 0 and variance 1.
type Scaler struct{ shift, scale []float32 }

// NewScaler measures the columns of x. A constant column is scaled to zero.
func NewScaler(x measure.Matrix) Scaler {
	sum, square := make([]float64, x.Cols), make([]float64, x.Cols)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			sum[j] += float64(v)
		}
	}
	n := float64(x.Rows)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			d := float64(v) - sum[j]/n
			square[j] += d * d
		}
	}
	s := Scaler{make([]float32, x.Cols), make([]float32, x.Cols)}
	for j := range sum {
		mean, deviation := sum[j]/n, math.Sqrt(square[j]/n)
		s.shift[j] = float32(mean)
		if deviation > 1e-7*(1+math.Abs(mean)) {
			s.scale[j] = float32(1 / deviation)
		}
	}
	return s
}

// Row standardises a row.
func (s Scaler) Row(to, from []float32) {
	for j, v := range from {
		to[j] = (v - s.shift[j]) * s.scale[j]
	}
}

func (s Scaler) apply(x measure.Matrix) measure.Matrix {
	out := measure.NewMatrix(x.Rows, x.Cols)
	for r := range x.Rows {
		s.Row(out.Row(r), x.Row(r))
	}
	return out
}

// logSoftmax turns each row of logits into log-probabilities in place.
func logSoftmax(logits measure.Matrix) {
	for r := range logits.Rows {
		row := logits.Row(r)
		top := row[0]
		for _, v := range row[1:] {
			top = max(top, v)
		}
		var sum float64
		for _, v := range row {
			sum += math.Exp(float64(v - top))
		}
		norm := top + float32(math.Log(sum))
		for j := range row {
			row[j] -= norm
		}
	}
}

// addTo adds o to m where o has any rows.
func addTo(m, o measure.Matrix) {
	for i, v := range o.Data {
		m.Data[i] += v
	}
}

// softmaxResidual turns log-probabilities, in place, into the gradient of the weighted sum of -log p(class) with
// respect to the logits: (p - 1[class]) weight.
func softmaxResidual(logProbs measure.Matrix, class []int, weight []float32) {
	for r, c := range class {
		row := logProbs.Row(r)
		for j, lp := range row {
			row[j] = float32(math.Exp(float64(lp))) * weight[r]
		}
		row[c] -= weight[r]
	}
}

// crossEntropy is the weighted mean of -log p(class) over rows.
func crossEntropy(logProbs measure.Matrix, class []int, weight []float32) float64 {
	return logLoss(logProbs, class, weight) / sumOf(weight)
}

// sumOf adds up weights in float64.
func sumOf(weight []float32) (total float64) {
	for _, w := range weight {
		total += float64(w)
	}
	return total
}

// logLoss is the weighted sum of the rows' cross-entropies.
func logLoss(logProbs measure.Matrix, class []int, weight []float32) (sum float64) {
	for r, c := range class {
		sum -= float64(weight[r]) * float64(logProbs.Data[r*logProbs.Cols+c])
	}
	return sum
}

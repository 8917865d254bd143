package probe

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/dataprism/dataprism/measure"
)

// Linear is multinomial logistic regression on standardised columns with an L2 penalty. The strength of the penalty
// is the one of a fixed path that predicts an inner split best; the model is then fitted again on all rows.
type Linear struct{}

// penalties is the path of L2 strengths per row, from strong to weak: each fit starts where the stronger one ended.
var penalties = [...]float64{1, 0.1, 0.01, 1e-3, 1e-4}

// linearModel holds weights [classes, columns] and biases [classes].
type linearModel struct {
	products
	scaler  Scaler
	weights linearWeights
}

// linearWeights are parameters or their gradient, in one slice: the weights, then the biases. Weights lie in the
// direction of a row of x, so that with few classes the products still have a long inner loop.
type linearWeights struct {
	all  []float32
	w    measure.Matrix // [classes, columns]
	bias []float32      // [classes]
}

func newLinearWeights(columns, classes int) linearWeights {
	all := make([]float32, (columns+1)*classes)
	n := columns * classes
	return linearWeights{all, measure.Matrix{Rows: classes, Cols: columns, Data: all[:n:n]}, all[n:]}
}

// Fit implements [Learner].
func (Linear) Fit(ctx context.Context, s Sample, rng *rand.Rand) (Classifier, error) {
	model := linearModel{products: newProducts(), scaler: NewScaler(s.X)}
	s.X = model.scaler.apply(s.X)

	penalty, start := penalties[2], newLinearWeights(s.X.Cols, s.Classes)
	if fold, err := Folds(s.Class, s.Units, s.Classes, partsFor(innerFolds, s.Units, s.X.Rows), rng); err == nil {
		// A single unit cannot be split and leaves the middle of the path.
		fit, hold := splitRows(fold, 0)
		if penalty, start, err = model.choosePenalty(ctx, s.At(fit), s.At(hold)); err != nil {
			return nil, err
		}
	}
	var err error
	model.weights, err = model.fitLogistic(ctx, s, penalty, lossTolerance, start)
	return model, err
}

// innerFolds is the number of parts of which one is held out inside a training set, to choose a penalty or the moment
// to stop.
const innerFolds = 6

// choosePenalty returns the penalty with which a rough fit to some rows predicts others best, and that fit.
func (p products) choosePenalty(ctx context.Context, fit, hold Sample) (float64, linearWeights, error) {
	weight := hold.Balanced()
	w := newLinearWeights(fit.X.Cols, fit.Classes)
	best, chosen, bestLoss := penalties[0], w, math.Inf(1)
	for _, penalty := range penalties {
		var err error
		if w, err = p.fitLogistic(ctx, fit, penalty, roughTolerance, w); err != nil {
			return 0, w, err
		}
		if loss := crossEntropy(p.linearLogProbs(hold.X, hold.Offset, w), hold.Class, weight); loss < bestLoss {
			best, chosen, bestLoss = penalty, w, loss
		} else if loss > 1.1*bestLoss {
			break // weaker penalties only fit the training rows more closely
		}
	}
	return best, chosen, nil
}

// LogProbs implements [Classifier].
func (m linearModel) LogProbs(x measure.Matrix) measure.Matrix {
	return m.linearLogProbs(m.scaler.apply(x), measure.Matrix{}, m.weights)
}

func (p products) linearLogProbs(x, offset measure.Matrix, l linearWeights) measure.Matrix {
	logits := measure.NewMatrix(x.Rows, l.w.Rows)
	p.layer(logits, view(x), view(l.w).T(), l.bias, kernel.NoActivation)
	addTo(logits, offset)
	logSoftmax(logits)
	return logits
}

// nearFloats is the size of a block of rows that stays in a near cache between the two products of a step, the
// predictions and the gradient; rowsTogether are those that products read together, where they lie.
const (
	nearFloats   = 1 << 19
	rowsTogether = 4
)

// fitLogistic minimises the weighted mean cross-entropy plus penalty/2 times the squared norm of the weights (bias
// excluded), to a tolerance of it, starting from given weights.
func (p products) fitLogistic(ctx context.Context, s Sample, penalty, tolerance float64, from linearWeights) (linearWeights, error) {
	x, weight := s.X, s.Balanced()
	total := sumOf(weight)
	classes := from.w.Rows
	block := max(1, nearFloats/x.Cols/rowsTogether) * rowsTogether
	at, slope := newLinearWeights(x.Cols, classes), newLinearWeights(x.Cols, classes)
	objective := func(point, gradient []float64) float64 {
		for i, v := range point {
			at.all[i] = float32(v)
		}
		loss := 0.0
		clear(slope.all)
		for from := 0; from < x.Rows; from += block {
			to := min(from+block, x.Rows)
			part, classes, weights := x.Slice(from, to), s.Class[from:to], weight[from:to]
			residual := p.linearLogProbs(part, s.offset(from, to), at)
			loss += logLoss(residual, classes, weights) / total
			softmaxResidual(residual, classes, weights)
			p.add(slope.w, view(residual).T(), view(part))
			p.kernels.AddRows(slope.bias, residual.Data)
		}
		for i, g := range slope.all {
			gradient[i] = float64(g) / total
		}
		for i, v := range point[:len(at.w.Data)] {
			gradient[i] += penalty * v
			loss += penalty / 2 * v * v
		}
		return loss
	}
	start := make([]float64, len(from.all))
	for i, v := range from.all {
		start[i] = float64(v)
	}
	solution, err := minimise(ctx, start, tolerance, objective)
	if err != nil {
		return linearWeights{}, err
	}
	for i, v := range solution {
		at.all[i] = float32(v)
	}
	return at, nil
}

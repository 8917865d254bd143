package audit

import (
	"context"
	"math"
	"math/rand/v2"
)

// Linear is multinomial logistic regression on standardised columns with an L2
// penalty. The strength of the penalty is the one of a fixed path that
// predicts an inner split best; the model is then fitted again on all rows.
type Linear struct{}

// penalties is the path of L2 strengths per row, from strong to weak: each fit
// starts where the stronger one ended.
var penalties = [...]float64{1, 0.1, 0.01, 1e-3, 1e-4}

// linearModel holds weights [columns+1, classes]; the last row is the bias.
type linearModel struct {
	scaler  scaler
	weights Matrix
}

// Fit implements [Learner].
func (Linear) Fit(ctx context.Context, x Matrix, class, units []int, classes int, rng *rand.Rand) (Classifier, error) {
	model := linearModel{scaler: fitScaler(x)}
	x = model.scaler.apply(x)
	weight := classWeights(class, classes)

	penalty := penalties[2]
	if fold, err := Folds(class, units, classes, innerFolds, rng); err == nil {
		// Too few units for an inner split leave the middle of the path.
		fit, hold := splitRows(fold, 0)
		if penalty, err = choosePenalty(ctx, x, class, weight, classes, fit, hold); err != nil {
			return nil, err
		}
	}
	var err error
	model.weights, err = fitLogistic(ctx, x, class, weight, penalty, NewMatrix(x.Cols+1, classes))
	return model, err
}

// innerFolds is the number of parts of which one is held out inside a training
// set, to choose a penalty or the moment to stop.
const innerFolds = 6

func choosePenalty(ctx context.Context, x Matrix, class []int, weight []float32, classes int, fit, hold []int) (float64, error) {
	xFit, xHold := x.Select(fit), x.Select(hold)
	classFit, classHold := pick(class, fit), pick(class, hold)
	weightFit, weightHold := classWeights(classFit, classes), classWeights(classHold, classes)
	w := NewMatrix(x.Cols+1, classes)
	best, bestLoss := penalties[0], math.Inf(1)
	for _, penalty := range penalties {
		var err error
		if w, err = fitLogistic(ctx, xFit, classFit, weightFit, penalty, w); err != nil {
			return 0, err
		}
		if loss := crossEntropy(linearLogProbs(xHold, w), classHold, weightHold); loss < bestLoss {
			best, bestLoss = penalty, loss
		} else if loss > 1.1*bestLoss {
			break // weaker penalties only fit the training rows more closely
		}
	}
	return best, nil
}

// LogProbs implements [Classifier].
func (m linearModel) LogProbs(x Matrix) Matrix { return linearLogProbs(m.scaler.apply(x), m.weights) }

func linearLogProbs(x, w Matrix) Matrix {
	d := x.Cols
	logits := NewMatrix(x.Rows, w.Cols)
	product(logits, x, Matrix{d, w.Cols, w.Data[:d*w.Cols]}, false, false)
	for r := range logits.Rows {
		row := logits.Row(r)
		for c, b := range w.Row(d) {
			row[c] += b
		}
	}
	logSoftmax(logits)
	return logits
}

// fitLogistic minimises the weighted mean cross-entropy plus penalty/2 times
// the squared norm of the weights (bias excluded), starting from w0.
func fitLogistic(ctx context.Context, x Matrix, class []int, weight []float32, penalty float64, w0 Matrix) (Matrix, error) {
	d, k := x.Cols, w0.Cols
	var total float64
	for _, v := range weight {
		total += float64(v)
	}
	w := NewMatrix(d+1, k)
	inner := NewMatrix(d, k)
	objective := func(at, gradient []float64) float64 {
		for i, v := range at {
			w.Data[i] = float32(v)
		}
		residual := linearLogProbs(x, w)
		loss := crossEntropy(residual, class, weight)
		bias := make([]float64, k)
		for r, c := range class {
			row := residual.Row(r)
			for j, lp := range row {
				p := float32(math.Exp(float64(lp)))
				if j == c {
					p--
				}
				row[j] = p * weight[r]
				bias[j] += float64(row[j])
			}
		}
		product(inner, x, residual, true, false)
		for i := range d * k {
			gradient[i] = float64(inner.Data[i])/total + penalty*at[i]
			loss += penalty / 2 * at[i] * at[i]
		}
		for j, b := range bias {
			gradient[d*k+j] = b / total
		}
		return loss
	}
	start := make([]float64, len(w0.Data))
	for i, v := range w0.Data {
		start[i] = float64(v)
	}
	solution, err := minimise(ctx, start, objective)
	if err != nil {
		return Matrix{}, err
	}
	out := NewMatrix(d+1, k)
	for i, v := range solution {
		out.Data[i] = float32(v)
	}
	return out, nil
}

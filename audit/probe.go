package audit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// CrossValidation is how [CrossPredict] and the functions built on it run.
type CrossValidation struct {
	Folds   int    // 0 means 5; never more than there are units
	Seed    uint64 // of the folds, of initial weights, of the order of batches
	Workers int    // folds fitted at a time; 0 means one a processor; never changes the result
}

// CrossPredict returns the log-probabilities of the classes for every row of x
// by a classifier that was fitted without that row's fold (and so without its
// unit).
func CrossPredict(ctx context.Context, x Matrix, class, units []int, classes int, learner Learner, cv CrossValidation) (Matrix, error) {
	if err := x.check("rows to classify"); err != nil {
		return Matrix{}, err
	}
	if err := checkClasses("rows to classify", class, x.Rows, classes); err != nil {
		return Matrix{}, err
	}
	if cv.Folds == 0 {
		cv.Folds = 5
	}
	cv.Folds = partsFor(cv.Folds, units, x.Rows)
	fold, err := Folds(class, units, classes, cv.Folds, rand.New(rand.NewPCG(cv.Seed, 0)))
	if err != nil {
		return Matrix{}, err
	}
	out := NewMatrix(x.Rows, classes)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(cv.workers())
	for f := range cv.Folds {
		work.Go(func() error {
			outside, inside := splitRows(fold, f)
			rng := rand.New(rand.NewPCG(cv.Seed, uint64(f)+1))
			fitted, err := learner.Fit(ctx, x.Select(outside), pick(class, outside), pick(units, outside), classes, rng)
			if err != nil {
				return fmt.Errorf("audit: fold %d of %d: %w", f+1, cv.Folds, err)
			}
			scores := fitted.LogProbs(x.Select(inside))
			for i, r := range inside {
				copy(out.Row(r), scores.Row(i))
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return Matrix{}, err
	}
	return out, nil
}

// workers is the number of folds fitted at a time.
func (cv CrossValidation) workers() int {
	if cv.Workers <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return cv.Workers
}

// Leakage is the balanced accuracy of a probe that predicts the collection
// from a code, cross-validated; 1/collections is chance, and what a code that
// is independent of the collection gives. Give it codes of images that the
// model was not trained on.
func Leakage(ctx context.Context, codes Matrix, collection, units []int, collections int, probe Learner, cv CrossValidation) (Estimate, error) {
	scores, err := CrossPredict(ctx, codes, collection, units, collections, probe, cv)
	if err != nil {
		return Estimate{}, err
	}
	return BalancedAccuracy(collection, argmax(scores), collections, units)
}

// Moments is [Linear] on each column, its square, and the row's norm and
// squared norm: it sees a difference in spread or in covariance's diagonal
// that a linear probe cannot, and needs few rows to see it.
type Moments struct{}

// Fit implements [Learner].
func (Moments) Fit(ctx context.Context, x Matrix, class, units []int, classes int, rng *rand.Rand) (Classifier, error) {
	s := fitScaler(x)
	fitted, err := Linear{}.Fit(ctx, expandMoments(s.apply(x)), class, units, classes, rng)
	return momentsModel{s, fitted}, err
}

type momentsModel struct {
	scaler scaler
	linear Classifier
}

// LogProbs implements [Classifier].
func (m momentsModel) LogProbs(x Matrix) Matrix {
	return m.linear.LogProbs(expandMoments(m.scaler.apply(x)))
}

func expandMoments(x Matrix) Matrix {
	d := x.Cols
	out := NewMatrix(x.Rows, 2*d+2)
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

// PermuteClasses is the control of a probe on labels that mean nothing: it
// returns the classes dealt anew. Whole units change places with units of the
// same size where units is not nil, so that what ties rows together stays.
func PermuteClasses(class, units []int, rng *rand.Rand) []int {
	out := make([]int, len(class))
	bySize := make(map[int][][]int)
	var sizes []int
	for _, rows := range rowsOfUnits(units, len(class)) {
		if bySize[len(rows)] == nil {
			sizes = append(sizes, len(rows))
		}
		bySize[len(rows)] = append(bySize[len(rows)], rows)
	}
	for _, size := range sizes {
		same := bySize[size]
		for i, j := range rng.Perm(len(same)) {
			for r := range size {
				out[same[i][r]] = class[same[j][r]]
			}
		}
	}
	return out
}

// NormalCodes is the control of a probe on codes that are what they should be:
// independent standard normal draws of shape [rows, columns].
func NormalCodes(rows, columns int, rng *rand.Rand) Matrix {
	out := NewMatrix(rows, columns)
	for i := range out.Data {
		out.Data[i] = float32(rng.NormFloat64())
	}
	return out
}

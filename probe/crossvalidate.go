package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"

	"github.com/dataprism/dataprism/measure"
	"golang.org/x/sync/errgroup"
)

// CrossValidation is how [CrossPredict] and the functions built on it run.
type CrossValidation struct {
	Folds   int    // 0 means 5; never more than there are units
	Seed    uint64 // of the folds, of initial weights, of the order of batches
	Workers int    // folds fitted at a time; 0 means one a processor; never changes the result
}

// CrossPredict returns the log-probabilities of the classes for every row of x by a classifier that was fitted
// without that row's fold (and so without its unit).
func CrossPredict(ctx context.Context, x measure.Matrix, class, units []int, classes int, learner Learner, cv CrossValidation) (measure.Matrix, error) {
	if err := x.Check("rows to classify"); err != nil {
		return measure.Matrix{}, err
	}
	if err := measure.CheckClasses("rows to classify", class, x.Rows, classes); err != nil {
		return measure.Matrix{}, err
	}
	if cv.Folds == 0 {
		cv.Folds = 5
	}
	cv.Folds = partsFor(cv.Folds, units, x.Rows)
	fold, err := Folds(class, units, classes, cv.Folds, rand.New(rand.NewPCG(cv.Seed, 0)))
	if err != nil {
		return measure.Matrix{}, err
	}
	out := measure.NewMatrix(x.Rows, classes)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(cv.workers())
	for f := range cv.Folds {
		work.Go(func() error {
			outside, inside := splitRows(fold, f)
			rng := rand.New(rand.NewPCG(cv.Seed, uint64(f)+1))
			fitted, err := learner.Fit(ctx, x.Select(outside), measure.Pick(class, outside), measure.Pick(units, outside), classes, rng)
			if err != nil {
				return fmt.Errorf("fold %d of %d: %w", f+1, cv.Folds, err)
			}
			scores := fitted.LogProbs(x.Select(inside))
			for i, r := range inside {
				copy(out.Row(r), scores.Row(i))
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return measure.Matrix{}, err
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

package probe

import (
	"context"
	"fmt"
	"runtime"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"golang.org/x/sync/errgroup"
)

// CrossValidation is how [CrossPredict] and the functions built on it run.
type CrossValidation struct {
	Folds   int    // 0 means 5; never more than there are units
	Seed    uint64 // of the folds, of initial weights, of the order of batches
	Workers int    // folds fitted at a time; 0 means one a processor; never changes the result
}

// Predictions are log-probabilities of classes by classifiers that were fitted without the row's fold.
type Predictions struct {
	LogProbs measure.Matrix // [rows, classes]
	Fold     []int          // of each row; log-probabilities of different folds are of different classifiers
}

// FewUnitsError says that a class has rows of too few units to fit a probe on some and to test it on others.
type FewUnitsError struct{ Class, Units int }

func (e *FewUnitsError) Error() string {
	return fmt.Sprintf("class %d has rows of %d independent units, a probe needs %d: some to be fitted on, others to be tested on", e.Class, e.Units, leastUnits)
}

// Is makes every FewUnitsError a [measure.ErrEmpty].
func (e *FewUnitsError) Is(target error) bool { return target == measure.ErrEmpty }

// leastUnits is how many units a class needs to be in every training set and in some test set.
const leastUnits = 2

// CrossPredict predicts every row of s by a classifier that was fitted without that row's fold (and so without its
// unit). A class of fewer than two units is a [FewUnitsError]: it would be missing where the classifier is fitted or
// where it is tested.
func CrossPredict(ctx context.Context, s Sample, learner Learner, cv CrossValidation) (Predictions, error) {
	if err := s.Check(); err != nil {
		return Predictions{}, err
	}
	if err := enoughUnits(s.Class, s.Units, s.Classes); err != nil {
		return Predictions{}, err
	}
	if cv.Folds == 0 {
		cv.Folds = 5
	}
	cv.Folds = partsFor(cv.Folds, s.Units, s.X.Rows)
	fold, err := Folds(s.Class, s.Units, s.Classes, cv.Folds, stream.New(cv.Seed, stream.ProbeFolds))
	if err != nil {
		return Predictions{}, err
	}
	out := Predictions{measure.NewMatrix(s.X.Rows, s.Classes), fold}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(cv.workers())
	for f := range cv.Folds {
		work.Go(func() error {
			outside, inside := splitRows(fold, f)
			rng := stream.New(cv.Seed, stream.ProbeFit, f)
			fitted, err := learner.Fit(ctx, s.At(outside), rng)
			if err != nil {
				return fmt.Errorf("fold %d of %d: %w", f+1, cv.Folds, err)
			}
			scores := fitted.LogProbs(s.X.Select(inside))
			for i, r := range inside {
				copy(out.LogProbs.Row(r), scores.Row(i))
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return Predictions{}, err
	}
	return out, nil
}

// enoughUnits verifies that every class has rows of enough units.
func enoughUnits(class, units []int, classes int) error {
	have := make([]int, classes)
	for _, rows := range measure.RowsOfUnits(units, len(class)) {
		seen := make(map[int]bool)
		for _, r := range rows {
			if !seen[class[r]] {
				seen[class[r]] = true
				have[class[r]]++
			}
		}
	}
	for c, n := range have {
		if n < leastUnits {
			return &FewUnitsError{c, n}
		}
	}
	return nil
}

// workers is the number of folds fitted at a time.
func (cv CrossValidation) workers() int {
	if cv.Workers <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return cv.Workers
}

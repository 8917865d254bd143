package probe

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// A Judge names the value of one attribute, such as glasses or gender, that an image shows. It is a small classifier
// trained on labels, and it errs; its errors are measured by [Judge.Confusion] and taken out by [measure.Shares].
type Judge struct {
	classifier Classifier
	values     int
}

// TrainJudge fits a judge on the [Features] of training images, s.X, and their label values, s.Class: numbered from 0 to
// s.Classes-1, negative where missing. Each value weighs the same. It fails if a value has fewer than 10 images, which is
// too few to learn.
func TrainJudge(ctx context.Context, s Sample, seed uint64) (*Judge, error) {
	if err := s.X.Check("features"); err != nil {
		return nil, err
	}
	if len(s.Class) != s.X.Rows || s.Units != nil && len(s.Units) != s.X.Rows {
		return nil, fmt.Errorf("judge: %d rows, %d labels, %d units", s.X.Rows, len(s.Class), len(s.Units))
	}
	var rows []int
	count := make([]int, s.Classes)
	for r, l := range s.Class {
		if l >= s.Classes {
			return nil, fmt.Errorf("judge: row %d has label value %d, want 0 to %d", r, l, s.Classes-1)
		}
		if l >= 0 {
			rows = append(rows, r)
			count[l]++
		}
	}
	for v, n := range count {
		if n < MinimumOfValue {
			return nil, &RareValueError{v, n}
		}
	}
	known := s.At(rows)
	if err := enoughUnits(known.Class, known.Units, known.Classes); err != nil {
		return nil, err
	}
	fitted, err := Linear{}.Fit(ctx, known, stream.New(seed, stream.ProbeJudge))
	if err != nil {
		return nil, err
	}
	return &Judge{fitted, s.Classes}, nil
}

// RareValueError says that a label value has too few images to learn it from.
type RareValueError struct{ Value, Images int }

func (e *RareValueError) Error() string {
	return fmt.Sprintf("label value %d has %d images, at least %d are needed: leave it out or add images", e.Value, e.Images, MinimumOfValue)
}

// Is makes every RareValueError a [measure.ErrEmpty].
func (e *RareValueError) Is(target error) bool { return target == measure.ErrEmpty }

// MinimumOfValue is the fewest images of a label value to train on.
const MinimumOfValue = 10

// Judge returns the value that each row of features shows most probably.
func (j *Judge) Judge(features measure.Matrix) []int {
	return measure.ArgMax(j.classifier.LogProbs(features))
}

// Confusion judges the rows of features and counts the outcome against their labels; rows whose label is missing are
// left out.
func (j *Judge) Confusion(features measure.Matrix, label, units []int) (measure.Confusion, error) {
	if len(label) != features.Rows {
		return measure.Confusion{}, fmt.Errorf("confusion: %d rows, %d labels", features.Rows, len(label))
	}
	return measure.CountConfusion(label, j.Judge(features), units, j.values)
}

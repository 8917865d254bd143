package probe

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
)

// TransferAUC fits a linear classifier of a two-valued label on the codes of one collection and returns its area
// under the curve on the codes of another: what v keeps of the label in a form that both collections share. Labels
// are 0 or 1, and negative where missing; such rows are left out.
func TransferAUC(ctx context.Context, codesA measure.Matrix, labelA []int, codesB measure.Matrix, labelB []int, unitsA []int, seed uint64) (measure.Estimate, error) {
	a, classA, tiesA, err := labelled("fitted codes", codesA, labelA, unitsA)
	if err != nil {
		return measure.Estimate{}, err
	}
	b, classB, _, err := labelled("tested codes", codesB, labelB, nil)
	if err != nil {
		return measure.Estimate{}, err
	}
	if a.Cols != b.Cols {
		return measure.Estimate{}, fmt.Errorf("transfer between codes of %d and %d columns", a.Cols, b.Cols)
	}
	fitted, err := Linear{}.Fit(ctx, a, classA, tiesA, 2, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		return measure.Estimate{}, err
	}
	return aucOfLogProbs(fitted.LogProbs(b), classB)
}

// WithinAUC is the area under the curve of a linear classifier of a two-valued label within one collection,
// cross-validated: what [TransferAUC] is held against.
func WithinAUC(ctx context.Context, codes measure.Matrix, label, units []int, cv CrossValidation) (measure.Estimate, error) {
	x, class, ties, err := labelled("codes", codes, label, units)
	if err != nil {
		return measure.Estimate{}, err
	}
	scores, err := CrossPredict(ctx, x, class, ties, 2, Linear{}, cv)
	if err != nil {
		return measure.Estimate{}, err
	}
	return aucOfLogProbs(scores, class)
}

func aucOfLogProbs(scores measure.Matrix, class []int) (measure.Estimate, error) {
	odds, positive := make([]float64, len(class)), make([]bool, len(class))
	for i, c := range class {
		odds[i] = float64(scores.Row(i)[1]) - float64(scores.Row(i)[0])
		positive[i] = c == 1
	}
	return measure.AUC(odds, positive)
}

// labelled keeps the rows whose label is not missing, and demands that both values occur.
func labelled(name string, codes measure.Matrix, label, units []int) (measure.Matrix, []int, []int, error) {
	if err := codes.Check(name); err != nil {
		return measure.Matrix{}, nil, nil, err
	}
	if len(label) != codes.Rows || units != nil && len(units) != codes.Rows {
		return measure.Matrix{}, nil, nil, fmt.Errorf("%s: %d rows, %d labels, %d units", name, codes.Rows, len(label), len(units))
	}
	var rows []int
	var count [2]int
	for r, l := range label {
		if l > 1 {
			return measure.Matrix{}, nil, nil, fmt.Errorf("%s: row %d has label %d; an measure.AUC needs a label of two values", name, r, l)
		}
		if l >= 0 {
			rows = append(rows, r)
			count[l]++
		}
	}
	if count[0] < 2 || count[1] < 2 {
		return measure.Matrix{}, nil, nil, fmt.Errorf("%w: %s: the label's values occur %d and %d times", measure.ErrEmpty, name, count[0], count[1])
	}
	return codes.Select(rows), measure.Pick(label, rows), measure.Pick(units, rows), nil
}

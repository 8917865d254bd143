package probe

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// Labelled are codes with a label of two values.
type Labelled struct {
	Codes measure.Matrix
	Label []int // 0 or 1, negative where it is missing; such rows are left out
	Units []int // rows of one unit are dependent; may be nil
}

// TransferAUC fits a linear classifier of a label on the codes of one collection and returns its area under the curve
// on the codes of another: what v keeps of the label in a form that both collections share.
func TransferAUC(ctx context.Context, from, to Labelled, seed uint64) (measure.Estimate, error) {
	from, err := from.known("fitted codes")
	if err != nil {
		return measure.Estimate{}, err
	}
	if to, err = to.known("tested codes"); err != nil {
		return measure.Estimate{}, err
	}
	if from.Codes.Cols != to.Codes.Cols {
		return measure.Estimate{}, fmt.Errorf("transfer between codes of %d and %d columns", from.Codes.Cols, to.Codes.Cols)
	}
	fitted, err := Linear{}.Fit(ctx, Sample{X: from.Codes, Class: from.Label, Classes: 2, Units: from.Units}, stream.New(seed, stream.ProbeTransfer))
	if err != nil {
		return measure.Estimate{}, err
	}
	scores, positive := logOdds(fitted.LogProbs(to.Codes), to.Label)
	return measure.AUC(scores, positive, to.Units)
}

// WithinAUC is the area under the curve of a linear classifier of a label within one collection, cross-validated:
// what [TransferAUC] is held against. It is the mean of the areas within each fold, since scores of different
// classifiers are not comparable: a fold that tests many rows of one class was fitted on few of it, so that pooled
// scores rank below chance where there is nothing to find.
func WithinAUC(ctx context.Context, x Labelled, cv CrossValidation) (measure.Estimate, error) {
	x, err := x.known("codes")
	if err != nil {
		return measure.Estimate{}, err
	}
	predicted, err := CrossPredict(ctx, Sample{X: x.Codes, Class: x.Label, Classes: 2, Units: x.Units}, Linear{}, cv)
	if err != nil {
		return measure.Estimate{}, err
	}
	scores, positive := logOdds(predicted.LogProbs, x.Label)
	return measure.StratifiedAUC(scores, positive, x.Units, predicted.Fold)
}

func logOdds(logProbs measure.Matrix, class []int) (odds []float64, positive []bool) {
	odds, positive = make([]float64, len(class)), make([]bool, len(class))
	for i, c := range class {
		odds[i] = float64(logProbs.Row(i)[1]) - float64(logProbs.Row(i)[0])
		positive[i] = c == 1
	}
	return odds, positive
}

// known keeps the rows whose label is not missing, and demands that both values occur in enough units.
func (l Labelled) known(what string) (Labelled, error) {
	if err := l.Codes.Check(what); err != nil {
		return l, err
	}
	if len(l.Label) != l.Codes.Rows || l.Units != nil && len(l.Units) != l.Codes.Rows {
		return l, fmt.Errorf("%s: %d rows, %d labels, %d units", what, l.Codes.Rows, len(l.Label), len(l.Units))
	}
	var rows []int
	for r, label := range l.Label {
		if label > 1 {
			return l, fmt.Errorf("%s: row %d has label %d; an AUC needs a label of two values", what, r, label)
		}
		if label >= 0 {
			rows = append(rows, r)
		}
	}
	kept := Labelled{l.Codes.Select(rows), measure.Pick(l.Label, rows), measure.Pick(l.Units, rows)}
	return kept, enoughUnits(kept.Label, kept.Units, 2)
}

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

// CodeJudge is a linear classifier of a label of two values, fitted on codes.
type CodeJudge struct {
	classifier Classifier
	columns    int
}

// FitCodes fits a linear classifier of a label on codes.
func FitCodes(ctx context.Context, from Labelled, seed uint64) (*CodeJudge, error) {
	from, err := from.known("fitted codes")
	if err != nil {
		return nil, err
	}
	fitted, err := Linear{}.Fit(ctx, Sample{X: from.Codes, Class: from.Label, Classes: 2, Units: from.Units}, stream.New(seed, stream.ProbeTransfer))
	return &CodeJudge{fitted, from.Codes.Cols}, err
}

// AUC is the area under the curve of the classifier on codes that it was not fitted on: those of its own collection,
// or of another, where it says what codes keep of the label in a form that both collections share.
func (j *CodeJudge) AUC(to Labelled) (measure.Estimate, error) {
	to, err := to.known("tested codes")
	if err != nil {
		return measure.Estimate{}, err
	}
	if j.columns != to.Codes.Cols {
		return measure.Estimate{}, fmt.Errorf("transfer between codes of %d and %d columns", j.columns, to.Codes.Cols)
	}
	scores, positive := logOdds(j.classifier.LogProbs(to.Codes), to.Label)
	return measure.AUC(scores, positive, to.Units)
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
